"""One line a label: the form in which CSV, JSON lines and Parquet hold items, answers and suggestions."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels import values
from milepost.labels.formats.bundle import ACTS, Answer, Bundle, Gathered, Suggestion

OURS = ("item", "label", "person", "act", "seconds", "at", "comment", "model", "score")
"""Columns of our own; a column of the content with such a name gets one underscore more."""
_OURS = re.compile(rf"({'|'.join(OURS)})_*")


def lines(bundle: Bundle, named: Any) -> Iterator[dict[str, Json]]:
    """Yields a row an answer and suggestion, and one for each item without either.

    Args:
        bundle: what to write.
        named: from a canonical value to what stands in the column `label`.
    """
    answers = bundle.by_item
    hints: dict[str, list[Suggestion]] = {}
    for hint in bundle.suggestions:
        hints.setdefault(hint.item, []).append(hint)
    for item in bundle.items:
        row = {"item": item.key, **{outer(name): value for name, value in item.content.items()}}
        for answer in answers[item.key]:
            told = None if answer.value is None else named(answer.value)
            yield {
                **row,
                "label": told,
                "person": answer.person,
                "act": answer.act,
                "seconds": answer.seconds,
                "at": answer.at or None,
                "comment": answer.comment or None,
            }
        for hint in hints.get(item.key, ()):
            yield {**row, "label": named(hint.value), "model": hint.model, "score": hint.score}
        if not answers[item.key] and item.key not in hints:
            yield row


@cache
def outer(name: str, ours: re.Pattern[str] = _OURS) -> str:
    """The column of a part of the content, whose name is none of ours.

    >>> outer("text"), outer("label"), outer("label_")
    ('text', 'label_', 'label__')
    """
    return f"{name}_" if ours.fullmatch(name) else name


@cache
def inner(column: str, ours: re.Pattern[str] = _OURS) -> str:
    """The part of the content that a column holds."""
    return column[:-1] if column.endswith("_") and ours.fullmatch(column) else column


def gather(into: Gathered, place: str, row: Mapping[str, Json]) -> None:
    """Takes in a row; what is wrong with it is listed.

    Args:
        into: what was gathered so far.
        place: where the row stands.
        row: its columns; those that are None are as good as missing.
    """
    filled = {name: value for name, value in row.items() if value is not None}
    content = {inner(name): value for name, value in filled.items() if name not in OURS}
    key = str(filled.get("item", "")) or values.text(content)
    known = into.items.get(key)
    if known is None:
        into.item(place, key, content)
        into.entries -= 1  # the line is one entry, whatever it holds
    elif dict(known.content) != content:
        into.refuse(place, f"the item '{key}' stands elsewhere with another content", counted=False)
        return
    if not any(name in filled for name in ("label", "person", "model", "act")):
        into.entries += 1
        return
    try:
        act = str(filled.get("act", "submitted"))
        if act not in ACTS:
            raise InputError(f"the act '{act}' is none of {', '.join(ACTS)}")
        value = None if act == "discarded" else into.names.identified(_whole(into, filled.get("label")))
        seconds, score = number(filled, "seconds"), number(filled, "score")
    except InputError as problem:
        into.refuse(place, problem, counted=False)
        return
    if "model" in filled:
        into.suggestion(place, Suggestion(key, value, str(filled["model"]), score))
        return
    words = {name: str(filled.get(name, "")) for name in ("person", "at", "comment")}
    into.answer(place, Answer(key, value=value, act=act, seconds=seconds, **words))


def number(row: Mapping[str, Json], name: str) -> float | None:
    """A number of a row, or None where there is none.

    Raises:
        InputError: it is no finite number.
    """
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found) or isinstance(value, bool):
        raise InputError(f"{name} is {value!r}, which is no number")
    return found


def _whole(into: Gathered, label: Json) -> Json:
    """A value that stands in a column of texts as the JSON that it is."""
    if label is None:
        raise InputError("there is no label")
    if into.names.kind in ("choice", "pair") or not isinstance(label, str):
        return label
    return parsed(label)


def parsed(text: str | bytes) -> Json:
    """The value of a JSON text.

    Raises:
        InputError: it is none, or nested so deep that no label is meant.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        reason = "it is nested too deep" if isinstance(problem, RecursionError) else str(problem)
        raise InputError(f"'{text[:60]!s}' is no JSON in UTF-8: {reason[:200]}") from None


def record(line: bytes) -> dict[str, Json] | None:
    """The JSON object in a line, or None where there is none."""
    try:
        found = parsed(line)
    except InputError:
        return None
    return found if isinstance(found, dict) else None
