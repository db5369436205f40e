"""The score that is promised before the seal is opened, and how the score that came is held against it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from milepost import metrics
from milepost.metrics import Metric
from milepost.report.sentences import figure
from milepost.statistics.seal import POWER
from milepost.steps.collect import Findings as Collected
from milepost.steps.protocol import Findings as Protocol
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Work
from milepost.training.material import Material

FEW = 30
"""With fewer groups the spread of the folds, each of whole groups, says more than any formula."""
LEVEL = 0.05


@dataclass(frozen=True)
class Forecast:
    """A predicted score.

    Args:
        expected: the corrected validation score.
        low, high: the interval in which the score on the sealed rows is expected, 19 times in 20.
        error: standard error of the difference between the two scores.
        freedom: degrees of freedom of that error; infinity where it is known well.
        method: how it was found, in words.
    """

    expected: float
    low: float
    high: float
    error: float
    freedom: float
    method: str

    def shifted(self, by: float) -> Forecast:
        """The same with a score that is higher by so much."""
        return replace(self, expected=self.expected + by, low=self.low + by, high=self.high + by)

    def drop(self, score: float, better: str) -> tuple[float, float]:
        """By how much a score falls short, positive when it is worse, and its one-sided p-value."""
        from scipy.special import ndtr, stdtr

        short = self.expected - score if better == "higher" else score - self.expected
        z = short / self.error if self.error > 0 else math.copysign(math.inf, short) if short else 0.0
        p = ndtr(-z) if math.isinf(self.freedom) else stdtr(self.freedom, -z)
        return short, float(p)

    def detectable(self) -> float:
        """The smallest drop that is seen 8 times in 10."""
        return (_quantile(1 - LEVEL, self.freedom) + POWER) * self.error

    def verdict(self, score: float, better: str, matters: float) -> str:
        """Where a score lies: "below", "above", "as expected", or "cannot tell" where a drop may hide.

        Args:
            score: the score that came.
            better: whether a higher or a lower score is better.
            matters: a drop of this size would take away what the model is for.
        """
        if self.low <= score <= self.high:
            return "cannot tell" if self.detectable() > matters else "as expected"
        worse = score < self.low if better == "higher" else score > self.high
        return "below" if worse else "above"


def forecast(work: Work, data: Material, tuned: Tuned) -> Forecast:
    """The score expected on the sealed rows.

    With independent rows v ± 1.96·sqrt(s_v² + s_u²): s_v from repeating the whole choice, s_u planned from
    the number of sealed rows and units. With windows in time, or few groups, the folds show how much scores
    vary from one to the next: v ± t·sd·sqrt(1 + 1/J), where that is wider.
    """
    sealed, protocol = work.found("collect", Collected).sealed, work.found("protocol", Protocol)
    scored = len(np.unique(data.scored))
    planned = tuned.spread * math.sqrt(scored / max(1, sealed))
    windows = protocol.kind == "rolling" or (protocol.unit == "group" and protocol.units < FEW)
    found = predict(
        tuned.corrected, (tuned.error, planned), tuned.fold_scores if windows else (), protocol.kind
    )
    return within(found, metrics.get(tuned.metric))


def within(found: Forecast, metric: Metric) -> Forecast:
    """The forecast cut to the values that a metric can have.

    >>> within(Forecast(0.9, 0.7, 1.1, 0.1, math.inf, ""), metrics.get("roc_auc")).high
    1.0
    """
    low, high = found.low, found.high
    if metric.better == "lower":
        low = max(low, metric.perfect)
    else:
        high = min(high, metric.perfect)
        low = max(low, 0.0) if metric.kind in ("auc", "proportion") else low
    return replace(found, low=low, high=high)


def predict(v: float, errors: tuple[float, float], folds: Sequence[float], kind: str) -> Forecast:
    """A forecast from a corrected score, its error and the planned one of the sealed rows, and fold scores.

    >>> found = predict(0.9, (0.003, 0.004), (), "kfold")
    >>> round(found.error, 4), round(found.high - found.low, 4)
    (0.005, 0.0196)
    """
    error = math.hypot(*errors)
    reach = _quantile(0.975, math.inf) * error
    method = (
        f"corrected score ± 1.96 standard errors, of validation ({figure(errors[0])}) and of as many rows "
        f"as are sealed ({figure(errors[1])})"
    )
    freedom = math.inf
    if len(folds) >= 2:
        spread = float(np.std(folds, ddof=1)) * math.sqrt(1 + 1 / len(folds))
        wide = _quantile(0.975, len(folds) - 1) * spread
        if wide > reach:
            what = "windows in time" if kind == "rolling" else "folds of whole groups"
            method = f"the spread of {len(folds)} {what}: ± t·sd·sqrt(1 + 1/{len(folds)})"
            reach, error, freedom = wide, spread, float(len(folds) - 1)
    return Forecast(v, v - reach, v + reach, error, freedom, method)


def _quantile(share: float, freedom: float) -> float:
    from scipy.special import ndtri, stdtrit

    return float(ndtri(share) if math.isinf(freedom) else stdtrit(freedom, share))
