"""What may be expected of a multiclass model: which classes it finds, and what it takes them for."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.brief import Value
from milepost.report.blocks import Table
from milepost.report.sentences import count, listed, percent, plural
from milepost.statistics.intervals import wilson
from milepost.steps.expect import PER, Expected, told
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
LEAST = 20
"""Sealed rows of a class, or answers of it, below which no share is told."""


def matrix(truth: Array, prediction: Array, classes: int) -> Array:
    """Counts (classes, classes), truth by answer.

    >>> matrix(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]), 2).tolist()
    [[1, 0], [1, 0]]
    """
    said = np.asarray(prediction).argmax(axis=1)
    return np.bincount(np.asarray(truth, np.int64) * classes + said, minlength=classes**2).reshape(
        classes, classes
    )


def expect_classes(value: Value, task: Task, truth: Array, prediction: Array) -> Expected:
    """The expectation of a multiclass task, from the sealed rows.

    Args:
        value: the brief's traffic.
        task: the task.
        truth: class codes of the sealed rows (n,).
        prediction: their probabilities (n, k).
    """
    counts = matrix(truth, prediction, len(task.labels))
    rows, right = len(truth), int(np.trace(counts))
    span = wilson(right, rows)
    per_day = value.events_per_day or PER
    named = tuple(per_day * share for share in (right / rows, span.low, span.high))
    whole = (
        f"Every day, of {count(per_day)} cases," if value.events_per_day else f"Of {count(per_day)} cases,"
    )
    sentence = (
        f"{whole} an average of {told((named[0], named[1], named[2]))} would be given the right one of the "
        f"{len(task.labels)} classes of '{task.targets[0]}', and {_rest(per_day, named)} a wrong one."
    )
    recalls = {label: wilson(int(counts[i, i]), int(counts[i].sum()))
               for i, label in enumerate(task.labels) if counts[i].sum() >= LEAST}  # fmt: skip
    more = [f"It is right in {percent(right / rows)} ({percent(span.low)} to {percent(span.high)}) of cases."]
    warnings = []
    if recalls:
        found = {label: counts[task.labels.index(label), task.labels.index(label)]
                 / counts[task.labels.index(label)].sum() for label in recalls}  # fmt: skip
        worst = min(found, key=lambda label: found[label])
        best = max(found, key=lambda label: found[label])
        if worst != best:
            more.append(
                f"It finds {worst} least often, in {percent(found[worst])} of its cases, and {best} most "
                f"often, in {percent(found[best])}."
            )
        lost = [label for label, interval in recalls.items() if interval.high < 0.5]
        if lost:
            warnings.append(f"Most cases of {listed(lost, 6)} are taken for something else.")
    few = [label for i, label in enumerate(task.labels) if counts[i].sum() < LEAST]
    if few:
        more.append(
            f"Too few sealed rows (under {LEAST}) to tell how often {listed(few, 6)} "
            f"{'is' if len(few) == 1 else 'are'} found."
        )
    more += _mistaken(task, counts)
    return Expected(
        sentence=sentence,
        more=tuple(more),
        warnings=tuple(warnings),
        rates={f"recall:{n}": (float(found[n]), i.low, i.high) for n, i in recalls.items()},
        tested={"right": right, "wrong": rows - right},
        tables=(_table(task, counts),),
    )


def _rest(per_day: float, named: tuple[float, ...]) -> str:
    return told((per_day - named[0], per_day - named[2], per_day - named[1]))


def _mistaken(task: Task, counts: Array) -> list[str]:
    """The commonest mistakes."""
    wrong = counts - np.diag(np.diag(counts))
    pairs = [divmod(int(i), len(counts)) for i in np.argsort(-wrong.ravel(), kind="stable")[:3]]
    parts = [
        f"{task.labels[i]} for {task.labels[j]} ({count(wrong[i, j])} of {plural(counts[i].sum(), 'case')})"
        for i, j in pairs
        if wrong[i, j] > 0
    ]
    return [f"The commonest mistakes: {listed(parts)}."] if parts else []


def _table(task: Task, counts: Array) -> Table:
    rows = []
    for i, label in enumerate(task.labels):
        total, said, hit = int(counts[i].sum()), int(counts[:, i].sum()), int(counts[i, i])
        rows.append((label, count(total), _share(hit, total), _share(hit, said)))
    head = ("class", "sealed rows", "share found", "share of its answers that are right")
    return Table(
        head,
        tuple(rows),
        f"Each class on the sealed rows: recall and precision with 95 % intervals from {LEAST} rows on",
    )


def _share(hits: int, total: int) -> str:
    if total < LEAST:
        return f"{hits} of {total}"
    span = wilson(hits, total)
    return f"{percent(hits / total)} ({percent(span.low)} to {percent(span.high)})"
