"""Milepost 5: the measure of success, its bar, and what a point of it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from milepost import metrics
from milepost.errors import InputError, did_you_mean
from milepost.report.blocks import Block, Facts, Text
from milepost.steps.base import Outcome, Step, Told
from milepost.steps.work import Work


@dataclass(frozen=True)
class Findings:
    """How success is measured.

    Args:
        metric: name of the metric of success.
        why: why this metric.
        better: "higher" or "lower".
        loss: the proper loss that tuning minimises.
        bar: the value the final model must reach, or None.
        also: further metrics that are always shown.
        cost_miss: cost of a missed positive, a number or a column, or "".
        cost_false: cost of a false alarm, a number or a column, or "".
        unit: unit of the costs.
        capacity: how many cases a day can be handled, or None.
        events: events a day, or None.
        prevalence: share of positives in production, or None.
    """

    metric: str
    why: str
    better: str
    loss: str
    bar: float | None
    also: tuple[str, ...]
    cost_miss: float | str | None
    cost_false: float | str | None
    unit: str
    capacity: float | None
    events: float | None
    prevalence: float | None


@dataclass(frozen=True)
class Measure(Step):
    """Chooses the metric, refuses an unfit one, and takes down costs and capacity."""

    name: ClassVar[str] = "measure"
    question: ClassVar[str] = "What is success, where is its bar, and what does an error cost?"
    after: ClassVar[tuple[str, ...]] = ("frame", "annotate", "understand")
    reads: ClassVar[tuple[str, ...]] = ("success", "value")
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Chooses or checks the metric."""
        task, brief = work.task, work.brief
        rows = work.rows("development")
        truth = task.encode(rows.select(task.targets))
        facts = metrics.facts(task.family, truth)
        chosen, why = metrics.default(task.family, facts)
        if brief.success.metric:
            chosen, why = metrics.get(brief.success.metric), "the brief names it."
        objection = metrics.unfit(chosen, task.family, facts)
        loss = metrics.proper(task.family)
        value = brief.value
        for cost in (value.cost_miss, value.cost_false_alarm):
            if isinstance(cost, str):
                _amounts(rows, cost)
        also = tuple(n for n in _also(task.family) if n not in (chosen.name, loss.name))
        findings = Findings(
            metric=chosen.name,
            why=why,
            better=chosen.better,
            loss=loss.name,
            bar=brief.success.bar,
            also=also,
            cost_miss=value.cost_miss,
            cost_false=value.cost_false_alarm,
            unit=value.cost_unit,
            capacity=value.capacity_per_day,
            events=value.events_per_day,
            prevalence=value.prevalence,
        )
        if objection:
            return Outcome(findings, "failed", f"The metric {chosen.name} is unfit: {objection}")
        bar = f", the bar is {brief.success.bar:g}" if brief.success.bar is not None else ", no bar is set"
        return Outcome(findings, "passed", f"Success is {chosen.name}: {why.rstrip('.')}{bar}.")

    def tell(self, told: Told) -> Sequence[Block]:
        """The measure in words."""
        found: Findings = told.findings
        facts = [
            ("metric of success", f"{found.metric} ({found.better} is better): {found.why}"),
            ("bar", "not set" if found.bar is None else f"{found.bar:g}"),
            ("tuned by", f"{found.loss}, a proper score; the threshold is chosen afterwards"),
        ]
        if found.cost_miss is not None or found.cost_false is not None:
            unit = f" {found.unit}" if found.unit else ""
            facts.append(("a miss costs", f"{found.cost_miss}{unit}"))
            facts.append(("a false alarm costs", f"{found.cost_false}{unit}"))
        if found.events:
            facts.append(("events a day", f"{found.events:g}"))
        if found.capacity:
            facts.append(("can be handled a day", f"{found.capacity:g}"))
        return [
            Facts(tuple(facts)),
            Text("Proper scoring for tuning, the decision metric for the threshold."),
        ]


def _amounts(rows: pl.DataFrame, name: str) -> None:
    """Makes sure that a column holds what an error costs.

    Raises:
        InputError: it is not there, holds no numbers, or negative ones.
    """
    if name not in rows.columns:
        raise InputError(f"there is no column '{name}' of costs.", todo=did_you_mean(name, rows.columns))
    column = rows[name]
    if not column.dtype.is_numeric() or column.null_count() == len(column):
        raise InputError(
            f"the cost column '{name}' holds no numbers.",
            expected="What an error costs in each row: a number of at least 0.",
            todo="Name another column under [value], or a number for all rows.",
        )
    below = int((column < 0).sum())
    if below:
        raise InputError(
            f"the cost column '{name}' is negative in {below:,} rows.",
            expected="What an error costs in each row: a number of at least 0.",
            todo="Mend the column, or name a number for all rows.",
        )


ALSO: Mapping[str, tuple[str, ...]] = {
    "binary": ("roc_auc", "average_precision", "log_loss", "brier"),
    "multiclass": ("log_loss", "accuracy", "balanced_accuracy"),
    "multilabel": (
        "macro_average_precision", "micro_average_precision", "roc_auc", "log_loss", "macro_f1", "micro_f1",
        "hamming_loss", "subset_accuracy",
    ),
    "regression": ("rmse", "mae", "r2"),
}  # fmt: skip


def _also(family: str) -> tuple[str, ...]:
    """Metrics shown beside the chosen one."""
    return ALSO[family]
