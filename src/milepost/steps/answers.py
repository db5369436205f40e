"""Answers that need no model: the best constant, the last value, the same season, the existing solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.brief.durations import seconds
from milepost.metrics.base import Metric
from milepost.steps.work import Work
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
ABSOLUTE = ("mae", "median_absolute_error", "mape", "pinball")
"""Metrics whose best constant is the median."""
DISTINCT = 0.9
"""Share of distinct times from which on rows follow one another, rather than lie side by side."""
STEADY = 0.9
"""Share of equal distances from which on times are regular."""
SEASONS: tuple[tuple[float, tuple[tuple[str, float], ...]], ...] = (
    (3600.0, (("day", 86_400.0), ("week", 604_800.0))),
    (86_400.0, (("week", 604_800.0), ("year", 365 * 86_400.0))),
    (604_800.0, (("year", 52 * 604_800.0),)),
    (31 * 86_400.0, (("year", 12 * 30.44 * 86_400.0),)),
)
"""Up to this distance of rows in seconds, which seasons are tried."""


@dataclass(frozen=True)
class Answer:
    """One way of answering, on all scored rows.

    Args:
        name: its name.
        kind: what it is, in words.
        prediction: in the order of `Material.scored`, shaped as the task's predictions.
        shown: the same as a metric of ranks should see it, where a constant a fold would rank the folds.
        seconds: what it took.
        rows: training rows it was limited to; 0 for all.
        cut: whether time ran out in some fit.
    """

    name: str
    kind: str
    prediction: Array
    shown: Array
    seconds: float = 0.0
    rows: int = 0
    cut: bool = False


def simple(work: Work, data: Material, metric: Metric) -> dict[str, Answer]:
    """Every answer without a model that applies to the task and its metric."""
    found = [constant(data, metric), *_timely(work, data), *_existing(work, data)]
    return {answer.name: answer for answer in found}


def constant(data: Material, metric: Metric) -> Answer:
    """The best constant of each fold's training rows: class shares, the mean, or the median."""
    labels, median = bool(data.task.labels), metric.name in ABSOLUTE

    def best(truth: Array) -> Array:
        return np.median(truth, axis=0) if median and not labels else data.task.naive(truth)

    parts = [data.task.repeat(best(data.truth[fold.train]), len(fold.valid)) for fold in data.folds]
    overall = data.task.repeat(best(data.truth), len(data.scored))
    name = "class shares" if labels else "median" if median else "mean"
    words = "how often each class occurs, for every row alike" if labels else "one number for every row"
    return Answer(name, words, np.concatenate(parts), overall if labels else np.concatenate(parts))


def _existing(work: Work, data: Material) -> list[Answer]:
    existing = work.brief.existing
    if not (existing.rule or existing.column):
        return []
    from milepost.learners.rule import Rule

    rule = Rule.of(existing.rule, existing.column, work.folder)
    parts = []
    for fold in data.folds:
        fitted = rule.fit(data.frame[fold.train], data.truth[fold.train], data.task)
        parts.append(fitted.predict(data.frame[fold.valid]))
    prediction = np.concatenate(parts)
    return [Answer("existing", f"existing solution: {rule.name}", prediction, prediction)]


def _timely(work: Work, data: Material) -> list[Answer]:
    """The last value known, and the value a season ago, for numbers that follow one another in time."""
    column, found = work.brief.data.time, work.evidence["collect"].findings
    if data.task.labels or not column or found["how"] not in ("time", "file"):
        return []
    if column not in data.frame.columns or data.frame[column].null_count():
        return []
    time = data.frame[column]
    stamps = (time.dt.epoch("s") if time.dtype.is_temporal() else time).cast(pl.Float64).to_numpy()
    if len(np.unique(stamps)) < DISTINCT * len(stamps):
        return []
    delay = seconds(work.brief.data.delay or "0s") if time.dtype.is_temporal() else 0.0
    told = "the last value known" + (f" after the delay of {work.brief.data.delay}" if delay else "")
    answers = [_answer(data, "last value", told, before(stamps, delay))]
    step, steady = spacing(stamps)
    if not steady or not time.dtype.is_temporal():
        return answers
    for name, lag in seasons(step):
        if lag >= max(delay, step) and lag < (stamps.max() - stamps.min()) / 2:
            answers.append(
                _answer(data, f"a {name} ago", f"the value one {name} earlier", before(stamps, lag, True))
            )
    return answers


def _answer(data: Material, name: str, kind: str, source: Array) -> Answer:
    """Targets of the rows `source` points to; the mean of the training rows where it points to none."""
    parts = []
    for fold in data.folds:
        prediction = np.asarray(
            data.task.repeat(data.task.naive(data.truth[fold.train]), len(fold.valid)), np.float64
        )
        known = source[fold.valid] >= 0
        prediction[known] = data.truth[source[fold.valid][known]]
        parts.append(prediction)
    joined = np.concatenate(parts)
    return Answer(name, kind, joined, joined)


def before(stamps: Array, lag: float, at: bool = False) -> Array:
    """For each row the newest other row that is at least `lag` older, or -1.

    Args:
        stamps: times of the rows (rows,), in any order.
        lag: how much older, in the unit of the times; with 0 any older row counts.
        at: look for the row nearest to `lag` ago, not older than that.

    >>> before(np.array([3.0, 1.0, 2.0]), 0.0).tolist(), before(np.array([3.0, 1.0, 2.0]), 2.0).tolist()
    ([2, -1, 1], [1, -1, -1])
    """
    order = np.argsort(stamps, kind="stable")
    ordered = stamps[order]
    side: Any = "right" if lag > 0 else "left"
    slack = 1e-9 * max(1.0, float(np.abs(stamps).max())) if at else 0.0
    place = np.searchsorted(ordered, stamps - lag + slack, side=side) - 1
    return np.where(place >= 0, order[np.maximum(place, 0)], -1)


def spacing(stamps: Array) -> tuple[float, bool]:
    """Returns the commonest distance of times, and whether nearly all are that far apart.

    >>> spacing(np.array([0.0, 60.0, 120.0, 180.0]))
    (60.0, True)
    """
    gaps = np.diff(np.unique(stamps))
    if not len(gaps):
        return 0.0, False
    middle = float(np.median(gaps))
    return middle, bool(np.mean(np.abs(gaps - middle) <= 0.1 * middle) >= STEADY)


def seasons(step: float) -> tuple[tuple[str, float], ...]:
    """Returns the seasons worth trying for rows that far apart: names and lengths in seconds.

    >>> [name for name, _ in seasons(3600.0)]
    ['day', 'week']
    """
    for most, found in SEASONS:
        if step <= most:
            return found
    return ()
