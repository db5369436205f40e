"""Numbers made of two columns: ratios, differences, products, turned axes, days between, means of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.graphs.calendar import DAY
from milepost.graphs.lookup import emit_lookup
from milepost.graphs.session import run, session
from milepost.modalities.base import Array, Fitted, Vectorizer, View, feed, selected
from milepost.modalities.distinct import texts
from milepost.modalities.kin import Kin
from milepost.modalities.moment import MISSING
from milepost.modalities.number import NumberVectorizer
from milepost.modalities.numeric import finite

KINDS: Mapping[str, str] = {
    "ratio": "{0} / {1}",
    "product": "{0} * {1}",
    "difference": "{0} - {1}",
    "turned down": "{0} - {1}, each in its own spread",
    "turned up": "{0} + {1}, each in its own spread",
    "mean": "mean {0} of the same {1}",
    "deviation": "{0} less the mean of the same {1}",
}
"""Kinds of made numbers, and how each is called by its two columns; the last two read a number and a
category, the others two numbers or, a difference, two moments, as days."""
GROUPED = ("mean", "deviation")
TURNED = ("turned down", "turned up")
LEVELS = 1_000
"""Levels whose means are kept, the most frequent; others take the mean of all."""
WEIGHT = 5.0
"""Rows that the mean of all counts for in the mean of a group."""
FAR = 1e30
"""Ratios and products beyond it, which float32 can hardly hold, are brought nearer first."""
OPERATORS: Mapping[str, str] = {
    "ratio": "Div", "product": "Mul", "difference": "Sub", "turned down": "Sub", "turned up": "Add",
    "deviation": "Sub",
}  # fmt: skip


def title(kind: str, names: tuple[str, ...]) -> str:
    """How a made number is called.

    >>> title("ratio", ("debt", "income"))
    'debt / income'
    """
    return KINDS[kind].format(*names)


@dataclass(frozen=True, eq=False)
class Formula:
    """Arithmetic on two raw columns in double; NaN where one is missing, or a divisor is 0.

    Args:
        kind: one of `KINDS`.
        wires: the tensor types of its two columns.
        spreads: what each column is divided by where axes are turned.
        levels: levels of the category, where a group's mean is read.
        table: mean of each level, its last row of all rows, float32 (levels + 1, 1).
    """

    kind: str
    wires: tuple[str, ...]
    spreads: tuple[float, float] = (1.0, 1.0)
    levels: tuple[str, ...] = ()
    table: Array | None = None

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds its nodes; returns a double tensor (rows, 1)."""
        first = self._number(builder, raw, 0)
        if self.kind in GROUPED:
            assert self.table is not None
            mean = builder.cast(emit_lookup(builder, raw[1], self.levels, self.table), "double")
            return mean if self.kind == "mean" else builder.node("Sub", first, mean)
        second = self._number(builder, raw, 1)
        value = builder.node(OPERATORS[self.kind], first, second)
        if self.kind != "ratio":
            return value
        zero = builder.node("Equal", second, builder.const(np.zeros((1, 1))))
        return builder.node("Where", zero, builder.const(np.array([[np.nan]])), value)

    def _number(self, builder: Builder, raw: tuple[str, ...], side: int) -> str:
        """One column as double, in days where it holds moments."""
        value = builder.cast(raw[side], "double")
        if self.wires[side] == "int64":
            missing = builder.node("Equal", raw[side], builder.const(np.array([[MISSING]])))
            days = builder.node("Div", value, builder.const(np.array([[float(DAY)]])))
            return builder.node("Where", missing, builder.const(np.array([[np.nan]])), days)
        if self.kind in TURNED:
            value = builder.node("Div", value, builder.const(np.array([[self.spreads[side]]])))
        return value

    def values(self, columns: pl.DataFrame) -> Array:
        """The numbers of raw columns, float64 (rows,), by the same nodes."""
        builder = Builder()
        names = [f"column {side}" for side in range(2)]
        raw = tuple(builder.input(name, wire) for name, wire in zip(names, self.wires, strict=True))
        builder.output(self.emit(builder, raw), "value", "double", 1)
        tensors = [feed(columns[name], wire) for name, wire in zip(columns.columns, self.wires, strict=True)]
        (value,) = run(session(builder.model(), arena=False), dict(zip(names, tensors, strict=True))).values()
        return np.asarray(value[:, 0])


@dataclass(frozen=True)
class MadeKin(Kin):
    """Made numbers that are treated as numbers of a kin."""

    number: Kin

    def emit(self, builder: Builder, several: Sequence[Made], raw: Sequence[tuple[str, ...]]) -> str:
        """Adds each formula, and what follows once for all."""
        made = [(one.formula.emit(builder, own),) for one, own in zip(several, raw, strict=True)]
        return self.number.emit(builder, [one.number for one in several], made)


@dataclass(frozen=True, eq=False)
class Made(Fitted):
    """A made number, which then is treated as any other number of its view."""

    features: tuple[str, ...]
    formula: Formula
    number: Fitted

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        return self.number.emit(builder, (self.formula.emit(builder, raw),))

    @property
    def kin(self) -> MadeKin | None:  # type: ignore[override]
        """What is made of different columns, and then treated as numbers of a kin."""
        return None if self.number.kin is None else MadeKin(self.number.kin)


@dataclass(frozen=True)
class MadeVectorizer(Vectorizer):
    """Learns spreads or means of groups from training rows, then what a number of the view needs.

    Means of groups are of another column, never of the target, so that a row's own value may enter them.
    """

    kind: str
    names: tuple[str, ...]
    wires: tuple[str, ...]
    view: View

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:
        formula = Formula(self.kind, self.wires)
        if self.kind in TURNED:
            spreads = [spread(columns[name]) for name in self.names]
            formula = replace(formula, spreads=(spreads[0], spreads[1]))
        if self.kind in GROUPED:
            levels, table = means(columns[self.names[0]], columns[self.names[1]])
            formula = replace(formula, levels=levels, table=table)
        name = title(self.kind, self.names)
        values = pl.DataFrame({name: formula.values(selected(columns, self.names))})
        far = bool((np.abs(finite(values[name])) > FAR).any())
        number = NumberVectorizer(name, self.view, wide=far).fit(values, target, weight)
        return Made(number.features, formula, number)


def spread(column: pl.Series) -> float:
    """The interquartile range of a column's numbers, else their standard deviation, else 1.

    >>> spread(pl.Series([0, 1, 2, 3, 4]))
    2.0
    """
    known = column.cast(pl.Float64).drop_nulls().to_numpy()
    known = known[np.isfinite(known)]
    if not len(known):
        return 1.0
    low, high = np.quantile(known, [0.25, 0.75])
    return float(high - low) or float(known.std()) or 1.0


def means(numbers: pl.Series, groups: pl.Series) -> tuple[tuple[str, ...], Array]:
    """Levels of a category and the mean of a number in each, drawn a little to the mean of all.

    Args:
        numbers: (rows,); what is missing or infinite is left out.
        groups: (rows,); a missing value is a level of its own.

    Returns:
        The levels, the most frequent first, and float32 (levels + 1, 1); the last row is the mean of all.
    """
    codes, words = texts(groups)
    values: Any = numbers.cast(pl.Float64).fill_null(np.nan).to_numpy()
    known = np.isfinite(values)
    count = np.bincount(codes[known], minlength=len(words))
    total = np.bincount(codes[known], values[known], minlength=len(words))
    whole = float(values[known].mean()) if known.any() else 0.0
    mean = (total + WEIGHT * whole) / (count + WEIGHT)
    kept = sorted(range(len(words)), key=lambda i: (-count[i], words[i]))[:LEVELS]
    table = np.array([*(mean[i] for i in kept), whole], np.float32)[:, None]
    return tuple(words[i] for i in kept), table
