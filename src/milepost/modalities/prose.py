"""Plain numbers about texts: how long, how many words, what share of capitals, digits, marks and the rest."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.characters import Line
from milepost.modalities.base import Array, View

NAMES = ("log length", "words", "capitals", "digits", "punctuation", "non-ASCII")
"""What is told of a text: the logarithm of 1 + its characters, its words, and shares of its characters."""


FAR = 3.0
"""A standardised number lies within these: a message of digits alone is no lever."""


@dataclass(frozen=True, eq=False)
class Scale:
    """How plain numbers are scaled.

    Args:
        middle: what is taken from each, float32 (6,).
        spread: what it is divided by, float32 (6,).
        far: how far from 0 it may lie then.
    """

    middle: Array
    spread: Array
    far: float

    @classmethod
    def fit(cls, texts: Sequence[bytes], view: View) -> Scale:
        """The scale of training texts: mean 0, deviation 1, none beyond 3; trees see numbers as they are."""
        middle, spread = np.zeros(len(NAMES)), np.ones(len(NAMES))
        if view == "trees" or not len(texts):
            return cls(middle.astype(np.float32), spread.astype(np.float32), float(np.finfo(np.float32).max))
        numbers = prose(texts).astype(np.float64)
        sd = numbers.std(0)
        spread = np.where(sd > 1e-6, sd, spread)
        return cls(numbers.mean(0).astype(np.float32), spread.astype(np.float32), FAR)

    def emit(self, builder: Builder, data: str) -> str:
        """Adds the scaled numbers of texts, float (rows, 6)."""
        numbers = builder.once(("prose", data), lambda: emit_prose(builder, data))
        away = builder.node("Sub", numbers, builder.const(self.middle[None]))
        away = builder.node("Div", away, builder.const(self.spread[None]))
        return builder.node("Clip", away, *(builder.const(np.float32(end)) for end in (-self.far, self.far)))

    def of(self, texts: Sequence[bytes]) -> Array:
        """The same without the graph, float32 (texts, 6)."""
        far = np.float32(self.far)
        return np.asarray(((prose(texts) - self.middle) / self.spread).clip(-far, far))


def _classes() -> Array:
    """For each byte: is it a character, a capital, a digit, punctuation, beyond ASCII, no space; uint8."""
    byte = np.arange(256)
    first = (byte > 0) & ((byte < 0x80) | (byte >= 0xC0))
    marks = np.isin(byte, list(string.punctuation.encode()))
    space = np.isin(byte, list(b"\0 \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"))
    capital = (byte >= 65) & (byte <= 90)
    digit = (byte >= 48) & (byte <= 57)
    return np.stack([first, capital, digit, marks, byte >= 0xC0, ~space]).astype(np.uint8)


CLASSES = _classes()


def emit_prose(builder: Builder, data: str) -> str:
    """Adds the numbers of texts; returns float (rows, 6).

    Args:
        builder: the graph.
        data: UTF-8 bytes, uint8 (rows, bytes), 0 beyond the end.
    """
    line = Line(builder)
    places = builder.cast(data, "int32")
    flags = [builder.cast(builder.node("Gather", builder.const(c), places), "int64") for c in CLASSES]
    inside = flags.pop()
    opens = builder.cast(builder.node("Greater", inside, line.cut(line.pad(inside, 1, 0), 0, -1)), "int64")
    axis = builder.const(np.array([1], np.int64))
    sums = [builder.node("ReduceSum", flag, axis, keepdims=1) for flag in (*flags, opens)]
    chars, words = sums[0], sums[-1]
    more = builder.cast(line.op("Add", chars, 1), "double")
    length = builder.cast(builder.node("Log", more), "float")
    whole = builder.cast(line.op("Max", chars, 1), "float")
    shares = [builder.node("Div", builder.cast(one, "float"), whole) for one in sums[1:-1]]
    return builder.node("Concat", length, builder.cast(words, "float"), *shares, axis=1)


def prose(texts: Sequence[bytes]) -> Array:
    """The same without the graph, float32 (texts, 6)."""
    buffer = np.frombuffer(b"".join(texts), np.uint8)
    ends = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    flags = CLASSES[:, buffer].astype(np.int64)
    inside = flags[-1]
    before = np.concatenate([[0], inside[:-1]]) if len(inside) else inside
    before[ends[:-1][ends[:-1] < len(inside)]] = 0
    opens = (inside > before).astype(np.int64)
    sums = np.concatenate([np.zeros((6, 1), np.int64), np.cumsum([*flags[:-1], opens], axis=1)], axis=1)
    chars, *parts, words = np.diff(sums[:, ends])
    whole = np.maximum(chars, 1).astype(np.float32)
    length = np.log((chars + 1).astype(np.float64)).astype(np.float32)
    shares = [part.astype(np.float32) / whole for part in parts]
    return np.stack([length, words.astype(np.float32), *shares], axis=1)
