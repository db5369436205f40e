"""Weighted bags of n-grams in a graph: sublinear counts, inverse document frequencies, unit length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.characters import Line
from milepost.graphs.ngrams import WORDS

Array = np.ndarray[Any, Any]


COUNTS = 1 + np.log(np.arange(1, 257, dtype=np.float64))
"""The weight of an n-gram that occurs once, twice, ... in a text; from 256 times on it stays the same."""


@dataclass(frozen=True, eq=False)
class Terms:
    """The n-grams that count.

    Args:
        keys: their hashes, ascending, int64 (terms,); those of words come last.
        idf: the weight of each, float32 (terms,).
    """

    keys: Array
    idf: Array

    @property
    def runs(self) -> int:
        """How many are runs of characters; the others are words and pairs of words."""
        return int(np.searchsorted(self.keys, WORDS))


@dataclass(frozen=True)
class Bag:
    """The n-grams of a batch, each once a row, as tensors.

    Args:
        row: the row of each, int64 (n,); the last one belongs to no row.
        term: its place among the terms, int64 (n,).
        value: its weight in the row, double (n,).
        rows: how many rows there are, int64 (1,).
    """

    row: str
    term: str
    value: str
    rows: str

    def dot(self, builder: Builder, slope: Array) -> str:
        """Adds the product with a table (terms, width), summed term by term; returns double (rows, width)."""
        line = Line(builder)
        parts = builder.node("Gather", builder.const(np.asarray(slope, np.float32)), self.term, axis=0)
        value = builder.node("Unsqueeze", self.value, builder.const([1]))
        parts = builder.node("Mul", builder.cast(parts, "double"), value)
        one = builder.const(np.array([1], np.int64))
        width = builder.const(np.array([slope.shape[1]], np.int64))
        empty = line.zeros(builder.node("Add", self.rows, one), width, dtype="double")
        places = builder.node("Unsqueeze", self.row, builder.const([1]))
        return line.cut(builder.node("ScatterND", empty, places, parts, reduction="add"), 0, self.rows, 0)


def emit_bag(builder: Builder, hashes: str, terms: Terms) -> Bag:
    """Adds the weights of the terms in each row: (1 + log count) * idf, runs and words of unit length apart.

    Equal n-grams of a row are found by sorting what is known of the whole batch, so that padding and unknown
    n-grams cost next to nothing and a row's sums do not depend on its neighbours. All is done in double
    precision by steps that are rounded alike everywhere: the same bits come out on any machine.

    Args:
        builder: the graph.
        hashes: int64 (rows, places), negative where there is none.
        terms: the n-grams that count, at least one.
    """
    key = ("bag", hashes, terms.keys.tobytes(), terms.idf.tobytes())
    return builder.once(key, lambda: _bag(builder, hashes, terms))


def _bag(builder: Builder, hashes: str, terms: Terms) -> Bag:
    line, count = Line(builder), len(terms.keys)
    rows = line.shape(hashes, 0)
    flags = line.op("GreaterOrEqual", hashes, 0)
    found = builder.node("Compress", hashes, builder.node("Reshape", flags, builder.const([-1])))
    row = line.cut(builder.node("NonZero", flags), 0, 1, 0)
    term = builder.node(
        "LabelEncoder",
        found,
        domain="ai.onnx.ml",
        keys_int64s=terms.keys.tolist(),
        values_int64s=list(range(count)),
        default_int64=-1,
    )
    places = line.op("Add", line.op("Mul", builder.node("Reshape", row, builder.const([-1])), count), term)
    known = builder.node("Compress", places, line.op("GreaterOrEqual", term, 0), axis=0)
    # One that belongs to no row stands at the end, so that nothing is ever empty.
    known = builder.node("Concat", known, line.op("Mul", rows, count), axis=0)
    ordered, _ = builder.nodes_out("TopK", (known, line.shape(known, 0)), 2, axis=0, largest=0, sorted=1)
    before = builder.node(
        "Concat", builder.const(np.array([-1], np.int64)), line.cut(ordered, 0, -1, 0), axis=0
    )
    new = builder.node("Not", builder.node("Equal", ordered, before))
    start = builder.node("Reshape", builder.node("NonZero", new), builder.const([-1]))
    once = builder.node("Gather", ordered, start, axis=0)
    end = builder.node("Concat", line.cut(start, 1, axis=0), line.shape(ordered, 0), axis=0)
    times = line.op("Min", line.op("Sub", builder.node("Sub", end, start), 1), len(COUNTS) - 1)
    row = line.op("Div", once, count)
    term = line.op("Mod", once, count)
    value = builder.node("Gather", builder.const(COUNTS), times, axis=0)
    idf = builder.cast(builder.node("Gather", builder.const(terms.idf), term, axis=0), "double")
    value = builder.node("Mul", value, idf)
    word = builder.cast(line.op("GreaterOrEqual", term, terms.runs), "int64")
    kind = builder.node("Add", line.op("Mul", row, 2), word)
    two = builder.node("Add", line.op("Mul", rows, 2), builder.const(np.array([2], np.int64)))
    square = builder.node("Mul", value, value)
    sums = line.zeros(two, dtype="double")
    sums = builder.node("ScatterElements", sums, kind, square, axis=0, reduction="add")
    length = builder.node("Sqrt", builder.node("Gather", sums, kind, axis=0))
    return Bag(row, term, builder.node("Div", value, length), rows)
