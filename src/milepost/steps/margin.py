"""Scores and gains in the metric with their standard errors, each by the quickest exact way there is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.errors import InputError
from milepost.metrics.base import Metric
from milepost.statistics.delong import delong
from milepost.statistics.intervals import mean_se
from milepost.statistics.quick import spread

Array = np.ndarray[Any, Any]


def margin(
    metric: Metric, truth: Array, shown: Sequence[Array], units: Array, seed: int = 0
) -> tuple[float, float]:
    """Returns the score of one prediction, or the gain of the first over the second, and its standard error.

    Areas under the ROC curve of independent rows by DeLong's method, means over rows by their own spread,
    everything else by a bootstrap of units.

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
    if metric.kind == "auc" and shown[0].ndim == 1 and len(np.unique(units)) == len(units):
        error = _areas(truth, shown)
        if error is not None:
            return found, error
    losses = [metric.losses(truth, part) for part in shown]
    if losses[0] is not None and _is_mean(metric(truth, shown[0]), losses[0]):
        gap = losses[0] if len(losses) == 1 or losses[1] is None else losses[1] - losses[0]
        return found, mean_se(gap, units)[0]
    try:
        return found, spread(value, [truth, *shown], units, seed)[1]
    except InputError:
        return found, math.nan


def _areas(truth: Array, shown: Sequence[Array]) -> float | None:
    """The error of an area, or of a difference of two; None with fewer than two rows of a class."""
    try:
        areas = delong(truth, np.stack(shown))
    except InputError:
        return None
    contrast = np.array([1.0] if len(shown) == 1 else [1.0, -1.0])
    return math.sqrt(max(float(contrast @ areas.covariance @ contrast), 0.0))


def _is_mean(value: float, losses: Array) -> bool:
    mean = float(losses.mean())
    return math.isclose(value, mean, rel_tol=1e-9) or math.isclose(1 - value, mean, rel_tol=1e-9)
