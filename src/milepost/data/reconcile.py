"""Brings new rows to the columns and types of the data, and says what came, what went and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from milepost.data.facts import dtype_of
from milepost.errors import InputError, did_you_mean
from milepost.modalities.base import text

STRAY = 0.05
"""Up to this share of values that are no numbers a column of numbers is still one."""
KINDS = {"int": "number", "float": "number", "date": "moment", "datetime": "moment", "bool": "truth value"}


@dataclass(frozen=True)
class Reconciled:
    """New rows in the columns of the data.

    Args:
        frame: the columns of the data in their order and kinds, then those that are new.
        added: columns that the data do not have.
        vanished: columns of the data that the new rows do not have, or that hold nothing there any more.
        notes: what became of columns whose kind changed, a sentence each.
    """

    frame: pl.DataFrame
    added: tuple[str, ...]
    vanished: tuple[str, ...]
    notes: tuple[str, ...]


def reconcile(new: pl.DataFrame, old: pl.DataFrame, needed: Sequence[str] = ()) -> Reconciled:
    """Brings new rows to the columns and types of the data.

    A column that is gone is there with missing values. Numbers written as text become numbers; a column of
    which more than 5 % cannot is left out as if it were gone. Where the data hold text, everything is text.

    Args:
        new: the new rows.
        old: rows of the data.
        needed: columns that must be there, such as target, time and group.

    Raises:
        InputError: a column that is needed is not there, or of another kind.
    """
    for name in needed:
        if name not in new.columns:
            raise InputError(
                f"the new rows lack the column '{name}'.",
                expected=f"It is needed, as the brief says: {', '.join(needed)}.",
                todo=did_you_mean(name, [n for n in new.columns if n not in old.columns]),
            )
    columns, vanished, notes = [], [], []
    for name in old.columns:
        like = old[name]
        if name not in new.columns or (_empty(new[name]) and not _empty(like) and name not in needed):
            vanished.append(name)
            columns.append(pl.Series(name, [None] * new.height, dtype=like.dtype))
            continue
        made, note = _as(new[name], like)
        if made is None and name in needed:
            raise InputError(note, expected="A column is of one kind in all rows.", todo="Mend the new rows.")
        if made is None:
            vanished.append(name)
        notes += [note] if note else []
        columns.append(pl.Series(name, [None] * new.height, dtype=like.dtype) if made is None else made)
    added = tuple(name for name in new.columns if name not in old.columns)
    frame = pl.DataFrame([*columns, *(new[name] for name in added)])
    return Reconciled(frame, added, tuple(vanished), tuple(notes))


def _empty(column: pl.Series) -> bool:
    return column.null_count() == len(column)


def _as(mine: pl.Series, like: pl.Series) -> tuple[pl.Series | None, str]:
    """A column in the kind of the data's column, and a sentence where that changed; None where it cannot."""
    if mine.dtype == like.dtype or _empty(mine):
        return mine.cast(like.dtype), ""
    if _empty(like):
        return mine, ""
    here, there = (KINDS.get(dtype_of(column), "text") for column in (mine, like))
    if there == "text":
        return text(mine), f"'{mine.name}' holds {here}s in the new rows and text in the data: it stays text."
    if here == there:
        both = like.dtype if there == "moment" else pl.Float64
        return mine.cast(both), ""
    said = f"'{mine.name}' held {there}s and now holds {here}s, such as {str(mine.drop_nulls()[0])[:40]!r}"
    if there == "number" and here != "moment":
        numbers = mine.cast(pl.Float64, strict=False)
        stray = (numbers.null_count() - mine.null_count()) / max(1, len(mine) - mine.null_count())
        if stray <= STRAY:
            return (
                numbers,
                f"{said}: read as numbers, {numbers.null_count() - mine.null_count():,} are missing.",
            )
    return None, f"{said}: it is left out."
