"""What pydantic found wrong with a brief, as sentences: the key, the value, what was expected, what to do."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from milepost.errors import BriefError, did_you_mean

Model = type[BaseModel]
Sentence = tuple[str, str, str]
"""What happened, what was expected, what to do."""

EXPECTED = {
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "tuple_type": "a text or a list of texts",
    "dict_type": "a table",
    "finite_number": "a finite number",
}
BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def refusal(problem: ValidationError, model: Model, where: str) -> BriefError:
    """Returns the error for everything that pydantic found wrong in a file named `where`."""
    found = list(dict.fromkeys(_sentence(error, model) for error in problem.errors()))
    if len(found) == 1:
        what, expected, todo = found[0]
        return BriefError(
            f"{where}: {what}",
            expected=expected,
            todo=todo or (f"Correct {where}." if Path(where).is_file() else ""),
        )
    listed = "".join("\n  - " + " ".join(part for part in sentence if part) for sentence in found)
    return BriefError(f"{where} holds {len(found)} mistakes:{listed}")


def spelled(path: Sequence[str]) -> str:
    """Returns a place in the file as it is written there.

    >>> spelled(("budget", "threads")), spelled(("columns", "age", "role")), spelled(("value",))
    ('[budget] threads', '[columns.age] role', '[value]')
    """
    depth = 2 if path[0] == "columns" else 1
    return f"[{'.'.join(path[:depth])}] {'.'.join(path[depth:])}".strip()


def _place(location: Sequence[int | str]) -> tuple[str, ...]:
    """The keys of a location; pydantic adds positions in lists and the members of unions."""
    keys = tuple(part for part in location if isinstance(part, str))
    return keys if keys[1:2] == ("margins",) else keys[: 3 if keys[0] == "columns" else 2]


def _sentence(error: Any, model: Model) -> Sentence:
    path, kind, value = _place(error["loc"]), error["type"], error["input"]
    if kind == "extra_forbidden":
        return _unknown(path, model)
    if kind == "value_error" and isinstance(value, Mapping):
        return f"{spelled(path)}: {error['ctx']['error']}.", "", ""
    what = f"{spelled(path)} is {_quoted(value)}."
    if kind in ("model_type", "model_attributes_type"):
        return what, "A table is expected.", _as_table(path, value, model)
    if kind == "value_error":
        text = str(error["ctx"]["error"])
        return what, f"{text[0].upper()}{text[1:]}.", ""
    if kind == "literal_error":
        options = _options(path, model)
        listed = ", ".join(f'"{option}"' for option in options)
        return what, f"One of {listed} is expected.", did_you_mean(str(value), options)
    if kind in BOUNDS:
        bound, words = BOUNDS[kind]
        return what, f"A number of {words} {error['ctx'][bound]:,.10g} is expected.", ""
    text = EXPECTED.get(kind, error["msg"])
    return what, f"{text[0].upper()}{text[1:]} is expected.", ""


def _unknown(path: tuple[str, ...], model: Model) -> Sentence:
    name = path[-1]
    tables = {key: table for key, field in model.model_fields.items() if (table := _table(field.annotation))}
    found = [f"[{key}] {name}" for key, table in tables.items() if name in table.model_fields]
    homes = f"Did you mean {' or '.join(found)}?" if found else ""
    if len(path) == 1:
        if homes:
            return f"'{name}' stands outside a table.", "", homes
        return f"there is no table [{name}].", "", did_you_mean(name, tables)
    near = did_you_mean(name, tables[path[0]].model_fields)
    return f"{spelled(path[:-1])} has no key '{name}'.", "", near if "Did" in near else homes or near


def _as_table(path: tuple[str, ...], value: object, model: Model) -> str:
    inner = _table(model.model_fields[path[0]].annotation)
    if inner is None or len(path) > 1 or (isinstance(value, Sequence) and not isinstance(value, str)):
        return ""
    first = next(iter(inner.model_fields))
    return f"Write [{path[0]}] on a line of its own, and below it: {first} = {_quoted(value)}."


def _options(path: tuple[str, ...], model: Model) -> list[str]:
    inner = _table(model.model_fields[path[0]].annotation)
    return [option for option in get_args(inner.model_fields[path[-1]].annotation) if option] if inner else []


def _table(annotation: Any) -> Model | None:
    """The model of a table, or of the tables within it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, Union, types.UnionType):
        return next((found for found in map(_table, get_args(annotation)) if found), None)
    return None


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
