"""The expectation in numbers that a stakeholder knows: cases a day with intervals, or errors in units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from milepost.brief import Value
from milepost.errors import InputError
from milepost.report.blocks import Table
from milepost.report.sentences import count, interval, number, percent
from milepost.statistics.days import Days
from milepost.statistics.expectation import Count, Expectation, Outcomes, Traffic, daily_counts
from milepost.statistics.intervals import wilson
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
PER = 1000.0
"""Cases that counts are told of where the brief names no number a day."""
COMMON = 0.95
"""A share from which on twice as many is no longer told of: hardly anything else would be left."""
Spans = Mapping[str, tuple[float, float, float]]
KINDS = ("caught", "missed", "false", "flagged")


@dataclass(frozen=True)
class Expected:
    """What may be expected.

    Args:
        sentence: the expectation in one or two sentences.
        more: what belongs to it, a sentence each.
        warnings: what must not be overlooked.
        scenarios: what changes when positives are half or twice as frequent.
        counts: caught, missed, false and flagged a day: mean, low, high; empty where not counted.
        rates: rates on the sealed rows: value, low, high.
        tested: true positives, misses, false alarms and true negatives on the sealed rows, or empty.
        tables: details.
    """

    sentence: str
    more: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    counts: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    rates: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    tested: Mapping[str, int] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What arrives, and how it is spoken of.

    Args:
        traffic: cases a day, prevalence, dispersion.
        daily: the brief names a number a day; else counts are of 1,000 cases.
        thing: the class to find, in words: "late = true".
        origin: where the prevalence comes from.
        history: the days of the development rows, or None.
    """

    traffic: Traffic
    daily: bool
    thing: str
    origin: str
    history: Days | None = None

    @property
    def a_day(self) -> str:
        """ "a day", or of how many cases."""
        return "a day" if self.daily else f"of {count(self.traffic.per_day)} cases"

    def uneven(self, kind: str) -> float:
        """Variance over mean of a day's cases of a kind, as the days of the history had it; 1 is chance.

        Args:
            kind: "caught", "missed", "false" or "flagged".
        """
        history = self.history
        if history is None or kind not in history.uneven:
            return 1.0
        return max(1.0, 1.0 + (history.uneven[kind] - 1.0) * self.traffic.per_day / history.per_day)

    @property
    def flags(self) -> str:
        """How a sentence of what is flagged begins."""
        return "Every day" if self.daily else f"Of {count(self.traffic.per_day)} cases"

    @property
    def share(self) -> float:
        """The prevalence."""
        given = self.traffic.prevalence
        return given[0] / given[1] if isinstance(given, tuple) else given


def thing(task: Task) -> str:
    """The class to find in words, for any label: "late = true"."""
    return f"{task.targets[0]} = {task.positive}"


def scene(value: Value, task: Task, truth: Array, history: Days | None = None) -> Scene:
    """What arrives: traffic of the brief, prevalence of the brief or else of the sealed rows.

    Args:
        value: the brief's traffic.
        task: a binary task.
        truth: truth of the sealed rows, 0/1.
        history: the days of the development rows, or None.
    """
    per_day = value.events_per_day or PER
    positives, rows = int(np.sum(truth == 1)), len(truth)
    prevalence: float | tuple[float, float] = value.prevalence or (positives, rows)
    origin = "as milepost.toml says" if value.prevalence else f"as among the {count(rows)} sealed rows"
    spread = history.scaled(per_day) if history is not None and value.events_per_day else 1.0
    return Scene(
        Traffic(per_day, prevalence, spread), bool(value.events_per_day), thing(task), origin, history
    )


def outcomes(truth: Array, prediction: Array, threshold: float) -> Outcomes:
    """True positives, misses, false alarms and true negatives, compared in single precision as shipped."""
    flagged = np.asarray(prediction).astype(np.float32) >= np.float32(threshold)
    ill = truth == 1
    return Outcomes(
        tp=int((flagged & ill).sum()),
        fn=int((~flagged & ill).sum()),
        fp=int((flagged & ~ill).sum()),
        tn=int((~flagged & ~ill).sum()),
    )


def expect(scene: Scene, tested: Outcomes, threshold: float, full: bool = True) -> Expected:
    """The expectation of a binary task at a threshold.

    Args:
        scene: what arrives.
        tested: outcomes of the sealed rows at the threshold.
        threshold: the threshold.
        full: whether to tell of other prevalences too, which takes twice as long again.
    """
    cells = {name: int(n) for name, n in vars(tested).items()}
    try:
        day = daily_counts(tested, scene.traffic)
    except InputError as problem:
        rows = count(sum(cells.values()))
        text = f"Of what happens in a day nothing can be said from {rows} sealed rows: {problem.what}"
        return Expected(text, tested=cells)
    counts = {name: _span(name, getattr(day, name), scene) for name in KINDS}
    ill, well = cells["tp"] + cells["fn"], cells["fp"] + cells["tn"]
    missed, alarm = wilson(cells["fn"], ill), wilson(cells["fp"], well)
    rates = {
        "false_negative_rate": (cells["fn"] / ill, missed.low, missed.high),
        "false_positive_rate": (cells["fp"] / well, alarm.low, alarm.high),
        "precision": (day.precision, *_precision(tested, scene.share)),
    }
    return Expected(
        sentence=sentence(scene, rates, counts, threshold),
        more=_more(scene, day, (counts, rates), ill + well),
        scenarios=tuple(_scenario(scene, tested, *other) for other in others(scene) if full),
        counts=counts,
        rates=rates,
        tested=cells,
    )


def _span(name: str, found: Count, scene: Scene) -> tuple[float, float, float]:
    """Mean, low and high of a day; as wide as the days of the history were where that is wider."""
    low, high, history = found.low, found.high, scene.history
    near = history is not None and 0.5 <= scene.traffic.per_day / history.per_day <= 2
    if history is not None and near and scene.daily and name in history.uneven and name in history.spread:
        least, most = history.spread[name]
        low, high = min(low, least * found.mean), max(high, most * found.mean)
    return found.mean, low, high


def others(scene: Scene) -> tuple[tuple[float, str], ...]:
    """Other prevalences as factors, in words: half and twice, or the rest half as frequent."""
    share, half = scene.share, (0.5, f"{scene.thing} half as frequent")
    if 2 * share < COMMON:
        return half, (2.0, f"{scene.thing} twice as frequent")
    return half, ((1 + share) / (2 * share), f"all other cases half as frequent as against {scene.thing}")


def _precision(tested: Outcomes, share: float) -> tuple[float, float]:
    """95 % interval of the share of flags that are right, at a prevalence."""
    draw = np.random.default_rng(0)
    hit = draw.beta(tested.tp + 0.5, tested.fn + 0.5, 20_000) * share
    miss = draw.beta(tested.fp + 0.5, tested.tn + 0.5, 20_000) * (1 - share)
    low, high = np.quantile(hit / np.maximum(hit + miss, 1e-12), [0.025, 0.975])
    return float(low), float(high)


def sentence(
    scene: Scene,
    rates: Spans,
    counts: Spans,
    threshold: float,
) -> str:
    """The sentence of Chollet & Watson (2025, 6.3.1): rates, then counts of a day, each with its interval."""
    lost, alarm = (interval(*rates[f"false_{sign}_rate"], share=True) for sign in ("negative", "positive"))
    cases = count(scene.traffic.per_day)
    whole = f"Every day, of {cases} cases," if scene.daily else f"Of {cases} cases,"
    return (
        f"At the threshold {number(threshold)} the model misses {lost} of the cases with "
        f"{scene.thing} and falsely flags {alarm} of the others. {whole} an average of "
        f"{told(counts['false'])} would be flagged falsely, an average of {told(counts['missed'])} with "
        f"{scene.thing} would be missed, and an average of {told(counts['caught'])} would be caught."
    )


def _more(scene: Scene, day: Expectation, found: tuple[Spans, Spans], rows: int) -> tuple[str, ...]:
    counts, rates = found
    right = interval(*rates["precision"], share=True)
    flags = (
        f"{scene.flags} {told(counts['flagged'])} would be flagged, and {right} of the "
        f"flags would be right. {percent(scene.share)} of the cases have {scene.thing}, {scene.origin}."
    )
    history, uneven = scene.history, False
    if history is not None and scene.daily:
        uneven = any(counts[n][1:] != (getattr(day, n).low, getattr(day, n).high) for n in KINDS)
    if uneven and history is not None:
        times = max(history.uneven.values())
        why = (
            f"The ranges are those of {count(history.number)} days of history, scaled: 19 of 20 days lie "
            f"within. Days differ more than by chance (variance up to {number(times, 2)} times the mean), so "
            "that a single day can be far from the average."
        )
    elif scene.daily:
        why = (
            f"19 of 20 days lie within the ranges, which hold the chance of a day and what {count(rows)} "
            "sealed rows leave uncertain."
        )
        if scene.traffic.dispersion > 1.2:
            more = number(scene.traffic.dispersion, 2)
            why += f" The number of cases a day varies, with {more} times the variance of chance."
    else:
        why = "With events_per_day in milepost.toml this is told of a day."
    return flags, why


def _scenario(scene: Scene, tested: Outcomes, factor: float, words: str) -> str:
    other = daily_counts(tested, scene.traffic, factor=factor)
    right = interval(other.precision, *_precision(tested, factor * scene.share), share=True)
    spans = [told((c.mean, c.low, c.high)) for c in (other.caught, other.missed, other.false)]
    return (
        f"Were {words}: {spans[0]} caught, {spans[1]} missed and {spans[2]} flagged falsely "
        f"{scene.a_day}, with {right} of the flags right."
    )


def told(span: tuple[float, float, float]) -> str:
    """A mean with its range: "266 (234 to 299)"."""
    mean, low, high = span
    return f"{amount(mean)} ({amount(low)} to {amount(high)})"


def amount(value: float) -> str:
    """A number of cases: whole from 10 on, else to one decimal.

    >>> amount(265.9), amount(0.04), amount(3.25)
    ('266', '0.04', '3.2')
    """
    if value >= 9.95 or value == 0:
        return count(value)
    return number(value, 1 if value < 1 else 2)
