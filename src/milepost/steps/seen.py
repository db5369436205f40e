"""Out-of-fold predictions with their rows, each row once: what explains the model without the sealed rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from milepost.statistics.days import Days, days_of
from milepost.steps.standing import validation
from milepost.steps.work import Work
from milepost.tasks.base import Task
from milepost.training.material import Material

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Seen:
    """Development rows that were predicted by models which did not train on them.

    Args:
        task: the task.
        rows: their numbers among the development rows, rising.
        frame: their raw columns.
        truth: their truth.
        prediction: their calibrated out-of-fold predictions, of the first repeat where there are several.
        units: the unit of independence of each.
        day: the day of each development row, or None without a column of moments.
    """

    task: Task
    rows: Array
    frame: pl.DataFrame
    truth: Array
    prediction: Array
    units: Array
    day: Array | None

    @classmethod
    def of(cls, work: Work, data: Material) -> Seen:
        """Reads what `tune` and `protocol` kept, and `final` where members were left out."""
        rows, first = np.unique(data.scored, return_index=True)
        prediction = validation(work)[first]
        units = np.asarray(work.array("protocol", "units"))[rows]
        day = days(data.frame, work.brief.data.time)
        return cls(data.task, rows, data.frame[rows], data.truth[rows], prediction, units, day)

    @cached_property
    def losses(self) -> Array:
        """A loss a row, see `Task.losses`."""
        return self.task.losses(self.truth, self.prediction)

    def history(self, threshold: float) -> Days | None:
        """The days of the development rows, with what a threshold does on them."""
        if self.day is None:
            return None
        flagged, ill = self.prediction.astype(np.float32) >= np.float32(threshold), self.truth == 1
        kinds = {
            "caught": flagged & ill,
            "missed": ~flagged & ill,
            "false": flagged & ~ill,
            "flagged": flagged,
        }
        return days_of(self.day, self.rows, kinds)

    def thinned(self, most: int) -> Seen:
        """The same with at most so many rows, evenly spaced."""
        step = max(1, -(-len(self.rows) // most))
        if step == 1:
            return self
        kept = slice(None, None, step)
        return replace(
            self, rows=self.rows[kept], frame=self.frame[::step], truth=self.truth[kept],
            prediction=self.prediction[kept], units=self.units[kept],
        )  # fmt: skip


def days(frame: pl.DataFrame, column: str) -> Array | None:
    """The day of each row since 1970 by a column of moments; None where there is none."""
    if not column or column not in frame.columns or not frame[column].dtype.is_temporal():
        return None
    date = frame[column].cast(pl.Date)
    if date.null_count():
        return None
    return np.asarray(date.to_physical().to_numpy(), dtype=np.int64)
