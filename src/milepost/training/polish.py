"""After the search: the calibrator, and the decision threshold to propose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.brief import Value
from milepost.statistics.calibration import choose_calibrator
from milepost.statistics.calibrators import Form
from milepost.statistics.threshold import (
    Costs,
    best_threshold_by_cost,
    best_threshold_by_metric,
    capacity_threshold,
)
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
MOST = 50_000


def calibrator(task: Task, prediction: Array, truth: Array, units: Array, seed: int) -> tuple[Form, str]:
    """The calibrator's form and why it was chosen; the identity for numbers."""
    if not task.labels:
        return ("identity",), "none: numbers are not calibrated"
    step = max(1, -(-len(truth) // MOST))
    found = choose_calibrator(prediction[::step], truth[::step], groups=units[::step], seed=seed)
    return found.calibrator.form, f"{found.calibrator.name}: {found.reason}"


@dataclass(frozen=True)
class Proposal:
    """A decision threshold with its interval and how it was found; None where none is needed."""

    value: float | None
    low: float | None
    high: float | None
    why: str


def propose(
    value: Value, task: Task, prediction: Array, truth: Array, data: tuple[pl.DataFrame, Array], seed: int
) -> Proposal:
    """Proposes the threshold from costs, else from the review capacity, else by balanced accuracy.

    Args:
        value: the brief's costs, capacity and traffic.
        task: the task; only binary ones have a threshold.
        prediction: calibrated out-of-fold probabilities.
        truth: their truth.
        data: their rows, for costs that are a column, and their units of independence.
        seed: seed of the bootstrap.
    """
    if task.family != "binary":
        return Proposal(None, None, None, "no threshold is needed")
    step = max(1, -(-len(truth) // MOST))
    frame, units = data
    p, y, rows = np.asarray(prediction)[::step], truth[::step], frame[::step]
    groups = units[::step]
    if value.cost_miss is not None and value.cost_false_alarm is not None:
        costs = Costs(fp=_cost(value.cost_false_alarm, rows), fn=_cost(value.cost_miss, rows))
        found = best_threshold_by_cost(p, y, costs, seed=seed, groups=groups)
        why = "the least cost of misses and false alarms"
    elif value.capacity_per_day and value.events_per_day:
        limit = capacity_threshold(p, value.events_per_day, max(1, int(value.capacity_per_day))).threshold
        why = f"at most {value.capacity_per_day:g} cases flagged on 95 % of days"
        return Proposal(limit, limit, limit, why)
    else:
        found = best_threshold_by_metric(p, y, "balanced_accuracy", seed=seed, groups=groups)
        why = "balanced accuracy, as no costs are stated"
    return Proposal(found.value, found.interval.low, found.interval.high, why)


def _cost(cost: float | str, rows: pl.DataFrame) -> float | Array:
    return float(cost) if not isinstance(cost, str) else rows[cost].cast(pl.Float64).fill_null(0.0).to_numpy()
