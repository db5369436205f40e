"""Keys: values of one or several columns taken together, with means of the target and counts.

A pair of categories, such as a manager and a resource, may say what neither says alone; a whole number may be
the name of something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.graphs.lookup import emit_codes, emit_rows
from milepost.modalities.base import Array, Fitted, View
from milepost.modalities.category import frequent
from milepost.modalities.distinct import distinct, texts
from milepost.modalities.statistics import Statistics, learn, two
from milepost.modalities.tabled import Tabled, TabledVectorizer

KEYS = 10_000
"""Keys kept in a graph, by count."""
LEAST = 2
"""Rows that a key must have: of a single row, out-of-fold means show training nothing, but the table would
show production its answer."""
FAR = 2.0**60
"""Where numbers go that are no names: fractions, infinities, missing ones."""


@dataclass(frozen=True, eq=False)
class Names:
    """The known names of a column: texts, or whole numbers.

    Args:
        levels: texts with "" for missing, or whole numbers, int64; the commonest first.
        wire: the tensor type of the column.
    """

    levels: tuple[str, ...] | tuple[int, ...]
    wire: str

    @classmethod
    def of(cls, column: pl.Series, wire: str) -> Names:
        """Learns the names in a column."""
        if wire == "string":
            return cls(frequent(*texts(column)), wire)
        codes, values = distinct(pl.Series(_whole(column, wire)))
        counts = np.bincount(codes, minlength=len(values))
        numbers = values.to_numpy()
        order = np.lexsort((numbers, -counts))
        return cls(tuple(int(n) for n in numbers[order] if abs(n) < FAR), wire)

    def codes(self, column: pl.Series) -> Array:
        """The place of each row's name, int64 (rows,); `len(levels)` for what is not known."""
        known: Mapping[Any, int] = {level: at for at, level in enumerate(self.levels)}
        if self.wire == "string":
            codes, words = texts(column)
        else:
            codes, values = distinct(pl.Series(_whole(column, self.wire)))
            words = values.to_list()
        return np.array([known.get(word, len(known)) for word in words], np.int64)[codes]

    def emit(self, builder: Builder, raw: str) -> str:
        """Adds nodes from the raw tensor to int64 codes (rows, 1); once for all keys of a column."""
        if self.wire == "string":
            return emit_codes(builder, raw, cast(tuple[str, ...], self.levels))
        return builder.once(("names", raw, self.levels), lambda: self._numbers(builder, raw))

    def _numbers(self, builder: Builder, raw: str) -> str:
        if not self.levels:
            nothing = builder.cast(builder.node("IsNaN", raw), "int64")
            return builder.node("Mul", nothing, builder.const(np.array([[0]], np.int64)))
        number, far = builder.cast(raw, "double"), np.float64(FAR)
        whole = builder.node("Equal", number, builder.node("Floor", number))
        number = builder.node("Where", whole, number, builder.const(far))
        number = builder.node("Clip", number, builder.const(-far), builder.const(far))
        return builder.node(
            "LabelEncoder",
            builder.cast(number, "int64"),
            domain="ai.onnx.ml",
            keys_int64s=list(self.levels),
            values_int64s=list(range(len(self.levels))),
            default_int64=len(self.levels),
        )


def _whole(column: pl.Series, wire: str) -> Array:
    """A column of numbers as the graph reads it, int64 (rows,); FAR for what is no whole number."""
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        values = values.astype(np.float32).astype(np.float64) if wire == "float" else values
        whole = np.where(values == np.floor(values), values, FAR)
    return np.clip(whole, -FAR, FAR).astype(np.int64)


def joined(codes: list[Array], sizes: list[int]) -> Array:
    """Codes of several columns as one number each, int64 (rows,).

    >>> joined([np.array([0, 2]), np.array([1, 4])], [3, 5]).tolist()
    [1, 14]
    """
    key = codes[0].astype(np.int64)
    for each, size in zip(codes[1:], sizes[1:], strict=True):
        key = key * size + each
    return np.asarray(key)


def places(key: Array, keys: Array) -> Array:
    """The place of each key among sorted ones; their number for what is not among them.

    >>> places(np.array([7, 3, 9]), np.array([3, 7])).tolist()
    [1, 0, 2]
    """
    at = np.searchsorted(keys, key)
    padded = np.append(keys, -1)
    return np.where(padded[at] == key, at, len(keys))


@dataclass(frozen=True, eq=False)
class CrossFitted(Tabled):
    """A table with a row of features for each key; its last row is for all others.

    Args:
        features: their names; statistics of the target come last.
        columns: the raw columns.
        names: their known names.
        keys: the known keys, sorted, int64.
        table: float32 (keys + 1, features).
        statistics: how they were made.
    """

    features: tuple[str, ...]
    columns: tuple[str, ...]
    names: tuple[Names, ...]
    keys: Array
    table: Array
    statistics: Statistics

    def rows(self, columns: pl.DataFrame) -> Array:
        """The row of the table for each row, int64 (rows,)."""
        codes = [names.codes(columns[name]) for names, name in zip(self.names, self.columns, strict=True)]
        return places(joined(codes, self._sizes), self.keys)

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        codes = [names.emit(builder, tensor) for names, tensor in zip(self.names, raw, strict=True)]
        key = codes[0]
        for each, size in zip(codes[1:], self._sizes[1:], strict=True):
            key = builder.node("Mul", key, builder.const(np.array([[size]], np.int64)))
            key = builder.node("Add", key, each)
        if not len(self.keys):
            return emit_rows(
                builder, builder.node("Mul", key, builder.const(np.array([[0]], np.int64))), self.table
            )
        at = builder.node(
            "LabelEncoder",
            key,
            domain="ai.onnx.ml",
            keys_int64s=self.keys.tolist(),
            values_int64s=list(range(len(self.keys))),
            default_int64=len(self.keys),
        )
        return emit_rows(builder, at, self.table)

    @property
    def _sizes(self) -> list[int]:
        return [len(names.levels) + 1 for names in self.names]


@dataclass(frozen=True)
class CrossVectorizer(TabledVectorizer):
    """Learns the keys of columns, their counts, and smoothed means of the target by key.

    At most 10,000 keys are kept, the most frequent, and none that has a single row; all others are treated as
    unseen ones, together. For trees: means of the target and the share of the rows; for other views the means
    scaled and the log count.

    Args:
        columns: the raw columns.
        wires: their tensor types.
        view: for what kind of learner.
    """

    columns: tuple[str, ...]
    wires: tuple[str, ...]
    view: View
    uses_target: bool = True

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:
        assert target is not None
        pairs = list(zip(self.columns, self.wires, strict=True))
        names = tuple(Names.of(columns[name], wire) for name, wire in pairs)
        sizes = [len(each.levels) + 1 for each in names]
        codes = [each.codes(columns[name]) for each, name in zip(names, self.columns, strict=True)]
        key = joined(codes, sizes)
        known = np.all([code < size - 1 for code, size in zip(codes, sizes, strict=True)], axis=0)
        keys, counts = np.unique(key[known], return_counts=True)
        often = np.lexsort((keys, -counts))[:KEYS]
        keys = np.sort(keys[often][counts[often] >= LEAST])
        title = " x ".join(self.columns)
        rows = places(key, keys)
        statistics = learn(rows, len(keys) + 1, two(target), weight, self.view != "trees")
        counted = np.bincount(rows, minlength=len(keys) + 1).astype(np.float64)
        counted[-1] = 0.0
        table = np.column_stack(
            [self._counted(counted, rows), np.zeros((len(counted), len(statistics.rows)))]
        )
        named = (f"{title} {'share' if self.view == 'trees' else 'log count'}", *statistics.named(title))
        empty = CrossFitted(named, self.columns, names, keys, table.astype(np.float32), statistics)
        return replace(empty, table=empty.filled(rows, target, weight))

    def _counted(self, counted: Array, rows: Array) -> Array:
        """What the count of each key becomes."""
        if self.view == "trees":
            return np.asarray(counted / max(len(rows), 1))
        logs = np.log1p(counted)
        each = logs[rows]
        return np.asarray((logs - each.mean()) / (each.std() or 1.0))
