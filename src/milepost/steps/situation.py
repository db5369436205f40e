"""What the choice of a protocol depends on: rows, classes, precision, and what a configuration would cost."""

from __future__ import annotations

from typing import Any

import polars as pl

from milepost import metrics
from milepost.statistics.protocol import CLASS_FLOOR, HOLDOUT_SHARE, Situation
from milepost.steps.measure import Findings as Measured
from milepost.steps.probe import tree_seconds
from milepost.steps.work import Work

TRAINS = 0.8
"""Share of the rows that trains in a fold."""
ROOM = 0.023
"""Share of the budget, on each processor, that trees may take on all folds: a dozen configurations, of which
others take twice as long, have to fit into the search."""
WANTING = 3.0
"""So many times as much where a holdout would judge with fewer rows than `JUDGE`, or few of a class."""
JUDGE = 2_500


def situation_of(
    work: Work, rows: pl.DataFrame, hang: tuple[int | None, bool], tolerance: float
) -> Situation:
    """What the choice of a protocol depends on; a loss has to be known to a share of the naive answer's.

    Args:
        work: the running step.
        rows: the development rows.
        hang: the number of groups, if rows hang together, and whether they are ordered in time.
        tolerance: half-width that is precise enough; of a loss as a share.
    """
    task, metric = work.task, metrics.get(work.found("measure", Measured).metric)
    truth = task.encode(rows.select(task.targets))
    rarest = task.rarest(truth) if task.labels else None
    losses = task.losses(truth, task.repeat(task.naive(truth), len(truth)))
    rate = "rate" if task.labels and (metric.better, metric.perfect) == ("higher", 1.0) else "loss"
    kinds: dict[str, Any] = {"auc": "auc", "proportion": "accuracy", "other": rate}
    kind = kinds.get(metric.kind, "loss")
    precise = tolerance * float(losses.mean()) if kind == "loss" else tolerance
    groups, timed = hang
    return Situation(
        rows=len(truth),
        rarest=rarest,
        metric=kind,
        spread=float(losses.std()) if kind == "loss" else None,
        tolerance=max(precise, 1e-12),
        fit_seconds=0.0 if timed else tree_seconds(work, rows, TRAINS),
        budget=_room(work, len(truth), rarest),
        groups=groups,
        time=timed,
    )


def _room(work: Work, rows: int, rarest: int | None) -> float:
    """Seconds on one thread that all folds of a configuration may take."""
    budget = work.brief.budget
    enough = HOLDOUT_SHARE * rows >= JUDGE
    enough &= rarest is None or HOLDOUT_SHARE * rarest >= CLASS_FLOOR
    return budget.seconds * budget.threads * ROOM * (1.0 if enough else WANTING)
