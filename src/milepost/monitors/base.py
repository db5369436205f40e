"""What a monitor is: it compares a window of requests with what is normal, and gives signals of a size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.data.content import Apart, apart, drawn, numbers
from milepost.data.schema import Column, Schema
from milepost.metrics.base import Metric
from milepost.modalities.base import text
from milepost.registry import Registry
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
LEAST_ROWS = 30
"""A window with fewer rows is not judged."""
TOLERATED = 0.1
"""The share of the gain over knowing nothing whose loss begins to matter."""


@dataclass(frozen=True)
class Signal:
    """One thing that a monitor saw in a window.

    Args:
        name: what it is, the same in every window: "drift age", "missing age", "estimated", "latency".
        column: the column it is about, or "".
        size: how large, 0 where nothing changed; larger is worse, and it does not grow with the rows alone.
        least: sizes below this do not matter.
        before, now: the two values behind it, for people.
        low, high: the interval of `now`; nan where it has none.
        says: one sentence.
        limited: the least size is a limit somebody set, not one to be found by looking back.
        parts: of a lost score what new inputs and what a changed relation explain, and the latter's standard
            error; None where that is not known.
    """

    name: str
    column: str
    size: float
    least: float
    before: float
    now: float
    says: str
    low: float = float("nan")
    high: float = float("nan")
    limited: bool = False
    parts: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Window:
    """Requests of one stretch of time.

    Args:
        name: its beginning.
        frame: raw columns (n).
        prediction: what was answered, shaped as the task's predictions.
        truth: truth as the task encodes it, of the rows in `known`; None where no outcome has arrived.
        known: the rows whose outcome has arrived.
        ms: milliseconds each answer took, or None.
        past: it is of the past, looked at for its sizes only: no interval is needed.
        errors: why requests were refused, one each; None where that is not known.
    """

    name: str
    frame: pl.DataFrame
    prediction: Array
    truth: Array | None = None
    known: Array | None = None
    ms: Array | None = None
    past: bool = False
    errors: Sequence[str] | None = None


@dataclass(frozen=True)
class Reference:
    """What is normal: rows that were predicted by models which did not train on them.

    Args:
        task: the task.
        metric: the metric of success.
        schema: the columns; its inputs are watched.
        frame: raw columns (n), in order of time where there is one.
        truth: their truth.
        prediction: their predictions.
        weight: how much each counts, or None.
        naive: the score of knowing nothing.
        limits: limits that were set, by name: "latency_ms".
        seed: of every draw.
        threads: that a fit may use.
        promised: the score on sealed rows, which production is held against; None: the score on these rows.
        doubt: its standard error.
        units: numbers of what belongs together, such as copies and groups, a number a row; None: each row.
    """

    task: Task
    metric: Metric
    schema: Schema
    frame: pl.DataFrame
    truth: Array
    prediction: Array
    weight: Array | None
    naive: float
    limits: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    threads: int = 1
    promised: float | None = None
    doubt: float = 0.0
    units: Array | None = None
    memory: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What monitors have made of these rows once, to be used for every window."""

    def part(self, rows: Array) -> Reference:
        """The same with some of the rows, which are held against their own score."""
        return Reference(
            self.task,
            self.metric,
            self.schema,
            self.frame[rows],
            self.truth[rows],
            self.prediction[rows],
            None if self.weight is None else self.weight[rows],
            self.naive,
            self.limits,
            self.seed,
            self.threads,
        )

    @property
    def watched(self) -> tuple[Column, ...]:
        """The input columns."""
        return tuple(c for c in self.schema.inputs if c.name in self.frame.columns)

    @property
    def score(self) -> float:
        """The score that is normal: the promised one where there is one."""
        return self.own if self.promised is None else self.promised

    @property
    def own(self) -> float:
        """The metric on these rows."""
        if "score" not in self.memory:
            extra = () if self.weight is None else (self.weight,)
            self.memory["score"] = float(self.metric(self.truth, self.prediction, *extra))
        return float(self.memory["score"])

    @property
    def gain(self) -> float:
        """How much better the model is than knowing nothing, in the metric; 0 where it is not."""
        found = self.metric.gain(self.own, self.naive)
        return found if np.isfinite(found) and found > 0 else 0.0

    def shares(self, column: str) -> pl.DataFrame:
        """The categories of a column with their share, the commonest first; missing is one of them."""
        name = f"shares {column}"
        if name not in self.memory:
            self.memory[name] = shares(self.frame[column])
        made: pl.DataFrame = self.memory[name]
        return made

    def values(self, column: str) -> Array:
        """The numbers of a column, sorted, without missing ones."""
        name = f"values {column}"
        if name not in self.memory:
            numbers = floats(self.frame[column])
            self.memory[name] = np.sort(numbers[~np.isnan(numbers)])
        return np.asarray(self.memory[name])

    def told_apart(self, window: Window, column: str, kind: str) -> tuple[Apart, Array, Array]:
        """How texts, images or sounds of a window differ, and which rows of either side were compared.

        A value of these rows counts once, and not where the window has it too: a copy that the classifier
        learnt from would give its twin away, and windows of the past have more twins than new ones.

        Args:
            window: the requests.
            column: a column that both have.
            kind: "text", "image" or "sound".

        Returns:
            The comparison, the places of these rows, and those of the window's that it is of.
        """
        name, known = f"content {column}", window.frame[column].is_not_null().to_numpy()
        if name not in self.memory:
            every = self.frame[column]
            once = np.flatnonzero((every.is_first_distinct() & every.is_not_null()).to_numpy())
            some = once[drawn(len(once), self.seed)]
            self.memory[name] = some, numbers(every[some], kind)
        some, made = self.memory[name]
        there = np.flatnonzero(known)
        now = there[drawn(len(there), self.seed)]
        new = window.frame[column][now]
        other = ~self.frame[column][some].is_in(new.unique().implode()).to_numpy()
        return apart(made[other], numbers(new, kind), self.seed), some[other], now

    def table(self, frame: pl.DataFrame) -> Array:
        """Rows as numbers (rows, k): categories by how common they are here, moments as hour and weekday."""
        parts: list[Array] = []
        for column in self.watched:
            if column.name not in frame.columns:
                parts += [np.full(frame.height, np.nan)] * (2 if column.modality == "moment" else 1)
            elif column.modality == "moment":
                parts += calendar(frame[column.name])
            elif column.modality == "category":
                known = self.shares(column.name)["value"]
                codes = text(frame[column.name]).replace_strict(
                    known, np.arange(len(known), dtype=np.float64), default=None, return_dtype=pl.Float64
                )
                parts.append(codes.fill_null(float("nan")).to_numpy())
            else:
                parts.append(floats(frame[column.name]))
        return np.column_stack(parts) if parts else np.empty((frame.height, 0))


class Monitor(ABC):
    """Something that is watched; one file and its test."""

    name: ClassVar[str]

    @abstractmethod
    def watch(self, window: Window, reference: Reference) -> list[Signal]:
        """The signals of a window, each with a size that is 0 where nothing changed."""


monitors: Registry[Monitor] = Registry("monitor", "milepost.monitors")


def shares(series: pl.Series) -> pl.DataFrame:
    """The categories of a column with their share, the commonest first; missing is one of them."""
    words = text(series).fill_null("").alias("value")
    counted = words.value_counts(name="n").sort(["n", "value"], descending=[True, False])
    return counted.select("value", (pl.col("n") / max(1, len(series))).alias("share"))


def floats(series: pl.Series) -> Array:
    """A column as floats, nan where it is missing or no number."""
    return series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy().astype(np.float64)


def calendar(series: pl.Series) -> list[Array]:
    """Hour and weekday of moments; nan where missing."""
    moments = series.cast(pl.Datetime("us"), strict=False)
    return [floats(part) for part in (moments.dt.hour(), moments.dt.weekday())]
