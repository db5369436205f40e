"""Areas that shapes have in common: boxes, polygons and masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Shape = Mapping[str, Any]


def iou(kind: str, a: Shape, b: Shape) -> float:
    """The area that two shapes share, as a share of the area that either covers (intersection over union).

    Args:
        kind: `boxes`, `polygons` or `mask`.
        a: a shape in canonical form; labels do not matter.
        b: another.

    Returns:
        Between 0 and 1. Masks of pictures of different sizes share nothing.
    """
    if kind == "mask":
        return _masks(a, b)
    if kind == "boxes" and "angle" not in a and "angle" not in b:
        return _upright(a, b)
    corners = box_corners if kind == "boxes" else _points
    one, two, both = areas(corners(a), corners(b))
    return both / (one + two - both) if both else 0.0


def box_corners(box: Shape) -> Array:
    """The four corners (4, 2) of a box, turned clockwise about its centre by its angle in degrees."""
    middle = np.array([box["x"] + box["w"] / 2, box["y"] + box["h"] / 2])
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (box["w"] / 2, box["h"] / 2)
    angle = np.deg2rad(box.get("angle", 0.0))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # y points down
    return np.asarray(middle + half @ turn)


def _points(polygon: Shape) -> Array:
    return np.array(polygon["points"], dtype=float)


def _upright(a: Shape, b: Shape) -> float:
    wide = min(a["x"] + a["w"], b["x"] + b["w"]) - max(a["x"], b["x"])
    high = min(a["y"] + a["h"], b["y"] + b["h"]) - max(a["y"], b["y"])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    return float(both / (a["w"] * a["h"] + b["w"] * b["h"] - both))


def areas(a: Array, b: Array) -> tuple[float, float, float]:
    """The areas of two polygons and of what they share; where outlines cross, the even-odd rule holds.

    Between two neighbouring heights of corners and crossings, widths change linearly, so that the width in
    the middle times the height is exact.

    Args:
        a: corners (n, 2) in order; the last is joined to the first.
        b: corners (m, 2).
    """
    edges = np.concatenate([_edges(a), _edges(b)])
    first = np.arange(len(edges)) < len(a)
    heights = np.unique(np.concatenate([edges[:, 1], edges[:, 3], _crossings(edges)]))
    total = np.zeros(3)
    low, high = np.minimum(edges[:, 1], edges[:, 3]), np.maximum(edges[:, 1], edges[:, 3])
    for below, above in pairwise(heights):
        middle = (below + above) / 2
        cut = np.flatnonzero((low < middle) & (middle < high))
        x1, y1, x2, y2 = edges[cut].T
        x = x1 + (middle - y1) / (y2 - y1) * (x2 - x1)
        order = np.argsort(x, kind="stable")
        width, mine = np.diff(x[order]), first[cut][order]
        inside = np.stack([np.cumsum(mine)[:-1] % 2, np.cumsum(~mine)[:-1] % 2])
        total += (above - below) * np.array([*(inside @ width), (inside[0] * inside[1]) @ width])
    one, two, both = total.tolist()
    return one, two, both


def _edges(points: Array) -> Array:
    return np.hstack([points, np.roll(points, -1, axis=0)])


def _crossings(edges: Array) -> Array:
    """The heights at which edges cross each other."""
    found = [np.empty(0)]
    x1, y1, x2, y2 = edges.T
    dx, dy = x2 - x1, y2 - y1
    for i in range(len(edges) - 1):
        after = slice(i + 1, None)
        across = dx[i] * dy[after] - dy[i] * dx[after]
        gap_x, gap_y = x1[after] - x1[i], y1[after] - y1[i]
        with np.errstate(divide="ignore", invalid="ignore"):
            along = (gap_x * dy[after] - gap_y * dx[after]) / across
            other = (gap_x * dy[i] - gap_y * dx[i]) / across
        meet = (along > 0) & (along < 1) & (other > 0) & (other < 1)
        found.append(y1[i] + along[meet] * dy[i])
    return np.concatenate(found)


def pixels(mask: Shape) -> Array:
    """A mask as an array (height, width) of booleans."""
    runs = np.array(mask["rle"], dtype=np.int64)
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(mask["height"], mask["width"])


def runs(picture: Array) -> list[int]:
    """Lengths of runs of an array (height, width) of booleans, row by row, beginning with what is not set.

    >>> runs(np.array([[False, True], [True, False]]))
    [1, 2, 1]
    """
    flat = np.concatenate([[False], np.asarray(picture, dtype=bool).ravel()])
    ends = np.flatnonzero(np.diff(flat))
    lengths: Sequence[int] = np.diff(np.concatenate([[0], ends, [len(flat) - 1]])).tolist()
    return list(lengths)


def _masks(a: Shape, b: Shape) -> float:
    if (a["width"], a["height"]) != (b["width"], b["height"]):
        return 0.0
    one, two = pixels(a), pixels(b)
    either = int((one | two).sum())
    return int((one & two).sum()) / either if either else 0.0
