"""Which task a target poses, and why."""

from __future__ import annotations

import polars as pl

from milepost.errors import InputError
from milepost.modalities.base import text
from milepost.tasks.base import Task, tasks
from milepost.tasks.checks import learnable
from milepost.tasks.labels import choose_positive


def infer(target: pl.DataFrame, name: str | None = None, positive: str = "") -> tuple[Task, str]:
    """Returns the task bound to target columns without missing values, and why it is this one, in a sentence.

    Args:
        target: the target columns of the labelled rows.
        name: the task's name if the brief gives it; else the one that suits best is taken.
        positive: the class to find in a binary task; else one that reads so, else the rarer.

    Raises:
        InputError: no task suits, or there is nothing to learn.
        UsageError: there is no task of that name.

    >>> task, why = infer(pl.DataFrame({"late": [True, False, False] * 4}))
    >>> task.name, task.labels
    ('binary', ('false', 'true'))
    >>> why
    "'late' is true or false; 'true' is counted as positive because it reads like the one to find."
    """
    if not target.width:
        raise InputError("there is no target column.", todo="Name the column to predict.")
    if name:
        kind, why = tasks[name], "the brief says so."
    else:
        rated = [(*kind.suits(target), kind) for kind in tasks.values()]
        sure, why, kind = max(rated, key=lambda entry: entry[0])
        if sure <= 0:
            for column in target.get_columns():
                learnable(column)
            raise _none(target)
    task = kind.bind(kind.meant(target), positive)
    if task.remark:
        why = f"{why.rstrip('.')}; {task.remark}"
    if not task.positive:
        return task, why
    _, because = choose_positive(text(target[task.targets[0]]), positive)
    if name and positive:
        return task, f"the brief says so, and that '{task.positive}' is the class to find."
    return task, f"{why.rstrip('.')}; '{task.positive}' is counted as positive because {because}."


def _none(target: pl.DataFrame) -> InputError:
    columns = ", ".join(f"'{name}' ({target[name].dtype})" for name in target.columns)
    return InputError(
        f"no task suits the target {columns}.",
        expected="One column of classes or numbers, or several columns of numbers.",
        todo="Choose one column, or turn a moment into a number first, such as minutes of delay.",
    )
