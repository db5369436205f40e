"""Scores and gains in the metric with their standard errors, each by the quickest exact way there is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.errors import InputError
from milepost.metrics.base import Metric
from milepost.statistics.intervals import mean_se
from milepost.statistics.quick import spread

Array = np.ndarray[Any, Any]


def margin(
    metric: Metric, truth: Array, shown: Sequence[Array], units: Array, seed: int = 0
) -> tuple[float, float]:
    """Returns the score of one prediction, or the gain of the first over the second, and its standard error.

    Areas under the ROC curve by DeLong's method, its parts summed by unit (Obuchowski 1997), means over
    rows by their own spread, everything else by a bootstrap of units.

    Args:
        metric: the metric.
        truth: truth of the rows.
        shown: one prediction, or two to compare.
        units: unit of independence of each row.
        seed: seed of the bootstrap.

    Returns:
        Value and error; the error is NaN where most resamples leave the metric undefined.
    """
    sign = 1.0 if metric.better == "higher" or len(shown) == 1 else -1.0

    def value(y: Array, *parts: Array) -> float:
        scores = [metric(y, part) for part in parts]
        return scores[0] if len(scores) == 1 else sign * (scores[0] - scores[1])

    found = value(truth, *shown)
    if metric.kind == "auc" and shown[0].ndim == 1 and 2 <= int((truth == 1).sum()) <= len(truth) - 2:
        return found, area_error(truth, shown, units)
    losses = [metric.losses(truth, part) for part in shown]
    if losses[0] is not None and _is_mean(metric(truth, shown[0]), losses[0]):
        gap = losses[0] if len(losses) == 1 or losses[1] is None else losses[1] - losses[0]
        return found, mean_se(gap, units)[0]
    try:
        return found, spread(value, [truth, *shown], units, seed)[1]
    except InputError:
        return found, math.nan


def area_error(truth: Array, shown: Sequence[Array], units: Array) -> float:
    """The standard error of an area under the ROC curve, or of the difference of two.

    Args:
        truth: 0 or 1, with two rows of each at least.
        shown: one score vector, or two.
        units: unit of independence of each row.
    """
    parts = [_influence(truth == 1, np.asarray(scores, np.float64)) for scores in shown]
    influence = parts[0] if len(parts) == 1 else parts[0] - parts[1]
    names, place = np.unique(units, return_inverse=True)
    if len(names) < len(units):
        sums = np.bincount(place, influence)
        return math.sqrt(len(names) / max(1, len(names) - 1) * float(sums @ sums))
    positive = truth == 1
    sides = (influence[positive], influence[~positive])
    return math.sqrt(sum(len(s) / (len(s) - 1) * float(s @ s) for s in sides))


def _influence(positive: Array, scores: Array) -> Array:
    """How far each row moves the area: its placement among the other class, centred, by its class's share."""
    from scipy.stats import rankdata

    above, below = scores[positive], scores[~positive]
    m, n = len(above), len(below)
    pooled = rankdata(np.concatenate([above, below]))
    of_above = (pooled[:m] - rankdata(above)) / n
    of_below = 1 - (pooled[m:] - rankdata(below)) / m
    found = np.empty(len(scores))
    found[positive] = (of_above - of_above.mean()) / m
    found[~positive] = (of_below - of_below.mean()) / n
    return found


def _is_mean(value: float, losses: Array) -> bool:
    mean = float(losses.mean())
    return math.isclose(value, mean, rel_tol=1e-9) or math.isclose(1 - value, mean, rel_tol=1e-9)
