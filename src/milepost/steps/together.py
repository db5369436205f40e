"""What people say together about each item, whatever the kind of their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from milepost.digest import Json
from milepost.labels.answers import Answered
from milepost.labels.labelset import LabelSet
from milepost.labels.values import SHAPES, similarity
from milepost.statistics.consensus import consensus
from milepost.statistics.ratings import ratings

Array = np.ndarray[Any, Any]
KEY, SURE, MANY = "__key__", "sure", 500
WORDS: Mapping[str, tuple[str, ...]] = {"like": ("true", "false"), "pair": ("a", "b", "same")}
"""What the values of kinds without labels are called where they are choices among a few."""


@dataclass(frozen=True)
class Truths:
    """What people say together, an item each.

    Args:
        keys: the items.
        values: the consensus: a name, a list of names, a number, several, or shapes.
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

    Choices and each tag by the consensus that suits the labels, numbers by their median, which of two and
    likes as choices of a few; of shapes the one answer that is most like all others.

    Args:
        labels: the label set.
        found: the answers.
        settled: what reviewers settled, by number of item; None where they took it that it has no label.
        keys: keys of settled items, which need not have an answer that still says enough.
    """
    if labels.kind in WORDS:
        few = LabelSet.start(labels.name, "choice", WORDS[labels.kind])
        words = replace(found, values=tuple(map(_word, found.values)))
        return truths(few, words, {item: _word(value) for item, value in settled.items()}, keys)
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
    if labels.kind in SHAPES:
        return _alike(labels.kind, (who[0], said), by_item, stands, gone)
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


def _word(value: Json) -> Json:
    return None if value is None else str(value).lower()


def _alike(
    kind: str,
    said: tuple[Array, Sequence[Json]],
    by_item: Mapping[int, str],
    settled: Mapping[int, Json],
    gone: int,
) -> Truths:
    """Of each item's shapes the answer that is most like all of them; the earlier of two that are as much."""
    given: dict[int, list[Json]] = {}
    for item, value in zip(said[0].tolist(), said[1], strict=True):
        given.setdefault(item, []).append(value)
    likest = {
        item: max(values, key=lambda one: sum(similarity(kind, one, other) for other in values))
        for item, values in given.items()
    } | dict(settled)
    keys = tuple(by_item[item] for item in likest)
    soft = pl.DataFrame({KEY: keys, SURE: [None] * len(keys)}, schema_overrides={SURE: pl.Float64})
    return Truths(keys, tuple(likest.values()), soft, discarded=gone)
