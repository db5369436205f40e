"""Intervals of any metric on many rows in little time: the spread from a subsample of units, scaled up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.statistics.intervals import Interval
from milepost.statistics.resample import Resampling, replicates

Array = npt.NDArray[Any]
ROWS = 20_000
RESAMPLES = 150


def subsample(units: Array | None, rows: int, most: int, seed: int) -> Array:
    """Row numbers of about `most` rows; whole units, so that rows which hang together stay together."""
    rng = np.random.default_rng(seed)
    if rows <= most:
        return np.arange(rows)
    if units is None:
        return np.sort(rng.permutation(rows)[:most])
    names, codes = np.unique(units, return_inverse=True)
    order = rng.permutation(len(names))
    cumulated = np.cumsum(np.bincount(codes)[order])
    chosen = order[: max(2, int((cumulated <= most).sum()))]
    found: Array = np.flatnonzero(np.isin(codes, chosen))
    return found


def spread(
    statistic: Callable[..., float],
    arrays: Sequence[Array],
    units: Array | None = None,
    seed: int = 0,
    widen: float = 1.0,
) -> tuple[float, float]:
    """Returns a statistic on all rows and its standard error, bootstrapped by unit.

    Above 20,000 rows the bootstrap sees a subsample of whole units, and its error is scaled by the square
    root of the share of units it saw.

    Args:
        statistic: called with the arrays.
        arrays: aligned arrays, first axis rows.
        units: the unit of independence of each row, or None.
        seed: seed of the draws.
        widen: factor for rows scored out of fold.
    """
    value = float(statistic(*arrays))
    rows = len(arrays[0])
    kept = subsample(units, rows, ROWS, seed)
    parts = [array[kept] for array in arrays]
    groups, share = None, len(kept) / rows
    if units is not None:
        seen = len(np.unique(units[kept]))
        share = seen / len(np.unique(units))
        if seen < 2:
            return value, math.nan
        groups = units[kept] if seen < len(kept) else None
    drawn = replicates(statistic, parts, Resampling(RESAMPLES, seed, groups))
    return value, float(np.std(drawn, ddof=1)) * math.sqrt(share) * widen


def quick_interval(
    statistic: Callable[..., float],
    arrays: Sequence[Array],
    units: Array | None = None,
    seed: int = 0,
    widen: float = 1.0,
) -> Interval:
    """Returns value ± 1.96 standard errors of a statistic, see `spread`.

    >>> import numpy as np
    >>> found = quick_interval(lambda x: float(x.mean()), [np.arange(100_000.0)])
    >>> found.contains(49_999.5), 100 < found.halfwidth < 300
    (True, True)
    """
    value, error = spread(statistic, arrays, units, seed, widen)
    return Interval(value - 1.96 * error, value + 1.96 * error, 0.95, "bootstrap on a subsample, normal")
