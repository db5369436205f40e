"""50 more hours: label or tune? What either buys, at the pace and the price that were measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.errors import InputError
from milepost.report.blocks import Chart
from milepost.report.charts import curve_band
from milepost.report.sentences import count, duration, figure, number, percent
from milepost.statistics.curves import FARTHEST, LearningCurve, fit_learning_curve
from milepost.statistics.intervals import Interval
from milepost.statistics.invest import HOURS, QUANTILES, data_or_model
from milepost.steps.team import Team
from milepost.steps.work import Work

Array = np.ndarray[Any, Any]
AHEAD = 6
"""Sizes beyond those measured for which the chart tells what is expected."""


@dataclass(frozen=True)
class Measured:
    """A learning curve as it was measured, on rows that its models had not learnt from.

    Args:
        sizes: training rows.
        losses: of each draw at each size.
        loss: what the loss is.
        source: whose models they were.
    """

    sizes: tuple[int, ...]
    losses: tuple[tuple[float, ...], ...]
    loss: str
    source: str


@dataclass(frozen=True)
class Buys:
    """Two ways to spend 50 hours, side by side.

    Args:
        measured: the learning curve.
        sizes: training rows, measured ones and those expected.
        loss: the expected loss at each; low, high: its 95 % interval.
        now: the largest size measured.
        rows: labels that are compared: as many as 50 hours bring, as far as the curve may be read and as are
            left; 0 where the seconds a label are not known.
        seconds: that a label takes, or None.
        price: of a label; unit: of the price.
        labels: what those labels buy, in units of the metric, or of the loss where `tuning` is None; 20 % to
            80 % of the refits.
        tuning: what 50 hours of tuning buy, or None where that cannot be told.
        choice: "label", "tune", "undecided", or "" where it cannot be told.
        sure: the share of refits of the curve in which labels buy more for their cost than tuning does at
            the upper end of its range; for "tune" less than at the lower end. None where nothing is compared.
        says: all of it in words.
    """

    measured: Measured
    sizes: tuple[int, ...]
    loss: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    now: int
    rows: int
    seconds: float | None
    price: float
    unit: str
    labels: tuple[float, float] | None = None
    tuning: tuple[float, float] | None = None
    choice: str = ""
    sure: float | None = None
    says: str = ""

    def chart(self) -> Chart:
        """The curve with its interval, measured and ahead."""
        title = f"The loss against labels: measured up to {count(self.now)}, expected beyond"
        spans = (self.sizes, self.loss, self.low, self.high)
        return curve_band(*spans, title, "labelled rows", self.measured.loss)


def of_road(work: Work) -> Measured | None:
    """The learning curve that `overfit` measured, or None."""
    grown = work.evidence["overfit"].findings.get("learning") if work.has("overfit") else None
    if not grown:
        return None
    losses = tuple(tuple(row) for row in grown["losses"])
    return Measured(tuple(grown["sizes"]), losses, "loss", f"{grown['learner']}, refitted by `overfit`")


def buys(work: Work, team: Team, measured: Measured) -> Buys | None:
    """Holds what more labels buy against what more tuning buys; None where the curve cannot be fitted.

    No sealed row has any part in it: the curve is of refits on development rows, the gain of tuning is what
    `tune` found.

    Args:
        work: work of any step.
        team: what people who label have done.
        measured: the learning curve.
    """
    width = max(map(len, measured.losses))
    table = [[*row, *[math.nan] * (width - len(row))] for row in measured.losses]
    try:
        curve = fit_learning_curve(measured.sizes, table)
        sizes = _sizes(measured.sizes, curve)
        spans = [curve.interval(size) for size in sizes]
    except InputError:
        return None
    now, could = int(measured.sizes[-1]), int(HOURS * 3600 / team.seconds) if team.seconds else 0
    rows = max(1, min(could, int((FARTHEST - 1) * now), team.left or could)) if could else 0
    made = Buys(
        measured, sizes, tuple(curve.predict(size) for size in sizes), tuple(span.low for span in spans),
        tuple(span.high for span in spans), now, rows, team.seconds, team.price, team.unit,
    )  # fmt: skip
    if curve.kind == "ill-behaved":
        says = "The losses do not fall and flatten as labels are added: what more would buy cannot be told."
        return replace(made, rows=0, says=says)
    return _compared(work, made, curve) if rows else replace(made, says=_bare(made, curve))


def _sizes(sizes: Sequence[int], curve: LearningCurve) -> tuple[int, ...]:
    if curve.kind == "ill-behaved":
        return tuple(sizes)
    ahead = np.geomspace(sizes[-1], curve.farthest, AHEAD + 1)[1:]
    return (*sizes, *(int(size) for size in ahead))


def _bare(made: Buys, curve: LearningCurve) -> str:
    double = curve.interval(2 * made.now)
    return (
        f"Twice the labels would bring the {made.measured.loss} to between {number(double.low)} and "
        f"{number(double.high)}; how long a label takes is not known, so that nothing is held against tuning."
    )


def _compared(work: Work, made: Buys, curve: LearningCurve) -> Buys:
    falls = np.maximum(curve.samples(made.now) - curve.samples(made.now + made.rows), 0.0)
    low, high = np.quantile(falls, QUANTILES)
    assert made.seconds is not None
    spent = f", for {number(made.rows * made.price)} {made.unit}".rstrip() if made.price else ""
    paid = f"{count(made.rows)} more rows take {duration(made.rows * made.seconds)}{spent}"
    told = f"{HOURS:.0f} more hours: label or tune? At {duration(made.seconds)} a label {paid}"
    tuned = work.evidence["tune"].findings.get("hours") if work.has("tune") else None
    if not tuned or not any(tuned.get("exchange", ())):
        says = (
            f"{told} and lower the {made.measured.loss} by {number(low)} to {number(high)}; what tuning buys "
            "is told once `tune` has tried enough."
        )
        return replace(made, labels=(float(low), float(high)), says=says)
    near, far = tuned["exchange"]
    labels = Interval(float(low) * near, float(high) * far, QUANTILES[1] - QUANTILES[0], "refits")
    tuning = Interval(tuned["tuning_low"], tuned["tuning_high"], labels.level, labels.method)
    costs = (made.rows * made.seconds / 3600, HOURS)
    hourly = work.brief.value.hour_cost
    if made.price and hourly:
        costs = (made.rows * made.price, HOURS * hourly)
    better = data_or_model(labels, costs[0], tuning, costs[1]).choice
    choice = {"data": "label", "model": "tune", "undecided": "undecided"}[better]
    worth = falls * (near + far) / 2 / costs[0]
    more = float((worth > tuning.high / costs[1]).mean())
    less = float((worth < tuning.low / costs[1]).mean())
    sure = less if choice == "tune" else more
    words = choice if choice != "undecided" else "neither is clearly the better buy"
    says = (
        f"{told} and better the metric by {figure(labels.low)} to {figure(labels.high)}; {HOURS:.0f} hours "
        f"of tuning by {figure(tuning.low)} to {figure(tuning.high)}: {words}. {_sure(more, less)}"
    )
    both = (labels.low, labels.high), (tuning.low, tuning.high)
    return replace(made, labels=both[0], tuning=both[1], choice=choice, sure=sure, says=says)


def _sure(more: float, less: float) -> str:
    return (
        f"For their cost, labels buy more than the upper end of that range in {percent(more)} of the refits "
        f"of the curve, and less than the lower end in {percent(less)}."
    )
