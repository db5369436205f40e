"""Coarser numbers in the small package: what they cost, and whether they may."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from milepost import metrics
from milepost.modalities.doors import WIDE
from milepost.steps.alternatives import part
from milepost.steps.exam import MACHINE, Exam
from milepost.steps.lost import Missing, raised
from milepost.steps.margin import margin
from milepost.steps.points import SMALL, TOLERATED, Point
from milepost.steps.search import Findings as Tuned
from milepost.steps.work import Work
from milepost.tasks.base import Task
from milepost.training.assemble import Assembly, Known
from milepost.training.calibrate import apply
from milepost.training.ensemble import blend
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
ROWS, FEW = 10_000, 500
"""At most so many out-of-fold rows judge it, and where there are texts, images or sounds."""
EDGE = 1e-15
"""Probabilities are kept so far from 0 and 1."""


def coarser(
    work: Work, data: Material, tuned: Tuned, model: Assembly
) -> tuple[Tuned, float, Assembly | None]:
    """Gives the small point coarser numbers, where that keeps it within what may be given up.

    The out-of-fold predictions of development rows are moved as rounding moves the fitted model's answers to
    them. That errs on the careful side, as the exact numbers are the best ones for rows that they were fitted
    on: it may choose, and what rounding costs is measured on the sealed rows.

    Args:
        work: the running step.
        data: the development rows.
        tuned: what the search found.
        model: what ships, fitted on development rows.

    Returns:
        The findings of the search with the small point as it may ship, and by how much the score of what
        ships is expected to change: 0 where that is another point, or keeps its numbers; and the model of the
        small point with coarser numbers, None where it keeps its own.
    """
    point = next((point for point in tuned.points if point.name == SMALL), None)
    if point is None or not set(point.weights) <= {member.config.name for member in model.members}:
        return tuned, 0.0, None
    exact = part(model, point, tuned)
    rounded = exact.rounded()
    if rounded is exact:
        return tuned, 0.0, None
    gain, error = _gain(work, data, tuned, point, (exact, rounded))
    price, loss = point.price - gain, work.brief.constraints.loss
    reach = sum(one for one in ((point.high - point.low) / 3.92, error) if math.isfinite(one))
    if not price + reach <= (TOLERATED if loss is None else loss) * _worth(data, tuned):
        return tuned, 0.0, None
    points = tuple(replace(one, rounded=one is point) for one in tuned.points)
    better = 1.0 if metrics.get(tuned.metric).better == "higher" else -1.0
    return replace(tuned, points=points), better * gain if tuned.point == SMALL else 0.0, rounded


def rounding(
    work: Work, data: Material, tuned: Tuned, model: Assembly, exam: Exam
) -> tuple[Tuned, float, tuple[Missing, ...]]:
    """The same as `coarser`, where the coarser numbers can be made and proven as a graph; else why not.

    Args:
        work: the running step.
        data: the development rows.
        tuned: what the search found.
        model: what ships, fitted on development rows.
        exam: proves a graph.

    Raises:
        MissingExtra: a library is missing.
        Corrupt: bytes are lost.
    """
    try:
        made, shift, rounded = coarser(work, data, tuned, model)
        if rounded is not None:
            exam.graph(rounded)
    except MACHINE:
        raise
    except Exception as problem:
        work.say(f"the small point keeps its numbers: {raised(problem)}")
        return tuned, 0.0, (Missing(f"coarser numbers of the point '{SMALL}'", raised(problem)),)
    return made, shift, ()


def shipping(model: Assembly, tuned: Tuned) -> Assembly:
    """What ships of a fitted model: itself, or with coarser numbers where its point has them."""
    return model.rounded() if any(p.rounded for p in tuned.points if p.name == tuned.point) else model


def moved(task: Task, prediction: Array, exact: Array, rounded: Array) -> Array:
    """Predictions moved as rounding moves others of the same rows: by as much in a value, or in log odds.

    Args:
        task: the task.
        prediction: predictions of any model, as `Task` says.
        exact, rounded: those of a model before and after its numbers were rounded.
    """
    from scipy.special import expit, logit, softmax

    if not task.labels:
        return np.asarray(prediction + (rounded - exact))
    shown, before, after = (np.clip(one, EDGE, 1 - EDGE) for one in (prediction, exact, rounded))
    if task.exclusive and shown.ndim == 2:
        return np.asarray(softmax(np.log(shown) + np.log(after) - np.log(before), axis=1))
    return np.asarray(expit(logit(shown) + logit(after) - logit(before)))


def _gain(
    work: Work, data: Material, tuned: Tuned, point: Point, models: tuple[Assembly, Assembly]
) -> tuple[float, float]:
    """How much better the second model is expected to score than the first, and the standard error."""
    some, wide = np.arange(len(data.scored)), any(c.wire in WIDE for c in data.recipe.schema.inputs)
    if len(some) > (most := FEW if wide else ROWS):
        some = np.sort(np.random.default_rng(work.seed).choice(some, most, replace=False))
    scored = data.scored[some]
    shown = [work.array("tune", f"prediction:{name}")[some].astype(np.float64) for name in point.weights]
    mixed = blend(shown, np.array(list(point.weights.values())))
    rows, place = np.unique(scored, return_inverse=True)
    frame, known = data.frame[rows], Known()  # both have the same features
    said = [replace(model, form=("identity",)).predict(frame, known)[place] for model in models]
    form: Any = tuple(point.form)
    told = [apply(form, one) for one in (moved(data.task, mixed, *said), mixed)]
    units = np.unique(work.array("protocol", "units")[scored], return_inverse=True)[1]
    return margin(metrics.get(tuned.metric), data.truth[scored], told, units, work.seed)


def _worth(data: Material, tuned: Tuned) -> float:
    """What the ensemble gains over the naive answer."""
    metric, truth = metrics.get(tuned.metric), data.truth[data.scored]
    naive = float(metric(truth, data.task.repeat(data.task.naive(data.truth), len(truth))))
    return metric.gain(tuned.points[0].score, naive)
