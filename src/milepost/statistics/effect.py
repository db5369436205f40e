"""Sizes of a change beyond what so few rows show by chance."""

from __future__ import annotations

import math

import numpy as np

from milepost.statistics.arrays import Floats


def ks_excess(sorted_before: Floats, now: Floats, slack: float = 0.0) -> float:
    """Returns the largest gap between two cumulative shares, less what chance makes of it on average.

    For n and m rows chance makes 0.87 sqrt(1/n + 1/m) (mean of Kolmogorov's distribution).

    Args:
        sorted_before: values of the first sample, sorted, none missing.
        now: values of the second, none missing.
        slack: values that lie no farther apart count as equal.

    >>> x = np.linspace(0, 1, 1000)
    >>> ks_excess(x, x), round(ks_excess(x, x + 2), 2)
    (0.0, 0.96)
    """
    n, m = len(sorted_before), len(now)
    if not n or not m:
        return 0.0
    after = np.sort(now)
    values = np.concatenate([sorted_before, after])
    below = [np.searchsorted(sample, values, side="right") / len(sample) for sample in (sorted_before, after)]
    if not slack:
        gap = float(np.abs(below[0] - below[1]).max())
    else:
        apart = [np.searchsorted(s, values + slack, side="right") / len(s) for s in (sorted_before, after)]
        gap = float(max((below[0] - apart[1]).max(), (below[1] - apart[0]).max()))
    return max(0.0, gap - 0.87 * math.sqrt(1 / n + 1 / m))


def share_excess(p: Floats, q: Floats, n: float, m: float) -> float:
    """Returns the total variation of two rows of shares, less what chance makes of it on average.

    Args:
        p: shares of each category before (k,).
        q: shares now, of the same categories.
        n, m: rows they were counted in.

    >>> share_excess(np.array([0.5, 0.5]), np.array([0.5, 0.5]), 100, 100)
    0.0
    """
    mixed = (n * p + m * q) / (n + m)
    spread = np.sqrt(mixed * (1 - mixed) * (1 / n + 1 / m))
    chance = 0.5 * math.sqrt(2 / math.pi) * float(spread.sum())
    return max(0.0, 0.5 * float(np.abs(p - q).sum()) - chance)


def rate_excess(p: float, q: float, n: float, m: float) -> float:
    """Returns by how much a rate rose, less what chance makes of the gap on average.

    >>> rate_excess(0.1, 0.1, 50, 50), round(rate_excess(0.0, 0.5, 1000, 1000), 2)
    (0.0, 0.48)
    """
    mixed = (n * p + m * q) / (n + m)
    return max(0.0, q - p - math.sqrt(2 / math.pi) * math.sqrt(mixed * (1 - mixed) * (1 / n + 1 / m)))
