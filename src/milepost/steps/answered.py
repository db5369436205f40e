"""What the package said to requests: from their log, or asked again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost.data.traffic import Traffic
from milepost.shipping.batch import predict
from milepost.shipping.manifest import open_package
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]


def prediction(task: Task, made: Traffic, package: Path, threads: int = 1) -> tuple[Array, bool]:
    """Predictions shaped as the task's, and whether the package had to be asked.

    Args:
        task: the task.
        made: the requests.
        package: the package's folder, asked where an answer was not kept.
        threads: that it may use.

    Raises:
        InputError: it is asked, and the requests lack a column.
    """
    if made.answers is not None:
        found = _read(task, made.answers)
        if found is not None:
            return found, False
    answers = predict(open_package(package), made.frame, threads)
    found = _read(task, answers)
    assert found is not None
    return found, True


def names(task: Task) -> list[str]:
    """The columns of an answer that hold the prediction itself."""
    if task.family == "binary":
        return [f"proba_{task.positive}"]
    if task.labels:
        return [f"proba_{label}" for label in task.labels]
    return ["prediction"] if len(task.targets) == 1 else [f"prediction_{name}" for name in task.targets]


def _read(task: Task, answers: pl.DataFrame) -> Array | None:
    wanted = names(task)
    if any(name not in answers.columns for name in wanted):
        return None
    columns = [answers[name].cast(pl.Float64, strict=False) for name in wanted]
    if any(column.null_count() or not column.is_finite().all() for column in columns):
        return None
    wide = np.column_stack([column.to_numpy() for column in columns])
    return wide[:, 0] if wide.shape[1] == 1 else wide
