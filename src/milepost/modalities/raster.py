"""Pixels in a graph: resized without aliasing, by core operations that every runtime has."""

from __future__ import annotations

import numpy as np

from milepost.graphs.builder import Builder

RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""Shares of the colours in what looks equally bright (ITU-R BT.601)."""


def resize(builder: Builder, pixels: str, height: int, width: int) -> str:
    """Adds nodes that resize pixels of any size; returns float (rows, 3, height, width), 0 to 255.

    Each new pixel is the mean of the old ones around its place, weighted by a triangle whose half width is
    one pixel, new or old, whichever is larger: the antialiased bilinear filter of Pillow, from which it
    differs by rounding. It is written as two products of matrices, as the operator `Resize` of ONNX Runtime
    1.32 differs from that filter by up to 17 of 255 where it shrinks pictures.

    Args:
        builder: the graph.
        pixels: uint8 (rows, any height, any width, 3).
        height, width: the new size.
    """
    planes = builder.node("Transpose", pixels, perm=[0, 3, 1, 2])
    shape = builder.node("Shape", planes)
    lines = builder.node("MatMul", _shares(builder, shape, 2, height), builder.cast(planes, "float"))
    across = builder.node("Transpose", _shares(builder, shape, 3, width), perm=[1, 0])
    return builder.node("MatMul", lines, across)


def _shares(builder: Builder, shape: str, axis: int, size: int) -> str:
    """The share (size, old size) that each old line has in each new one."""
    old = builder.node("Gather", shape, builder.const(np.int64(axis)))
    step = builder.node("Div", builder.cast(old, "float"), builder.const(np.float32(size)))
    reach = builder.node("Max", step, builder.const(np.float32(1)))
    places = builder.node("Range", builder.const(np.int64(0)), old, builder.const(np.int64(1)))
    middles = builder.node("Add", builder.cast(places, "float"), builder.const(np.float32(0.5)))
    goals = builder.node("Mul", builder.const((np.arange(size, dtype=np.float32) + 0.5)[:, None]), step)
    away = builder.node("Abs", builder.node("Sub", middles, goals))
    height = builder.node(
        "Relu", builder.node("Sub", builder.const(np.float32(1)), builder.node("Div", away, reach))
    )
    return builder.node(
        "Div", height, builder.node("ReduceSum", height, builder.const(np.array([1])), keepdims=1)
    )


def grey(builder: Builder, planes: str) -> str:
    """Adds a weighted mean of colours: from float (rows, 3, h, w) to (rows, 1, h, w)."""
    shares = builder.const(np.array([RED, GREEN, BLUE], np.float32)[None, :, None, None])
    return builder.node(
        "ReduceSum", builder.node("Mul", planes, shares), builder.const(np.array([1])), keepdims=1
    )


def whole(builder: Builder, values: str) -> str:
    """Adds rounding to whole numbers from 0 to 255, as floats."""
    low, high = builder.const(np.float32(0)), builder.const(np.float32(255))
    return builder.node("Clip", builder.node("Round", values), low, high)


def extent(builder: Builder, pixels: str) -> str:
    """Adds (rows, 2): binary logarithms of the size, the root of the pixels, and of width through height."""
    shape = builder.cast(builder.node("Shape", pixels), "float")
    row, high, wide = (builder.node("Gather", shape, builder.const(np.array([at]))) for at in (0, 1, 2))
    logs = [
        builder.node("Mul", builder.node("Log", one), builder.const(np.float32(1 / np.log(2))))
        for one in (high, wide)
    ]
    mean = builder.node("Mul", builder.node("Add", *logs), builder.const(np.float32(0.5)))
    both = builder.node("Concat", mean, builder.node("Sub", logs[1], logs[0]), axis=0)
    rows = builder.node("Concat", builder.cast(row, "int64"), builder.const(np.array([2])), axis=0)
    return builder.node("Expand", builder.node("Unsqueeze", both, builder.const(np.array([0]))), rows)


def looks(builder: Builder, planes: str, colours: bool) -> str:
    """Adds brightness, contrast and, of colours, colourfulness (rows, 2 or 3), as shares of full white.

    Contrast is the standard deviation of the shades; colourfulness is that of Hasler & Süsstrunk (2003).

    Args:
        builder: the graph.
        planes: float (rows, 3, height, width), or one channel where there are no colours, 0 to 255.
        colours: whether there are three channels.
    """
    shares = builder.node("Div", planes, builder.const(np.float32(255)))
    mean, spread = _moments(builder, grey(builder, shares) if colours else shares)
    parts = [mean, spread]
    if colours:
        red, green, blue = builder.nodes_out("Split", (shares,), 3, axis=1, num_outputs=3)
        half = builder.const(np.float32(0.5))
        yellow = builder.node("Mul", builder.node("Add", red, green), half)
        first = _moments(builder, builder.node("Sub", red, green))
        second = _moments(builder, builder.node("Sub", yellow, blue))
        middle, around = (
            _root(builder, builder.node("Add", *(_square(builder, pair[at]) for pair in (first, second))))
            for at in (0, 1)
        )
        parts.append(builder.node("Add", around, builder.node("Mul", middle, builder.const(np.float32(0.3)))))
    return builder.node("Concat", *parts, axis=1)


def _moments(builder: Builder, planes: str) -> tuple[str, str]:
    """Mean and standard deviation (rows, 1) of one channel."""
    flat = builder.node("Flatten", planes, axis=1)
    one = builder.const(np.array([1]))
    mean = builder.node("ReduceMean", flat, one, keepdims=1)
    around = builder.node("ReduceMean", _square(builder, builder.node("Sub", flat, mean)), one, keepdims=1)
    return mean, _root(builder, around)


def _square(builder: Builder, tensor: str) -> str:
    return builder.node("Mul", tensor, tensor)


def _root(builder: Builder, tensor: str) -> str:
    return builder.node("Sqrt", tensor)
