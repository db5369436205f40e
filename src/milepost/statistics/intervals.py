"""Intervals of one score: proportions, ranking, means, resampled metrics and windows of time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Numbers, codes, vector
from milepost.statistics.resample import Resampling, replicates


@dataclass(frozen=True)
class Interval:
    """A range that holds the true value with the stated confidence.

    Args:
        low: lower end.
        high: upper end.
        level: confidence, 0.95 for "in 95 of 100 studies like this one".
        method: how it was found, for the report.

    >>> Interval(0.1, 0.4).contains(0.2)
    True
    """

    low: float
    high: float
    level: float = 0.95
    method: str = ""

    def contains(self, value: float) -> bool:
        """Says whether a value lies inside, ends included."""
        return self.low <= value <= self.high

    @property
    def halfwidth(self) -> float:
        """Half the distance between the ends."""
        return (self.high - self.low) / 2


def _proportion(successes: int, n: int, level: float, method: str) -> Interval:
    from scipy.stats import binomtest

    if n < 1 or not 0 <= successes <= n:
        raise InputError(
            f"{successes} successes of {n} were given.", expected="0 <= successes <= n with n at least 1."
        )
    found = binomtest(int(successes), int(n)).proportion_ci(level, method=method)
    return Interval(float(found.low), float(found.high), level, method)


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Returns Wilson's score interval of a proportion (Wilson 1927), good from very few rows on.

    >>> wilson(900, 1000).contains(0.9)
    True
    """
    return _proportion(successes, n, level, "wilson")


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Returns the exact interval of a proportion (Clopper & Pearson 1934): never too narrow."""
    return _proportion(successes, n, level, "exact")


def hanley_mcneil_se(auc: float, positives: float, negatives: float) -> float:
    """Returns the standard error of an area under the ROC curve from its class counts alone.

    Hanley & McNeil 1982; for planning. With scores at hand use `compare.delong`.

    >>> round(hanley_mcneil_se(0.8, 50, 50), 6)
    0.044502
    """
    if not 0 <= auc <= 1 or positives <= 0 or negatives <= 0:
        raise InputError(
            f"auc={auc} with {positives} positives and {negatives} negatives.",
            expected="An area from 0 to 1 and at least one row of each class.",
        )
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (one - auc**2) + (negatives - 1) * (two - auc**2)
    return math.sqrt(max(spread, 0.0) / (positives * negatives))


def mean_se(losses: Numbers, groups: Numbers | None = None) -> tuple[float, int]:
    """Returns the standard error of a mean and its degrees of freedom.

    With groups the rows of a group may depend on each other: the error is cluster-robust with the
    G/(G-1) correction and G - 1 degrees of freedom (Liang & Zeger 1986).

    Args:
        losses: one loss a row, shape (n,).
        groups: one group a row, shape (n,), or None for independent rows.
    """
    values = vector(losses, "losses", least=2)
    numbers = codes(groups, len(values))
    if numbers is None:
        return float(values.std(ddof=1)) / math.sqrt(len(values)), len(values) - 1
    sums = np.bincount(numbers, values - values.mean())
    count = len(sums)
    return math.sqrt(count / (count - 1) * float(sums @ sums)) / len(values), count - 1


def around(center: float, error: float, freedom: float, level: float = 0.95, method: str = "t") -> Interval:
    """Returns the interval of Student's t around a center."""
    from scipy.special import stdtrit

    reach = float(stdtrit(freedom, (1 + level) / 2)) * error
    return Interval(center - reach, center + reach, level, method)


def mean_interval(losses: Numbers, groups: Numbers | None = None, level: float = 0.95) -> Interval:
    """Returns the interval of a mean of per-row losses, cluster-robust when groups are given.

    It is an interval for this trained model on this population.

    >>> mean_interval([0, 1, 0, 1]).contains(0.5)
    True
    """
    error, freedom = mean_se(losses, groups)
    method = "mean, rows independent" if groups is None else "mean, groups independent"
    return around(float(vector(losses).mean()), error, freedom, level, method)


def cv_interval(losses: Numbers, folds: int, groups: Numbers | None = None, level: float = 0.95) -> Interval:
    """Returns the interval of a mean of out-of-fold losses, widened because folds share training rows.

    The half-width is multiplied by sqrt(1 + 1/(K-1)). This is a heuristic, and labelled as one: no
    unbiased estimate of this variance exists (Bengio & Grandvalet 2004).

    Args:
        losses: one out-of-fold loss a row, shape (n,).
        folds: the number of folds K.
        groups: one group a row, or None.
        level: confidence.
    """
    if folds < 2:
        raise InputError(f"{folds} fold(s) were given.", expected="Cross-validation has two or more.")
    error, freedom = mean_se(losses, groups)
    wide = error * math.sqrt(1 + 1 / (folds - 1))
    return around(float(vector(losses).mean()), wide, freedom, level, "out-of-fold mean, widened (heuristic)")


def bootstrap_interval(
    statistic: Callable[..., float],
    arrays: Sequence[Numbers],
    groups: Numbers | None = None,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Returns the percentile bootstrap interval of any metric of aligned arrays (Efron 1979).

    Whole groups are drawn when groups are given. Resamples on which the metric is undefined, such
    as an AUC without positives, are left out.

    Args:
        statistic: called with the resampled arrays; returns a number.
        arrays: arrays with the same first axis.
        groups: one group a row, or None.
        resamples: number of resamples.
        seed: seed of the draw.
        level: confidence.

    Raises:
        InputError: the metric is undefined on more than half of the resamples.
    """
    how = Resampling(resamples, seed, groups)
    low, high = np.quantile(replicates(statistic, arrays, how), [(1 - level) / 2, (1 + level) / 2])
    unit = "rows" if groups is None else "groups"
    return Interval(float(low), float(high), level, f"percentile bootstrap of {unit}")


def windows_interval(scores: Numbers, level: float = 0.95) -> Interval:
    """Returns the interval in which the next window of time (or group) will score.

    It is v ± t·sd·sqrt(1 + 1/J) over J windows: a prediction interval, wider than one of the mean.

    >>> windows_interval([0.8, 0.82, 0.78, 0.81, 0.79]).contains(0.76)
    True
    """
    values: Floats = vector(scores, "scores", least=2)
    count = len(values)
    error = float(values.std(ddof=1)) * math.sqrt(1 + 1 / count)
    return around(float(values.mean()), error, count - 1, level, f"spread of {count} windows")
