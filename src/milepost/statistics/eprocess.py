"""Watching losses as they come: has a promise been broken, has something changed, and when?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Numbers, vector

BETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
"""Stakes of the bets against the promise; the small ones find small changes in the long run."""


def promise(losses: Numbers, p0: float, bets: tuple[float, ...] = BETS) -> Floats:
    """Returns the evidence that the mean loss is above `p0`, after each loss, as logarithms.

    A gambler bets against the promise; while it holds the wealth grows on average by nothing, and by Ville's
    inequality it ever reaches 1/alpha with probability alpha at most, however often one looks (Waudby-Smith &
    Ramdas 2024; Podkopaev & Ramdas 2022).

    Args:
        losses: between 0 and 1, in the order of their predictions (n,).
        p0: the promised mean loss, above 0 and below 1.
        bets: stakes, whose wealth is averaged.

    Raises:
        InputError: a loss outside 0 to 1, or a promise that is none.

    >>> bool(promise([1.0] * 30, 0.1)[-1] > np.log(20)), bool(promise([0.0] * 30, 0.1)[-1] < 0)
    (True, True)
    """
    steps = _steps(losses, p0, bets).cumsum(axis=0)
    return np.asarray(np.logaddexp.reduce(steps, axis=1) - np.log(len(bets)))


def change(losses: Numbers, p0: float, bets: tuple[float, ...] = BETS) -> Floats:
    """Returns the evidence that the mean loss rose above `p0` at some moment, as logarithms.

    The e-detector of Shiryaev and Roberts (Shin, Ramdas & Rinaldo 2024): R = (R + 1) x factor, averaged over
    the bets. With an alarm from A on, false alarms come after A losses on average at the soonest.

    Args:
        losses: between 0 and 1, in the order of their predictions (n,).
        p0: the mean loss before any change.
        bets: stakes.
    """
    steps = _steps(losses, p0, bets)
    wealth = steps.cumsum(axis=0)
    before = np.vstack([np.zeros((1, len(bets))), wealth[:-1]]) if len(wealth) else wealth
    grown = wealth + np.logaddexp.accumulate(-before, axis=0)
    return np.asarray(np.logaddexp.reduce(grown, axis=1) - np.log(len(bets)))


def _steps(losses: Numbers, p0: float, bets: tuple[float, ...]) -> Floats:
    values = vector(losses, "losses", least=0)
    if not 0 < p0 < 1 or (len(values) and (values.min() < 0 or values.max() > 1)):
        raise InputError(
            f"losses with a promise of {p0:g}.", expected="Losses between 0 and 1, a promise inside that."
        )
    stakes = np.asarray(bets)
    return np.asarray(np.log1p((stakes / p0) * (values[:, None] - p0)))


def first(evidence: Floats, level: float) -> int | None:
    """Returns the place at which evidence (as logarithms) first reaches a level; None where it never does.

    >>> first(np.log([1.0, 30.0, 2.0]), 20.0)
    1
    """
    hits = np.flatnonzero(evidence >= np.log(level))
    return int(hits[0]) if len(hits) else None


@dataclass(frozen=True)
class Moment:
    """When a mean changed.

    Args:
        at: number of the first loss after it.
        low, high: places that the losses do not rule out, 95 of 100 times.
        before, after: the mean loss on either side.
    """

    at: int
    low: int
    high: int
    before: float
    after: float


def localise(losses: Numbers, least: int = 20) -> Moment | None:
    """Returns the likeliest moment at which the mean of losses rose; None where it did not.

    One change point by least squares; the places whose fit is worse by less than the 95 % quantile of the
    likelihood ratio (7.7 for an unknown place, Siegmund 1988) form its range.

    Args:
        losses: in the order of their predictions (n,).
        least: losses on either side.
    """
    values = vector(losses, "losses", least=0)
    n = len(values)
    if n < 2 * least:
        return None
    cuts = np.arange(least, n - least + 1)
    total = values.cumsum()
    before, after = total[cuts - 1] / cuts, (total[-1] - total[cuts - 1]) / (n - cuts)
    gain = cuts * (n - cuts) / n * (after - before) ** 2
    gain = np.where(after > before, gain, -np.inf)
    best = int(gain.argmax())
    if not np.isfinite(gain[best]):
        return None
    at = int(cuts[best])
    noise = float(np.concatenate([values[:at] - before[best], values[at:] - after[best]]).var())
    inside = cuts[gain >= gain[best] - 7.7 * max(noise, 1e-12)]
    return Moment(at, int(inside[0]), int(inside[-1]), float(before[best]), float(after[best]))
