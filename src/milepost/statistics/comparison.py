"""What a paired test found: the gain, its interval, its p-value and a three-way decision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from milepost.statistics.intervals import Interval, around

Decision = Literal["beats", "equivalent", "worse", "undecided"]
SURE = 0.95
"""A statement is made when it is more probable than this."""


@dataclass(frozen=True)
class Comparison:
    """What a paired test found about candidate a against candidate b.

    Args:
        gain: how much better a is, positive when better, in units of the metric.
        interval: 95 % interval of the gain.
        p: one-sided p-value of "a is not better than b".
        p_better: probability that a is better by more than the ROPE.
        p_equal: probability that the difference lies inside the ROPE.
        p_worse: probability that a is worse by more than the ROPE.
        standard_error: standard error of the gain.
        method: name of the test.
        says: which of the three probabilities exceeds 0.95, else "undecided".
        statistic: t, z or chi-squared of the test.
        p_two: two-sided p-value of "they are equal".
    """

    gain: float
    interval: Interval
    p: float
    p_better: float
    p_equal: float
    p_worse: float
    standard_error: float
    method: str
    says: Decision
    statistic: float
    p_two: float

    @property
    def beats(self) -> bool:
        """Says whether a beats b: a gain above zero at one-sided 5 %."""
        return self.gain > 0 and self.p < 1 - SURE


def decide(p_better: float, p_equal: float, p_worse: float) -> Decision:
    """Returns the decision that is more than 95 % probable, or "undecided".

    >>> decide(0.2, 0.7, 0.1)
    'undecided'
    """
    if p_better > SURE:
        return "beats"
    if p_worse > SURE:
        return "worse"
    return "equivalent" if p_equal > SURE else "undecided"


def student(gain: float, error: float, freedom: float, rope: float, method: str) -> Comparison:
    """Returns the comparison that Student's t makes of a gain and its standard error.

    The same t distribution read as a posterior gives the three probabilities (Corani & Benavoli 2015).
    Infinite degrees of freedom mean the normal distribution; without any spread the gain is certain.
    """
    from scipy.stats import norm, t

    law = norm if math.isinf(freedom) else t(freedom)
    if error > 0:
        worse, under = float(law.cdf((-rope - gain) / error)), float(law.cdf((rope - gain) / error))
        p, statistic = float(law.sf(gain / error)), gain / error
        interval = around(gain, error, freedom, SURE, method)
    else:
        worse, under = float(gain < -rope), float(gain <= rope)
        p, statistic = float(gain <= 0), math.copysign(math.inf, gain) if gain else 0.0
        interval = Interval(gain, gain, SURE, method)
    better, equal = 1 - under, under - worse
    p_two = min(1.0, 2 * min(p, 1 - p)) if gain else 1.0
    said = decide(better, equal, worse)
    return Comparison(gain, interval, p, better, equal, worse, error, method, said, statistic, p_two)
