"""Bootstrap resampling of aligned arrays, by row or by whole group."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from milepost.errors import InputError, MilepostError
from milepost.statistics.arrays import Floats, Integers, Numbers, alike, codes, members

BLOCKS = 500
"""Most parts that the jackknife leaves out one at a time; more would only cost time."""


@dataclass(frozen=True)
class Resampling:
    """How rows are drawn again.

    Args:
        resamples: number of resamples.
        seed: seed of the draw.
        groups: one group a row, shape (n,): whole groups are drawn; None draws rows.
        weight: one weight a row, shape (n,), passed to the metric as its third argument; or None.
        folds: K when the rows were scored out of fold by K folds, None for a holdout.
        rope: differences up to this size are practically none.
    """

    resamples: int = 2000
    seed: int = 0
    groups: Numbers | None = field(default=None, repr=False, compare=False)
    weight: Numbers | None = field(default=None, repr=False, compare=False)
    folds: int | None = None
    rope: float = 0.0


def draws(rows: int, how: Resampling) -> Iterator[Integers]:
    """Yields the row numbers of each resample, groups kept whole.

    >>> [sorted(set(i.tolist())) for i in draws(3, Resampling(1, 0, ["a", "b", "b"]))]
    [[1, 2]]
    """
    rng = np.random.default_rng(how.seed)
    numbers = codes(how.groups, rows)
    if numbers is None:
        for _ in range(how.resamples):
            yield rng.integers(0, rows, rows)
        return
    order, size = np.argsort(numbers, kind="stable").astype(np.int64), np.bincount(numbers)
    start = np.cumsum(size) - size
    for _ in range(how.resamples):
        some = rng.integers(0, len(size), len(size))
        length = size[some]
        shift = np.repeat(start[some] - np.cumsum(length) + length, length)
        yield order[shift + np.arange(len(shift))]


def defined(statistic: Callable[..., float], *arrays: object) -> float:
    """Returns the statistic, or NaN where it is undefined on these rows (its warning is swallowed)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return float(statistic(*arrays))
    except (ValueError, ZeroDivisionError, MilepostError):
        return math.nan


def replicates(statistic: Callable[..., float], arrays: Sequence[Numbers], how: Resampling) -> Floats:
    """Returns the statistic on each resample, undefined ones left out.

    Raises:
        InputError: the arrays differ in length, or more than half of the resamples are undefined.
    """
    data = [np.asarray(array) for array in arrays]
    for other in data[1:]:
        alike(data[0], other, "The arrays")
    found = [defined(statistic, *(array[rows] for array in data)) for rows in draws(len(data[0]), how)]
    values: Floats = np.array(found, dtype=np.float64)
    values = values[np.isfinite(values)]
    if len(values) * 2 < how.resamples:
        raise InputError(
            f"The metric is undefined on {how.resamples - len(values)} of {how.resamples} resamples.",
            expected="It must be defined on most of them.",
            todo="Collect more rows of the rarest class, or choose another metric.",
        )
    return values


def jackknife(statistic: Callable[..., float], arrays: Sequence[Numbers], how: Resampling) -> Floats:
    """Returns the statistic with one part left out at a time: a row, a group, or one of 500 blocks."""
    data = [np.asarray(array) for array in arrays]
    rows = len(data[0])
    numbers = codes(how.groups, rows)
    parts = members(numbers) if numbers is not None else [np.array([i]) for i in range(rows)]
    if len(parts) > BLOCKS:
        order = np.random.default_rng(how.seed).permutation(len(parts))
        parts = [np.concatenate([parts[i] for i in some]) for some in np.array_split(order, BLOCKS)]
    found = []
    for part in parts:
        keep = np.ones(rows, dtype=bool)
        keep[part] = False
        found.append(defined(statistic, *(array[keep] for array in data)))
    values: Floats = np.array(found, dtype=np.float64)
    return values[np.isfinite(values)]


@dataclass(frozen=True)
class Spread:
    """The sampling distribution of a statistic, as its bootstrap replicates tell it.

    Bias-corrected and accelerated (BCa, Efron 1987); with `bias` and `acceleration` zero it is the
    percentile bootstrap.

    Args:
        values: the replicates, sorted.
        bias: z0, the median bias in standard normal units.
        acceleration: how fast the standard error changes with the true value.
    """

    values: Floats
    bias: float = 0.0
    acceleration: float = 0.0

    def quantile(self, share: float) -> float:
        """Returns the end point below which the given share of confidence lies."""
        from scipy.special import ndtr, ndtri

        z = self.bias + float(ndtri(share))
        return float(np.quantile(self.values, ndtr(self.bias + z / (1 - self.acceleration * z))))

    def below(self, value: float) -> float:
        """Returns the confidence that the true value is at most `value`; never exactly 0 or 1."""
        from scipy.special import ndtr, ndtri

        count = len(self.values)
        share = (1 + int(np.searchsorted(self.values, value, side="right"))) / (count + 2)
        w = float(ndtri(share)) - self.bias
        if 1 + self.acceleration * w <= 0:
            return share
        return float(ndtr(w / (1 + self.acceleration * w) - self.bias))


def accelerated(values: Floats, observed: float, left_out: Floats) -> Spread:
    """Returns the BCa distribution from replicates, the observed value and jackknife values."""
    from scipy.special import ndtri

    ordered = np.sort(values)
    share = ((ordered < observed).mean() + (ordered <= observed).mean()) / 2
    gaps = left_out.mean() - left_out if len(left_out) else np.zeros(1)
    size = float((gaps**2).sum())
    if not 0 < share < 1 or size == 0:
        return Spread(ordered)
    return Spread(ordered, float(ndtri(share)), float((gaps**3).sum()) / (6 * size**1.5))
