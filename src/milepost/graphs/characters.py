"""UTF-8 bytes to characters, in a graph, with integer operations only."""

from __future__ import annotations

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.codepoints import POINTS

_ROWS, _ALL = 0, np.iinfo(np.int64).max


class Line:
    """Short names for what is done to int64 tensors (rows, positions).

    Args:
        builder: the graph.
    """

    def __init__(self, builder: Builder) -> None:
        self.builder = builder

    def op(self, name: str, one: str, other: str | int) -> str:
        """A node of two inputs; a number becomes a constant."""
        second = self.builder.const(np.int64(other)) if isinstance(other, int) else other
        return self.builder.node(name, one, second)

    def where(self, test: str, yes: str | int, no: str | int) -> str:
        """`yes` where a test holds, else `no`."""
        sides = [self.builder.const(np.int64(s)) if isinstance(s, int) else s for s in (yes, no)]
        return self.builder.node("Where", test, *sides)

    def both(self, *tests: str) -> str:
        """Whether all tests hold."""
        first, *others = tests
        for other in others:
            first = self.builder.node("And", first, other)
        return first

    def cut(self, tensor: str, start: int | str, end: int | str = _ALL, axis: int = 1) -> str:
        """Positions from `start` to before `end`; negative numbers count from the end."""
        ends = [
            self.builder.const(np.array([e], np.int64)) if isinstance(e, int) else e for e in (start, end)
        ]
        return self.builder.node("Slice", tensor, *ends, self.builder.const(np.array([axis], np.int64)))

    def pad(self, tensor: str, before: int, after: int) -> str:
        """Zeros before and after."""
        return self.builder.node("Pad", tensor, self.builder.const(np.array([0, before, 0, after], np.int64)))

    def sums(self, tensor: str) -> str:
        """Sums up to each position, inclusive."""
        return self.builder.node("CumSum", tensor, self.builder.const(np.int64(1)))

    def shape(self, tensor: str, axis: int) -> str:
        """The size of an axis, int64 (1,)."""
        return self.builder.node("Shape", tensor, start=axis, end=axis + 1)

    def zeros(self, *sizes: str, dtype: str = "int64") -> str:
        """Zeros of a shape that is known when it runs."""
        import onnx.helper

        from milepost.graphs.builder import DTYPES

        shape = sizes[0] if len(sizes) == 1 else self.builder.node("Concat", *sizes, axis=0)
        value = onnx.helper.make_tensor("value", DTYPES[dtype], [1], [0])
        return self.builder.node("ConstantOfShape", shape, value=value)

    def scatter(self, flags: str, places: str, values: str, width: str) -> str:
        """Puts the values that have a flag into their places of a row (rows, width), 0 elsewhere.

        A row's flagged places differ; what has no flag adds nothing to place 0.
        """
        empty = self.zeros(self.shape(flags, 0), width)
        return self.builder.node(
            "ScatterElements",
            empty,
            self.where(flags, places, 0),
            self.where(flags, values, 0),
            axis=1,
            reduction="add",
        )


def emit_points(builder: Builder, data: str, longest: int) -> str:
    """Adds a decoder of UTF-8: from bytes to code points.

    A character cut at the end becomes some character; bytes that are no UTF-8 become characters, too.

    Args:
        builder: the graph.
        data: whole numbers 0 to 255 of any element type (rows, bytes), 0 beyond the end.
        longest: bytes that are read; what follows is cut.

    Returns:
        int64 (rows, 2 + the most characters of a row), a 0 before and zeros after.
    """
    line = Line(builder)
    raw = line.cut(builder.cast(data, "int64"), 0, longest)
    raw = line.cut(raw, 0, _reach(line, line.op("Greater", raw, 0), raw))
    next_bytes = [line.op("Mod", line.cut(line.pad(raw, 0, ahead), ahead), 64) for ahead in (1, 2, 3)]
    two = line.op("Add", line.op("Mul", line.op("Sub", raw, 0xC0), 64), next_bytes[0])
    tail = line.op("Add", line.op("Mul", next_bytes[0], 64), next_bytes[1])
    three = line.op("Add", line.op("Mul", line.op("Sub", raw, 0xE0), 4096), tail)
    tail = line.op("Add", line.op("Mul", tail, 64), next_bytes[2])
    four = line.op("Add", line.op("Mul", line.op("Sub", raw, 0xF0), 262_144), tail)
    point = line.where(line.op("Less", raw, 0xF0), three, four)
    point = line.where(line.op("Less", raw, 0xE0), two, point)
    point = line.where(line.op("Less", raw, 0x80), raw, point)
    point = line.op("Min", point, POINTS - 1)
    inner = line.both(line.op("GreaterOrEqual", raw, 0x80), line.op("Less", raw, 0xC0))
    first = builder.node("Not", inner)
    place = line.sums(builder.cast(first, "int64"))
    width = line.op("Add", line.shape(raw, 1), builder.const(np.array([2], np.int64)))
    spread = line.scatter(first, place, point, width)
    end = line.op(
        "Add", _reach(line, line.op("Greater", spread, 0), spread), builder.const(np.array([1], np.int64))
    )
    return line.cut(spread, 0, end)


def _reach(line: Line, flags: str, shaped: str) -> str:
    """How many positions there are up to the last flag of any row, at least one; int64 (1,)."""
    builder = line.builder
    count = builder.node("Squeeze", line.shape(shaped, 1))
    one = builder.const(np.int64(1))
    places = builder.node("Range", one, builder.node("Add", count, one), one)
    found = builder.node("Mul", builder.cast(flags, "int64"), places)
    most = builder.node("ReduceMax", found, keepdims=0)
    return builder.node("Unsqueeze", builder.node("Max", most, one), builder.const(np.array([0], np.int64)))
