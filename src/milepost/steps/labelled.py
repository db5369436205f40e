"""Labels that people gave meet the rows: one answer a row by consensus, and what is sealed stays so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from milepost.brief import Brief
from milepost.data.canonical import digests
from milepost.digest import Digest, Json, digest, digest_bytes
from milepost.labels.labels import Labels
from milepost.labels.values import text
from milepost.ledger import Ledger
from milepost.modalities.base import text as worded
from milepost.steps.together import Truths, named, truths
from milepost.store.counted import Counted
from milepost.store.relabelling import STREAM
from milepost.store.rows import Rows
from milepost.tasks.lists import NONE

QUEUE, SEAL = "labels", "label seal"
"""The queue of a project's labels, and the stream of the log that holds how its rows were drawn."""
KINDS: Mapping[str, str] = {
    "binary": "choice", "multiclass": "choice", "multilabel": "tags", "regression": "number",
    "vector": "vector",
}  # fmt: skip
"""The kind of label that the target of each task is."""


def begun(rows: Rows, queue: str = QUEUE) -> Labels | None:
    """The labels of a queue, the target's unless named, or None where people were never asked for any."""
    return Labels(rows, queue) if rows.last(STREAM, queue) else None


def awaited(folder: Path, ledger: Ledger) -> str:
    """What people have still to label, and the command that tells how; "" where nothing is left."""
    labels = begun(ledger.rows)
    if labels is None:
        return ""
    whole = labels.answers.counts().get(0, {})
    left = whole.get("items", 0) - whole.get("full", 0)
    if not left:
        return ""
    what = "1 item waits" if left == 1 else f"{left:,} items wait"
    return f"{what} for labels: milepost labels status {folder}"


def keys(frame: pl.DataFrame, targets: Sequence[str]) -> list[str]:
    """The key of each row as an item: what it holds beside the target, whatever its place in the table."""
    names = sorted(name for name in frame.columns if name not in targets and not name.startswith("__"))
    return [f"{value:016x}" for value in digests(frame, names).to_list()]


def state(ledger: Ledger) -> Json:
    """What of the labels steps can see, as a digest; None where people were never asked for any.

    Of the numbers of the decisions that count: the same answer given anew is another decision.

    Where they were only asked to look at doubtful labels again no row was drawn, and no row changes.
    """
    labels, seal = begun(ledger.rows), ledger.rows.last(SEAL, QUEUE)
    if labels is None or seal is None:
        return None
    return _state(ledger.rows, labels.answers.newest(), labels.set.version, seal.body["frame"])


@lru_cache(maxsize=8)
def _state(rows: Rows, newest: int, version: int, drawn: Digest) -> Digest:  # noqa: ARG001
    counted = Counted(rows, QUEUE)
    answers = digest_bytes(np.array(counted.answers(), "<i8").tobytes())
    return digest(answers, counted.settled(), version, drawn)


def present(labels: Labels) -> Truths:
    """What people say together about the items that are not sealed."""
    answers = labels.answers
    return truths(labels.set, answers.all(), answers.settled(), answers.settled_keys())


def filled(
    frame: pl.DataFrame, targets: Sequence[str], found: Truths, names: Sequence[str] | None = None
) -> pl.DataFrame:
    """The rows with the target of those that have none filled by what people say.

    Args:
        frame: the rows.
        targets: the target columns.
        found: what people say.
        names: the key of each row; left out: by what it holds.
    """
    if not found.keys:
        return frame
    at = {key: place for place, key in enumerate(found.keys)}
    rows = [at.get(key, -1) for key in (keys(frame, targets) if names is None else names)]
    values = [None if place < 0 else found.values[place] for place in rows]
    made = []
    for number, name in enumerate(targets):
        parts = [cell(value, targets, number) for value in values]
        made.append(_like(frame[name], parts))
    return frame.with_columns(made)


def cell(value: Json, targets: Sequence[str], number: int) -> Json:
    """What stands in one target column where people said a value."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        if len(targets) > 1:
            return int(targets[number] in value)
        return text(value) if value else NONE
    return value[number] if isinstance(value, list) else value


def _like(column: pl.Series, parts: Sequence[Json]) -> pl.Series:
    """A column with its gaps filled, in its own type where the values fit it."""
    known = column.dtype
    if known == pl.Boolean:
        words = [None if part is None else str(part).lower() in ("true", "yes", "1") for part in parts]
        return column.fill_null(pl.Series(words, dtype=pl.Boolean)).alias(column.name)
    if all(isinstance(part, int | float) for part in parts if part is not None):
        floats = pl.Series(parts, dtype=pl.Float64, strict=False)
        whole = known.is_integer() and bool((floats.drop_nulls() % 1 == 0).all())
        kind = known if whole else pl.Float64()
        return column.cast(kind).fill_null(floats.cast(kind)).alias(column.name)
    new = pl.Series([None if part is None else str(part) for part in parts], dtype=pl.String)
    if known.is_numeric():
        cast = new.cast(known, strict=False)
        if cast.null_count() == new.null_count():
            return column.fill_null(cast).alias(column.name)
    return column.cast(pl.String).fill_null(new).alias(column.name)


def anew(frame: pl.DataFrame, targets: Sequence[str], labels: Labels) -> pl.DataFrame:
    """Labels that came with the rows, under the newest label set: renamed, merged, or gone where split."""
    newest = labels.set
    if newest.kind != "choice" or newest.version == 1 or len(targets) != 1:
        return frame
    names, first = named(newest), named(labels.set_at(1))
    became = {}
    for id, name in first.items():
        value, enough = labels.translate(id, 1)
        became[name] = names[value] if enough and value is not None else None
    changed = {name: new for name, new in became.items() if name != new}
    if not changed:
        return frame
    column = worded(
        frame[targets[0]]
    )  # numbers and true or false are words once one of them has another name
    return frame.with_columns(column.replace(list(changed), list(changed.values())))


def given(brief: Brief, rows: Rows, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with what people say of them, as far as it is not sealed.

    Args:
        brief: the brief.
        rows: the project's rows.
        frame: the table as it was read.
    """
    labels, targets = begun(rows), list(brief.target.columns)
    if labels is None:
        return frame
    return filled(anew(frame, targets, labels), targets, present(labels))


def revealed(
    rows: Rows, frame: pl.DataFrame, targets: Sequence[str], by: str, names: Sequence[str] | None = None
) -> pl.DataFrame:
    """Sealed rows with the labels that people gave them, for `final` and `renew` alone.

    Rows that nobody could label are left out.

    Args:
        rows: the project's rows.
        frame: the sealed rows.
        targets: the target columns.
        by: the step that asks.
        names: the key of each row; left out: by what it holds.

    Raises:
        Sealed: it is another step.
    """
    whole = pl.all_horizontal(pl.col(list(targets)).is_not_null())
    labels = begun(rows)
    if labels is None or frame.select(whole.all()).item():
        return frame
    found = truths(labels.set, labels.answers.final(by), {})
    return filled(frame, targets, found, names).filter(whole)
