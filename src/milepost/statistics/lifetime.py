"""How fast a model ages: scores by age, the loss that comes with it, and when to renew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milepost.errors import InputError

RESAMPLES = 400


@dataclass(frozen=True)
class Age:
    """How much worse models of an age are than the freshest ones, on the same slices.

    Args:
        age: in slices.
        loss: mean gain of the freshest model over one of this age.
        low, high: 95 % interval, by slices.
        slices: slices it was seen on.
    """

    age: int
    loss: float
    low: float
    high: float
    slices: int


@dataclass(frozen=True)
class Lifetime:
    """How a model ages.

    Args:
        ages: loss by age.
        rate: loss a slice of age, a line through no loss at the freshest.
        rate_low, rate_high: its 95 % interval, by resampling slices.
        half: slices until half of the gain over knowing nothing is lost; infinite where no ageing is seen.
        renew: slices after which the loss reaches what is tolerated; infinite where that is not in sight.
        seen: the oldest age that was seen.
    """

    ages: tuple[Age, ...]
    rate: float
    rate_low: float
    rate_high: float
    half: float
    renew: float
    seen: int

    @property
    def ages_at_all(self) -> bool:
        """Whether the loss by age is beyond chance."""
        return self.rate_low > 0


def lifetime(scores: Sequence[Sequence[float]], gain: float, tolerated: float, seed: int = 0) -> Lifetime:
    """Returns how models age, from scores of models trained on older and older slices.

    Models are compared on the same slice of time, so that easy and hard times cancel. The slice is the unit
    of resampling.

    Args:
        scores: scores[s][a] is the score (higher is better, nan where there is none) on slice s of a model of
            age a + 1.
        gain: how much better the freshest model is than knowing nothing.
        tolerated: the loss at which a model is to be renewed.
        seed: of the resampling.

    Raises:
        InputError: fewer than three slices with two ages.

    >>> found = lifetime([[0.9, 0.88, 0.86]] * 6, 0.4, 0.04)
    >>> round(found.rate, 3), round(found.half, 1), round(found.renew, 1)
    (0.02, 10.0, 2.0)
    """
    table = np.asarray(scores, dtype=np.float64).reshape(len(scores), -1)
    known = np.isfinite(table)
    usable = table[known[:, :1].any(axis=1) & known[:, 1:].any(axis=1)]
    if len(usable) < 3:
        raise InputError(
            f"{len(usable)} slices of time on which models of two ages were compared.",
            expected="Three or more.",
        )
    drops = usable[:, :1] - usable
    ages = np.arange(drops.shape[1], dtype=np.float64)
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(drops), len(drops)) for _ in range(RESAMPLES)]
    rates = [_slope(drops[draw], ages) for draw in draws]
    rate = _slope(drops, ages)
    low, high = (float(q) for q in np.nanquantile(rates, [0.025, 0.975]))
    found = []
    for a in range(1, drops.shape[1]):
        column = drops[np.isfinite(drops[:, a]), a]
        if len(column) < 2:
            continue
        means = [column[rng.integers(0, len(column), len(column))].mean() for _ in range(RESAMPLES)]
        ends = np.quantile(means, [0.025, 0.975])
        found.append(Age(a + 1, float(column.mean()), float(ends[0]), float(ends[1]), len(column)))
    sure = low > 0
    half = 0.5 * gain / rate if sure and gain > 0 else math.inf
    renew = tolerated / rate if sure and tolerated > 0 else math.inf
    return Lifetime(tuple(found), rate, low, high, half, renew, max((a.age for a in found), default=1))


def _slope(drops: np.ndarray[tuple[int, ...], np.dtype[np.float64]], ages: object) -> float:
    """The line through no loss at age 0 that fits all drops best."""
    x = np.broadcast_to(np.asarray(ages, dtype=np.float64), drops.shape)
    kept = np.isfinite(drops) & (x > 0)
    squares = float((x[kept] ** 2).sum())
    return float((x[kept] * drops[kept]).sum()) / squares if squares > 0 else 0.0
