"""Days of history: how much their numbers of cases differ, beyond what chance alone does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.statistics.expectation import dispersion

Array = npt.NDArray[Any]
LEAST = 30
"""Full days from which their spread is told."""
CHANCE = 1.2
"""Variance over mean up to which days differ by chance alone."""


@dataclass(frozen=True)
class Days:
    """The full days of a history.

    Args:
        number: how many.
        per_day: mean number of rows a day.
        dispersion: variance over mean of the rows a day; 1 is chance.
        spread: for each kind of case the ends between which 19 of 20 days lie, as multiples of its mean;
            empty with too few days.
        uneven: the kinds whose daily numbers differ by more than chance: variance over mean.
    """

    number: int
    per_day: float
    dispersion: float
    spread: Mapping[str, tuple[float, float]]
    uneven: Mapping[str, float]

    def scaled(self, per_day: float) -> float:
        """The dispersion at another mean number of cases a day, with days as unequal as these.

        >>> Days(100, 50.0, 3.0, {}, {}).scaled(100)
        5.0
        """
        return max(1.0, 1.0 + (self.dispersion - 1.0) * per_day / max(self.per_day, 1e-9))


def days_of(day: Array, scored: Array, kinds: Mapping[str, Array]) -> Days | None:
    """Describes the days of a history; None with fewer than 8 full ones.

    The first and the last day are left out: they are rarely whole.

    Args:
        day: the day of each row as an integer (n,).
        scored: numbers of the rows that have predictions (m,).
        kinds: kind -> whether each scored row is of it (m,).
    """
    ends = (day.min(), day.max()) if len(day) else (0, 0)
    whole = (day > ends[0]) & (day < ends[1])
    _, counts = np.unique(day[whole], return_counts=True)
    if len(counts) < 8:
        return None
    inside = whole[scored]
    spread: dict[str, tuple[float, float]] = {}
    uneven: dict[str, float] = {}
    seen, codes = np.unique(day[scored][inside], return_inverse=True)
    if len(seen) >= LEAST:
        for name, member in kinds.items():
            numbers = np.bincount(codes, member[inside].astype(np.float64), minlength=len(seen))
            if numbers.mean() <= 0:
                continue
            low, high = np.quantile(numbers, [0.025, 0.975]) / numbers.mean()
            spread[name] = (float(low), float(high))
            if dispersion(numbers) > CHANCE:
                uneven[name] = dispersion(numbers)
    return Days(len(counts), float(counts.mean()), dispersion(counts), spread, uneven)
