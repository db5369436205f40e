"""Piecewise linear and step functions of one number, in a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.forest import Forest, Tree
from milepost.graphs.lookup import emit_rows

Array = np.ndarray[Any, Any]
Kind = Literal["linear", "step"]


def emit_table(builder: Builder, x: str, knots_x: Array, knots_y: Array, kind: Kind = "linear") -> str:
    """Adds the function through knots and returns its float values (rows, 1) of a float tensor (rows, 1).

    "linear" joins neighbouring knots by straight lines, as numpy.interp does. "step" takes the value of the
    last knot at or before x. Both are constant beyond the ends; NaN stays NaN. A repeated knot is a jump, its
    last value holds at the knot. The segment is found by a binary search (one tree), so that thousands of
    knots cost about ten comparisons a row. Knots are rounded to float32.

    Args:
        builder: the graph.
        x: float tensor (rows, 1).
        knots_x: ascending (n,).
        knots_y: (n,).
        kind: "linear" or "step".
    """
    if kind == "linear":
        return emit_tables(builder, x, [(knots_x, knots_y)])
    starts, ends, _ = segments(knots_x, knots_y)
    segment = builder.cast(search(starts).emit(builder, x), "int64")
    result = emit_rows(builder, segment, np.append(ends[:1], ends)[:, None])
    return builder.node("Where", builder.node("IsNaN", x), x, result)


def emit_tables(builder: Builder, x: str, knots: Sequence[tuple[Array, Array]]) -> str:
    """Adds linear functions, one a column, as `emit_table` does one.

    Several columns lie as rows: constants then meet long rows, for which the runtime is ten times as quick.
    All segments are found by one forest, a tree a column.

    Args:
        builder: the graph.
        x: float tensor (rows, 1), or of several columns (columns, rows); the answer has its shape.
        knots: for each column its knots and their values.
    """
    found, several = [segments(*pair) for pair in knots], len(knots) > 1
    trees = [
        replace(tree, feature=np.full_like(tree.feature, at), output=at)
        for at, (starts, _, _) in enumerate(found)
        for tree in search(starts).trees
    ]
    forest = Forest(tuple(trees), len(found), (0.0,) * len(found))
    segment = forest.emit(builder, builder.node("Transpose", x) if several else x)
    segment = builder.cast(builder.node("Transpose", segment) if several else segment, "int64")
    if several:
        offsets = np.cumsum([0, *(len(table) for _, _, table in found[:-1])])
        segment = builder.node("Add", segment, builder.const(offsets[:, None]))
    table = np.concatenate([table for _, _, table in found]).astype(np.float32)
    read = builder.node("Gather", builder.const(table), segment)
    parts = [builder.node("Transpose", read, perm=[2, 0, 1])]
    low, width, start, rise = builder.nodes_out("Split", parts, 4, num_outputs=4)
    inside = x
    for nearer, end in (("Min", -1), ("Max", 0)):
        ends = builder.const(np.array([[starts[end]] for starts, _, _ in found], np.float32))
        inside = builder.node(nearer, inside, ends)
    share = builder.node("Div", builder.node("Sub", inside, low), width)
    result = builder.node("Add", start, builder.node("Mul", share, rise))
    return builder.node("Squeeze", result, builder.const(np.array([0])))


def through(x: Array, laid: tuple[Array, Array, Array]) -> Array:
    """The linear function of `emit_table` for numbers float32 (rows,), none of them NaN: the same bits.

    Args:
        x: the numbers.
        laid: the `segments` of its knots.
    """
    starts, _, table = laid
    segment = np.searchsorted(starts, x, "right")
    low, width, start, rise = (part[segment] for part in np.ascontiguousarray(table.T, np.float32))
    inside = np.where(x > starts[-1], starts[-1], x)
    inside = np.where(inside < starts[0], starts[0], inside)
    inside -= low
    inside /= width
    inside *= rise
    inside += start
    return np.asarray(inside)


def segments(knots_x: Array, knots_y: Array) -> tuple[Array, Array, Array]:
    """Where segments start, float32; the values there; and low, width, start, rise of each segment.

    Segment k lies between starts[k - 1] and starts[k]; it ends at the first value of a repeated knot.
    """
    at, values = np.asarray(knots_x, np.float32), np.asarray(knots_y, np.float64)
    last, first = np.append(at[1:] > at[:-1], True), np.append(True, at[1:] > at[:-1])
    starts, ends = at[last], values[last]
    width, rise = np.diff(starts), values[first][1:] - ends[:-1]
    low, start = np.concatenate([starts[:1], starts]), np.concatenate([values[:1], ends])
    table = np.column_stack([low, np.concatenate([[1], width, [1]]), start, np.concatenate([[0], rise, [0]])])
    return starts, ends, table


def search(starts: Array) -> Forest:
    """A balanced tree that counts the starts (ascending, float32) at or before x: 0 to len(starts)."""
    count = len(starts)
    below = np.nextafter(starts.astype(np.float32), np.float32(-np.inf)).astype(np.float64)
    order: list[int] = []
    left, right = np.zeros(count, np.int64), np.zeros(count, np.int64)

    def grow(low: int, high: int) -> int:
        """The subtree that tells low..high starts apart; its root's place in `order`, or a leaf."""
        if low == high:
            return ~low
        middle, place = (low + high) // 2, len(order)
        order.append(middle)
        left[place], right[place] = grow(low, middle), grow(middle + 1, high)
        return place

    grow(0, count)
    nodes = np.zeros(count, np.int64)
    leaves = np.arange(count + 1, dtype=np.float64)
    tree = Tree(nodes, below[order], left, right, nodes.astype(bool), leaves)
    return Forest((tree,), 1, (0.0,))
