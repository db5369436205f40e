"""After the search: the calibrator, and the decision threshold to propose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from milepost.brief import Value
from milepost.report.sentences import percent
from milepost.statistics.calibration import calibrate, choose_calibrator
from milepost.statistics.calibrators import Form
from milepost.statistics.threshold import (
    Costs,
    best_threshold_by_cost,
    best_threshold_by_metric,
    capacity_threshold,
)
from milepost.tasks.base import Cut, Task
from milepost.training.calibrate import shifted, shrunk
from milepost.training.cuts import by_label

Array = np.ndarray[Any, Any]
VALUES = 60_000
"""At most so many probabilities, rows times classes, choose the calibrator."""
EACH = 4_000
"""So many rows at least choose the calibrator of a label."""
ROWS = 30_000
"""At most so many rows choose the threshold."""
FOLDS = 5
FEW = 10_000
"""Below so many rows it is told how sure an answer can be."""
SURE = 0.05
"""With a capacity, the accepted chance of a day that brings more flags than can be looked at."""


@dataclass(frozen=True)
class Calibrated:
    """The calibrator that was chosen.

    Args:
        form: its plain form, other shares of the classes in production composed into it.
        honest: predictions calibrated by what was fitted on other rows, without those shares; for scores.
        why: its name and why it was chosen.
    """

    form: Form
    honest: Array
    why: str


def calibrator(
    task: Task,
    prediction: Array,
    truth: Array,
    units: Array,
    seed: int,
    shares: Sequence[float] | None = None,
) -> Calibrated:
    """Chooses the calibrator out of fold; numbers have none.

    Args:
        task: the task.
        prediction: out-of-fold predictions.
        truth: their truth.
        units: rows of a unit stay in one fold.
        seed: of the folds.
        shares: shares of the classes in production, where they differ from those of the rows.
    """
    if not task.labels:
        return Calibrated(("identity",), prediction, "none: numbers are not calibrated")
    if not task.exclusive:
        return _each(task, prediction, truth, units, seed)
    width = prediction.shape[1] if prediction.ndim == 2 else 2
    step = max(1, -(-len(truth) * width // (2 * VALUES)))
    found = choose_calibrator(prediction[::step], truth[::step], groups=units[::step], seed=seed)
    form: Any = found.calibrator.form
    why = f"{found.calibrator.name}: {found.reason}"
    honest = _honest(found.calibrator.name, prediction, truth, units, seed)
    if shares is not None:
        old = np.bincount(np.asarray(truth, np.int64), minlength=len(task.labels)) / len(truth)
        form = shifted(form, old, np.asarray(shares))
        told = ", ".join(f"{s:.3g} of {name}" for name, s in zip(task.labels, shares, strict=True))
        why += f" Corrected for the shares of the classes in production ({told})."
    return Calibrated(form, honest, why)


def _each(task: Task, prediction: Array, truth: Array, units: Array, seed: int) -> Calibrated:
    """A calibrator a label, chosen from the label's own rows."""
    forms, honest, names = [], [], []
    step = max(1, -(-len(truth) // max(EACH, 2 * VALUES // len(task.labels))))
    for p, y in zip(prediction.T, truth.T, strict=True):
        found = choose_calibrator(p[::step], y[::step], groups=units[::step], seed=seed).calibrator
        forms.append(found.form)
        honest.append(_honest(found.name, p, y, units, seed))
        names.append(found.name)
    counts = {name: names.count(name) for name in dict.fromkeys(names)}
    why = "each label by itself: " + ", ".join(f"{name} for {n}" for name, n in counts.items())
    plain = set(names) == {"identity"}
    form: Form = ("identity",) if plain else ("labels", tuple(forms))
    return Calibrated(form, np.column_stack(honest), f"{why} of {len(names)} labels.")


def bounded(found: Calibrated, rows: int, shares: Array) -> Calibrated:
    """A calibrator whose answers are no surer than so many labelled rows can show.

    Args:
        found: what was chosen.
        rows: labelled rows, each counted once.
        shares: shares of the classes where it is to be used.
    """
    why = found.why
    if rows < FEW:
        why += f" No answer is surer than {rows:,} rows can show: 1 in {rows + 2:,} is left to the others."
    return replace(found, form=shrunk(found.form, rows, shares), why=why)


def _honest(name: str, prediction: Array, truth: Array, units: Array, seed: int) -> Array:
    """Predictions calibrated by fits on the other folds of units."""
    if name == "identity":
        return prediction
    names, place = np.unique(units, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(np.arange(len(names)) % FOLDS)[place]
    made = np.empty(prediction.shape)
    for part in np.unique(fold):
        held = fold == part
        rest = np.flatnonzero(~held)
        rest = rest[:: max(1, len(rest) // VALUES)]
        if len(np.unique(truth[rest])) < 2:
            return prediction
        made[held] = calibrate(name, prediction[rest], truth[rest], np.ones(len(rest)))(prediction[held])
    return made


@dataclass(frozen=True)
class Proposal:
    """A decision threshold with what is known of it; None where none is needed.

    Args:
        value: flag if probability >= value; a value a label where a row may bear several.
        low, high: where it would lie with other rows of the same kind.
        why: how it was found.
        flat: the range of thresholds that do as well within one standard error, or None.
        note: what else there is to know, a sentence or "".
    """

    value: Cut | None
    low: float | None
    high: float | None
    why: str
    flat: tuple[float, float] | None = None
    note: str = ""


@dataclass(frozen=True)
class Rows:
    """Out-of-fold rows from which a threshold is chosen.

    Args:
        frame: raw columns, for costs that are a column.
        units: their units of independence.
        weight: how much each row counts in production, or None.
    """

    frame: pl.DataFrame
    units: Array
    weight: Array | None = None


def propose(value: Value, task: Task, prediction: Array, truth: Array, rows: Rows, seed: int) -> Proposal:
    """Proposes the threshold from costs, else from the review capacity, else by balanced accuracy.

    Args:
        value: the brief's costs, capacity and traffic.
        task: the task; classes that exclude one another have a threshold only where there are two.
        prediction: calibrated out-of-fold probabilities.
        truth: their truth.
        rows: the rows they are of.
        seed: seed of the bootstrap.
    """
    if task.exclusive and not task.positive:
        return Proposal(None, None, None, "no threshold is needed")
    step = max(1, -(-len(truth) // ROWS))
    if not task.exclusive:
        return _several(value, task, (prediction[::step], truth[::step]), rows.frame[::step])
    p, y, frame = np.asarray(prediction)[::step], truth[::step], rows.frame[::step]
    groups = rows.units[::step]
    weight = np.ones(len(p)) if rows.weight is None else rows.weight[::step]
    if value.prevalence:
        weight = as_often(weight, y, value.prevalence)
    resamples = 300 if len(p) <= 10_000 else 150
    if value.cost_miss is not None and value.cost_false_alarm is not None:
        costs = Costs(
            fp=_cost(value.cost_false_alarm, frame) * weight, fn=_cost(value.cost_miss, frame) * weight
        )
        found = best_threshold_by_cost(p, y, costs, seed=seed, resamples=resamples, groups=groups)
        why = "the least cost of misses and false alarms"
        return Proposal(
            found.value,
            found.interval.low,
            found.interval.high,
            why,
            found.flat,
            _room(value, p, weight, found.value, seed),
        )
    if value.capacity_per_day and value.events_per_day:
        return _by_capacity(p, value.events_per_day, value.capacity_per_day, weight, (groups, seed))
    found = best_threshold_by_metric(p, y, "balanced_accuracy", seed=seed, resamples=resamples, groups=groups)
    why = "balanced accuracy, as no costs are stated"
    return Proposal(found.value, found.interval.low, found.interval.high, why, found.flat)


def _several(value: Value, task: Task, seen: tuple[Array, Array], frame: pl.DataFrame) -> Proposal:
    """A threshold a label: of the least cost where costs are stated, else of the best F1."""
    costs = None
    if value.cost_miss is not None and value.cost_false_alarm is not None:
        costs = (_cost(value.cost_false_alarm, frame), _cost(value.cost_miss, frame))
    found = by_label(task.labels, *seen, costs)
    return Proposal(found.values, None, None, found.why, None, found.note)


def as_often(weight: Array, truth: Array, prevalence: float) -> Array:
    """Returns weights (n,) under which positives are as frequent as in production, with the same mean.

    >>> as_often(np.ones(4), np.array([1, 1, 0, 0]), 0.1).tolist()
    [0.2, 0.2, 1.8, 1.8]
    """
    ill = truth == 1
    share = float(weight[ill].sum() / weight.sum())
    if not 0 < share < 1:
        return weight
    return np.asarray(weight * np.where(ill, prevalence / share, (1 - prevalence) / (1 - share)))


def _by_capacity(
    p: Array, events: float, capacity: float, weight: Array, draw: tuple[Array, int]
) -> Proposal:
    """The lowest threshold that the capacity allows, with a bootstrap interval."""
    generator, groups = np.random.default_rng(draw[1]), draw[0]
    if weight.min() < weight.max():  # as often as they come in production
        some = generator.choice(len(p), len(p), p=weight / weight.sum())
        p, groups = p[some], groups[some]
    most = max(1, int(capacity))
    found = capacity_threshold(p, events, most, risk=SURE)
    names, place = np.unique(groups, return_inverse=True)
    order = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place))
    parts = np.split(order, ends[:-1]) if len(names) < len(p) else None
    again = []
    for _ in range(100):
        some = generator.integers(0, len(names), len(names))
        rows = some if parts is None else np.concatenate([parts[i] for i in some])
        again.append(capacity_threshold(p[rows], events, most, risk=SURE).threshold)
    low, high = np.quantile(again, [0.025, 0.975])
    why = f"at most {capacity:g} cases flagged on {percent(1 - SURE)} of days"
    note = f"About {found.flagged:.0f} of {events:g} cases a day are flagged."
    return Proposal(found.threshold, float(low), float(high), why, None, note)


def _room(value: Value, p: Array, weight: Array, threshold: float, seed: int) -> str:
    """A warning where costs ask for more flags than can be looked at."""
    if not (value.capacity_per_day and value.events_per_day):
        return ""
    if weight.min() < weight.max():  # as often as they come in production
        p = np.random.default_rng(seed).choice(p, len(p), p=weight / weight.sum())
    flagged = float((p >= threshold).mean() * value.events_per_day)
    if flagged <= value.capacity_per_day:
        return f"It flags about {flagged:.0f} cases a day, of {value.capacity_per_day:g} that can be handled."
    tight = capacity_threshold(p, value.events_per_day, max(1, int(value.capacity_per_day)), risk=SURE)
    return (
        f"By costs alone it flags about {flagged:.0f} cases a day, more than the {value.capacity_per_day:g} "
        f"that can be handled: from {tight.threshold:.4f} on they would suffice on {percent(1 - SURE)} of "
        "days."
    )


def _cost(cost: float | str, rows: pl.DataFrame) -> float | Array:
    return float(cost) if not isinstance(cost, str) else rows[cost].cast(pl.Float64).fill_null(0.0).to_numpy()
