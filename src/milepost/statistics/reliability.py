"""How far probabilities are from the shares that happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers
from milepost.statistics.calibrators import EDGE, logistic, logit
from milepost.statistics.intervals import wilson


@dataclass(frozen=True)
class Bin:
    """One bar of a reliability diagram.

    Args:
        low: smallest probability in the bin.
        high: largest.
        rows: how many rows.
        said: the mean probability.
        happened: the share that was positive.
        lower: lower end of the 95 % interval of that share (Wilson).
        upper: upper end.
    """

    low: float
    high: float
    rows: int
    said: float
    happened: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Reliability:
    """Calibration of probabilities, in numbers.

    Args:
        bins: equal-mass bins, lowest first.
        log_loss: mean log loss in nats.
        brier: mean squared error; = miscalibration - resolution + uncertainty + within.
        miscalibration: mean squared distance of said and happened over bins; 0 is best.
        resolution: variance of what happened over bins; higher is better.
        uncertainty: variance of the truth.
        within: what the bins' width hides.
        ece: expected calibration error; biased upward when bins hold few rows.
        ece_debiased: the same less what sampling error adds to it, at least 0 (after Kumar, Liang & Ma 2019).
        slope: of the truth on the logit; below 1 says that the probabilities are too extreme.
        intercept: of that regression; 0 is best.
    """

    bins: tuple[Bin, ...]
    log_loss: float
    brier: float
    miscalibration: float
    resolution: float
    uncertainty: float
    within: float
    ece: float
    ece_debiased: float
    slope: float
    intercept: float


def reliability(p: npt.ArrayLike, y: npt.ArrayLike, bins: int = 15, *, level: float = 0.95) -> Reliability:
    """Measures calibration with bins of equal mass; ties stay in one bin.

    For several classes give the probability of the predicted class and whether it was right, or one class
    against the rest.

    Args:
        p: probabilities of class 1 (n,).
        y: what happened, 0/1 (n,).
        bins: at most this many; fewer when there are under 5 rows a bin.
        level: of the bins' intervals.

    Raises:
        InputError: lengths differ or there is no row.
    """
    given, truth = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if given.shape != truth.shape or given.ndim != 1 or len(given) == 0:
        raise InputError(
            f"probabilities shaped {given.shape} and truth {truth.shape}.", expected="One row each, (n,)."
        )
    place = _equal_mass(given, max(1, min(bins, len(given) // 5)))
    rows = np.bincount(place)
    said, happened = np.bincount(place, given) / rows, np.bincount(place, truth) / rows
    share, base = rows / len(given), float(truth.mean())
    miscalibration = float(share @ (said - happened) ** 2)
    resolution = float(share @ (happened - base) ** 2)
    brier = float(np.mean((given - truth) ** 2))
    ece = float(share @ np.abs(said - happened))
    inside = np.clip(given, EDGE, 1 - EDGE)
    intercept, slope = _line(given, truth)
    uncertainty = base * (1 - base)
    return Reliability(
        bins=_bars(given, truth, place, level),
        log_loss=float(-np.mean(truth * np.log(inside) + (1 - truth) * np.log1p(-inside))),
        brier=brier,
        miscalibration=miscalibration,
        resolution=resolution,
        uncertainty=uncertainty,
        within=brier - (miscalibration - resolution + uncertainty),
        ece=ece,
        ece_debiased=max(0.0, ece - _bias(said, happened, rows)),
        slope=slope,
        intercept=intercept,
    )


def _equal_mass(p: Floats, bins: int) -> Integers:
    """A bin for each row, numbered without gaps."""
    _, inverse, count = np.unique(p, return_inverse=True, return_counts=True)
    middle = (np.cumsum(count) - count / 2) / len(p)
    _, place = np.unique(np.minimum((middle * bins).astype(np.int64), bins - 1)[inverse], return_inverse=True)
    return np.asarray(place, dtype=np.int64)


def _bars(p: Floats, y: Floats, place: Integers, level: float) -> tuple[Bin, ...]:
    bars = []
    for number in range(int(place.max()) + 1):
        inside = place == number
        rows, hits = int(inside.sum()), int(y[inside].sum())
        band = wilson(hits, rows, level)
        said = p[inside]
        bars.append(
            Bin(
                float(said.min()),
                float(said.max()),
                rows,
                float(said.mean()),
                hits / rows,
                band.low,
                band.high,
            )
        )
    return tuple(bars)


def _bias(said: Floats, happened: Floats, rows: Integers) -> float:
    """By how much sampling error alone lifts the mean absolute gap, at gaps shrunk to what is not noise."""
    from scipy.special import erf

    share, gap = rows / rows.sum(), np.abs(said - happened)
    rate = (happened * rows + 1) / (rows + 2)
    error = np.sqrt(rate * (1 - rate) / rows)
    squares = float(share @ gap**2)
    real = max(0.0, squares - float(share @ error**2))
    true = gap * np.sqrt(real / squares) if squares > 0 else gap
    folded = error * np.sqrt(2 / np.pi) * np.exp(-0.5 * (true / error) ** 2) + true * erf(
        true / error / np.sqrt(2)
    )
    return float(share @ (folded - true))


def _line(p: Floats, y: Floats) -> tuple[float, float]:
    """Intercept and slope of the truth on the logit of p; nan when the truth or p does not vary."""
    if np.ptp(y) == 0 or np.ptp(p) == 0:
        return float("nan"), float("nan")
    found = logistic(np.column_stack([np.ones(len(p)), logit(p)]), y, np.ones(len(p)))
    return float(found[0]), float(found[1])
