"""The learning curve, and whether rows or larger models buy more."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.digest import digest
from milepost.errors import InputError
from milepost.learners.base import Job, learners
from milepost.report.sentences import count, number
from milepost.statistics.curves import FARTHEST, LearningCurve, fit_learning_curve
from milepost.statistics.intervals import Interval
from milepost.statistics.invest import data_gain, data_or_model, model_gain
from milepost.steps.canary import blind
from milepost.steps.climb import judging
from milepost.steps.rungs import Climb
from milepost.steps.work import Work
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
SIZES = 7
DRAWS = (3, 5)
"""Draws a size: at least, at most."""


@dataclass(frozen=True)
class Ahead:
    """What a number of rows would bring; no numbers where the curve must not be read that far."""

    rows: int
    loss: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Grown:
    """The learning curve: loss against rows.

    Args:
        learner: the family that was trained.
        sizes: training rows.
        losses: validation loss of each draw at each size.
        low, high: 95 % interval of the fitted curve at each size, or empty.
        kind: the law that fits, or "ill-behaved".
        ahead: expected loss with more rows; refused beyond four times the present number.
        choice: "data", "model", "undecided" or "" where it cannot be told.
        says: what more rows would do.
        advice: whether rows or larger models buy more.
    """

    learner: str
    sizes: tuple[int, ...]
    losses: tuple[tuple[float, ...], ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    kind: str
    ahead: tuple[Ahead, ...]
    choice: str
    says: str
    advice: str


def grow(work: Work, data: Material, name: str, climbs: Sequence[Climb]) -> Grown | None:
    """Trains on ever more rows; None with too few rows or too little time for five sizes.

    Args:
        work: the running step.
        data: rows and folds.
        name: the family to train.
        climbs: how larger models did.
    """
    folds = judging(data)
    folds = folds if len(data.frame) <= 1_000 else folds[:1]
    whole = min(len(data.folds[fold].train) for fold in folds)
    least = max(50, 10 * max(1, len(data.task.labels)))
    sizes = np.unique(np.geomspace(min(least, whole // 2), whole, SIZES).astype(int))
    if whole < 2 * least or len(sizes) < 5:
        return None
    free = blind(data, learners[name].view, work.seed)
    losses: list[list[float]] = []
    for size in sizes:
        row: list[float] = []
        for draw in range(DRAWS[1]):
            if len(row) >= DRAWS[0] and work.clock.left < 0.5 * work.clock.seconds * (
                1 - len(losses) / SIZES
            ):
                break
            if work.clock.left < 0.5:
                break
            row.append(_loss(work, data, (name, int(size), draw), folds, free))
        if len(row) < DRAWS[0]:
            break
        losses.append(row)
        work.say(f"{count(size)} rows: loss {number(float(np.mean(row)))}", None)
    if len(losses) < 5:
        return None
    used = [int(size) for size in sizes[: len(losses)]]
    width = max(map(len, losses))
    table = [row + [float("nan")] * (width - len(row)) for row in losses]
    return _read(name, fit_learning_curve(used, table), used, losses, climbs)


def _loss(work: Work, data: Material, what: tuple[str, int, int], folds: Sequence[int], free: bool) -> float:
    """Validation loss of one draw of rows; where labels shape the features, these are made anew."""
    name, size, draw = what
    learner, task = learners[name], data.task
    drawn = replace(data, seed=data.seed + 1000 * (draw + 1), key=digest(data.key, "draw", draw))
    total, rows = 0.0, 0
    for fold in folds:
        truth = data.truth[data.folds[fold].valid]
        prepared = (data if free else drawn).prepared(fold, learner.view, 0 if free else size)
        assert prepared.valid is not None
        batch, head = prepared.train, prepared.head
        if free:
            place = np.sort(np.random.default_rng((work.seed, draw, size)).permutation(len(batch.x))[:size])
            mine = data.truth[data.train_rows(fold)[place]]
            head = task.head(mine)
            weight = None if batch.weight is None else batch.weight[place]
            batch = replace(batch, x=batch.x[place], y=head.encode(mine), weight=weight)
        seen = replace(prepared.valid, y=head.encode(truth))
        params = learner.portfolio(size, batch.x.shape[1], head)[0]
        most = time.monotonic() + max(0.5, work.clock.left / 3)
        job = Job(params, head, work.seed + draw, work.threads, most)
        total += float(task.losses(truth, head.predict(learner.fit(batch, seen, job).raw(seen.x))).sum())
        rows += len(truth)
    return total / rows


def _read(
    name: str,
    curve: LearningCurve,
    sizes: list[int],
    losses: list[list[float]],
    climbs: Sequence[Climb],
) -> Grown:
    kept = tuple(tuple(row) for row in losses)
    if curve.kind == "ill-behaved":
        says = (
            "The losses do not fall and flatten as rows are added: what more rows would bring cannot be told."
        )
        return Grown(name, tuple(sizes), kept, (), (), curve.kind, (), "", says, "")
    spans = [curve.interval(size) for size in sizes]
    ahead = tuple(_ahead(curve, sizes[-1], times) for times in (2, 4, 8))
    now = float(np.mean(losses[-1]))
    double = ahead[0]
    says = (
        f"With {count(double.rows)} training rows instead of {count(sizes[-1])} the loss would go from "
        f"{number(now, 4)} to about {number(double.loss or 0.0, 4)} "
        f"({number(double.low or 0.0, 4)} to {number(double.high or 0.0, 4)})."
    )
    choice, advice = _advise(curve, sizes[-1], climbs)
    low, high = tuple(s.low for s in spans), tuple(s.high for s in spans)
    return Grown(name, tuple(sizes), kept, low, high, curve.kind, ahead, choice, says, advice)


def _ahead(curve: LearningCurve, rows: int, times: int) -> Ahead:
    try:
        loss, span = curve.predict(times * rows), curve.interval(times * rows)
    except InputError:
        return Ahead(times * rows, None, None, None)
    return Ahead(times * rows, float(loss), span.low, span.high)


def _advise(curve: LearningCurve, rows: int, climbs: Sequence[Climb]) -> tuple[str, str]:
    """Twice the rows against as much growing again."""
    more = data_gain(curve, rows)
    rungs = [rung for climb in climbs for rung in climb.rungs]
    hours = np.cumsum([max(rung.seconds, 1e-3) for rung in rungs]) / 3600
    said = f"Twice the rows would lower the loss by {_span(more)}"
    if len(rungs) < 5:
        return "", f"{said}; too few sizes were grown to say what a larger model would bring."
    best = np.minimum.accumulate([rung.least for rung in rungs])
    bigger = model_gain(hours, best, ahead=float(hours[-1]))
    advice = data_or_model(more, 1.0, bigger, 1.0)
    told = {
        "data": "more rows buy more than larger models",
        "model": "larger models buy more than more rows",
        "undecided": "neither is clearly the better buy",
    }[advice.choice]
    return advice.choice, f"{said}, growing models for as long again by {_span(bigger)}: {told}."


def _span(gain: Interval) -> str:
    low, high = max(gain.low, 0.0), max(gain.high, 0.0)
    return "next to nothing" if high < 1e-4 else f"{number(low if low > 1e-6 else 0.0)} to {number(high)}"


def refusal() -> str:
    """Why the curve is not read further."""
    return f"Beyond {FARTHEST:g} times the rows at hand the curve is not read: nothing there has been seen."
