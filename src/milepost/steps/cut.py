"""What any threshold would do, from out-of-fold predictions: no sealed row is asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from milepost.brief import Value
from milepost.report.blocks import Chart
from milepost.report.charts import tradeoff
from milepost.statistics.expectation import Outcomes
from milepost.statistics.threshold import Tradeoff, tradeoff_curve
from milepost.steps.expect import Expected, expect, outcomes, scene
from milepost.steps.standing import validation
from milepost.steps.work import Work
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
TITLE = "What each threshold buys, out of fold"


@dataclass(frozen=True)
class Cuts:
    """Out-of-fold predictions of a binary task, and what each threshold does to them.

    Args:
        task: the task.
        value: the brief's traffic, costs and capacity.
        rows: the development row of each prediction; several where the folds were drawn repeatedly.
        truth: 0/1 of each.
        said: calibrated probability of each.
    """

    task: Task
    value: Value
    rows: Array
    truth: Array
    said: Array

    @classmethod
    def of(cls, work: Work) -> Cuts:
        """Reads what `protocol` and `tune` kept, and the truth of development rows."""
        packed = work.array("protocol", "folds")
        rows = np.concatenate([np.flatnonzero(row == 2) for row in packed])
        truth = work.task.encode(work.rows("development").select(work.task.targets))[rows]
        said = validation(work)
        return cls(work.task, work.brief.value, rows, truth, said)

    @cached_property
    def curve(self) -> Tradeoff:
        """Outcomes at about 200 thresholds, the highest first."""
        return tradeoff_curve(self.said, self.truth)

    @cached_property
    def once(self) -> Array:
        """One prediction a row: the first where there are several, since a row counts once."""
        return np.unique(self.rows, return_index=True)[1]

    def outcomes(self, threshold: float) -> Outcomes:
        """What a threshold does to the rows, each counted once."""
        return outcomes(self.truth[self.once], self.said[self.once], threshold)

    def expected(self, threshold: float) -> Expected:
        """What a day would bring at a threshold, were it like the development rows."""
        arrives = scene(self.value, self.task, self.truth[self.once])
        return expect(arrives, self.outcomes(threshold), threshold, full=False)

    def chart(self, threshold: float | None) -> Chart:
        """Positives caught by cases flagged, with a threshold marked."""
        curve, value = self.curve, self.value
        caught = curve.tp / np.maximum(1e-12, curve.tp + curve.fn)
        flagged = (curve.tp + curve.fp) / len(self.truth)
        numbers = flagged.tolist(), caught.tolist(), curve.thresholds.tolist()
        most = (
            value.capacity_per_day / value.events_per_day
            if value.capacity_per_day and value.events_per_day
            else None
        )
        return tradeoff(*numbers, threshold, TITLE, most)
