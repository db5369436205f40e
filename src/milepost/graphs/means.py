"""Means of word vectors in a graph: words as hashes, vectors of 8 bits, sums in double precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.characters import Line

Array = np.ndarray[Any, Any]
TINY = 1e-12
"""A sum that is shorter has no direction."""


@dataclass(frozen=True, eq=False)
class Words:
    """Words with their vectors.

    Args:
        keys: their hashes, distinct, int64 (words,).
        values: their vectors in 8 bits, int8 (words, width).
        scale: what each vector is to be multiplied by, float32 (words,).
        weight: how much each counts in the weighted mean, float32 (words,).
    """

    keys: Array
    values: Array
    scale: Array
    weight: Array

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return int(self.values.shape[1])

    def rows(self, places: Array) -> Array:
        """The vectors of words and, beside them, the same weighted: float64 (places, 2 width)."""
        plain = self.values[places].astype(np.float64) * self.scale[places, None].astype(np.float64)
        return np.concatenate([plain, plain * self.weight[places, None].astype(np.float64)], axis=1)


def emit_means(builder: Builder, hashes: str, words: Words, length: float) -> str:
    """Adds the directions of a text's plain and weighted mean vector, and whether it has no word with one.

    Padding and unknown words are left out before anything is gathered, so that a row does not depend on its
    neighbours and the memory is that of the words that are known.

    Args:
        builder: the graph.
        hashes: int64 (rows, places), negative where there is none.
        words: the words with their vectors, at least one.
        length: the length that both means are brought to.

    Returns:
        float (rows, 2 width + 1); without a known word zeros and, last, a one.
    """
    line, count = Line(builder), len(words.keys)
    rows = line.shape(hashes, 0)
    flags = line.op("GreaterOrEqual", hashes, 0)
    found = builder.node("Compress", hashes, builder.node("Reshape", flags, builder.const([-1])))
    row = builder.node("Reshape", line.cut(builder.node("NonZero", flags), 0, 1, 0), builder.const([-1]))
    word = builder.node(
        "LabelEncoder",
        found,
        domain="ai.onnx.ml",
        keys_int64s=words.keys.tolist(),
        values_int64s=list(range(count)),
        default_int64=-1,
    )
    known = line.op("GreaterOrEqual", word, 0)
    # A word that belongs to no row stands at the end, so that nothing is ever empty.
    row = builder.node("Concat", builder.node("Compress", row, known, axis=0), rows, axis=0)
    word = builder.node(
        "Concat",
        builder.node("Compress", word, known, axis=0),
        builder.const(np.array([0], np.int64)),
        axis=0,
    )
    plain = _double(builder, words.values, word)
    plain = builder.node("Mul", plain, _double(builder, words.scale[:, None], word))
    heavy = builder.node("Mul", plain, _double(builder, words.weight[:, None], word))
    one = builder.const(np.array([1], np.int64))
    sizes = builder.node("Add", rows, one), builder.const(np.array([words.width], np.int64))
    places = builder.node("Unsqueeze", row, one)
    means = [_direction(line, (places, part), sizes, length) for part in (plain, heavy)]
    ones = builder.node("Expand", builder.const(np.float64(1)), builder.node("Shape", row))
    empty = line.zeros(sizes[0], dtype="double")
    total = builder.node("ScatterElements", empty, row, ones, axis=0, reduction="add")
    none = builder.cast(builder.node("Equal", total, builder.const(np.float64(0))), "float")
    features = builder.node("Concat", *means, builder.node("Unsqueeze", none, one), axis=1)
    return line.cut(features, 0, rows, 0)


def directions(sums: Array, known: Array, length: float) -> Array:
    """What `emit_means` makes of sums of vectors: float32 (rows, 2 width + 1).

    Args:
        sums: of plain and of weighted vectors, float64 (rows, 2 width).
        known: how many words of each row have a vector (rows,).
        length: the length that both means are brought to.
    """
    parts = np.split(sums, 2, axis=1)
    scaled = [
        part / np.maximum(np.sqrt((part * part).sum(1, keepdims=True)), TINY) * length for part in parts
    ]
    return np.concatenate([*scaled, (known == 0)[:, None]], axis=1).astype(np.float32)


def _double(builder: Builder, table: Array, places: str) -> str:
    """Rows of a table as double."""
    return builder.cast(builder.node("Gather", builder.const(table), places, axis=0), "double")


def _direction(line: Line, given: tuple[str, str], sizes: tuple[str, str], length: float) -> str:
    """Sums of vectors by row, brought to one length: float (rows + 1, width)."""
    builder = line.builder
    places, parts = given
    empty = line.zeros(*sizes, dtype="double")
    total = builder.node("ScatterND", empty, places, parts, reduction="add")
    square = builder.node("Mul", total, total)
    size = builder.node("Sqrt", builder.node("ReduceSum", square, builder.const([1]), keepdims=1))
    size = builder.node("Max", size, builder.const(np.float64(TINY)))
    unit = builder.node("Mul", builder.node("Div", total, size), builder.const(np.float64(length)))
    return builder.cast(unit, "float")
