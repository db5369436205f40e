"""The commands. Those of single steps are made from the steps' own fields."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from milepost import __version__
from milepost.cli import show
from milepost.cli.terminal import Terminal
from milepost.errors import UsageError
from milepost.project import Project

app = typer.Typer(
    name="milepost",
    help="From a problem to a proven, served model, one milepost at a time.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Dir = Annotated[Path, typer.Argument(help="The project's folder.", metavar="[DIR]")]
Json = Annotated[bool, typer.Option("--json", help="Print the same facts as JSON.")]
Quiet = Annotated[bool, typer.Option("--no-input", help="Never ask; stop where a person has to answer.")]
Yes = Annotated[
    bool, typer.Option("--yes", help="Take every stated default; still stops where a gate fails.")
]


def _version(asked: bool) -> None:
    if asked:
        show.out.print(f"milepost {__version__}")
        raise typer.Exit


@app.callback()
def milepost(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """From a problem to a proven, served model, one milepost at a time."""


@app.command("try")
def try_(
    file: Annotated[str, typer.Argument(help="A file, a folder or an SQL URL.")],
    target: Annotated[str, typer.Option(help="The column to predict.")],
    keep: Annotated[Path | None, typer.Option(help="Keep the project in this folder.")] = None,
    json: Json = False,
) -> None:
    """A minute: a temporary project, the road on the terminal, the report."""
    folder = keep or Path(tempfile.mkdtemp(prefix="milepost-")) / "try"
    try:
        project = Project.new(folder, file, target, budget="60s")
        status = _run(project, json, yes=True, ask=False, waive_all="a first try")
        report = project.report() if keep else project.report(Path.cwd() / "milepost-report.html")
        _end(status, report, json)
        if not json:
            typer.launch(str(report)) if show.out.is_terminal else None
    finally:
        if keep is None:
            shutil.rmtree(folder.parent, ignore_errors=True)


@app.command()
def new(
    dir: Dir,
    data: Annotated[str, typer.Option(help="A file, a folder or an SQL URL.")],
    target: Annotated[str, typer.Option(help="The column to predict; several separated by commas.")],
    task: Annotated[str, typer.Option(help="binary, multiclass, regression or vector.")] = "",
    metric: Annotated[str, typer.Option(help="The metric of success.")] = "",
    time: Annotated[str, typer.Option(help="The column that orders the rows in time.")] = "",
    group: Annotated[str, typer.Option(help="The column whose rows belong together.")] = "",
    split: Annotated[str, typer.Option(help="random, time or group.")] = "",
    test: Annotated[str, typer.Option(help="Your own test file, sealed.")] = "",
    production: Annotated[str, typer.Option(help="A sample of rows as production has them.")] = "",
    budget: Annotated[str, typer.Option(help="Time from prepare to final: 120s, 5m.")] = "",
    threads: Annotated[int | None, typer.Option(help="Threads used at once.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.")] = None,
    refit: Annotated[str, typer.Option(help="Rows of the shipped model: development or all.")] = "",
    like: Annotated[
        str, typer.Option(help="A folder or milepost.toml to take over what is not said here.")
    ] = "",
    json: Json = False,
) -> None:
    """Makes a project: infers what is not said, explains each guess, writes a commented milepost.toml."""
    from milepost.brief import Brief

    options = {
        "task": task, "metric": metric, "time": time, "group": group, "split": split, "test": test,
        "production": production, "budget": budget, "threads": threads, "seed": seed, "refit": refit,
    }  # fmt: skip
    given = {name: value for name, value in options.items() if value not in ("", None)}
    template = Brief.load(Path(like).parent if like.endswith(".toml") else Path(like)) if like else None
    project = Project.new(dir, data, target, template, **given)
    if json:
        show.as_json(project.brief.plain())
        return
    text = (dir / "milepost.toml").read_text()
    guesses = [line.strip("# ") for line in text.splitlines() if "(inferred:" in line]
    for guess in guesses:
        show.out.print(f"[dim]{show.escape(guess)}[/]")
    show.out.print(f"Wrote {dir / 'milepost.toml'}; read it, then: [bold]milepost run {dir}[/]")


@app.command()
def run(
    dir: Dir = Path("."),
    until: Annotated[str | None, typer.Option(help="The last milepost to run.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Run this milepost and those after it again.")
    ] = None,
    yes: Yes = False,
    no_input: Quiet = False,
    waive_all: Annotated[
        str | None, typer.Option(help="Waive each failed gate with this reason, and go on.")
    ] = None,
    json: Json = False,
) -> None:
    """Runs the road until a gate fails, a person has to answer, or its end."""
    project = Project(dir)
    status = _run(project, json, until, start, yes, not no_input, waive_all)
    _end(status, None, json)
    raise typer.Exit(status.code)


def _run(
    project: Project,
    json: bool,
    until: str | None = None,
    start: str | None = None,
    yes: bool = False,
    ask: bool = True,
    waive_all: str | None = None,
) -> Any:
    with Terminal(yes, ask, quiet=json) as talk:
        return project.run(until, start, yes, waive_all, talk)


def _end(status: Any, report: Path | None, json: bool) -> None:
    if json:
        show.as_json({**status.plain(), "report": str(report) if report else None})
        return
    show.out.print()
    show.road(status)
    if status.waiting:
        show.questions(status.waiting, status.folder)
    if report:
        show.out.print(f"[bold]report:[/] {report}")


@app.command()
def status(dir: Dir = Path("."), json: Json = False) -> None:
    """Where the project stands: every milepost, what waits, what comes next."""
    found = Project(dir).status()
    show.as_json(found.plain()) if json else _end(found, None, json)


@app.command("next")
def next_(dir: Dir = Path("."), json: Json = False) -> None:
    """The next command, and why."""
    found = Project(dir).status()
    show.as_json({"next": found.next}) if json else show.out.print(show.escape(found.next))


@app.command()
def answer(
    dir: Dir = Path("."),
    question: Annotated[str, typer.Argument(help="The question's name; none: list what waits.")] = "",
    value: Annotated[str, typer.Argument(help="The answer.")] = "",
    by: Annotated[str | None, typer.Option(help="Who answers.")] = None,
    because: Annotated[str, typer.Option(help="Why.")] = "",
    json: Json = False,
) -> None:
    """Answers a question that waits; alone it lists what waits."""
    project = Project(dir)
    if question and not value:
        raise UsageError(
            f"no value for '{question}'.", todo=f"Give one: milepost answer {dir} {question} VALUE"
        )
    if question:
        project.answer(question, value, by, because)
    waiting = project.ledger.waiting() if not question else []
    if json:
        show.as_json({"answered": question or None, "waiting": waiting})
    elif question:
        show.out.print(f"Recorded. Go on with: milepost run {dir}")
    else:
        show.questions(waiting, str(dir))


@app.command()
def waive(
    dir: Path,
    step: str,
    because: Annotated[str, typer.Option(help="Why the road may go on all the same.")],
    by: Annotated[str | None, typer.Option(help="Who waives.")] = None,
    json: Json = False,
) -> None:
    """Waives a failed milepost with a reason and a name; the report prints it."""
    made = Project(dir).waive(step, because, by)
    show.as_json(made) if json else show.out.print(show.escape(made.reason))


@app.command()
def looks(dir: Dir = Path("."), json: Json = False) -> None:
    """Every look at validation rows so far."""
    seen = Project(dir).looks()
    show.as_json(seen) if json else show.looks(seen)


@app.command()
def report(
    dir: Dir = Path("."),
    out: Annotated[Path | None, typer.Option(help="Where to write it.")] = None,
    json: Json = False,
) -> None:
    """Writes the report: one self-contained HTML file, readable without a network."""
    path = Project(dir).report(out)
    show.as_json({"report": str(path)}) if json else show.out.print(str(path))


from milepost.cli import deliver, single  # noqa: E402

deliver.add(app)
single.add(app)
