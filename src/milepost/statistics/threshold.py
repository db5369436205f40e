"""Where to cut a score: by costs, by capacity, by an error limit or by a metric, on out-of-fold scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError, did_you_mean
from milepost.statistics.arrays import Floats, Integers, codes
from milepost.statistics.capacity import Capacity, capacity_threshold, neyman_pearson_threshold
from milepost.statistics.intervals import Interval

__all__ = [
    "Capacity",
    "Costs",
    "Threshold",
    "Tradeoff",
    "best_threshold_by_cost",
    "best_threshold_by_metric",
    "capacity_threshold",
    "elkan_threshold",
    "neyman_pearson_threshold",
    "tradeoff_curve",
]

Amount: TypeAlias = float | npt.NDArray[np.float64]

GRID = 400


@dataclass(frozen=True)
class Costs:
    """What each outcome of a decision costs, as numbers or one a row (n,); negative is a gain.

    Args:
        fp: flagging a negative.
        fn: not flagging a positive.
        tp: flagging a positive.
        tn: not flagging a negative.
    """

    fp: Amount
    fn: Amount
    tp: Amount = 0.0
    tn: Amount = 0.0


@dataclass(frozen=True)
class Tradeoff:
    """Outcomes at each threshold (flag if score >= threshold), thresholds falling, at most about 200 points.

    Args:
        thresholds: the first flags nobody, the last flags everybody.
        tp: weight of positives flagged.
        fp: weight of negatives flagged.
        fn: weight of positives not flagged.
        tn: weight of negatives not flagged.
    """

    thresholds: Floats
    tp: Floats
    fp: Floats
    fn: Floats
    tn: Floats


@dataclass(frozen=True)
class Threshold:
    """A threshold with what is known of it.

    Args:
        value: flag if score >= value.
        interval: where it would lie with other rows of the same kind (bootstrap).
        score: cost a row, or the metric, to expect: measured on rows left out of each choice.
        score_interval: its interval.
        flat: the range of thresholds that do as well within one standard error, its low end not included;
            `value` is its middle.
    """

    value: float
    interval: Interval
    score: float
    score_interval: Interval
    flat: tuple[float, float]


def elkan_threshold(costs: Costs) -> npt.NDArray[np.float64]:
    """Returns the probability from which flagging costs less than not (Elkan 2001), shaped like the costs.

    (fp - tn) / (fp - tn + fn - tp), between 0 and 1.

    Raises:
        InputError: being right costs more than being wrong, so that no threshold makes sense.

    >>> float(elkan_threshold(Costs(fp=5.0, fn=95.0)))
    0.05
    """
    alarm = np.asarray(costs.fp, dtype=np.float64) - costs.tn
    miss = np.asarray(costs.fn, dtype=np.float64) - costs.tp
    if not np.all((alarm >= 0) & (miss >= 0) & (alarm + miss > 0)):
        raise InputError(
            "being wrong costs less than being right.",
            expected="fp above tn, and fn above tp, or always (never) flagging is best.",
            todo="Check the costs in milepost.toml.",
        )
    return np.asarray(alarm / (alarm + miss))


def tradeoff_curve(
    p: npt.ArrayLike, y: npt.ArrayLike, weight: npt.ArrayLike | None = None, points: int = 200
) -> Tradeoff:
    """Returns the outcomes at thresholds over all scores (n,) with truth 0/1 (n,), for a chart.

    >>> tradeoff_curve([0.2, 0.8], [0, 1]).tp.tolist()
    [0.0, 1.0, 1.0]
    """
    scores, truth, weights = _read(p, y, weight)
    edges = _edges(scores, points)
    return _counts(edges, _cells(edges, scores), truth * weights, (1 - truth) * weights)


def best_threshold_by_cost(
    p: npt.ArrayLike,
    y: npt.ArrayLike,
    costs: Costs,
    *,
    seed: int = 0,
    resamples: int = 500,
    groups: npt.ArrayLike | None = None,
) -> Threshold:
    """Chooses the threshold of the lowest cost on out-of-fold scores.

    Where the cost is flat (within one paired standard error of the lowest) the middle of the range, in
    logits, is taken. The cost to expect is measured on rows left out of bootstrap samples, since the
    lowest cost on the rows it was chosen on is too good.

    Args:
        p: out-of-fold probabilities (n,).
        y: 0/1 (n,).
        costs: of outcomes, numbers or one a row.
        seed: of the bootstrap.
        resamples: bootstrap samples.
        groups: rows of one group are drawn together (n,).
    """
    scores, truth, one = _read(p, y, None)
    shape = len(scores)
    flagged = np.broadcast_to(np.where(truth == 1, costs.tp, costs.fp), shape)
    passed = np.broadcast_to(np.where(truth == 1, costs.fn, costs.tn), shape)

    def total(edges: Floats, cell: Integers, weight: Floats) -> Floats:
        change = _flagged(cell, weight * (flagged - passed), edges)
        return np.asarray((change + weight @ passed) / max(weight.sum(), 1e-12))

    return _search(scores, one, total, (seed, resamples), codes(groups, shape))


def best_threshold_by_metric(
    p: npt.ArrayLike,
    y: npt.ArrayLike,
    metric: str,
    *,
    seed: int = 0,
    resamples: int = 500,
    groups: npt.ArrayLike | None = None,
) -> Threshold:
    """Chooses the threshold of the highest "f1", "accuracy" or "balanced_accuracy" on out-of-fold scores.

    Flat ranges, the interval and the value to expect are as for costs.

    Raises:
        InputError: the metric is none of these.
    """
    measures: dict[str, Callable[[Tradeoff], Floats]] = {
        "f1": lambda t: 2 * t.tp / np.maximum(2 * t.tp + t.fp + t.fn, 1e-12),
        "accuracy": lambda t: (t.tp + t.tn) / np.maximum(t.tp + t.tn + t.fp + t.fn, 1e-12),
        "balanced_accuracy": lambda t: (
            0.5 * (t.tp / np.maximum(t.tp + t.fn, 1e-12) + t.tn / np.maximum(t.tn + t.fp, 1e-12))
        ),
    }
    if metric not in measures:
        raise InputError(f"no threshold can be chosen by '{metric}'.", todo=did_you_mean(metric, measures))
    scores, truth, one = _read(p, y, None)

    def negative(edges: Floats, cell: Integers, weight: Floats) -> Floats:
        counts = _counts(edges, cell, truth * weight, (1 - truth) * weight)
        return -measures[metric](counts)[::-1]

    found = _search(scores, one, negative, (seed, resamples), codes(groups, len(scores)))
    low, high = found.score_interval.low, found.score_interval.high
    upright = Interval(-high, -low, found.score_interval.level, found.score_interval.method)
    return Threshold(found.value, found.interval, -found.score, upright, found.flat)


def _read(p: npt.ArrayLike, y: npt.ArrayLike, weight: npt.ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    scores, truth = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    weights = np.ones(len(scores)) if weight is None else np.asarray(weight, dtype=np.float64)
    if scores.ndim != 1 or not scores.shape == truth.shape == weights.shape or len(scores) == 0:
        raise InputError(
            f"scores shaped {scores.shape} and truth {truth.shape}.", expected="One row each, shaped (n,)."
        )
    return scores, truth, weights


def _edges(scores: Floats, points: int) -> Floats:
    """Rising thresholds: all scores, or about `points` spread evenly over the rows, and one above all."""
    values = np.unique(scores)
    if len(values) > points:
        even = np.quantile(scores, np.linspace(0, 1, points), method="lower")
        values = np.unique(np.append(even, values[0]))
    return np.append(values, np.nextafter(values[-1], np.inf))


def _cells(edges: Floats, scores: Floats) -> Integers:
    """How many thresholds flag each row: those that are not above its score, the lowest ones."""
    return np.asarray(np.searchsorted(edges, scores, side="right"), dtype=np.int64)


def _flagged(cell: Integers, amount: Floats, edges: Floats) -> Floats:
    """The sum of the amounts of the rows that each threshold flags."""
    sums = np.bincount(cell, amount, minlength=len(edges) + 1)
    return np.asarray(np.cumsum(sums[::-1])[::-1][1:])


def _counts(edges: Floats, cell: Integers, positive: Floats, negative: Floats) -> Tradeoff:
    """Outcomes from the highest threshold down."""
    hits, alarms = _flagged(cell, positive, edges)[::-1], _flagged(cell, negative, edges)[::-1]
    return Tradeoff(edges[::-1], hits, alarms, positive.sum() - hits, negative.sum() - alarms)


def _search(
    scores: Floats,
    weight: Floats,
    losses: Callable[[Floats, Integers, Floats], Floats],
    drawing: tuple[int, int],
    group: Integers | None,
) -> Threshold:
    """The threshold of the lowest loss, with the bootstrap; `losses` gives one value for each rising edge."""
    edges = _edges(scores, GRID)
    cell = _cells(edges, scores)
    generator, resamples = np.random.default_rng(drawing[0]), drawing[1]
    curve = losses(edges, cell, weight)
    best = int(np.argmin(curve))
    curves, left_out = np.empty((resamples, len(edges))), np.full(resamples, np.nan)
    for number in range(resamples):
        drawn = generator.poisson(1.0, len(scores) if group is None else int(group.max()) + 1)
        times = (drawn if group is None else drawn[group]).astype(np.float64)
        curves[number] = losses(edges, cell, times)
        if (times == 0).any():
            left_out[number] = losses(edges, cell, (times == 0).astype(np.float64))[np.argmin(curves[number])]
    error = (curves - curves[:, [best]]).std(axis=0)
    near = curve - curve[best] <= error
    low, high = best, best
    while low > 0 and near[low - 1]:
        low -= 1
    while high < len(edges) - 1 and near[high + 1]:
        high += 1
    # A threshold right above the next lower score decides as the lowest edge does.
    below = scores[scores < edges[low]]
    flat = (float(below.max() if len(below) else edges[low]), float(edges[high]))
    ends = np.quantile(edges[curves.argmin(axis=1)], [0.025, 0.975])
    expected = float(np.nanmean(left_out))
    spread = np.quantile(curves[:, best] - curve[best], [0.025, 0.975])
    return Threshold(
        value=_middle(*flat),
        interval=Interval(float(ends[0]), float(ends[1]), 0.95, "bootstrap"),
        score=expected,
        score_interval=Interval(expected + float(spread[0]), expected + float(spread[1]), 0.95, "bootstrap"),
        flat=flat,
    )


def _middle(low: float, high: float) -> float:
    """The middle in logits where both are probabilities strictly between 0 and 1, else the plain middle."""
    if not 0 < low <= high < 1:
        return (low + high) / 2
    odds = (np.log(low / (1 - low)) + np.log(high / (1 - high))) / 2
    return float(1 / (1 + np.exp(-odds)))
