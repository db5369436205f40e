"""Labels that people gave meet the rows: one answer a row by consensus, and what is sealed stays so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost.brief import Brief
from milepost.data.canonical import digests
from milepost.digest import Digest, Json, digest, digest_bytes
from milepost.labels.answers import Answered
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.values import text
from milepost.ledger import Ledger
from milepost.modalities.base import text as worded
from milepost.statistics.consensus import consensus
from milepost.statistics.ratings import ratings
from milepost.store.counted import Counted
from milepost.store.relabelling import STREAM
from milepost.store.rows import Rows
from milepost.tasks.lists import NONE

Array = np.ndarray[Any, Any]
QUEUE, SEAL = "labels", "label seal"
"""The queue of a project's labels, and the stream of the log that holds how its rows were drawn."""
KEY, SURE, MANY = "__key__", "sure", 500
KINDS: Mapping[str, str] = {
    "binary": "choice", "multiclass": "choice", "multilabel": "tags", "regression": "number",
    "vector": "vector",
}  # fmt: skip
"""The kind of label that the target of each task is."""


@dataclass(frozen=True)
class Truths:
    """What people say together, an item each.

    Args:
        keys: the items.
        values: the consensus: a name, a list of names, a number, or several.
        soft: `__key__`, `sure`, the probability of the value, and the probability of each label by its name.
        method: how it was found, for choices and tags.
        why: why that method.
        discarded: items that most people discarded.
    """

    keys: tuple[str, ...]
    values: tuple[Json, ...]
    soft: pl.DataFrame
    method: str = ""
    why: str = ""
    discarded: int = 0


def begun(rows: Rows) -> Labels | None:
    """The project's labels, or None where people were never asked for any."""
    return Labels(rows, QUEUE) if rows.last(STREAM, QUEUE) else None


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


def named(labels: LabelSet) -> dict[str, str]:
    """What each label is called in the target: its name, or its place in the tree where two share a name."""
    often: dict[str, int] = {}
    for label in labels.active.values():
        often[label.name] = often.get(label.name, 0) + 1
    names = {id: label.name for id, label in labels.by_id.items()}
    return {id: name if often.get(name, 0) < 2 else labels.shown(id) for id, name in names.items()}


def truths(
    labels: LabelSet, found: Answered, settled: Mapping[int, Json], keys: Mapping[int, str] | None = None
) -> Truths:
    """Returns what people say together, item by item; what a reviewer settled stands, a discard too.

    Choices and each tag by the consensus that suits the labels, numbers by their median.

    Args:
        labels: the label set.
        found: the answers.
        settled: what reviewers settled, by number of item; None where they took it that it has no label.
        keys: keys of settled items, which need not have an answer that still says enough.
    """
    given = np.array([value is not None for value in found.values], dtype=bool)
    items, place = np.unique(found.items, return_inverse=True)
    balance = np.bincount(place, np.where(given, 1.0, -1.0), len(items)) if len(items) else np.zeros(0)
    by_item = {**(keys or {}), **dict(zip(found.items.tolist(), found.keys, strict=True))}
    stands = {item: value for item, value in settled.items() if value is not None and item in by_item}
    kept = (balance > 0) & ~np.isin(items, list(settled)) | np.isin(items, list(stands))
    gone = int((~kept).sum())
    use = np.flatnonzero(given & kept[place]) if len(items) else np.zeros(0, np.int64)
    if not len(use) and not stands:
        return Truths((), (), pl.DataFrame(schema={KEY: pl.String, SURE: pl.Float64}), discarded=gone)
    said, who = [found.values[at] for at in use], (found.items[use], found.people[use])
    if labels.kind in ("choice", "tags"):
        return _chosen(labels, (*who, said), by_item, stands, gone)
    order = np.argsort(who[0], kind="stable")
    table, sorted_ = np.asarray(said, np.float64).reshape(len(said), -1)[order], who[0][order]
    starts = np.flatnonzero(np.diff(sorted_, prepend=-1))
    parts = np.split(table, starts[1:]) if len(starts) else []
    middle = {int(sorted_[at]): np.median(part, axis=0) for at, part in zip(starts, parts, strict=True)}
    middle |= {item: np.atleast_1d(np.asarray(value, np.float64)) for item, value in stands.items()}
    values = [v[0] if labels.kind == "number" else v.tolist() for v in middle.values()]
    names = tuple(by_item[item] for item in middle)
    return Truths(names, tuple(values), pl.DataFrame({KEY: names, SURE: [None] * len(names)}), discarded=gone)


def _chosen(
    labels: LabelSet,
    said: tuple[Array, Array, Sequence[Json]],
    by_item: Mapping[int, str],
    settled: Mapping[int, Json],
    gone: int,
) -> Truths:
    """The consensus of choices, or of each tag as a question of its own."""
    items, people, values = said
    single, every = labels.kind == "choice", [*values, *settled.values()]
    used = set(every) if single else {id for value in every for id in value}
    every_one = len(labels.active) <= MANY  # of more labels those that nobody named get no column
    ids = [id for id in labels.by_id if id in used or (every_one and id in labels.active)]
    order = np.unique(items)
    shares, picked, method, why = np.zeros((len(order), len(ids))), np.zeros(len(order), int), "", ""
    if single and len(order):
        found = consensus(ratings(items, people, np.array(values, dtype=str), np.array(ids)))
        shares, picked, method, why = found.posterior, found.choice, str(found.method), found.why
    for at, id in enumerate(ids) if not single and len(order) else ():
        ticked = np.array([int(id in value) for value in values])
        one = consensus(ratings(items, people, ticked, np.array([0, 1])))
        shares[:, at], method, why = one.posterior[:, 1], str(one.method), one.why
    more = [item for item in settled if item not in set(order.tolist())]
    order = np.append(order, np.array(more, np.int64)).astype(np.int64)
    shares, picked = np.pad(shares, ((0, len(more)), (0, 0))), np.pad(picked, (0, len(more)))
    place = {int(item): at for at, item in enumerate(order)}
    for item, value in settled.items():
        shares[place[item]] = [float(id == value if single else id in value) for id in ids]
        picked[place[item]] = ids.index(value) if single else 0
    names = named(labels)
    if single:
        chosen: list[Json] = [names[ids[at]] for at in picked]
        sure = shares[np.arange(len(order)), picked]
    else:
        chosen = [[names[ids[at]] for at in np.flatnonzero(row > 0.5)] for row in shares]
        sure = np.maximum(shares, 1 - shares).min(1)
    keys_ = tuple(by_item[int(item)] for item in order)
    soft = pl.DataFrame({KEY: keys_, SURE: sure} | {names[id]: shares[:, at] for at, id in enumerate(ids)})
    return Truths(keys_, tuple(chosen), soft, method, why, gone)


def present(labels: Labels) -> Truths:
    """What people say together about the items that are not sealed."""
    answers = labels.answers
    return truths(labels.set, answers.all(), answers.settled(), answers.settled_keys())


def filled(frame: pl.DataFrame, targets: Sequence[str], found: Truths) -> pl.DataFrame:
    """The rows with the target of those that have none filled by what people say.

    Args:
        frame: the rows.
        targets: the target columns.
        found: what people say.
    """
    if not found.keys:
        return frame
    at = {key: place for place, key in enumerate(found.keys)}
    rows = [at.get(key, -1) for key in keys(frame, targets)]
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


def revealed(rows: Rows, frame: pl.DataFrame, targets: Sequence[str], by: str) -> pl.DataFrame:
    """Sealed rows with the labels that people gave them, for `final` and `renew` alone.

    Rows that nobody could label are left out.

    Args:
        rows: the project's rows.
        frame: the sealed rows.
        targets: the target columns.
        by: the step that asks.

    Raises:
        Sealed: it is another step.
    """
    whole = pl.all_horizontal(pl.col(list(targets)).is_not_null())
    labels = begun(rows)
    if labels is None or frame.select(whole.all()).item():
        return frame
    found = truths(labels.set, labels.answers.final(by), {})
    return filled(frame, targets, found).filter(whole)
