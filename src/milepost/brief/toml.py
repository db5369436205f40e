"""Writes a brief as commented TOML: what is set, what was inferred and why, and what could be set."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def commented(brief: BaseModel, notes: Mapping[str, str]) -> str:
    """Returns the brief as TOML text.

    `# ` opens a comment, a bare `#` a key that is not set. A note names a key by its path, such as
    "target.task" or "columns.age.role", and says why its value was chosen; a noted key is written even where
    it has its default.
    """
    lines = ["# The brief of this project. A line such as #key = value shows a key that is not set."]
    for name in type(brief).model_fields:
        table = getattr(brief, name)
        if isinstance(table, BaseModel):
            lines += ["", *_table(name, name, table, notes)]
        else:
            lines += ["", *_columns(name, table, notes)]
    return "\n".join(lines) + "\n"


def _table(header: str, path: str, table: BaseModel, notes: Mapping[str, str]) -> list[str]:
    lines = [f"# {_first(table)}", f"[{header}]"]
    for key, field in type(table).model_fields.items():
        value, note = getattr(table, key), notes.get(f"{path}.{key}", "")
        said = f" (inferred: {_line(note)})" if note else ""
        comment = f"# {field.description}{said}"
        if value != field.get_default(call_default_factory=True) or (note and value is not None):
            lines += [comment, f"{key} = {literal(value)}"]
        else:
            shown = value if value not in ("", None, (), {}) else (field.examples or [""])[0]
            lines += [comment, f"#{key} = {literal(shown)}"]
    return lines


def _columns(name: str, tables: Mapping[str, BaseModel], notes: Mapping[str, str]) -> list[str]:
    """One table a column; only what is set or noted, for there may be hundreds."""
    lines = [
        "# What is known of single columns: a table a column; what is left out is inferred.",
        f"#[{name}.age]",
    ]
    lines += ['#role = "input"', '#modality = "number"', "#available = true", '#because = ""']
    for column, table in tables.items():
        path = f"{name}.{column}"
        full = _table(f"{name}.{_key(column)}", path, table, notes)
        lines += ["", full[1]]
        for comment, line in zip(full[2::2], full[3::2], strict=True):
            if "(inferred: " in comment:
                lines.append("# (inferred: " + comment.split("(inferred: ", 1)[1])
            if not line.startswith("#"):
                lines.append(line)
    return lines


def guesses(text: str) -> list[tuple[str, str, str]]:
    r"""Returns key, value and reason of everything that a brief's comments say was inferred.

    >>> guesses('[target]\n# What it is. (inferred: two values)\ntask = "binary"')
    [('target.task', '"binary"', 'two values')]
    """
    found, table, why = [], "", ""
    for line in text.splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        elif line.startswith("# ") and "(inferred: " in line:
            why = line.split("(inferred: ", 1)[1].removesuffix(")")
        elif why and " = " in line:
            key, value = line.split(" = ", 1)
            found.append((f"{table}.{key}", value, why))
            why = ""
    return found


def inferred(text: str) -> dict[str, str]:
    r"""Returns the reasons in a brief's comments by key path, as `commented` takes them.

    >>> inferred('[columns."a b"]\n# (inferred: it says so)\nrole = "time"')
    {'columns.a b.role': 'it says so'}
    """
    found = {}
    for path, _, why in guesses(text):
        table, _, rest = path.partition(".")
        name, _, key = rest.rpartition(".")
        bare = json.loads(name) if name.startswith('"') else name
        found[".".join(part for part in (table, bare, key) if part)] = why
    return found


def literal(value: Any) -> str:
    """Returns a value as TOML.

    >>> literal(("a", "b")), literal({"x y": 0.5}), literal(True)
    ('["a", "b"]', '{ "x y" = 0.5 }', 'true')
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(key))} = {literal(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return "[" + ", ".join(literal(item) for item in value) + "]"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else literal(name)


def _line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _first(table: BaseModel) -> str:
    return (type(table).__doc__ or "").strip().splitlines()[0]
