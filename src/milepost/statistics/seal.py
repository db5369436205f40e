"""Was the validation score honest? Compares it with the score on the sealed test rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from milepost.errors import InputError
from milepost.statistics.intervals import Interval

Verdict = Literal["as expected", "below", "above", "cannot tell"]
Better = Literal["higher", "lower"]
LEVEL = 0.05
ONE_SIDED, POWER = 1.645, 0.84


@dataclass(frozen=True)
class Drop:
    """How far the test score fell short of the corrected validation score.

    Args:
        drop: validation minus test in the metric's good direction; positive when the test is worse.
        standard_error: standard error of the drop.
        z: drop over its standard error; 0 when neither score has an error and they agree.
        p: one-sided p-value of "the test is as good as the validation said".
        detectable: the smallest drop that this test set reveals 8 times in 10.
        verdict: "below" or "above" at one-sided 5 %, else "as expected", or "cannot tell" when a drop
            that matters could have gone unseen.
    """

    drop: float
    standard_error: float
    z: float
    p: float
    detectable: float
    verdict: Verdict


@dataclass(frozen=True)
class Decomposition:
    """Where the difference between the best validation score and the test score comes from.

    Args:
        total: raw best validation score minus test score, positive when the test is worse.
        optimism: the part that choosing among many looks explains.
        noise: one standard error of what sampling explains.
        rest: the part beyond optimism, to be held against the noise.
        p: one-sided p-value of the rest being sampling noise.
        explained: whether optimism and noise explain the whole.
    """

    total: float
    optimism: float
    noise: float
    rest: float
    p: float
    explained: bool


def _error(first: float, second: float) -> float:
    if not (first >= 0 and second >= 0):
        raise InputError(f"The standard errors are {first} and {second}.", expected="Both are at least 0.")
    return math.hypot(first, second)


def _upper(z: float) -> float:
    return math.erfc(z / math.sqrt(2)) / 2


def prediction_interval(v: float, s_v: float, s_u: float, level: float = 0.95) -> Interval:
    """Returns the interval in which the test score is expected, to be written down before opening.

    Args:
        v: corrected validation score.
        s_v: its standard error.
        s_u: standard error that the test score will have, from the planned number of test rows.
        level: confidence.

    >>> prediction_interval(0.92, 0.006, 0.008).contains(0.905)
    True
    """
    from scipy.special import ndtri

    reach = float(ndtri((1 + level) / 2)) * _error(s_v, s_u)
    return Interval(v - reach, v + reach, level, "prediction of the test score")


def drop_test(
    v: float, s_v: float, u: float, s_u: float, better: Better = "higher", matters: float | None = None
) -> Drop:
    """Tests whether the test score fell below the validation score by more than chance.

    z = (v - u) / sqrt(s_v² + s_u²), one-sided at 5 %; a drop of (1.645 + 0.84) standard errors is
    seen 8 times in 10.

    Args:
        v: corrected validation score.
        s_v: its standard error.
        u: test score.
        s_u: its standard error (cluster-robust with groups).
        better: whether a higher or a lower score is better.
        matters: the smallest drop that would matter; without it the verdict is never "cannot tell".

    >>> round(drop_test(0.92, 0.0, 0.90, 0.01).z, 3)
    2.0
    """
    error = _error(s_v, s_u)
    drop = (v - u) if better == "higher" else (u - v)
    z = drop / error if error > 0 else math.copysign(math.inf, drop) if drop else 0.0
    p, detectable = _upper(z), (ONE_SIDED + POWER) * error
    verdict: Verdict = "as expected"
    if p < LEVEL:
        verdict = "below"
    elif p > 1 - LEVEL:
        verdict = "above"
    elif matters is not None and detectable > matters:
        verdict = "cannot tell"
    return Drop(drop, error, z, p, detectable, verdict)


def newcombe(right_v: int, n_v: int, right_u: int, n_u: int, level: float = 0.95) -> Interval:
    """Returns Newcombe's hybrid score interval of the difference of two proportions (Newcombe 1998).

    For validation and test scores that are shares of few rows.

    Args:
        right_v: rows right in validation.
        n_v: rows of validation.
        right_u: rows right in the test.
        n_u: rows of the test.
        level: confidence.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    for right, n in ((right_v, n_v), (right_u, n_u)):
        if n < 1 or not 0 <= right <= n:
            raise InputError(f"{right} right of {n}.", expected="0 <= right <= n with n at least 1.")
    low, high = confint_proportions_2indep(
        right_v, n_v, right_u, n_u, compare="diff", method="newcomb", alpha=1 - level
    )
    return Interval(float(low), float(high), level, "Newcombe difference of proportions")


def decompose(
    raw: float, v: float, u: float, s_v: float, s_u: float, better: Better = "higher"
) -> Decomposition:
    """Splits the difference between the best validation score and the test score.

    Args:
        raw: best validation score seen.
        v: the same, corrected for optimism.
        u: test score.
        s_v: standard error of v.
        s_u: standard error of u.
        better: whether a higher or a lower score is better.

    >>> parts = decompose(0.92, 0.912, 0.90, 0.006, 0.009)
    >>> round(parts.optimism, 3), round(parts.rest, 3), parts.explained
    (0.008, 0.012, True)
    """
    sign = 1.0 if better == "higher" else -1.0
    found = drop_test(v, s_v, u, s_u, better)
    return Decomposition(
        total=sign * (raw - u),
        optimism=sign * (raw - v),
        noise=found.standard_error,
        rest=found.drop,
        p=found.p,
        explained=found.p >= LEVEL,
    )
