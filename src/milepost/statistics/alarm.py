"""Thresholds of many signals at once, with a false-alarm rate that was found by looking back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats


@dataclass(frozen=True)
class Thresholds:
    """From which size on each signal is an alarm.

    Args:
        limits: the threshold of each signal by name.
        rate: false alarms a window, all signals together, at most.
        windows: windows of the past that were looked at.
        wanted: the rate that was asked for; `rate` is above it where the past holds too few windows.
    """

    limits: Mapping[str, float]
    rate: float
    windows: int
    wanted: float

    def limit(self, name: str, least: float) -> float:
        """The threshold of a signal; that of one never seen in the past is the least size that matters."""
        return self.limits.get(name, least)


def thresholds(
    past: Sequence[Mapping[str, float]],
    least: Mapping[str, float],
    rate: float = 0.05,
    apart: int | None = None,
) -> Thresholds:
    """Finds thresholds so that a window without any change raises an alarm with probability `rate` at most.

    Each signal is measured in its own scale: the root mean square of its past sizes, or the least size that
    matters where that is larger; a window of the past is measured by the others, as a new one will be. The
    largest of all signals of a window is compared with its own past, so that many signals make no more false
    alarms than one (max-statistic, Westfall & Young 1993). The quantile is the conformal one, the
    ceil((K + 1)(1 - rate))-th of K windows, for windows that are exchangeable with those of the past. No
    threshold is below the least size that matters.

    Args:
        past: the sizes of each window of the past by signal; larger is worse.
        least: the smallest size that matters, by signal.
        rate: false alarms a window.
        apart: how many of the windows lie apart, where they overlap; no better rate than theirs is promised.

    Raises:
        InputError: no window, or a rate outside 0 to 1.

    >>> found = thresholds([{"a": 0.1 * i} for i in range(19)], {"a": 0.2}, 0.05)
    >>> round(found.limits["a"], 2), found.rate
    (1.9, 0.05)
    """
    if not past or not 0 < rate < 1:
        raise InputError(
            f"{len(past)} windows of the past for a rate of {rate:g}.",
            expected="At least one window, and a rate between 0 and 1.",
        )
    names = list(least)
    floor = np.array([least[name] for name in names])
    sizes = np.array([[window.get(name, np.nan) for name in names] for window in past], dtype=np.float64)
    sizes[~np.isfinite(sizes)] = np.nan
    worst = np.sort([_worst(sizes, i, floor) for i in range(len(sizes))])
    scales = dict(zip(names, _scale(sizes, floor), strict=True))
    count = len(worst)
    place = math.ceil((count + 1) * (1 - rate) - 1e-9)
    factor = max(1.0, float(worst[min(place, count) - 1]))
    reached = max(rate, 1 / ((apart or count) + 1))
    return Thresholds({n: float(factor * s) for n, s in scales.items()}, reached, count, rate)


def _scale(sizes: Floats, floor: Floats) -> Floats:
    """The scale of each signal: root mean square, at least the floor."""
    known = np.isfinite(sizes)
    squares = np.where(known, sizes, 0.0) ** 2
    mean = squares.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.asarray(np.maximum(np.sqrt(mean), floor), dtype=np.float64)


def _worst(sizes: Floats, place: int, floor: Floats) -> float:
    """The largest size of one window in the scales of the others."""
    own = np.where(np.isfinite(sizes[place]), sizes[place], 0.0)
    scaled = own / _scale(np.delete(sizes, place, axis=0), floor)
    return max(0.0, float(scaled.max(initial=0.0)))
