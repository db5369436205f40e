"""Media on their way into a project: examined, kept once, and set aside where they cannot be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from milepost.data.files import Aside
from milepost.data.folders import SPLIT
from milepost.data.paths import FILE
from milepost.data.table import Table
from milepost.errors import InputError
from milepost.modalities import media
from milepost.modalities.examine import examine

Look = Callable[[Sequence[str]], Mapping[str, str]]
"""Looks at media by reference; returns those that cannot be used, with the reason."""
LISTED = {"file": pl.String, "column": pl.String, "row": pl.Int64, "reason": pl.String, "then": pl.String}
GONE, MISSING, PASSED = "the row is set aside", "the value counts as missing", "it is passed over"
UNNAMED = "no file is named"


@dataclass(frozen=True)
class Taken:
    """A table whose media can be used.

    Args:
        frame: its rows, without those that were set aside.
        rows: numbers of the rows that are left, from 0.
        aside: what was set aside: `file`, `column`, `row` (from 1), `reason`, and what `then` became of it.
        reasons: how many there are of each reason.
        media: by column how many there are, and how many of them differ.
    """

    frame: pl.DataFrame
    rows: pl.Series
    aside: pl.DataFrame
    reasons: Mapping[str, int]
    media: Mapping[str, Mapping[str, Any]]

    @property
    def gone(self) -> int:
        """How many rows were set aside."""
        return int((self.aside["then"] == GONE).sum())


def take(table: Table, look: Look, spared: Collection[str] = ()) -> Taken:
    """Examines the media of a table, and sets aside what cannot be used.

    A row is set aside where it has nothing but media to predict from and none of them can be used; elsewhere
    the value counts as missing.

    Args:
        table: the table as read.
        look: examines references.
        spared: columns that nothing is predicted from: targets, keys and the like.
    """
    frame, found = table.frame, list(table.aside)
    for name in frame.columns:
        if media.kind_of(frame[name]):
            frame, bad = _examined(frame, name, look)
            found += bad
    found = [a if a.column in frame.columns else Aside(a.file, a.reason) for a in found]
    inputs = [name for name in frame.columns if name not in {*spared, FILE, SPLIT}]
    only = [name for name in table.held if name in inputs]
    rows = pl.Series("row", range(frame.height), dtype=pl.Int64)
    gone: set[int] = set()
    if only and len(only) == len(inputs):
        bare = frame.select(pl.all_horizontal(pl.col(only).is_null())).to_series()
        gone = set(rows.filter(bare).to_list())
        known = {a.row for a in found}
        names = frame[FILE].to_list() if FILE in frame.columns else [None] * frame.height
        found += [Aside(names[row] or "", UNNAMED, only[0], row) for row in sorted(gone - known)]
        frame, rows = frame.filter(~bare), rows.filter(~bare)
    listed = [
        (a.file, a.column or None, a.row + 1 if a.row >= 0 else None, a.reason, _then(a, gone)) for a in found
    ]
    aside = pl.DataFrame(listed, schema=LISTED, orient="row")
    kinds = {name: _counted(frame[name]) for name in frame.columns if media.kind_of(frame[name])}
    return Taken(frame, rows, aside, dict(Counter(a.reason for a in found).most_common()), kinds)


def usable(table: Table) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """All rows of a table, media that cannot be used taken as missing, and a sentence on these if any."""
    taken = take(table, looked, table.frame.columns)
    bad = sum(then == MISSING for then in taken.aside["then"].to_list())
    if not bad:
        return taken.frame, ()
    return taken.frame, (f"{bad:,} images, sounds or texts count as missing ({told(taken.reasons)}).",)


def looked(references: Sequence[str]) -> dict[str, str]:
    """Examines media wherever they lie, and keeps nothing of them."""
    found: dict[str, str] = {}
    for one in references:
        try:
            reason = examine(media.load(one), one.partition(":")[0])[1]
        except (InputError, OSError):
            reason = "its bytes are not there"
        if reason:
            found[one] = reason.rstrip(".")
    return found


def _examined(frame: pl.DataFrame, name: str, look: Look) -> tuple[pl.DataFrame, list[Aside]]:
    """The frame with what cannot be used taken as missing, and what that is."""
    reasons = look(frame[name].drop_nulls().unique(maintain_order=True).to_list())
    if not reasons:
        return frame, []
    names = frame[FILE].to_list() if FILE in frame.columns else [None] * frame.height
    bad = [
        Aside(names[row] or f"row {row + 1}", reasons[value], name, row)
        for row, value in enumerate(frame[name].to_list())
        if value in reasons
    ]
    clean = pl.when(~pl.col(name).is_in(list(reasons))).then(pl.col(name)).alias(name)
    return frame.with_columns(clean), bad


def _then(aside: Aside, gone: Collection[int]) -> str:
    if aside.row < 0:
        return PASSED
    return GONE if aside.row in gone else MISSING


def _counted(column: pl.Series) -> dict[str, Any]:
    known = column.drop_nulls()
    return {"kind": media.kind_of(column), "count": len(known), "distinct": known.n_unique()}


def told(reasons: Mapping[str, int], most: int = 4) -> str:
    """Reasons with their counts, the most frequent first, in half a sentence.

    >>> told({"it is not there": 3, "it is empty": 1})
    '3 times it is not there, once it is empty'
    """
    parts = [f"{'once' if n == 1 else f'{n:,} times'} {reason}" for reason, n in list(reasons.items())[:most]]
    left = sum(list(reasons.values())[most:])
    return ", ".join([*parts, *([f"{left:,} times something else"] if left else [])])
