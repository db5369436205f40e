"""Labels that are probably wrong: a list to look at, from which nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from milepost.report.blocks import Block, Details, Table, Text
from milepost.report.gallery import Failure, Shown, failures, sheet
from milepost.report.sentences import count, percent
from milepost.statistics.confident import doubtful
from milepost.steps.divided import ROW
from milepost.steps.seen import Seen

SHOWN = 16
LONG = 400
"""Characters of a text that are shown."""


@dataclass(frozen=True)
class Doubts:
    """Rows whose label the out-of-fold probabilities contradict.

    Args:
        rows: how many there are.
        among: rows that were looked at.
        numbers: numbers of those shown in the source, from 0, the most doubtful first.
        shown: the same as they look.
    """

    rows: int
    among: int
    numbers: tuple[int, ...]
    shown: tuple[Failure, ...]


def doubts(seen: Seen, kinds: Mapping[str, str], columns: Sequence[str]) -> Doubts | None:
    """Finds probable label errors; None where rows do not bear one label of several.

    Args:
        seen: out-of-fold predictions.
        kinds: "text", "image" or "sound" by column.
        columns: the columns to show, the most important first.
    """
    if not seen.task.labels or not seen.task.exclusive:
        return None
    found = doubtful(seen.truth, seen.prediction)
    rows = found.rows[:SHOWN]
    frame = seen.frame[rows]
    rich = [tuple(_plain(frame, at, name, kind) for name, kind in kinds.items()) for at in range(len(rows))]
    told = failures(seen.task, (seen.truth[rows], seen.prediction[rows]), frame, columns, (), rich)
    numbers = tuple(int(n) for n in frame[ROW]) if ROW in frame.columns else ()
    return Doubts(len(found.rows), len(seen.truth), numbers, told)


def blocks(found: Doubts | None) -> list[Block]:
    """The list as blocks, folded away."""
    if found is None or not found.rows:
        return []
    share = f"{count(found.rows)} of {count(found.among)} rows ({percent(found.rows / found.among)})"
    says = (
        f"{share} have a label that the model contradicts with confidence, out of fold (confident learning)."
    )
    says += " Some are wrong labels, others rows that are hard to tell: look at them before you change any."
    caption = "The most doubtful first; numbers are rows of the source"
    if any(failure.shown for failure in found.shown):
        inner: Block = sheet(found.shown, caption)
    else:
        rows = tuple(
            (number, failure.truth, failure.said, ", ".join(f"{n} = {v}" for n, v in failure.row.items()))
            for number, failure in zip(found.numbers, found.shown, strict=False)
        )
        inner = Table(("row", "labelled", "the model says", "the row"), rows, caption)
    where = f"Rows of the source, counted from 0: {', '.join(map(str, found.numbers))}."
    more: tuple[Block, ...] = (
        (inner, Text(where)) if found.numbers and not isinstance(inner, Table) else (inner,)
    )
    return [Details(f"Labels to look at: {share}", (Text(says), *more))]


def _plain(frame: pl.DataFrame, at: int, name: str, kind: str) -> Shown:
    value = str(frame[name][at] or "")
    if kind == "text":
        return Shown(name, kind, "", ((value if len(value) <= LONG else f"{value[: LONG - 1]}…", 0.0),))
    return Shown(name, kind, value)
