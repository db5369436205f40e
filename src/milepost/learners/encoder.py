"""What a network makes of its features: numbers, piecewise linear pieces of them, embeddings of codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder

Array = np.ndarray[Any, Any]
BOUND = 1000.0
"""Scaled numbers are cut off at this size, so that their squares stay finite."""
CLIP = 3.0
"""Scaled numbers are bent smoothly towards this size, so that no outlier drives an answer."""
EPS = 1e-6
"""An interquartile range below it counts as this."""
SAMPLE = 50_000
"""Rows whose quantiles are the borders of pieces."""
MOST = 4_000
"""At most so many pieces in all; beyond that every feature has fewer, down to none."""


@dataclass(frozen=True)
class Encoder:
    """The first layer of a network, as plain arrays.

    A number is scaled by its median and quartiles and bent towards 3 where it is large (robust scaling and
    smooth clipping, Holzmueller, Grinsztajn & Steinwart 2024). Where pieces are asked for, it is handed on as
    one value a piece besides: 0 below it, 1 above it, linear inside (Gorishniy, Rubachev & Babenko 2022), so
    that the first layer learns a bent line for each number. A code becomes the row of a table that is learnt.

    Args:
        numbers: columns that hold numbers.
        middle, share: what is taken from each number, and what it is multiplied by then.
        pieces: the number, by its place among the numbers, of each piece.
        low, span: where each piece begins, and how long it is.
        coded: columns that hold codes.
        tables: float32 (codes, size) of each of them.

    >>> made = Encoder.of(np.array([[0.0], [1.0], [2.0], [4.0]], np.float32), (), 2)
    >>> made.raw(np.float32([[3.0]])).round(2).tolist()
    [[0.8199999928474426, 1.0, 0.6399999856948853]]
    """

    numbers: Array
    middle: Array
    share: Array
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
        sample = np.asarray(x[:: -(-len(x) // SAMPLE) or 1][:, numbers], np.float32)
        middle, share = robust(sample)
        shown = bent(sample, middle, share)
        found: list[tuple[int, Array]] = []
        for column in range(len(numbers) if most > 1 else 0):
            edges = np.unique(np.quantile(shown[:, column], np.linspace(0, 1, most + 1)).astype(np.float32))
            if len(edges) > 2:
                found.append((column, edges))
        low = [edges[:-1] for _, edges in found]
        span = [np.diff(edges) for _, edges in found]
        tables = [np.zeros((int(counts[c]), min(size, int(counts[c] + 1) // 2)), np.float32) for c in coded]
        return cls(
            numbers,
            middle,
            share,
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
        numbers = bent(np.asarray(x, np.float32)[:, self.numbers], self.middle, self.share)
        parts = [numbers]
        if len(self.pieces):
            with np.errstate(over="ignore"):  # far beyond a short piece is all of it
                parts.append(np.clip((numbers[:, self.pieces] - self.low) / self.span, 0, 1))
        for column, table in zip(self.coded, self.tables, strict=True):
            parts.append(table[np.asarray(x)[:, column].astype(np.int64)])
        return np.concatenate(parts, axis=1)

    def emit(self, builder: Builder, features: str) -> str:
        """Adds its nodes: from features (rows, features) to float (rows, width)."""
        parts = []
        if len(self.numbers):
            chosen = self._columns(builder, features, self.numbers) if len(self.coded) else features
            parts.append(self._bent(builder, chosen))
        if len(self.pieces):
            away = builder.node(
                "Sub", self._columns(builder, parts[0], self.pieces), builder.const(self.low[None, :])
            )
            share = builder.node("Div", away, builder.const(self.span[None, :]))
            zero, one = builder.const(np.float32(0)), builder.const(np.float32(1))
            parts.append(builder.node("Clip", share, zero, one))
        for column, table in zip(self.coded, self.tables, strict=True):
            code = builder.node("Gather", features, builder.const(np.int64(column)), axis=1)
            parts.append(builder.node("Gather", builder.weight(table), builder.cast(code, "int64"), axis=0))
        return parts[0] if len(parts) == 1 else builder.node("Concat", *parts, axis=1)

    def _bent(self, builder: Builder, numbers: str) -> str:
        node, const = builder.node, builder.const
        scaled = node("Mul", node("Sub", numbers, const(self.middle[None, :])), const(self.share[None, :]))
        scaled = node("Clip", scaled, const(np.float32(-BOUND)), const(np.float32(BOUND)))
        part = node("Div", scaled, const(np.float32(CLIP)))
        root = node("Sqrt", node("Add", node("Mul", part, part), const(np.float32(1))))
        return node("Div", scaled, root)

    def _columns(self, builder: Builder, tensor: str, places: Array) -> str:
        return builder.node("Gather", tensor, builder.const(np.asarray(places, np.int64)), axis=1)


def robust(x: Array) -> tuple[Array, Array]:
    """Median (features,) and what each feature is multiplied by: 1 over its interquartile range.

    Where that is 0, the feature is multiplied by 2 over its range; where that is 0 as well, by 0.

    >>> middle, share = robust(np.float32([[0, 5], [1, 5], [2, 5], [3, 5], [4, 5]]))
    >>> middle.tolist(), share.tolist()
    ([2.0, 5.0], [0.5, 0.0])
    """
    if not len(x):
        return np.zeros(x.shape[1], np.float32), np.ones(x.shape[1], np.float32)
    low, middle, high = np.quantile(x, [0.25, 0.5, 0.75], axis=0)
    between, whole = high - low, np.ptp(x, axis=0)
    wide = np.where(between > 0, between, whole / 2)
    share = np.divide(1.0, wide, out=np.zeros(x.shape[1]), where=wide > 0)
    return middle.astype(np.float32), np.minimum(share, 1 / EPS).astype(np.float32)


def bent(x: Any, middle: Any, share: Any) -> Any:
    """Scaled numbers, those beyond 3 bent towards it; arrays and tensors alike.

    >>> bent(np.float32([[0.5], [1e30]]), np.float32([0]), np.float32([2])).round(2).tolist()
    [[0.949999988079071], [3.0]]
    """
    scaled = ((x - middle) * share).clip(-BOUND, BOUND)
    return scaled / (1 + (scaled / CLIP) ** 2) ** 0.5
