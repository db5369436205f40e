"""The expectation sentence: counts a day with intervals, or errors in the target's unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.brief import Value
from milepost.report.sentences import count, percent
from milepost.statistics.expectation import Expectation, Outcomes, Traffic, daily_counts
from milepost.statistics.intervals import wilson
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Expected:
    """What may be expected.

    Args:
        sentence: the expectation in one or two sentences.
        scenarios: what changes when positives are half or twice as frequent.
        counts: caught, missed, false and flagged a day: mean, low, high; empty where not counted.
        tested: true positives, misses, false alarms and true negatives on the sealed rows, or empty.
    """

    sentence: str
    scenarios: tuple[str, ...]
    counts: dict[str, tuple[float, float, float]]
    tested: dict[str, int]


def expect(value: Value, task: Task, truth: Array, prediction: Array, threshold: float | None) -> Expected:
    """The expectation at the threshold, from the sealed rows.

    Args:
        value: the brief's traffic.
        task: the task.
        truth: truth of the sealed rows.
        prediction: predictions of the evaluated model on them.
        threshold: the decision threshold, or None.
    """
    if task.family == "binary" and threshold is not None:
        return _binary(value, task, truth, np.asarray(prediction), threshold)
    if task.labels:
        right = int((np.asarray(prediction).argmax(axis=1) == truth).sum())
        span = wilson(right, len(truth))
        shares = f"{percent(right / len(truth))} ({percent(span.low)} to {percent(span.high)})"
        return Expected(
            f"It names the right one of {len(task.labels)} classes in {shares} of cases.", (), {}, {}
        )
    errors = np.abs(
        np.asarray(prediction, np.float64).reshape(len(truth), -1) - truth.reshape(len(truth), -1)
    )
    parts = [
        f"{name}: off by {np.median(e):.4g} or less in half of the cases, by {np.quantile(e, 0.9):.4g} or less in 9 of 10"
        for name, e in zip(task.targets, errors.T, strict=True)
    ]
    return Expected("; ".join(parts) + ".", (), {}, {})


def _binary(value: Value, task: Task, truth: Array, prediction: Array, threshold: float) -> Expected:
    flagged = prediction.astype(np.float32) >= np.float32(threshold)
    ill = truth == 1
    cells = {
        "tp": int((flagged & ill).sum()),
        "fn": int((~flagged & ill).sum()),
        "fp": int((flagged & ~ill).sum()),
        "tn": int((~flagged & ~ill).sum()),
    }
    positives, rows = cells["tp"] + cells["fn"], len(truth)
    per_day = value.events_per_day or 1000.0
    prevalence: float | tuple[float, float] = value.prevalence or (positives, rows)
    tested, traffic = Outcomes(**cells), Traffic(per_day, prevalence)
    day = daily_counts(tested, traffic)
    unit = "a day" if value.events_per_day else f"in {count(1000)} cases"
    sentence = day_sentence(day, task.positive, unit, per_day)
    scenarios = []
    for factor, words in ((0.5, "half as frequent"), (2.0, "twice as frequent")):
        other = daily_counts(tested, traffic, factor=factor)
        scenarios.append(
            f"Were '{task.positive}' {words}: {other.caught.mean:.0f} caught, {other.missed.mean:.0f} missed, "
            f"{other.false.mean:.0f} flagged falsely {unit}."
        )
    counts = {
        n: (c.mean, c.low, c.high)
        for n, c in vars(day).items()
        if n in ("caught", "missed", "false", "flagged")
    }
    return Expected(sentence, tuple(scenarios), counts, cells)


def day_sentence(day: Expectation, positive: str, unit: str, per_day: float) -> str:
    """The chapter's sentence, from daily counts."""
    parts = [
        f"{c.mean:.0f} {word} ({c.low:.0f} to {c.high:.0f})"
        for c, word in ((day.caught, "caught"), (day.missed, "missed"), (day.false, "flagged falsely"))
    ]
    of = "" if unit.startswith("in") else f" of {count(round(per_day))} cases"
    return (
        f"Of the cases that are '{positive}' {unit}{of}, {parts[0]} and {parts[1]}; {parts[2]}. "
        f"Every {'flag is right' if day.precision >= 0.995 else f'flag is right in {percent(day.precision)} of cases'}."
    )
