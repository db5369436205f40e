"""Which shape of one person is which of another, and how well people agree who draw on pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels import shapes, values
from milepost.statistics.agreement import Share, cohen
from milepost.statistics.alike import Alike, alike
from milepost.statistics.intervals import Interval

MOST = 2_000
"""Pairs of answers to different pictures that are compared, to see what chance does."""


@dataclass(frozen=True)
class Matched:
    """Shapes of two people on one picture.

    Args:
        pairs: place of the shape of one, of the other, and their intersection over union.
        one, other: places of the shapes without a partner.
    """

    pairs: tuple[tuple[int, int, float], ...]
    one: tuple[int, ...]
    other: tuple[int, ...]

    @property
    def found(self) -> float:
        """The share of all shapes that both drew (F1); 1 where neither drew any."""
        total = 2 * len(self.pairs) + len(self.one) + len(self.other)
        return 2 * len(self.pairs) / total if total else 1.0


def match(
    kind: str,
    one: Sequence[Json],
    other: Sequence[Json],
    bar: float = 0.5,
    table: np.ndarray[Any, Any] | None = None,
) -> Matched:
    """Pairs shapes, whatever their labels, so that intersections over union add up to most (Kuhn 1955).

    Args:
        kind: "boxes", "polygons" or "mask".
        one: a person's shapes in canonical form.
        other: another's.
        bar: the least intersection over union of a pair.
        table: intersections over unions of all shapes with all, where they are known.

    >>> box = {"label": "cat", "x": 0, "y": 0, "w": 10, "h": 10}
    >>> match("boxes", [box], [{**box, "w": 8}, {**box, "x": 50}])
    Matched(pairs=((0, 0, 0.8),), one=(), other=(1,))
    """
    from scipy.optimize import linear_sum_assignment

    table = shapes.ious(kind, one, other) if table is None else table
    allowed = np.where(table >= bar, table, 0.0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    pairs = [
        (int(a), int(b), float(table[a, b])) for a, b in zip(rows, columns, strict=True) if allowed[a, b]
    ]
    left, right = ({pair[side] for pair in pairs} for side in (0, 1))
    return Matched(
        tuple(pairs),
        tuple(i for i in range(len(one)) if i not in left),
        tuple(i for i in range(len(other)) if i not in right),
    )


@dataclass(frozen=True)
class Drawn:
    """How well people agree who draw.

    Args:
        whole: similarity of two people's answers as a whole, labels included.
        found: the share of shapes that the other drew too, whatever its label (F1 of all pairs of people).
        overlap: mean intersection over union of the shapes that both drew; nan where there are none.
        labels: Cohen's kappa of the labels of the shapes that both drew.
        people: the mean similarity of each person's answers with those of the others.
    """

    whole: Alike
    found: float
    overlap: float
    labels: Share
    people: Mapping[Any, float]


def drawn(
    kind: str,
    answers: Sequence[tuple[Any, Any, Json]],
    bar: float = 0.5,
    resamples: int = 1000,
    seed: int = 0,
) -> Drawn:
    """Returns agreement of people who drew shapes on the same pictures.

    Args:
        kind: "boxes", "polygons" or "mask".
        answers: item, person and canonical value, one a person and item.
        bar: the least intersection over union of shapes that are the same.
        resamples: of the bootstrap over pictures.
        seed: of the bootstrap, and of the draw of pairs for chance.

    Raises:
        InputError: no picture has two answers, or the kind is not one of shapes.
    """
    if kind not in values.SHAPES:
        raise InputError(f"'{kind}' is no kind of shapes.", expected=f"One of {', '.join(values.SHAPES)}.")
    by_item: dict[Any, list[tuple[Any, Json]]] = {}
    for item, person, value in answers:
        by_item.setdefault(item, []).append((person, value))
    items, similar = [], []
    people: dict[Any, list[float]] = {}
    counts, overlaps, named = np.zeros(2), [], []
    for at, given in enumerate(by_item.values()):
        for (who, one), (whom, other) in combinations(given, 2):
            table = shapes.ious(kind, one, other)  # once for both, since it is what takes the time
            likeness = values.together(one, other, table)
            items.append(at)
            similar.append(likeness)
            for person in (who, whom):
                people.setdefault(person, []).append(likeness)
            matched = match(kind, one, other, bar, table)
            counts += 2 * len(matched.pairs), len(one) + len(other)
            overlaps += [pair[2] for pair in matched.pairs]
            named += [(one[a]["label"], other[b]["label"]) for a, b, _ in matched.pairs]
    chance = elsewhere(kind, [[value for _, value in given] for given in by_item.values()], seed)
    return Drawn(
        whole=alike(np.array(items), np.array(similar), chance, bar, resamples, seed),
        found=float(counts[0] / counts[1]) if counts[1] else 1.0,
        overlap=float(np.mean(overlaps)) if overlaps else math.nan,
        labels=_kappa(named),
        people={person: float(np.mean(found)) for person, found in people.items()},
    )


def _kappa(named: Sequence[tuple[str, str]]) -> Share:
    if not named:
        return Share(math.nan, Interval(math.nan, math.nan), 0)
    one, other = zip(*named, strict=True)
    return cohen(one, other)


def elsewhere(kind: str, given: Sequence[Sequence[Json]], seed: int = 0) -> np.ndarray[Any, Any]:
    """Similarities of answers to different items, drawn at random; none where there is one item only.

    Args:
        kind: of the answers.
        given: the values of each item.
        seed: of the draw.
    """
    if len(given) < 2:
        return np.empty(0)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(MOST):
        places = rng.choice(len(given), 2, replace=False).tolist()
        one, other = (given[at][int(rng.integers(len(given[at])))] for at in places)
        found.append(values.similarity(kind, one, other))
    return np.array(found)
