"""More data or a better model: which of the next investments buys more?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Numbers, alike, vector
from milepost.statistics.curves import LearningCurve
from milepost.statistics.intervals import Interval

Choice = Literal["data", "model", "undecided"]
Reading = Literal["model or features", "data", "features or labels", "good enough"]
HOURS = 50.0
"""Hours of work that are compared, spent one way or the other."""
QUANTILES = (0.2, 0.8)


@dataclass(frozen=True)
class Advice:
    """What to invest in next.

    Args:
        choice: "data", "model" or "undecided".
        data: fall of the error for one unit of cost spent on rows, 20 % to 80 % range.
        model: fall of the error for one unit of cost spent on tuning, 20 % to 80 % range.
        reason: one sentence.
    """

    choice: Choice
    data: Interval
    model: Interval
    reason: str


def data_gain(curve: LearningCurve, more: float) -> Interval:
    """Returns how much the error falls when `more` rows are added to the largest size measured.

    Raises:
        InputError: the curve is ill-behaved, or the sum is beyond what may be believed.
    """
    now = float(curve.sizes[-1])
    low, high = np.quantile(curve.samples(now) - curve.samples(now + more), QUANTILES)
    return Interval(float(low), float(high), QUANTILES[1] - QUANTILES[0], "learning curve, refits")


def model_gain(
    hours: Numbers, best: Numbers, ahead: float = 1.0, resamples: int = 200, seed: int = 0
) -> Interval:
    """Returns how much the next hours of tuning will lower the error, from the running best so far.

    c + a·exp(-r·t) is fitted to the running best by least squares and to resampled looks, which give
    the range.

    Args:
        hours: growing times of looks, shape (k,), five or more.
        best: corrected best error so far at each, shape (k,).
        ahead: hours to come.
        resamples: number of refits.
        seed: seed of the resampling.

    Raises:
        InputError: fewer than five looks, or hours that do not grow.
    """
    when, error = vector(hours, "hours", least=5), vector(best, "best", least=5)
    alike(when, error, "hours and best")
    if (np.diff(when) <= 0).any() or ahead <= 0:
        raise InputError("The hours do not grow, or `ahead` is not above 0.", todo="Sort the looks by time.")
    rng = np.random.default_rng(seed)
    gains = []
    for _ in range(resamples):
        rows = np.unique(rng.integers(0, len(when), len(when)))
        if len(rows) >= 4:
            gains.append(_decay_gain(when[rows], error[rows], float(when[-1]), ahead))
    low, high = np.quantile(gains, QUANTILES)
    return Interval(
        float(low), float(high), QUANTILES[1] - QUANTILES[0], "exponential decay of the running best"
    )


def _decay_gain(when: Floats, error: Floats, now: float, ahead: float) -> float:
    """Fall of c + a·exp(-r·t) from now on with a >= 0, the rate searched on a grid."""
    span = float(when[-1] - when[0])
    rates = np.geomspace(0.1 / span, 30 / span, 80)
    x = np.exp(-rates[:, None] * (when - when[0]))
    x -= x.mean(axis=1, keepdims=True)
    y = error - error.mean()
    a = np.maximum((x @ y) / np.maximum((x**2).sum(axis=1), 1e-300), 0.0)
    i = int(((y - a[:, None] * x) ** 2).sum(axis=1).argmin())
    return float(a[i] * np.exp(-rates[i] * (now - when[0])) * -np.expm1(-rates[i] * ahead))


def data_or_model(
    rows: Interval, rows_cost: float, tuning: Interval, tuning_cost: float, value: float = 1.0
) -> Advice:
    """Returns which investment is better, if the ranges of gain for a unit of cost do not overlap.

    Args:
        rows: fall of the error that more rows bring (see `data_gain`).
        rows_cost: what those rows and their labels cost.
        tuning: fall of the error that more tuning brings (see `model_gain`).
        tuning_cost: what that tuning costs, in the same currency.
        value: what a fall of the error by 1 is worth; only scales the result.

    Raises:
        InputError: a cost is not above 0.
    """
    if rows_cost <= 0 or tuning_cost <= 0:
        raise InputError(f"Costs of {rows_cost} and {tuning_cost}.", expected="Both are above 0.")
    data = Interval(rows.low * value / rows_cost, rows.high * value / rows_cost, rows.level, rows.method)
    model = Interval(
        tuning.low * value / tuning_cost, tuning.high * value / tuning_cost, tuning.level, tuning.method
    )
    if data.low > model.high:
        return Advice("data", data, model, "More rows buy more than more tuning.")
    if model.low > data.high:
        return Advice("model", data, model, "More tuning buys more than more rows.")
    return Advice("undecided", data, model, "The ranges overlap: neither is clearly the better buy.")


def reading(train: float, validation: float, acceptable: float, falling: bool) -> Reading:
    """Returns what training and validation error say about the next step (bias and variance).

    Args:
        train: training error.
        validation: validation error.
        acceptable: the error that would be good enough.
        falling: whether the learning curve still falls at its end.

    >>> reading(0.30, 0.31, 0.10, falling=False)
    'model or features'
    """
    if validation <= acceptable:
        return "good enough"
    if train > acceptable:
        return "model or features"
    return "data" if falling else "features or labels"
