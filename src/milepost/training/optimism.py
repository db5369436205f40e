"""The corrected score: the whole choice, ensemble or single model, repeated on resampled rows."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.metrics import Metric
from milepost.statistics.intervals import Interval
from milepost.statistics.optimism import Optimism, bbc_metric
from milepost.statistics.quick import subsample
from milepost.statistics.resample import Resampling
from milepost.tasks.base import Task
from milepost.training.ensemble import Library, blend, choose

Array = np.ndarray[Any, Any]
ROWS = 20_000
VALUES = 2_000_000
"""At most so many predicted values, rows times configurations times outputs, are resampled."""
LEAST, MOST = 40, 200
ROUNDS = 12


@dataclass(frozen=True)
class Looks:
    """Everything that was looked at.

    Args:
        task: gives the loss by which the choice is made.
        metric: the metric of success.
        truth: truth of the validation predictions.
        predictions: one array a configuration.
        units: the unit of independence of each validation prediction.
        plainness: a rank for each configuration, 0 for the plainest kind of model.
        weight: row weights of the metric, or None.
    """

    task: Task
    metric: Metric
    truth: Array
    predictions: Sequence[Array]
    units: Array
    plainness: Sequence[int]
    weight: Array | None = None


def area(truth: Array, scores: Array) -> float:
    """The area under the ROC curve of 0/1 truth by ranks, ties counted half; NaN with one class.

    >>> area(np.array([0, 1, 1]), np.array([0.2, 0.2, 0.9]))
    0.75
    """
    ill = truth == 1
    high, low = scores[ill], np.sort(scores[~ill])
    if not len(high) or not len(low):
        return math.nan
    below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(below.sum(dtype=np.float64) / (2.0 * len(high) * len(low)))


def corrected(looks: Looks, seed: int, seconds: float = math.inf, resamples: int | None = None) -> Optimism:
    """Returns what the choice among all that was looked at is expected to score on fresh rows (BBC).

    The choice (greedy ensemble, or one model where that gains nothing) is repeated on resampled units and
    scored on the units left out (Tsamardinos et al. 2018). Above 20,000 rows a subsample of whole units is
    resampled and its spread scaled by the square root of the share of units.

    Args:
        looks: truth, predictions and how they are chosen from.
        seed: seed of the resampling.
        seconds: about how long it may take; between 40 and 200 resamples are drawn, 100 without a limit.
        resamples: a fixed number of resamples instead.
    """
    width = int(np.prod(np.shape(looks.predictions[0])[1:])) * len(looks.predictions)
    most = min(ROWS, max(1000, VALUES // width))
    whole, several = _codes(looks.units)
    kept = subsample(whole if several else None, len(looks.truth), most, seed)
    truth = looks.truth[kept]
    shown = np.stack([np.asarray(p[kept], np.float64) for p in looks.predictions])
    units = _codes(whole[kept])[0] if several else None
    weight = None if looks.weight is None else looks.weight[kept]

    def select(rows: Array) -> Array:
        count = np.bincount(rows, minlength=len(truth)).astype(np.float64)
        some = np.flatnonzero(count)
        part = Library(
            looks.task,
            truth[some],
            shown[:, some],
            count[some],
            None if units is None else _codes(units[some])[0],
        )
        return blend(list(shown), choose(part, looks.plainness, ROUNDS).weights)

    plain = looks.metric.kind == "auc" and shown.ndim == 2 and weight is None
    metric: Any = area if plain else looks.metric
    if resamples is None:
        start = time.monotonic()
        select(np.random.default_rng(seed).integers(0, len(truth), len(truth)))
        metric(truth, shown[0], *(() if weight is None else (weight,)))
        cost = 2 * (time.monotonic() - start)
        resamples = 100 if math.isinf(seconds) else int(np.clip(seconds / max(cost, 1e-4), LEAST, MOST))
    how = Resampling(resamples=resamples, seed=seed, groups=units, weight=weight)
    found = bbc_metric(truth, list(shown), metric, looks.metric.better, how, select)
    share = len(np.unique(whole[kept])) / max(1, len(np.unique(whole)))
    return scaled(found, math.sqrt(share), looks.metric.better)


def scaled(found: Optimism, factor: float, better: str) -> Optimism:
    """The same with the noise of more rows: optimism and spread shrink by a factor."""
    if factor >= 1:
        return found
    sign = 1.0 if better == "higher" else -1.0
    optimism = found.optimism * factor
    center = found.raw - sign * optimism
    low, high = (
        center + factor * (end - found.corrected) for end in (found.interval.low, found.interval.high)
    )
    return replace(
        found,
        corrected=center,
        optimism=optimism,
        interval=Interval(low, high, found.interval.level, found.interval.method),
        standard_error=found.standard_error * factor,
    )


def _codes(units: Array) -> tuple[Array, bool]:
    """Units as codes from 0, and whether any holds several rows."""
    names, codes = np.unique(units, return_inverse=True)
    return codes, len(names) < len(units)
