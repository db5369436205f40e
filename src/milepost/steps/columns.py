"""Columns that people label beside the target: which there are, and how they enter the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from milepost.brief import Brief, ColumnBrief
from milepost.data.read import RESERVED
from milepost.digest import Digest, Json, digest, digest_bytes
from milepost.labels.columns import CELLS, queue_of
from milepost.labels.labels import Labels
from milepost.ledger import Ledger
from milepost.steps.labelled import begun, filled, keys
from milepost.steps.labelled import state as of_target
from milepost.steps.team import Span, team
from milepost.steps.together import Truths, truths
from milepost.steps.work import Work
from milepost.store.counted import Counted
from milepost.store.rows import Rows

STREAM, KEYS = "label columns", "keys"
"""The stream of the log that holds which columns are labelled; the name of the keys that `collect` keeps."""
KINDS = {"number": pl.Float64(), "like": pl.Boolean()}
"""The type of a column that the data lack, by the kind of its labels; of others it is text."""
WHY = "People say it when they label; production does not have it unless the brief says that it does."


@dataclass(frozen=True)
class Asked:
    """A column beside the target that people label.

    Args:
        column: its name.
        kind: of its labels.
        added: whether the data lacked it when people were first asked.
    """

    column: str
    kind: str
    added: bool

    @property
    def queue(self) -> str:
        """The name of its queue."""
        return queue_of(self.column)


@dataclass(frozen=True)
class Filled:
    """What became of a column that people label.

    Args:
        column: its name.
        kind: of its labels.
        added: whether the data lack it.
        available: whether it counts as known when a prediction is asked for.
        filled: rows that have a value since people gave it, sealed ones among them.
        empty: rows that still have none.
        items: in the queue.
        answers: labels so far, without those of sealed items.
        alpha: agreement beyond chance, or None.
        reading: what that means.
    """

    column: str
    kind: str
    added: bool
    available: bool
    filled: int
    empty: int
    items: int
    answers: int
    alpha: Span | None
    reading: str


def asked(rows: Rows) -> tuple[Asked, ...]:
    """The columns beside the target that people label, in the order in which they were first asked."""
    found: dict[str, Asked] = {}
    for entry in rows.select(STREAM):
        found.setdefault(entry.key, Asked(entry.key, entry.body["kind"], entry.body["added"]))
    return tuple(found.values())


def added(rows: Rows) -> frozenset[str]:
    """Columns that the data lack and people give."""
    return frozenset(one.column for one in asked(rows) if one.added and one.kind in CELLS)


def noted(rows: Rows, one: Asked, by: str) -> None:
    """Writes down that people label a column."""
    rows.append(STREAM, one.column, {"kind": one.kind, "added": one.added, "by": by})


def closed(brief: Brief, rows: Rows) -> Brief:
    """The brief in which a column that only people give is not available, unless it says `available`.

    Args:
        brief: the brief as it is written.
        rows: the project's rows.
    """
    more: dict[str, ColumnBrief] = {}
    for name in sorted(added(rows)):
        said = brief.columns.get(name, ColumnBrief())
        if "available" not in said.model_fields_set:
            update = {"available": False, "because": said.because or WHY}
            more[name] = said.model_copy(update=update)
    return brief.model_copy(update={"columns": {**brief.columns, **more}}) if more else brief


def seen(ledger: Ledger) -> Json:
    """What of all labels steps can see, those of the target and those of other columns; None without any."""
    target, others = of_target(ledger), [
        [one.column, _state(ledger.rows, one.queue, labels.answers.newest(), labels.set.version)]
        for one in asked(ledger.rows)
        if (labels := begun(ledger.rows, one.queue)) is not None
    ]  # fmt: skip
    return [target, others] if others else target


@lru_cache(maxsize=32)
def _state(rows: Rows, queue: str, newest: int, version: int) -> Digest:  # noqa: ARG001
    counted = Counted(rows, queue)
    answers = digest_bytes(np.array(counted.answers(), "<i8").tobytes())
    return digest(answers, counted.settled(), version)


def given(brief: Brief, rows: Rows, frame: pl.DataFrame, by: str) -> pl.DataFrame:
    """The rows with what people say of columns beside the target: gaps filled, new columns behind the others.

    Sealed rows are filled like all others: an input of theirs is no truth.

    Args:
        brief: the brief.
        rows: the project's rows.
        frame: the table, with what people say of the target or without.
        by: the step that asks.
    """
    found = [one for one in asked(rows) if one.kind in CELLS]
    if not found:
        return frame
    names = keys(frame, brief.target.columns)
    made = []
    for one in found:
        labels = begun(rows, one.queue)
        if one.column in frame.columns:
            column = frame[one.column]
        else:
            column = pl.Series(one.column, [None] * frame.height, dtype=KINDS.get(one.kind, pl.String()))
        said = whole(labels, by) if labels is not None else None
        made.append(column if said is None else filled(column.to_frame(), [one.column], said, names))
    return frame.with_columns(*(part if isinstance(part, pl.Series) else part.to_series() for part in made))


def whole(labels: Labels, by: str) -> Truths:
    """What people say together about every item of a column that is no target, sealed ones too.

    Args:
        labels: its queue.
        by: the step that asks.
    """
    answers = labels.answers
    return truths(labels.set, answers.every(by), answers.settled(), answers.settled_keys())


def keyed(work: Work, frame: pl.DataFrame) -> list[str]:
    """The key of each row as an item, which nothing that people say of it changes.

    Args:
        work: the running step.
        frame: numbered rows that `collect` divided, or that came later.
    """
    own, last = keys(frame, work.brief.target.columns), work.ledger.last("collect", 1)
    if last is None or KEYS not in last.artifacts:
        return own
    kept = work.blobs.get_frame(last.artifacts[KEYS])[KEYS].to_list()
    numbers = frame[RESERVED].to_list()
    return [kept[n] if n < len(kept) else key for n, key in zip(numbers, own, strict=True)]


def filling(work: Work, before: pl.DataFrame, after: pl.DataFrame) -> tuple[Filled, ...]:
    """What became of each column that people label.

    Args:
        work: the running step.
        before: the table without what people say of columns beside the target.
        after: the table with it.
    """
    found = []
    for one in asked(work.ledger.rows):
        done = team(work.ledger, one.queue)
        if done is None:
            continue
        gaps, empty = (_gaps(table, one.column) for table in (before, after))
        said = work.brief.columns.get(one.column, ColumnBrief())
        use, more = one.column in after.columns and said.available, (done.alpha, done.reading)
        counts = gaps - empty, empty, done.items, done.answers
        found.append(Filled(one.column, one.kind, one.added, use, *counts, *more))
    return tuple(found)


def _gaps(table: pl.DataFrame, column: str) -> int:
    return table[column].null_count() if column in table.columns else table.height


def unfilled(table: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Numbered rows as they were before people filled columns beside the target.

    Args:
        table: some of the numbered rows.
        before: all rows, in the order of their numbers, without what people say of such columns.
    """
    return before[table[RESERVED].to_numpy()].with_columns(table[RESERVED])


def told(found: Sequence[Filled]) -> list[str]:
    """What a reader has to know of each column that people labelled, a sentence or two each."""
    sentences = []
    for one in found:
        if one.kind not in CELLS:
            sentences.append(f"'{one.column}' is labelled with {one.kind}, which fill no cell of a table.")
        elif not one.added:
            sentences.append(
                f"People filled {one.filled:,} gaps of '{one.column}', of sealed rows too; {one.empty:,} are "
                "left. Production has these gaps: scores hold only where they are filled there as well."
            )
        elif one.available:
            sentences.append(
                f"'{one.column}' comes from people alone and is an input, as the brief says that production "
                f"has it; {one.empty:,} rows have no value."
            )
        else:
            sentences.append(
                f"'{one.column}' comes from people alone: it is no input unless the brief says "
                f"[columns.{one.column}] available = true. It may name slices, filters and groups."
            )
    return sentences
