"""The gallery of surprising failures: confident and wrong, first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Failure:
    """One row that was answered wrongly with confidence.

    Args:
        said: what the model said.
        truth: what was true.
        loss: the row's loss.
        row: its column values as text, the most important first.
    """

    said: str
    truth: str
    loss: float
    row: dict[str, str]


def failures(
    task: Task, truth: Array, prediction: Array, frame: pl.DataFrame, columns: Sequence[str], most: int = 12
) -> tuple[Failure, ...]:
    """Returns the rows with the largest losses, at most two with equal shown values.

    Args:
        task: the task.
        truth: truth of the rows.
        prediction: their out-of-fold predictions.
        frame: their raw columns.
        columns: the columns to show, the most important first.
        most: how many rows.
    """
    losses = task.losses(truth, prediction)
    shown = [name for name in columns if name in frame.columns][:6]
    found: list[Failure] = []
    seen: dict[tuple[str, ...], int] = {}
    for index in np.argsort(-losses)[: most * 5]:
        row = {name: _text(frame[name][int(index)]) for name in shown}
        key = tuple(row.values())
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 2:
            continue
        said, true = _said(task, prediction[index]), _true(task, truth[index])
        found.append(Failure(said, true, float(losses[index]), row))
        if len(found) == most:
            break
    return tuple(found)


def _text(value: object) -> str:
    return "missing" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _said(task: Task, prediction: Any) -> str:
    if not task.labels:
        return ", ".join(f"{v:.4g}" for v in np.atleast_1d(prediction))
    if np.ndim(prediction) == 0:
        return f"{task.positive}: {float(prediction):.1%}"
    best = int(np.argmax(prediction))
    return f"{task.labels[best]}: {float(prediction[best]):.1%}"


def _true(task: Task, truth: Any) -> str:
    return task.labels[int(truth)] if task.labels else ", ".join(f"{v:.4g}" for v in np.atleast_1d(truth))
