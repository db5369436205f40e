"""Piecewise linear and step functions of one number, in a graph."""

from __future__ import annotations

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
    starts, ends, table = _segments(knots_x, knots_y)
    segment = builder.cast(search(starts).emit(builder, x), "int64")
    if kind == "step":
        result = emit_rows(builder, segment, np.append(ends[:1], ends)[:, None])
        return builder.node("Where", builder.node("IsNaN", x), x, result)
    inside = builder.node(
        "Where", builder.node("Greater", x, builder.const(starts[-1:])), builder.const(starts[-1:]), x
    )
    inside = builder.node(
        "Where", builder.node("Less", x, builder.const(starts[:1])), builder.const(starts[:1]), inside
    )
    parts = builder.nodes_out("Split", [emit_rows(builder, segment, table)], 4, axis=1, num_outputs=4)
    share = builder.node("Div", builder.node("Sub", inside, parts[0]), parts[1])
    return builder.node("Add", parts[2], builder.node("Mul", share, parts[3]))


def through(x: Array, knots_x: Array, knots_y: Array) -> Array:
    """The linear function of `emit_table` for numbers float32 (rows,), none of them NaN: the same bits."""
    starts, _, table = _segments(knots_x, knots_y)
    low, width, start, rise = table.astype(np.float32)[np.searchsorted(starts, x, "right")].T
    inside = np.where(x > starts[-1], starts[-1], x)
    inside = np.where(inside < starts[0], starts[0], inside)
    return np.asarray(start + (inside - low) / width * rise)


def _segments(knots_x: Array, knots_y: Array) -> tuple[Array, Array, Array]:
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
