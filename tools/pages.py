"""Writes the pages of the documentation that come from the code: python tools/pages.py [--check].

A test compares what is in docs/ with what these functions return, so that the pages cannot lie.
"""

from __future__ import annotations

import inspect
import re
import sys
import typing
from pathlib import Path

import typer.main
from pydantic import BaseModel

from milepost import errors, metrics
from milepost.brief import Brief
from milepost.brief.toml import literal
from milepost.cli.app import app
from milepost.steps.base import Step
from milepost.steps.workflow import BEYOND, ROAD

DOCS = Path(__file__).parent.parent / "docs"
BEGIN, END = "<!-- from the code: begin -->", "<!-- from the code: end -->"
MADE = "<!-- Made by tools/pages.py; change the code it comes from. -->"


def brief() -> str:
    """The reference of milepost.toml."""
    lines = [
        MADE,
        "# The brief: milepost.toml",
        "",
        "The brief states the task. `milepost new` writes one, infers what was not said, and explains each",
        "guess in a comment. Every table and key may be left out. An unknown key is refused, and the nearest",
        "known one is offered; a value of the wrong kind is refused too. Paths are relative to the project's",
        "folder; code must lie inside it.",
        "",
    ]
    for name, field in Brief.model_fields.items():
        model = _table(field.annotation)
        lines += [f"## [{name}.NAME]" if name == "columns" else f"## [{name}]", "", str(model.__doc__), ""]
        lines += ["| key | what it is | default | example |", "|---|---|---|---|"]
        for key, inner in model.model_fields.items():
            default = inner.get_default(call_default_factory=True)
            shown = "" if default in ("", None, (), {}) else f"`{literal(default)}`"
            example = f"`{literal((inner.examples or [''])[0])}`"
            lines.append(_row(f"`{key}`", inner.description or "", shown, example))
        lines.append("")
    return "\n".join(lines)


def measures() -> str:
    """The page of all metrics."""
    lines = [
        MADE,
        "# Metrics",
        "",
        "A metric is one decorated function. `[success] metric` in the brief names the metric of success;",
        "where it is empty the task chooses. A metric that is unfit for the rows (accuracy at 0.4 %",
        "positives) is refused with the reason.",
        "",
        "| metric | tasks | better | what it says |",
        "|---|---|---|---|",
    ]
    for item in sorted(metrics.METRICS.values(), key=lambda metric: metric.name):
        says = " ".join((inspect.getdoc(item.function) or "").split("\n\n")[0].split())
        lines.append(_row(f"`{item.name}`", ", ".join(item.tasks), item.better, says))
    lines += [
        "",
        "`recall_at_2%` and `precision_at_0.5%` look at that share of the rows: the highest scores.",
    ]
    return "\n".join(lines) + "\n"


def failures() -> str:
    """The page of errors and exit codes."""
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.MilepostError)
    ]
    kinds.sort(key=lambda kind: (kind.exit_code, len(kind.__mro__), kind.__name__))
    lines = [
        MADE,
        "# Errors and exit codes",
        "",
        "Every error says what happened, quotes the value, and says what to do. The command line ends with",
        "the exit code of the error; 0 means done.",
        "",
        tree(),
        "",
        "| exit code | error | when |",
        "|---|---|---|",
    ]
    for kind in kinds:
        lines.append(
            _row(str(kind.exit_code), f"`{kind.__name__}`", (inspect.getdoc(kind) or "").split("\n")[0])
        )
    return "\n".join(lines) + "\n"


def tree() -> str:
    """The family of errors as it is drawn at the head of its module, as a code block."""
    drawn = (inspect.getdoc(errors) or "").split("::\n")[1]
    return f"```\n{inspect.cleandoc(drawn)}\n```"


def step(kind: type[Step]) -> str:
    """What a step's page says that comes from its class: what it reads, and its settings."""
    above = ", ".join(f"`{other}`" for other in kind.after) or "nothing"
    parts = ", ".join(f"`{part}`" for part in kind.reads) or "none"
    lines = [
        BEGIN,
        f"*{kind.question}*",
        "",
        f"It comes after {above}. Parts of the brief it reads: {parts}.",
        "",
    ]
    options = kind.options()
    if options:
        lines += ["| setting | what it is | default |", "|---|---|---|"]
        for option, field in options.items():
            default = "" if field.default is None else f"`{literal(field.default)}`"
            lines.append(_row(f"`--{option.replace('_', '-')}`", field.metadata["help"], default))
    else:
        lines.append("It has no settings of its own.")
    return "\n".join([*lines, END])


def placed(page: str, block: str) -> str:
    """A page with the block between its two markers."""
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, page, flags=re.DOTALL)


def pages() -> dict[Path, str]:
    """Every page that comes from the code, in part or whole, with what it has to hold."""
    whole = {"brief.md": brief, "metrics.md": measures, "errors.md": failures, "commands.md": commands}
    made = {DOCS / name: text() for name, text in whole.items()}
    for kind in (*ROAD, *BEYOND):
        path = page(kind)
        made[path] = placed(path.read_text(encoding="utf-8"), step(kind))
    return made


def page(kind: type[Step]) -> Path:
    """The page of a milepost; its name begins with the milepost's number."""
    (found,) = (DOCS / "road").glob(f"[0-9][0-9]-{kind.name}.md")
    return found


def commands() -> str:
    """The page of the command line, from the commands themselves."""
    group: typing.Any = typer.main.get_command(app)
    lines = [
        MADE,
        "# The command line",
        "",
        "DIR is a project's folder, the present one where it is left out. `--json` prints the same facts as",
        "one JSON document on standard output; progress goes to standard error, and an error becomes",
        '`{"error": {"kind": ..., "message": ..., "what": ..., "expected": ..., "todo": ...}, "code": n}`.',
        "The [exit code](errors.md) is 0 when all is done, 3 when a gate failed, 4 when a person has",
        "to answer. The commands of single mileposts are made from the steps' own settings.",
        "",
    ]
    for name, command in _flat(group):
        said = inspect.cleandoc(command.help or "").split("\f")[0]
        words = [word for word in map(_word, command.params) if word]
        options = (
            ["[options]"]
            if any(not p.required and p.param_type_name == "option" for p in command.params)
            else []
        )
        lines += [
            f"## {name}",
            "",
            said,
            "",
            "```",
            " ".join(["milepost", name, *words, *options]),
            "```",
            "",
        ]
        rows = [_option(parameter) for parameter in command.params]
        lines += ["| option | what it is |", "|---|---|", *rows, ""] if rows else []
    return "\n".join(lines)


def _flat(group: typing.Any, above: str = "") -> typing.Iterator[tuple[str, typing.Any]]:
    """Every command by its words, those of groups among the others."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _flat(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def _word(parameter: typing.Any) -> str:
    """An argument, or an option that has to be given, as a usage line shows it."""
    if parameter.param_type_name == "option":
        return f"{parameter.opts[0]} {parameter.name.upper()}" if parameter.required else ""
    return _argument(parameter) if parameter.required else f"[{_argument(parameter)}]"


def _argument(parameter: typing.Any) -> str:
    return str(parameter.metavar or parameter.name.upper()).strip("[]")


def _option(parameter: typing.Any) -> str:
    plain = parameter.param_type_name == "argument"
    names = [_argument(parameter)] if plain else [*parameter.opts, *parameter.secondary_opts]
    return _row(", ".join(f"`{name}`" for name in names), getattr(parameter, "help", None) or "")


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(annotation: typing.Any) -> type[BaseModel]:
    found = annotation if isinstance(annotation, type) else typing.get_args(annotation)[1]
    assert issubclass(found, BaseModel)
    return found


if __name__ == "__main__":
    late = []
    for path, text in pages().items():
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(DOCS.parent))
        elif path.read_text(encoding="utf-8") != text:
            late.append(path.name)
    if late:
        sys.exit(f"out of date, run `make pages`: {', '.join(late)}")
