"""What to label next: some at random always, typical items before there is a model, close calls after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError

Array = npt.NDArray[Any]
Reason = Literal["random", "typical", "margin"]
RANDOM = 0.2
"""The share of each batch that chance picks: honest estimates come from it alone."""
COLD = 10
"""Labels a class, on average, below which a model knows too little for its close calls to mean anything.
A rare class may never have so many, so that each class by itself would be the wrong rule."""
DEEP, NEAR, CLUSTERS, MOST = 10, 20, 500, 20_000
"""Close calls are clustered out of so many times the items wanted; neighbours that make an item typical;
clusters at most; and items of the pool that are looked at."""
ROUNDS = 3


@dataclass(frozen=True)
class Chosen:
    """Items to label next.

    Args:
        rows: places in the pool (items,), in the order in which to label them.
        reasons: why each.
    """

    rows: Array
    reasons: tuple[Reason, ...]


def choose(
    place: Array,
    most: int,
    probabilities: Array | None = None,
    labelled: Array | None = None,
    counts: Sequence[int] = (),
    seed: int = 0,
) -> Chosen:
    """Returns about `most` items of a pool: a fifth at random, the others typical ones or close calls.

    Args:
        place: embeddings of the pool (pool, width); of a very large one, those of a sample will do.
        most: items wanted.
        probabilities: the model's (pool, classes), or None where there is none.
        labelled: embeddings of what is labelled (labelled, width), or None.
        counts: labels of each class so far; with fewer than 10 a class on average the model is not asked.
        seed: of the draws.

    >>> chosen = choose(np.arange(40.0)[:, None], 10)
    >>> len(chosen.rows), chosen.reasons.count("random")
    (10, 2)
    """
    rows = np.asarray(place, np.float32)
    if rows.ndim != 2 or (probabilities is not None and len(probabilities) != len(rows)):
        told = "" if probabilities is None else f", the probabilities {np.shape(probabilities)}"
        raise InputError(
            f"The embeddings have the shape {rows.shape}{told}.", expected="One row an item in each."
        )
    rng = np.random.default_rng(seed)
    most = min(most, len(rows))
    shuffled = rng.permutation(len(rows))
    drawn, rest = shuffled[: round(RANDOM * most)], np.sort(shuffled[round(RANDOM * most) :][:MOST])
    want = most - len(drawn)
    cold = probabilities is None or sum(counts) < COLD * len(counts)
    if probabilities is None or cold:
        found = rest[typical(rows[rest], want, labelled, seed)]
    else:
        found = rest[close(np.asarray(probabilities)[rest], rows[rest], want, seed)]
    reason: Reason = "typical" if cold else "margin"
    both = np.concatenate([drawn, found])
    order = rng.permutation(len(both))
    return Chosen(both[order], tuple("random" if at < len(drawn) else reason for at in order.tolist()))


def typical(place: Array, most: int, labelled: Array | None = None, seed: int = 0) -> Array:
    """Returns the most typical item of each of the largest clusters without a label (TypiClust).

    Hacohen, Dekel & Weinshall 2022: as many clusters as there are labels and wanted items, at most 500; in
    each the item whose 20 nearest neighbours lie nearest.

    Args:
        place: embeddings of the pool (pool, width).
        most: items wanted.
        labelled: embeddings of what is labelled (labelled, width), or None.
        seed: of the clustering.
    """
    if most >= len(place):
        return np.arange(len(place))
    known = np.empty((0, place.shape[1]), np.float32) if labelled is None else labelled
    points = np.concatenate([place, known]).astype(np.float32)
    found = _clusters(points, min(len(known) + most, CLUSTERS), seed)
    mine, theirs = found[: len(place)], found[len(place) :]
    size = np.bincount(mine, minlength=found.max() + 1)
    covered = np.bincount(theirs, minlength=len(size))
    left = size.copy()
    waiting: dict[int, list[int]] = {}
    picked: list[int] = []
    while len(picked) < most:
        open_ = np.flatnonzero(left)
        best = int(open_[np.lexsort((-size[open_], covered[open_]))[0]])
        if best not in waiting:
            waiting[best] = _typical_first(place, np.flatnonzero(mine == best))
        picked.append(waiting[best].pop(0))
        covered[best] += 1
        left[best] -= 1
    return np.array(picked, np.int64)


def _typical_first(place: Array, inside: Array) -> list[int]:
    """The items of a cluster, those first that lie near to their neighbours in it."""
    from sklearn.neighbors import NearestNeighbors

    if len(inside) < 2:
        return [int(at) for at in inside]
    near = NearestNeighbors(n_neighbors=min(NEAR + 1, len(inside))).fit(place[inside])
    apart = near.kneighbors(place[inside])[0][:, 1:].mean(1)
    return [int(at) for at in inside[np.argsort(apart, kind="stable")]]


def close(probabilities: Array, place: Array, most: int, seed: int = 0) -> Array:
    """Returns close calls that differ: the smallest margins, clustered, the closest of each cluster.

    Args:
        probabilities: of classes (pool, classes), or of labels that do not exclude each other (pool, 1).
        place: embeddings of the pool (pool, width).
        most: items wanted.
        seed: of the clustering.
    """
    if most >= len(place):
        return np.arange(len(place))
    near = margins(probabilities)
    first = np.argsort(near, kind="stable")[: DEEP * most]
    found = _clusters(place[first], most, seed)
    picked = np.array([first[found == cluster][0] for cluster in np.unique(found)], np.int64)
    spare = first[~np.isin(first, picked)]
    return np.concatenate([picked, spare[: most - len(picked)]])


def margins(probabilities: Array) -> Array:
    """Returns how far the most probable class is ahead of the second (pool,); little is a close call."""
    table = np.asarray(probabilities, np.float64)
    if table.shape[1] == 1:
        return np.abs(2 * table[:, 0] - 1)
    best = np.partition(table, -2, axis=1)
    return np.asarray(best[:, -1] - best[:, -2])


def similar(place: Array, like: Array, most: int, unlike: Array | None = None) -> Array:
    """Returns the items nearest to examples, nearest first, by the cosine of their embeddings.

    Args:
        place: embeddings of the pool (pool, width).
        like: embeddings of examples (examples, width).
        most: items wanted.
        unlike: embeddings of what is not meant; an item nearer to these than to any example comes later.
    """
    pool = _unit(place)
    score = (pool @ _unit(like).T).max(1)
    if unlike is not None and len(unlike):
        score = score - np.maximum((pool @ _unit(unlike).T).max(1), 0)
    found: Array = np.argsort(-score, kind="stable")[:most]
    return found


def _unit(place: Array) -> Array:
    rows = np.asarray(place, np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def _clusters(place: Array, number: int, seed: int) -> Array:
    from sklearn.cluster import KMeans, MiniBatchKMeans

    distinct = len(np.unique(place, axis=0))
    many = min(number, distinct)
    if many > 50 and len(place) > 2_000:
        found = MiniBatchKMeans(many, n_init=1, batch_size=2_048, random_state=seed).fit_predict(place)
    else:
        found = KMeans(many, n_init=4, random_state=seed).fit_predict(place)
    return np.asarray(found)


@dataclass(frozen=True)
class Arms:
    """Equally many labels of two kinds to learn from, and labels to score both on.

    Args:
        random: places of labels that chance picked.
        chosen: places of the first labels given, whatever picked them.
        test: places of labels that chance picked, in neither.
    """

    random: Array
    chosen: Array
    test: Array


def arms(reasons: Sequence[str], folds: int = 5, seed: int = 0) -> tuple[Arms, ...]:
    """Returns how to compare choosing with chance at no further label, fold by fold.

    The random share of the stream is a sample of its own: a model of the random labels alone is held against
    one of the first labels of the stream, as many. Both are scored on random labels that neither has seen.

    Args:
        reasons: of the labels so far, in the order in which they were given.
        folds: parts of the random labels.
        seed: of the parts.

    Raises:
        InputError: there are fewer random labels than two a fold.
    """
    drawn = np.flatnonzero(np.asarray(reasons) == "random")
    if len(drawn) < 2 * folds:
        raise InputError(
            f"There are {len(drawn)} labels of items picked at random.",
            expected=f"At least {2 * folds} for {folds} folds.",
            todo="Label more before choosing is compared with chance.",
        )
    parts = np.array_split(np.random.default_rng(seed).permutation(drawn), folds)
    everything = np.arange(len(reasons))
    told = []
    for part in parts:
        rest = drawn[~np.isin(drawn, part)]
        told.append(Arms(rest, everything[~np.isin(everything, part)][: len(rest)], np.sort(part)))
    return tuple(told)


@dataclass(frozen=True)
class Gain:
    """What choosing gained over chance in one round.

    Args:
        value: the share of right answers by choosing less that by chance, with equally many labels.
        error: its standard error.
    """

    value: float
    error: float


def gain(chosen: Array, random: Array) -> Gain:
    """Returns the gain of a round, from whether each answer to the test labels of all arms is right.

    Args:
        chosen: by the model of the first labels (answers,).
        random: by the model of the random labels (answers,).

    >>> gain(np.array([1, 1, 0, 1]), np.array([1, 0, 0, 1])).value
    0.25
    """
    apart = np.asarray(chosen, np.float64) - np.asarray(random, np.float64)
    error = float(apart.std(ddof=1)) / len(apart) ** 0.5 if len(apart) > 1 else float("inf")
    return Gain(float(apart.mean()), error)


def pays(gains: Sequence[Gain]) -> bool:
    """Says whether choosing goes on: not where three rounds speak against it.

    It ends when the mean gain of the last three rounds lies at least a standard error below zero. The same
    labels are compared from round to round, so that three rounds are hardly surer than one. A harder rule
    would end by chance what helps: a useless choice costs no more than a random one, a useful one is worth
    hundreds of labels.

    Args:
        gains: of each round.

    >>> pays([Gain(-0.1, 0.02)] * 2), pays([Gain(-0.1, 0.02)] * 3), pays([Gain(-0.01, 0.02)] * 3)
    (True, False, True)
    """
    last = gains[-ROUNDS:]
    if len(last) < ROUNDS:
        return True
    return sum(one.value for one in last) / ROUNDS + last[-1].error > 0
