"""The promise watched as outcomes come: with false alarms held over all time, however often one looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.monitors.base import Reference
from milepost.report.sentences import count, number, percent
from milepost.statistics.eprocess import BETS, Moment, change, first, localise, promise
from milepost.statistics.intervals import mean_se
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
WORSE = 0.05
"""The share by which the mean loss may exceed what was seen before it counts as broken."""
LEAST = 30
DAILY = (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
"""Stakes on means of days, which vary less than single losses."""
POINTS = 120


@dataclass(frozen=True)
class Vigil:
    """What the outcomes say of the promise, in the order of their predictions.

    Args:
        rows: outcomes read.
        unit: what one observation is: an outcome, or the mean of a day where the past knows its days.
        units: observations.
        loss: what is watched: a loss between 0 and 1, in words.
        promised: the mean loss that was promised, what is tolerated among it.
        normal: the mean loss on sealed rows.
        seen: the mean loss of the outcomes.
        alpha: probability of a false alarm of the first test, over all time.
        broken: number of the observation at which the promise is broken beyond doubt; None.
        evidence: the largest evidence against it; 1/alpha is an alarm.
        run: observations a false alarm of the second test comes after, on average.
        changed: number of the observation at which a change was called; None.
        moment, earliest, latest: when the loss rose, as the name of a request's time; "" where it did not.
        path: number of observations, and evidence so far (logarithm to base 10), thinned.
        says: sentences.
    """

    rows: int
    unit: str
    units: int
    loss: str
    promised: float
    normal: float
    seen: float
    alpha: float
    broken: int | None
    evidence: float
    run: float
    changed: int | None
    moment: str
    earliest: str
    latest: str
    path: tuple[tuple[int, float], ...]
    says: tuple[str, ...]

    @property
    def alarm(self) -> bool:
        """Whether the promise is broken, or something changed."""
        return self.broken is not None or self.changed is not None


def bounded(task: Task, truth: Array, prediction: Array, scale: Array) -> Array:
    """A loss between 0 and 1 for each row.

    Classes: the squared distance between probabilities and truth, halved (Brier 1950). Labels: the mean of
    their squared distances. Numbers: the absolute error as a share of `scale`, at most 1.
    """
    said = np.asarray(prediction, dtype=np.float64)
    if not task.labels:
        error = np.abs(np.asarray(truth, np.float64) - said) / scale
        return np.minimum(error if error.ndim == 1 else error.mean(axis=1), 1.0)
    codes = np.asarray(truth, dtype=np.int64)
    if not task.exclusive:
        return np.asarray(((said - codes) ** 2).mean(axis=1))
    if said.ndim == 1:
        return np.asarray((said - codes) ** 2)
    hit = np.eye(said.shape[1])[codes]
    return np.asarray(((said - hit) ** 2).sum(axis=1) / 2)


@dataclass(frozen=True)
class Came:
    """Outcomes in the order of their predictions.

    Args:
        truth: as the task encodes it (n,).
        prediction: what was answered.
        names: the time of each request as text, or its number.
        days: the day of each, or None where it is not known.
    """

    truth: Array
    prediction: Array
    names: list[str]
    days: Array | None


@dataclass(frozen=True)
class Level:
    """How sure to be.

    Args:
        alpha: false alarm of the first test, over all time.
        run: observations a false alarm of the second comes after, on average, for outcomes and for days.
    """

    alpha: float = 0.05
    run: tuple[float, float] = (10_000.0, 1_000.0)


def vigil(
    normal: Reference, days: Array | None, sealed: tuple[Array, Array], came: Came, level: Level
) -> Vigil | None:
    """Watches outcomes in the order of their predictions; None where fewer than 30 have arrived.

    Where the past knows its days, the mean of a day is one observation: a bad day makes all its rows bad, and
    rows that hang together would raise false alarms.

    Args:
        normal: out-of-fold rows in order.
        days: the day of each of them, or None.
        sealed: truth and prediction of the sealed rows.
        came: the outcomes.
        level: how sure to be.
    """
    if len(came.truth) < LEAST:
        return None
    task = normal.task
    gap = None if task.labels else np.abs(np.asarray(normal.truth, np.float64) - normal.prediction)
    scale = np.ones(1) if gap is None else np.maximum(np.quantile(gap, 0.99, axis=0), 1e-12)
    past = bounded(task, normal.truth, normal.prediction, scale)
    shown = bounded(task, sealed[0], sealed[1], scale)
    rows = bounded(task, came.truth, came.prediction, scale)
    by_day = days is not None and came.days is not None
    losses, place = rows, np.arange(len(rows))
    if by_day and came.days is not None:
        losses, place = _means(rows, came.days)
    p0 = _promised(past, shown, days if by_day else None)
    run, bets = level.run[by_day], DAILY if by_day else BETS
    kept, changes = promise(losses, p0, bets), change(losses, p0, bets)
    broken, changed = first(kept, 1 / level.alpha), first(changes, run)
    moment = localise(losses, 5 if by_day else 20) if broken is not None or changed is not None else None
    at = ["", "", ""]
    if moment is not None:
        spots = [min(i, len(place) - 1) for i in (moment.at, moment.low, moment.high)]
        at = [came.names[int(place[i])] for i in spots]
    every = np.unique(np.linspace(0, len(losses) - 1, min(POINTS, len(losses))).astype(int))
    found = Vigil(
        rows=len(rows),
        unit="day" if by_day else "outcome",
        units=len(losses),
        loss="squared error of the probabilities" if task.labels else "error as a share of a large one",
        promised=p0,
        normal=float(shown.mean()),
        seen=float(rows.mean()),
        alpha=level.alpha,
        broken=broken,
        evidence=float(np.exp(min(700.0, kept.max()))),
        run=run,
        changed=changed,
        moment=at[0],
        earliest=at[1],
        latest=at[2],
        path=tuple((int(i) + 1, float(kept[i] / np.log(10))) for i in every),
        says=(),
    )
    return replace(found, says=_told(found, moment))


def _promised(past: Array, shown: Array, days: Array | None) -> float:
    """The mean loss that is promised: what the next stretch stays below 19 times of 20.

    To the mean loss on sealed rows come 1.645 standard deviations, of what chance may have hidden there (by
    day where days are known) and of what stretches of the past differ beyond chance; 5 % where that is more:
    what is no news raises no alarm.
    """
    base = float(shown.mean())
    widen = 1.0 if days is None else _design(past, days)
    error = widen * float(shown.std()) / np.sqrt(max(1, len(shown)))
    return float(np.clip(base + max(WORSE * base, 1.645 * np.hypot(error, _wander(past))), 1e-6, 1 - 1e-6))


def _told(found: Vigil, moment: Moment | None) -> tuple[str, ...]:
    """What the outcomes say, in sentences."""
    told = [
        f"{count(found.rows)} outcomes: their {found.loss} is {number(found.seen)} on average, at most "
        f"{number(found.promised)} was promised."
    ]
    if found.broken is not None:
        told.append(
            f"The promise is broken: {found.unit} {count(found.broken + 1)} settled it. While it holds this "
            f"ever happens with probability {percent(found.alpha)} at most, however often one looks."
        )
    elif found.changed is not None:
        told.append(
            f"Something changed: {found.unit} {count(found.changed + 1)} settled it. Without a change such "
            f"an alarm comes after {count(found.run)} {found.unit}s on average at the soonest."
        )
    if moment is not None:
        told.append(
            f"The loss rose from {number(moment.before)} to {number(moment.after)} around {found.moment} "
            f"(between {found.earliest} and {found.latest})."
        )
    return tuple(told)


def _means(losses: Array, days: Array) -> tuple[Array, Array]:
    """The mean loss of each day in order, and the number of its first row."""
    _, start, place = np.unique(np.floor(days), return_index=True, return_inverse=True)
    return np.bincount(place, losses) / np.bincount(place), start


def _design(losses: Array, days: Array) -> float:
    """By what factor the error of a mean grows because rows of a day hang together."""
    groups = np.floor(days)
    if not 10 <= len(np.unique(groups)) < len(groups):
        return 1.0
    return max(1.0, mean_se(losses, groups)[0] / mean_se(losses)[0])


def _wander(losses: Array, stretches: int = 12) -> float:
    """The standard deviation between the means of stretches of the past, beyond what chance makes of it."""
    if len(losses) < stretches * LEAST:
        return 0.0
    parts = np.array_split(losses, stretches)
    means = np.array([part.mean() for part in parts])
    chance = float(np.mean([part.var(ddof=1) / len(part) for part in parts]))
    return float(np.sqrt(max(0.0, means.var(ddof=1) - chance)))
