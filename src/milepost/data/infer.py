"""What each column is and does, inferred, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

from milepost.data.facts import facts_of
from milepost.data.schema import Column, Role, Schema, Wire
from milepost.errors import InputError, did_you_mean
from milepost.modalities.base import Facts, Modality, modalities
from milepost.modalities.coordinates import split

WAYS: Mapping[str, int] = {"up": 1, "down": -1}
LEAST_ROWS = 20
"""Below, nothing is called an identifier."""

DENSE, DENSE_ROWS = 0.5, 100
"""Whole numbers of which none occurs twice number the rows where they fill half of their range, be some rows
elsewhere (in a test, say); so many rows are needed, because a few may fill it by chance."""


@dataclass(frozen=True)
class Judged:
    """A modality and why it fits."""

    name: str
    why: str


def infer_schema(
    frame: pl.DataFrame,
    targets: Sequence[str] = (),
    roles: Mapping[str, Mapping[str, Any]] | None = None,
    time: str | None = None,
    group: str | None = None,
    keys: Iterable[str] = (),
) -> Schema:
    """Returns the schema of a frame: what is said holds, the rest is inferred.

    Identifiers, constants and empty columns are ignored; latitudes and longitudes whose names
    differ in nothing else become places; each column says why. The time and group columns of the split are no
    inputs unless `roles` says so, or asks for holidays.

    Args:
        frame: rows.
        targets: the target columns.
        roles: what is said of columns: `role`, `modality`, `available` (False: production does not have it).
        time: the column that orders rows.
        group: the column whose values keep rows together.
        keys: columns that name a row.

    Raises:
        InputError: a column that is named is not there, or cannot be of the kind that is said.
    """
    given = roles or {}
    said: tuple[tuple[Role, Iterable[str | None]], ...] = (
        ("key", keys),
        ("group", (group,)),
        ("time", (time,)),
        ("target", targets),
    )
    fixed: dict[str, Role] = {name: role for role, names in said for name in names if name}
    names = frame.columns  # made anew each time they are asked for
    there = set(names)
    for name in (*given, *fixed):
        if name not in there:
            raise InputError(f"there is no column '{name}'.", todo=did_you_mean(name, names))
    facts = {name: facts_of(frame.get_column(name)) for name in names}
    columns = [_column(facts[name], given.get(name, {}), fixed.get(name)) for name in names]
    found = Schema(tuple(_paired(columns, facts, given)))
    for column in found.inputs:
        if column.monotone and column.modality != "number":
            raise InputError(
                f"column '{column.name}' is said to be monotone, but {column.why}",
                expected=f"A number, since a {column.modality} neither grows nor shrinks.",
                todo='Take `monotone` away, or say modality = "number" if that is what it holds.',
            )
    return found


def _column(facts: Facts, said: Mapping[str, Any], fixed: Role | None) -> Column:
    judged = choose(facts, str(said.get("modality") or ""))
    wire = cast(Wire, modalities[judged.name].wire(facts))
    role, why = _role(facts, said, fixed, judged)
    way = WAYS.get(str(said.get("monotone") or ""), 0)
    return Column(facts.name, facts.dtype, judged.name, role, wire, why, monotone=way)


def _role(facts: Facts, said: Mapping[str, Any], fixed: Role | None, judged: Judged) -> tuple[Role, str]:
    if fixed == "target":
        return "target", "it is what is predicted."
    if said.get("available") is False:
        return "ignored", "it will not be known when a prediction is asked for, says the brief."
    if said.get("role"):
        return cast(Role, said["role"]), f"the brief says so; {judged.why}"
    if fixed == "time" and said.get("holidays"):
        return "input", "it orders the rows, and the brief asks for its holidays."
    if fixed:
        reasons = {
            "key": "it names the row.",
            "time": "it orders the rows.",
            "group": "it keeps rows together.",
        }
        return fixed, reasons[fixed]
    useless = "" if said.get("modality") else unusable(facts, judged.name)
    return ("ignored", useless) if useless else ("input", judged.why)


def choose(facts: Facts, said: str = "") -> Judged:
    """Returns the modality of a column: the one said, else the one that recognises it most surely.

    Coordinates are judged as numbers here; they become places in pairs.

    Raises:
        InputError: the column cannot be of the modality said.
        UsageError: there is no such modality.
    """
    if said:
        sure, why = modalities[said].recognize(facts)
        if sure <= 0 and said != "place":
            kind = f"{'an' if said[0] in 'aeiou' else 'a'} {said}"
            raise InputError(
                f"column '{facts.name}' is said to be {kind}, but {why}",
                todo="Change its modality in the brief, or the data.",
            )
        return Judged(said, "the brief says so.")
    judged = {name: modalities[name].recognize(facts) for name in modalities if name != "place"}
    best = max(judged, key=lambda name: judged[name][0])
    return Judged(best, judged[best][1])


def unusable(facts: Facts, modality: str = "") -> str:
    """Returns why a column holds nothing to learn from, or ""; free text may differ in every row.

    >>> unusable(Facts("id", "int", 1000, 0, 1000, 1, 1000))
    'it numbers the rows: an identifier.'
    >>> unusable(Facts("no", "int", 800, 0, 800, 3, 998)), unusable(Facts("km", "int", 800, 0, 800, 3, 9998))
    ('it numbers the rows: an identifier.', '')
    """
    known = facts.rows - facts.missing
    if not known:
        return "it holds no value."
    if facts.distinct == 1 and not facts.missing:
        return "it holds one value only."
    if known < LEAST_ROWS:
        return ""
    share = facts.distinct / known
    if facts.dtype == "text":
        if modality == "text":
            return ""
        if facts.length > 30 and share > 0.5:
            return f"it is no prose and hardly repeated, {facts.length:.0f} characters on average."
        if share > 0.9:
            return f"it is an identifier: {facts.distinct:,} distinct values in {known:,} rows."
    return names_rows(facts) if facts.dtype == "int" else ""


def names_rows(facts: Facts) -> str:
    """Returns why a column of whole numbers or text is the name of a row and nothing else, or ""."""
    known = facts.rows - facts.missing
    if known < LEAST_ROWS or facts.distinct < known or facts.dtype not in ("int", "text"):
        return ""
    if facts.low is not None and facts.high is not None:
        width = facts.high - facts.low + 1
        if width == known or (known >= DENSE_ROWS and width <= known / DENSE):
            return "it numbers the rows: an identifier."
    if {"id", "key", "uuid", "index"} & set(split(facts.name)[1].split()):
        return "it is an identifier: by its name, and no value occurs twice."
    return ""


def _paired(
    columns: list[Column], facts: Mapping[str, Facts], given: Mapping[str, Mapping[str, Any]]
) -> list[Column]:
    """Joins latitudes and longitudes of inputs into places."""
    place: Modality = modalities["place"]
    sides: dict[str, dict[str, str]] = {}
    for column in columns:
        said = given.get(column.name, {}).get("modality")
        if column.role != "input" or said not in (None, "", "place"):
            continue
        side, rest = split(column.name)
        if side and place.recognize(facts[column.name])[0] > 0:
            sides.setdefault(rest, {}).setdefault(side, column.name)
    pairs: dict[str, str] = {}
    for pair in sides.values():
        if len(pair) == 2:
            title = f"{pair['latitude']}, {pair['longitude']}"
            pairs |= dict.fromkeys(pair.values(), title)
    joined = []
    for column in columns:
        if column.name in pairs:
            wire = cast(Wire, place.wire(facts[column.name]))
            why = place.recognize(facts[column.name])[1]
            column = Column(column.name, column.dtype, "place", "input", wire, why, pairs[column.name])
        elif column.modality == "place":
            raise InputError(
                f"column '{column.name}' is said to be a place, but it has no partner.",
                expected="Two columns whose names differ only in lat(itude) and lon, lng or long(itude).",
                todo="Rename them, or leave them numbers.",
            )
        joined.append(column)
    return joined
