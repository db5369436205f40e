"""Metrics of regression, scalar (n,) and vector (n, d); of several outputs the mean over outputs is taken.

They agree with scikit-learn's, which spends a millisecond on checking its input: a bootstrap asks for
thousands.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from milepost.metrics.base import Array, by_row, metric

Weight = NDArray[np.float64] | None

_TASKS = ("regression",)


def _squares(truth: Array, values: Array) -> Array | None:
    """Squared errors; None for several outputs, whose mean of roots is not made of rows."""
    if truth.ndim == 2 and truth.shape[1] > 1:
        return None
    return np.asarray(((truth - values) ** 2).reshape(len(truth)))


def _mean_squares(truth: Array, values: Array) -> Array:
    return np.asarray(((truth - values) ** 2).reshape(len(truth), -1).mean(axis=1))


def _absolutes(truth: Array, values: Array) -> Array:
    return np.asarray(np.abs(truth - values).reshape(len(truth), -1).mean(axis=1))


def _tilted(truth: Array, values: Array) -> Array:
    gap = truth - values
    return np.asarray(np.maximum(0.9 * gap, -0.1 * gap).reshape(len(truth), -1).mean(axis=1))


@metric(
    better="lower",
    reads="values",
    tasks=_TASKS,
    kind="loss",
    perfect=0.0,
    says="its error in {target}, large ones weighing more, is about {value:.4g}",
)
@by_row(_squares)
def rmse(truth: Array, values: Array, weight: Weight = None) -> float:
    """The root of the mean squared error, in the target's unit; right when the mean is wanted."""
    squares = ((truth - values) ** 2).reshape(len(truth), -1)
    return float(np.sqrt(np.average(squares, axis=0, weights=weight)).mean())


@metric(
    better="lower",
    reads="values",
    tasks=_TASKS,
    kind="loss",
    perfect=0.0,
    says="its squared error in {target} is {value:.4g} on average",
)
@by_row(_mean_squares)
def squared_error(truth: Array, values: Array, weight: Weight = None) -> float:
    """The mean squared error over rows and outputs: the loss to tune by when the mean is wanted."""
    return float(np.average(_mean_squares(truth, values), weights=weight))


@metric(
    better="lower",
    reads="values",
    tasks=_TASKS,
    kind="loss",
    perfect=0.0,
    says="it is off in {target} by {value:.4g} on average",
)
@by_row(_absolutes)
def mae(truth: Array, values: Array, weight: Weight = None) -> float:
    """The mean absolute error, in the target's unit; right when the median is wanted."""
    return float(np.average(_absolutes(truth, values), weights=weight))


@metric(
    better="higher",
    reads="values",
    tasks=_TASKS,
    says="it explains {value:.0%} of the variance of {target}",
)
def r2(truth: Array, values: Array, weight: Weight = None) -> float:
    """The share of the target's variance explained: 0 for the mean, below for worse, nan without variance."""
    if len(truth) < 2 or np.any(np.ptp(truth, axis=0) == 0):
        return float("nan")
    truth, values = truth.reshape(len(truth), -1), values.reshape(len(truth), -1)
    away = (truth - np.average(truth, axis=0, weights=weight)) ** 2
    spread = np.average(away, axis=0, weights=weight)
    if not (spread > 0).all():
        return float("nan")
    left = np.average((truth - values) ** 2, axis=0, weights=weight)
    return float((1 - left / spread).mean())


@metric(
    better="lower",
    reads="values",
    tasks=_TASKS,
    perfect=0.0,
    says="half of its errors in {target} are smaller than {value:.4g}",
)
def median_absolute_error(truth: Array, values: Array, weight: Weight = None) -> float:
    """The median absolute error, in the target's unit; blind to the worse half."""
    from sklearn.metrics import median_absolute_error as score

    return float(score(truth, values, sample_weight=weight))


@metric(
    better="lower",
    reads="values",
    tasks=_TASKS,
    kind="loss",
    perfect=0.0,
    says="as a guess of a high value (the 90 % quantile) of {target} it costs {value:.4g} a row",
)
@by_row(_tilted)
def pinball(truth: Array, values: Array, weight: Weight = None) -> float:
    """The loss whose best answer is the 90 % quantile: too low costs .9 a unit, too high .1."""
    return float(np.average(_tilted(truth, values), weights=weight))


def _relative(truth: Array, values: Array) -> Array:
    share = np.abs(truth - values) / np.maximum(np.abs(truth), np.finfo(np.float64).eps)
    return np.asarray(share.reshape(len(truth), -1).mean(axis=1))


@metric(
    better="lower",
    reads="values",
    tasks=_TASKS,
    kind="loss",
    perfect=0.0,
    says="it is off by {value:.0%} of {target} on average",
)
@by_row(_relative)
def mape(truth: Array, values: Array, weight: Weight = None) -> float:
    """The mean absolute error as a share of the truth; explodes near 0 and favours too low guesses."""
    return float(np.average(_relative(truth, values), weights=weight))
