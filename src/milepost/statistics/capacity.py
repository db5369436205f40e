"""Thresholds that keep a promise: of flags a day that can be reviewed, or of a rate of false alarms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError


@dataclass(frozen=True)
class Capacity:
    """A fixed threshold for a number of reviews a day.

    Args:
        threshold: flag if score >= threshold.
        flagged: mean number of flags a day.
        risk: the chance that a day brings more flags than can be reviewed.
        next_score: the highest score not flagged: what one more review a day would be worth looking at; nan
            when all are flagged.
    """

    threshold: float
    flagged: float
    risk: float
    next_score: float


def capacity_threshold(
    p: npt.ArrayLike, per_day: float, capacity: int, *, risk: float = 0.05, dispersion: float = 1.0
) -> Capacity:
    """Returns the lowest threshold whose flags of a day exceed the capacity with a chance of at most `risk`.

    Flags are Poisson, or negative binomial with `dispersion` = variance over mean of daily counts. Scores
    that tie are flagged together or not at all. (Reviewing each day's highest cases uses the
    capacity better, where decisions can wait for the end of the day.)

    Args:
        p: scores of production-like rows (n,), not of a sample balanced by hand.
        per_day: mean number of cases a day.
        capacity: reviews that can be done a day.
        risk: accepted chance of a day beyond the capacity.
        dispersion: of daily flags, 1 or more.

    Raises:
        InputError: there are no scores, or a number is impossible.

    >>> found = capacity_threshold(np.linspace(0, 1, 10_001), 8280, 200)
    >>> round(found.flagged), round(found.threshold, 3)
    (178, 0.979)
    """
    scores = np.asarray(p, dtype=np.float64)
    if len(scores) == 0 or per_day <= 0 or capacity < 1 or not 0 < risk < 1 or dispersion < 1:
        raise InputError(
            f"{capacity} reviews a day of {per_day} cases with a risk of {risk} cannot be planned.",
            expected="Some scores, at least one case and one review a day, 0 < risk < 1, dispersion >= 1.",
        )
    most = _largest_mean(capacity, risk, dispersion)
    values, count = np.unique(scores, return_counts=True)
    mean = np.cumsum(count[::-1])[::-1] / len(scores) * per_day
    fits = np.flatnonzero(mean <= most)
    if len(fits) == 0:
        return Capacity(float(np.nextafter(values[-1], np.inf)), 0.0, 0.0, float(values[-1]))
    first = int(fits[0])
    below = float(values[first - 1]) if first else float("nan")
    flagged = float(mean[first])
    return Capacity(float(values[first]), flagged, _exceeds(flagged, capacity, dispersion), below)


def _exceeds(mean: float, capacity: int, dispersion: float) -> float:
    from scipy.stats import nbinom, poisson

    if mean <= 0:
        return 0.0
    if dispersion <= 1:
        return float(poisson.sf(capacity, mean))
    return float(nbinom.sf(capacity, mean / (dispersion - 1), 1 / dispersion))


def _largest_mean(capacity: int, risk: float, dispersion: float) -> float:
    from scipy.optimize import brentq

    top = 2.0 * capacity + 10
    return float(brentq(lambda mean: _exceeds(mean, capacity, dispersion) - risk, 1e-9, top))


def neyman_pearson_threshold(negatives: npt.ArrayLike, alpha: float = 0.01, delta: float = 0.05) -> float:
    """Returns a threshold whose false positive rate is at most `alpha`, with confidence 1 - `delta`.

    Flag if score > threshold: an order statistic of the negatives' scores with a guarantee for finite samples
    (Tong, Feng & Li 2018).

    Args:
        negatives: scores of negative rows that the model was not trained on (n,).
        alpha: the false positive rate allowed.
        delta: the chance accepted that it is higher all the same.

    Raises:
        InputError: there are too few negatives; the number needed is named.

    >>> neyman_pearson_threshold(np.arange(59), 0.05)
    58.0
    """
    from scipy.stats import binom

    scores = np.sort(np.asarray(negatives, dtype=np.float64))
    needed = math.ceil(math.log(delta) / math.log(1 - alpha))
    if len(scores) < needed:
        raise InputError(
            f"{len(scores)} negatives cannot promise a false positive rate of {alpha:g}.",
            expected=f"At least {needed} are needed for {100 * (1 - delta):.0f} % confidence.",
            todo="Label more negatives or allow a higher rate.",
        )
    rank = np.arange(1, len(scores) + 1)
    broken = binom.sf(rank - 1, len(scores), 1 - alpha)
    return float(scores[int(np.flatnonzero(broken <= delta)[0])])
