"""The promise watched as outcomes come: with false alarms held over all time, however often one looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.monitors.base import Reference
from milepost.report.sentences import count, number, percent
from milepost.statistics.eprocess import change, first, localise, promise
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
WORSE = 0.05
"""The share by which the mean loss may exceed what was seen before it counts as broken."""
LEAST = 30
POINTS = 120


@dataclass(frozen=True)
class Vigil:
    """What the outcomes say of the promise, in the order of their predictions.

    Args:
        rows: outcomes read.
        loss: what is watched: a loss between 0 and 1, in words.
        promised: the mean loss that was promised, what is tolerated among it.
        normal: the mean loss on sealed rows.
        seen: the mean loss of the outcomes.
        alpha: probability of a false alarm of the first test, over all time.
        broken: number of the outcome at which the promise is broken beyond doubt; None.
        evidence: the largest evidence against it; 1/alpha is an alarm.
        run: outcomes a false alarm of the second test comes after, on average.
        changed: number of the outcome at which a change was called; None.
        moment, earliest, latest: when the loss rose, as the name of a request's time; "" where it did not.
        path: number of outcomes, and evidence so far (logarithm to base 10), thinned.
        says: sentences.
    """

    rows: int
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

    Classes: the squared distance between probabilities and truth, halved (Brier 1950). Numbers: the absolute
    error as a share of `scale`, at most 1.
    """
    said = np.asarray(prediction, dtype=np.float64)
    if not task.labels:
        error = np.abs(np.asarray(truth, np.float64) - said) / scale
        return np.minimum(error if error.ndim == 1 else error.mean(axis=1), 1.0)
    codes = np.asarray(truth, dtype=np.int64)
    if said.ndim == 1:
        return np.asarray((said - codes) ** 2)
    hit = np.eye(said.shape[1])[codes]
    return np.asarray(((said - hit) ** 2).sum(axis=1) / 2)


def vigil(
    normal: Reference,
    sealed: tuple[Array, Array],
    came: tuple[Array, Array, list[str]],
    alpha: float,
    run: float,
) -> Vigil | None:
    """Watches outcomes in the order of their predictions; None where fewer than 30 have arrived.

    Promised is the larger of the mean loss on sealed rows and on out-of-fold rows; to it come what chance may
    have hidden there (1.96 standard errors), the spread between stretches of the past beyond chance, twice,
    or 5 % of it where that is more: what is no news raises no alarm.

    Args:
        normal: out-of-fold rows in order.
        sealed: truth and prediction of the sealed rows.
        came: truth and prediction of the outcomes, and the time of each request as text.
        alpha: false alarm over all time.
        run: outcomes a false alarm of the change detector comes after, on average.
    """
    truth, prediction, names = came
    if len(truth) < LEAST:
        return None
    gap = np.abs(np.asarray(normal.truth, np.float64) - normal.prediction) if not normal.task.labels else None
    scale = np.maximum(np.quantile(gap, 0.99, axis=0), 1e-12) if gap is not None else np.ones(1)
    past = bounded(normal.task, normal.truth, normal.prediction, scale)
    shown = bounded(normal.task, sealed[0], sealed[1], scale)
    base = max(float(shown.mean()), float(np.average(past, weights=normal.weight)))
    error = 1.96 * float(shown.std()) / np.sqrt(max(1, len(shown)))
    p0 = float(np.clip(base + error + max(WORSE * base, 2 * _wander(past)), 1e-6, 1 - 1e-6))
    losses = bounded(normal.task, truth, prediction, scale)
    kept, changes = promise(losses, p0), change(losses, p0)
    broken, changed = first(kept, 1 / alpha), first(changes, run)
    moment = localise(losses) if broken is not None or changed is not None else None
    at = (
        [names[min(i, len(names) - 1)] for i in (moment.at, moment.low, moment.high)]
        if moment
        else ["", "", ""]
    )
    every = np.unique(np.linspace(0, len(losses) - 1, min(POINTS, len(losses))).astype(int))
    what = "squared error of the probabilities" if normal.task.labels else "error as a share of a large one"
    told = _told(p0, float(losses.mean()), len(losses), what)
    if broken is not None:
        told += (
            f"The promise is broken: outcome {count(broken + 1)} settled it. While it holds this ever "
            f"happens with probability {percent(alpha)} at most, however often one looks.",
        )
    elif changed is not None:
        told += (
            f"Something changed: outcome {count(changed + 1)} settled it. Without a change such an alarm "
            f"comes after {count(run)} outcomes on average at the soonest.",
        )
    if moment is not None:
        told += (
            f"The loss rose from {number(moment.before)} to {number(moment.after)} around {at[0]} (between "
            f"{at[1]} and {at[2]}).",
        )
    return Vigil(
        rows=len(losses),
        loss=what,
        promised=p0,
        normal=float(shown.mean()),
        seen=float(losses.mean()),
        alpha=alpha,
        broken=broken,
        evidence=float(np.exp(min(700.0, kept.max()))),
        run=run,
        changed=changed,
        moment=at[0],
        earliest=at[1],
        latest=at[2],
        path=tuple((int(i) + 1, float(kept[i] / np.log(10))) for i in every),
        says=told,
    )


def _told(p0: float, seen: float, rows: int, what: str) -> tuple[str, ...]:
    return (
        f"{count(rows)} outcomes: their {what} is {number(seen)} on average, at most {number(p0)} was "
        "promised.",
    )


def _wander(losses: Array, stretches: int = 12) -> float:
    """The standard deviation between the means of stretches of the past, beyond what chance makes of it."""
    if len(losses) < stretches * LEAST:
        return 0.0
    parts = np.array_split(losses, stretches)
    means = np.array([part.mean() for part in parts])
    chance = float(np.mean([part.var(ddof=1) / len(part) for part in parts]))
    return float(np.sqrt(max(0.0, means.var(ddof=1) - chance)))
