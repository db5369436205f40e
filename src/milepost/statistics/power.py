"""What a test could have seen, and how many rows it would need."""

from __future__ import annotations

import math
from dataclasses import dataclass

from milepost.errors import InputError
from milepost.statistics.comparison import Comparison
from milepost.statistics.intervals import Interval


def _z(power: float, alpha: float) -> tuple[float, float]:
    from scipy.special import ndtri

    if not (0 < power < 1 and 0 < alpha < 1):
        raise InputError(f"power={power}, alpha={alpha}.", expected="Both lie between 0 and 1.")
    return float(ndtri(1 - alpha / 2)), float(ndtri(power))


def required_rows_accuracy(psi: float, delta: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Returns the rows that McNemar's test needs to see a gain in accuracy (Connor 1987).

    Args:
        psi: share of rows on which exactly one of the two models is right.
        delta: gain in accuracy to be seen, at most psi.
        power: probability of seeing it.
        alpha: two-sided level of the test.

    >>> required_rows_accuracy(0.10, 0.02)
    1960
    """
    if not 0 < abs(delta) <= psi <= 1:
        raise InputError(
            f"psi={psi} and delta={delta}.",
            expected="0 < |delta| <= psi <= 1: a gain comes from rows on which the models disagree.",
        )
    level, strength = _z(power, alpha)
    reach = level * math.sqrt(psi) + strength * math.sqrt(psi - delta**2)
    return math.ceil((reach / delta) ** 2)


def mde_accuracy(psi: float, n: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """Returns the smallest gain in accuracy that n rows show with the given power.

    Args:
        psi: share of rows on which exactly one of the two models is right.
        n: number of rows.
        power: probability of seeing it.
        alpha: two-sided level of the test.

    >>> round(mde_accuracy(0.1, 1000), 4)
    0.028
    """
    if n < 1 or not 0 <= psi <= 1:
        raise InputError(f"psi={psi}, n={n}.", expected="0 <= psi <= 1 and at least one row.")
    return mde(math.sqrt(psi / n), power, alpha)


def mde(standard_error: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """Returns the minimum detectable effect of a test with this standard error: 2.80 of them by default.

    >>> round(mde(0.01), 4)
    0.028
    """
    return sum(_z(power, alpha)) * standard_error


def required_rows(
    n: int, standard_error: float, delta: float, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Returns the rows that would show a gain, from the standard error that n rows have given.

    The error shrinks with 1/sqrt(rows) at an unchanged class mix. This covers the noise of testing
    only: a larger training set changes the model as well.

    Args:
        n: rows now (groups, when groups are the independent unit).
        standard_error: standard error of the gain now.
        delta: gain to be seen.
        power: probability of seeing it.
        alpha: two-sided level of the test.
    """
    if n < 1 or delta == 0 or standard_error < 0:
        raise InputError(
            f"n={n}, standard_error={standard_error}, delta={delta}.",
            expected="At least one row, an error of at least 0 and a gain that is not 0.",
        )
    return max(1, math.ceil(n * (mde(standard_error, power, alpha) / delta) ** 2))


def holdout_rows(p: float, halfwidth: float, level: float = 0.95) -> int:
    """Returns the test rows that a proportion near p needs for an interval of ± halfwidth.

    >>> holdout_rows(0.9, 0.01)
    3458
    """
    from scipy.special import ndtri

    if not 0 <= p <= 1 or halfwidth <= 0:
        raise InputError(f"p={p}, halfwidth={halfwidth}.", expected="0 <= p <= 1 and a half-width above 0.")
    return math.ceil(float(ndtri((1 + level) / 2)) ** 2 * p * (1 - p) / halfwidth**2)


@dataclass(frozen=True)
class Power:
    """What a comparison saw, what it could have seen, and what confirming its gain would take.

    Args:
        gain: the gain measured.
        interval: its 95 % interval.
        mde: the smallest gain that would be seen 8 times in 10 with these rows.
        rows_needed: rows that would confirm the gain measured; None when there is none.
        n: rows now.
    """

    gain: float
    interval: Interval
    mde: float
    rows_needed: int | None
    n: int


def power_of(comparison: Comparison, n: int, power: float = 0.8, alpha: float = 0.05) -> Power:
    """Returns the facts for the sentence that explains an undecided comparison.

    Args:
        comparison: any paired test of this package.
        n: the rows (or groups) it used.
        power: probability of seeing the smallest detectable gain.
        alpha: two-sided level.
    """
    error, gain = comparison.standard_error, comparison.gain
    needed = required_rows(n, error, gain, power, alpha) if gain > 0 else None
    return Power(gain, comparison.interval, mde(error, power, alpha), needed, n)
