"""Numbers: kept as they are for trees; imputed, scaled and with tamed tails for the dense view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.graphs.lookup import emit_lain
from milepost.graphs.table import emit_tables, segments, through
from milepost.modalities.base import RARE, Array, Facts, Fitted, Modality, Vectorizer, View, modalities
from milepost.modalities.kin import Kin, joined
from milepost.modalities.numeric import finite, heavy, quartiles, summary

SAMPLE = 200_000
BOUND = 8.0
FAR = 1e6
TAILS = np.array([0.0001, 0.001, 0.002, 0.005, 0.01])
SHARES = np.unique(np.concatenate([np.linspace(0, 1, 65), TAILS, 1 - TAILS]))
"""Where knots of normal scores lie, as shares of the rows."""
LEAST = 1e-30


@dataclass(frozen=True)
class Door:
    """What is done in double before a number becomes float32: (x - center) / unit.

    Args:
        center: the training median where float32 would blur the numbers, else 0.
        unit: the size of numbers that float32 cannot hold, above 1e30 or below 1e-30, else 1.
    """

    center: float = 0.0
    unit: float = 1.0

    def through(self, column: pl.Series) -> Array:
        """The same without a graph: float32 (rows,), NaN where missing, bit by bit."""
        column = column if column.dtype == pl.Float64 else column.cast(pl.Float64)
        values = np.asarray(column.to_numpy())  # what is null becomes NaN
        values = values - self.center if self.center else values
        with np.errstate(over="ignore"):
            values = values / self.unit if self.unit != 1 else values
            return values.astype(np.float32)


def enter(builder: Builder, doors: Sequence[Door], raw: Sequence[str]) -> str:
    """Adds what doors of numbers do, and the cast; returns float (rows, 1), of several (numbers, rows)."""
    centers, units = (np.array([[getattr(door, name)] for door in doors]) for name in ("center", "unit"))
    plain = not centers.any() and bool((units == 1).all())
    entered = [builder.cast(one, "float" if plain else "double") for one in raw]
    value = entered[0] if len(entered) == 1 else emit_lain(builder, entered)
    if centers.any():
        value = builder.node("Sub", value, builder.const(centers))
    if (units != 1).any():
        value = builder.node("Div", value, builder.const(units))
    return value if plain else builder.cast(value, "float")


@dataclass(frozen=True, eq=False)
class NumberTrees(Fitted):
    """A number as float32, NaN where missing."""

    features: tuple[str, ...]
    door: Door
    rising: tuple[int, ...] | None = (1,)

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        return enter(builder, (self.door,), raw)

    def shortcut(self, columns: pl.DataFrame) -> Array:
        """The features without the graph: the same bits."""
        return self.door.through(columns.to_series())[:, None]


@dataclass(frozen=True)
class Numbers(Kin):
    """Numbers of the same steps in the dense view.

    Args:
        features: 2 where each has a mark of its absence.
        plain: whether nothing is done in double.
        heavy: whether tails are laid out by normal scores.
    """

    features: int
    plain: bool
    heavy: bool

    def emit(self, builder: Builder, several: Sequence[NumberDense], raw: Sequence[tuple[str, ...]]) -> str:
        """Adds each step once for all of them."""
        return joined(builder, self.steps(builder, several, raw), 0)

    def steps(
        self, builder: Builder, several: Sequence[NumberDense], raw: Sequence[tuple[str, ...]]
    ) -> list[str]:
        """The numbers, and where each has a mark of its absence the marks: (rows, 1) or (numbers, rows)."""
        value = enter(builder, [one.door for one in several], [tensor for (tensor,) in raw])
        missing = builder.node("IsNaN", value)
        middle = builder.const(np.array([[one.middle] for one in several], np.float32))
        filled = builder.node("Where", missing, middle, value)
        knots = [(one.knots[0], one.knots[1]) for one in several if one.knots is not None]
        if self.heavy:
            result = emit_tables(builder, filled, knots)
        else:
            result = squash(builder, builder.node("Sub", filled, middle), [one.scale for one in several])
        return [result] if self.features == 1 else [result, builder.cast(missing, "float")]


@dataclass(frozen=True, eq=False)
class NumberDense(Fitted):
    """A number without missing values, between -8 and 8.

    Args:
        features: its name, and `... is missing` where five training rows or more had no value.
        door: what is done in double first; all that follows is in its units.
        middle: the training median; missing values take it.
        scale: the interquartile range, else the standard deviation, else 1.
        knots: for heavy tails, numbers and their normal scores, (2, n); else None.
    """

    features: tuple[str, ...]
    door: Door
    middle: float
    scale: float
    knots: Array | None

    @property
    def rising(self) -> tuple[int, ...] | None:  # type: ignore[override]
        """The number itself, not the mark of its absence."""
        return (1, 0)[: len(self.features)]

    @cached_property
    def _laid(self) -> tuple[Array, Array, Array]:
        """The segments of the knots."""
        assert self.knots is not None
        return segments(self.knots[0], self.knots[1])

    @property
    def kin(self) -> Numbers:  # type: ignore[override]
        """Numbers of the same steps."""
        return Numbers(len(self.features), self.door == Door(), self.knots is not None)

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        return joined(builder, self.kin.steps(builder, [self], [raw]), 1)

    def shortcut(self, columns: pl.DataFrame) -> Array:
        """The features without the graph: the same bits."""
        value, middle = self.door.through(columns.to_series()), np.float32(self.middle)
        missing = np.isnan(value)
        filled = np.where(missing, middle, value)
        if self.knots is None:
            result = _squashed(filled - middle, np.float32(self.scale))
        else:
            result = through(filled, self._laid)
        return result[:, None] if len(self.features) == 1 else np.column_stack([result, missing])


def squash(builder: Builder, away: str, scales: Sequence[float]) -> str:
    """Adds x / sqrt(1 + (x/8)^2) of x = away / scale: nearly x in the middle, within -8 and 8 everywhere.

    There is one scale for all, or one a column; several columns lie as rows.

    Robust scaling with smooth clipping (Holzmueller et al. 2024, "Better by default"), at 8 instead of 3:
    a linear model then still sees a straight line two or three interquartile ranges out. Infinity becomes 8.
    """
    x = builder.node("Div", away, builder.const(np.array(scales, np.float32)[:, None]))
    x = builder.node("Clip", x, builder.const(np.float32(-FAR)), builder.const(np.float32(FAR)))
    bent = builder.node("Div", x, builder.const(np.array([[BOUND]], np.float32)))
    square = builder.node("Add", builder.node("Mul", bent, bent), builder.const(np.array([[1]], np.float32)))
    return builder.node("Div", x, builder.node("Sqrt", square))


def _squashed(away: Array, scale: np.float32) -> Array:
    """The same without a graph, bit by bit."""
    x = np.clip(away / scale, np.float32(-FAR), np.float32(FAR))
    bent = x / np.float32(BOUND)
    return np.asarray(x / np.sqrt(bent * bent + np.float32(1)))


def normal_scores(values: Array) -> Array:
    """Knots (2, n) that take each value's mid-rank to a normal score, within -3.7 and 3.7.

    Args:
        values: finite numbers, ascending.
    """
    places = np.unique((SHARES * (len(values) - 1)).round().astype(np.int64))
    knots = np.unique(values[places])
    ranks = [np.searchsorted(values, knots, side) for side in ("left", "right")]
    middle = ((ranks[0] + ranks[1]) / 2 / len(values)).clip(1e-4, 1 - 1e-4)
    score = NormalDist().inv_cdf
    return np.stack([knots, [score(share) for share in middle.tolist()]])


@dataclass(frozen=True)
class NumberVectorizer(Vectorizer):
    """Learns median, scale and, for heavy tails, quantiles, on at most 200,000 rows.

    Light tails keep their shape (robust scaling, smooth clip). Heavy tails would be flattened by the clip, so
    they are laid out by normal scores, which keep the order in the tail.
    """

    name: str
    view: View
    wide: bool

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:  # noqa: ARG002
        if self.view == "trees" and not self.wide:
            return NumberTrees((self.name,), Door())
        values = finite(columns[self.name])
        gaps = len(columns) - len(values) >= RARE
        if len(values) > SAMPLE:
            values = np.random.default_rng(0).choice(values, SAMPLE, replace=False)
        values = np.sort(values) if len(values) else np.zeros(1)
        door = Door(*_door(values)) if self.wide else Door()
        values = values / door.unit - door.center / door.unit
        if self.view == "trees":
            return NumberTrees((self.name,), door)
        low, middle, high = quartiles(values)
        knots = normal_scores(values) if heavy(values, high - low) else None
        features = (self.name, f"{self.name} is missing") if gaps else (self.name,)
        scale = max((high - low) or float(values.std()) or 1.0, LEAST)
        return NumberDense(features, door, middle, scale, knots)


def _door(values: Array) -> tuple[float, float]:
    """The median, and the unit that brings numbers into float32's range."""
    size = float(np.abs(values).max())
    return float(values[len(values) // 2]), size if size > 1 / LEAST or 0 < size < LEAST else 1.0


class Number(Modality):
    """Quantities: counts, amounts, measurements."""

    name = "number"
    becomes = "as it is for trees; median, a missing mark and robust scaling for linear models and networks"

    def recognize(self, facts: Facts) -> tuple[float, str]:
        if facts.dtype == "bool":
            return 0.1, "true and false can be read as 1 and 0."
        if facts.dtype not in ("float", "int"):
            return 0.0, f"it holds {facts.dtype}, not numbers."
        return (
            0.8,
            f"it holds numbers from {facts.low:g} to {facts.high:g}."
            if facts.low is not None and facts.high is not None
            else "it is of a numeric type.",
        )

    def wire(self, facts: Facts) -> str:
        """Returns "double" where float32 would blur: large whole numbers, a range far from 0."""
        if facts.low is None or facts.high is None:
            return "float"
        size, span = max(abs(facts.low), abs(facts.high)), facts.high - facts.low
        blurred = size > 2.0**24 if facts.dtype == "int" else size > 1000 * span > 0
        return "double" if blurred or size > 1 / LEAST or 0 < size < LEAST else "float"

    def summarize(self, column: pl.Series) -> Mapping[str, Any]:
        return summary(column)

    def vectorizer(self, view: View, facts: Mapping[str, Facts]) -> Vectorizer:
        (one,) = facts.values()
        return NumberVectorizer(one.name, view, self.wire(one) == "double")

    def examples(self, column: pl.Series) -> list[Any]:
        """Returns missing, zero, the rounded middle, and values beyond both ends."""
        values = finite(column)
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
        low, high = max(low, -1e300), min(high, 1e300)
        span = (high - low) or abs(high) or 1.0
        middle = (low + high) / 2
        numbers = [0.0, float(f"{middle:.2g}"), low - span, high + span, low - 1e6 * span, high + 1e6 * span]
        if column.dtype.is_integer():
            # A 64-bit integer column must be able to hold them.
            return [None, *(int(min(max(number, -(2.0**62)), 2.0**62)) for number in numbers)]
        return [None, *numbers]


modalities.add("number", Number())
