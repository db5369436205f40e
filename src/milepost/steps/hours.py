"""What 50 more hours would buy: of tuning, or of collecting and labelling rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.errors import InputError
from milepost.metrics.base import Metric
from milepost.report.sentences import count, duration, number
from milepost.statistics.curves import FARTHEST, fit_learning_curve
from milepost.statistics.intervals import Interval
from milepost.statistics.invest import HOURS, data_gain, data_or_model, model_gain
from milepost.steps.grow import Grown
from milepost.steps.overfit import Findings as Grew
from milepost.steps.work import Work
from milepost.training.evaluate import Evaluated
from milepost.training.halt import Halt

Array = np.ndarray[Any, Any]
FEWEST = 6
"""Configurations below which the course of the search says nothing."""
POINTS, RESAMPLES = 10, 60
"""Places of the search at which the best loss is corrected for luck, and how thoroughly."""


@dataclass(frozen=True)
class Hours:
    """Two investments side by side, in units of the metric.

    Args:
        rows: rows that would be added; 0 where what they bring cannot be told.
        rows_low, rows_high: how much better the metric would get by them, 20 % to 80 % range.
        tuning_low, tuning_high: the same by 50 more hours of tuning.
        choice: "data", "model", "undecided", or "" where it cannot be told.
        says: all of it in words.
        exchange: how much better the metric gets where the loss falls by 1: low and high end.
    """

    rows: int
    rows_low: float
    rows_high: float
    tuning_low: float
    tuning_high: float
    choice: str
    says: str
    exchange: tuple[float, float] = (0.0, 0.0)


def hours(work: Work, metric: Metric, tried: Sequence[Evaluated], scores: Sequence[float]) -> Hours | None:
    """Compares 50 more hours of tuning with more rows; None with too few configurations to tell.

    The gain of tuning is the slope of the best loss so far, the luck of choosing taken off, by an exponential
    decay; that of rows is the learning curve's of `overfit`. Rows are recommended where the lower end of
    their range of gains (20 %) lies above the upper end of tuning's, and the other way round. Losses become
    units of the metric by how the two go together among the configurations.

    Args:
        work: the running step.
        metric: the metric of success.
        tried: every configuration, in the order of the search.
        scores: the metric of each.
    """
    if len(tried) < FEWEST:
        return None
    low, high = exchange([e.loss for e in tried], scores, work.seed)
    tuning = _times(_tuning(work, tried), low, high)
    told = f"{HOURS:.0f} more hours of tuning would better {metric.name} by {_span(tuning)}"
    told += f", judged by {duration(sum(e.seconds for e in tried) / work.engine.workers)} of search"
    grown = work.found("overfit", Grew).learning if work.has("overfit") else None
    gained = None if grown is None else _rows(work, grown)
    if gained is None:
        said = f"{told}; what more rows would buy cannot be told, as there is no learning curve to go by."
        return Hours(0, 0.0, 0.0, tuning.low, tuning.high, "", said, (low, high))
    more, gain, costs = gained
    rows = _times(gain, low, high)
    unit = work.brief.value.cost_unit
    advice = data_or_model(rows, costs[0], tuning, costs[1])
    basis = "taking both as equally dear (`label_cost` and `hour_cost` in the brief would say more)"
    if costs != (1.0, 1.0):
        dear = [f"{number(cost)} {unit}".rstrip() for cost in costs]
        basis = f"at {dear[0]} for the rows and {dear[1]} for the hours"
    choice = {
        "data": "rows are the better buy",
        "model": "tuning is the better buy",
        "undecided": "neither is clearly the better buy",
    }[advice.choice]
    said = f"{told}; {count(more)} more rows would by {_span(rows)}: {basis}, {choice}."
    both = (low, high)
    return Hours(more, rows.low, rows.high, tuning.low, tuning.high, advice.choice, said, both)


def exchange(losses: Sequence[float], scores: Sequence[float], seed: int) -> tuple[float, float]:
    """How much better the metric gets where the loss falls by 1: 20 % and 80 % of resampled median slopes.

    Only the better half of the configurations counts, as the worst ones lie far off.

    >>> low, high = exchange([0.4, 0.41, 0.42, 0.43, 0.6, 0.7], [0.8, 0.79, 0.78, 0.77, 0.5, 0.4], 0)
    >>> round(low, 6), round(high, 6)
    (1.0, 1.0)
    """
    order = np.argsort(losses, kind="stable")[: max(4, len(losses) // 2)]
    x, y = np.asarray(losses, np.float64)[order], np.asarray(scores, np.float64)[order]
    generator = np.random.default_rng(seed)
    found = [_slope(x, y)]
    for _ in range(200):
        rows = generator.integers(0, len(x), len(x))
        found.append(_slope(x[rows], y[rows]))
    known = [abs(slope) for slope in found if math.isfinite(slope)]
    if not known:
        return 0.0, 0.0
    low, high = np.quantile(known, [0.2, 0.8])
    return float(low), float(high)


def _slope(x: Array, y: Array) -> float:
    """The median slope of all pairs (Theil 1950, Sen 1968)."""
    i, j = np.triu_indices(len(x), 1)
    apart = np.abs(x[i] - x[j]) > 1e-12
    return float(np.median(((y[i] - y[j])[apart]) / (x[i] - x[j])[apart])) if apart.any() else math.nan


def _tuning(work: Work, tried: Sequence[Evaluated]) -> Interval:
    """How much 50 more hours would lower the loss."""
    halt = Halt(work.array("protocol", "units")[_scored(work)], work.seed, RESAMPLES)
    for done in tried:
        halt.add(done.losses)
    spent = np.cumsum([max(done.seconds, 1e-3) for done in tried]) / work.engine.workers / 3600
    places = np.unique(np.linspace(1, len(tried), min(POINTS, len(tried))).round().astype(int))
    best = [halt.corrected(int(place))[0] for place in places]
    return model_gain(spent[places - 1], best, HOURS, seed=work.seed)


def _scored(work: Work) -> Array:
    packed = work.array("protocol", "folds")
    return np.concatenate([np.flatnonzero(fold == 2) for fold in packed])


def _rows(work: Work, grown: Grown) -> tuple[int, Interval, tuple[float, float]] | None:
    """How many rows are compared, how much they would lower the loss, and both costs."""
    width = max(map(len, grown.losses))
    table = [[*row, *[math.nan] * (width - len(row))] for row in grown.losses]
    value, now = work.brief.value, grown.sizes[-1]
    more, costs = now, (1.0, 1.0)
    if value.label_cost and value.hour_cost:
        more = max(1, min(int(HOURS * value.hour_cost / value.label_cost), int((FARTHEST - 1) * now)))
        costs = (more * value.label_cost, HOURS * value.hour_cost)
    try:
        return more, data_gain(fit_learning_curve(grown.sizes, table), more), costs
    except InputError:
        return None


def _times(gain: Interval, low: float, high: float) -> Interval:
    """A gain of the loss in units of the metric, never below 0."""
    return Interval(max(0.0, gain.low) * low, max(0.0, gain.high) * high, gain.level, gain.method)


def _span(gain: Interval) -> str:
    if gain.high < 1e-4:
        return "next to nothing"
    return f"{number(gain.low if gain.low >= 1e-4 else 0.0)} to {number(gain.high)}"
