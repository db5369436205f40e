"""What a network makes of its features: numbers, piecewise linear pieces of them, embeddings of codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder

Array = np.ndarray[Any, Any]
BOUND = 10.0
"""Features are cut off at this size, so that no outlier drives an answer; scaled ones rarely reach it."""
SAMPLE = 50_000
"""Rows whose quantiles are the borders of pieces."""
MOST = 4_000
"""At most so many pieces in all; beyond that every feature has fewer, down to none."""


@dataclass(frozen=True)
class Encoder:
    """The first layer of a network, as plain arrays.

    A number is handed on as it is and, where pieces are asked for, as one value a piece: 0 below it, 1 above
    it, linear inside (Gorishniy, Rubachev & Babenko 2022), so that the first layer learns a bent line for
    each number. A code becomes the row of a table that is learnt.

    Args:
        numbers: columns that hold numbers.
        pieces: the column of each piece.
        low, span: where each piece begins, and how long it is.
        coded: columns that hold codes.
        tables: float32 (codes, size) of each of them.

    >>> made = Encoder.of(np.array([[0.0], [1.0], [2.0], [4.0]], np.float32), (), 2)
    >>> made.raw(np.float32([[3.0]])).round(2).tolist()
    [[3.0, 1.0, 0.6000000238418579]]
    """

    numbers: Array
    pieces: Array
    low: Array
    span: Array
    coded: Array
    tables: tuple[Array, ...] = ()

    @classmethod
    def of(cls, x: Array, codes: Sequence[int], pieces: int, size: int = 0) -> Encoder:
        """The encoder of training rows, with empty tables.

        Args:
            x: features float32 (rows, features).
            codes: number of codes of each feature, 0 for numbers; empty where all are numbers.
            pieces: pieces a number is cut into at its quantiles; numbers with two values have none.
            size: most numbers of an embedding; a feature with few codes has half as many numbers as codes.
        """
        counts = np.array(codes or [0] * x.shape[1], np.int64)
        numbers, coded = np.flatnonzero(counts == 0), np.flatnonzero(counts)
        most = min(pieces, MOST // max(1, len(numbers)))
        shown = np.clip(x[:: -(-len(x) // SAMPLE) or 1], -BOUND, BOUND)
        found: list[tuple[int, Array]] = []
        for column in numbers if most > 1 else ():
            edges = np.unique(np.quantile(shown[:, column], np.linspace(0, 1, most + 1)).astype(np.float32))
            if len(edges) > 2:
                found.append((int(column), edges))
        low = [edges[:-1] for _, edges in found]
        span = [np.diff(edges) for _, edges in found]
        tables = [np.zeros((int(counts[c]), min(size, int(counts[c] + 1) // 2)), np.float32) for c in coded]
        return cls(
            numbers,
            np.concatenate([np.full(len(e) - 1, c) for c, e in found] or [np.zeros(0, np.int64)]),
            np.concatenate([*low, np.zeros(0, np.float32)]).astype(np.float32),
            np.concatenate([*span, np.zeros(0, np.float32)]).astype(np.float32),
            coded,
            tuple(tables),
        )

    @property
    def width(self) -> int:
        """How many numbers it hands on."""
        return len(self.numbers) + len(self.pieces) + sum(int(table.shape[1]) for table in self.tables)

    def raw(self, x: Array) -> Array:
        """Float32 (rows, width) of features (rows, features)."""
        bounded = np.clip(np.asarray(x, np.float32), -BOUND, BOUND)
        parts = [bounded[:, self.numbers]]
        if len(self.pieces):
            with np.errstate(over="ignore"):  # far beyond a short piece is all of it
                parts.append(np.clip((bounded[:, self.pieces] - self.low) / self.span, 0, 1))
        for column, table in zip(self.coded, self.tables, strict=True):
            parts.append(table[np.asarray(x)[:, column].astype(np.int64)])
        return np.concatenate(parts, axis=1)

    def emit(self, builder: Builder, features: str) -> str:
        """Adds its nodes: from features (rows, features) to float (rows, width)."""
        bounds = builder.const(np.float32(-BOUND)), builder.const(np.float32(BOUND))
        bounded = builder.node("Clip", features, *bounds)
        parts = []
        if len(self.numbers):
            whole = not len(self.coded)
            parts.append(bounded if whole else self._columns(builder, bounded, self.numbers))
        if len(self.pieces):
            away = builder.node(
                "Sub", self._columns(builder, bounded, self.pieces), builder.const(self.low[None, :])
            )
            share = builder.node("Div", away, builder.const(self.span[None, :]))
            zero, one = builder.const(np.float32(0)), builder.const(np.float32(1))
            parts.append(builder.node("Clip", share, zero, one))
        for column, table in zip(self.coded, self.tables, strict=True):
            code = builder.node("Gather", features, builder.const(np.int64(column)), axis=1)
            parts.append(builder.node("Gather", builder.const(table), builder.cast(code, "int64"), axis=0))
        return parts[0] if len(parts) == 1 else builder.node("Concat", *parts, axis=1)

    def _columns(self, builder: Builder, tensor: str, places: Array) -> str:
        return builder.node("Gather", tensor, builder.const(np.asarray(places, np.int64)), axis=1)
