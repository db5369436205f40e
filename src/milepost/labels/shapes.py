"""Areas that shapes have in common: boxes, polygons and masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Shape = Mapping[str, Any]
BLOCK = 500_000
"""Numbers that a table of heights and edges, or of edges and edges, holds at once."""


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
    mine, theirs = corners(a), corners(b)
    if (mine.max(0) <= theirs.min(0)).any() or (theirs.max(0) <= mine.min(0)).any():
        return 0.0  # as most shapes of a picture lie, and far quicker to see
    one, two, both = areas(mine, theirs)
    return both / (one + two - both) if both else 0.0


def ious(kind: str, a: Sequence[Shape], b: Sequence[Shape], labelled: bool = False) -> Array:
    """The intersection over union of each shape with each other one (len(a), len(b)).

    Args:
        kind: `boxes`, `polygons` or `mask`.
        a: shapes in canonical form.
        b: others.
        labelled: whether shapes of different labels are left at 0.
    """
    rows = [[0.0 if labelled and x["label"] != y["label"] else iou(kind, x, y) for y in b] for x in a]
    return np.array(rows, dtype=float).reshape(len(a), len(b))


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
    total, step = np.zeros(3), max(1, BLOCK // len(edges))
    for start in range(0, len(heights) - 1, step):
        part = heights[start : start + step + 1]
        total += _strips(edges, first, part)
    one, two, both = total.tolist()
    return one, two, both


def _strips(edges: Array, first: Array, heights: Array) -> Array:
    """The areas between some heights: of the first polygon, the second, and what they share (3,)."""
    x1, y1, x2, y2 = edges.T
    middle, gaps = (heights[:-1] + heights[1:]) / 2, np.diff(heights)
    strip, edge = np.nonzero((np.minimum(y1, y2) < middle[:, None]) & (middle[:, None] < np.maximum(y1, y2)))
    x = x1[edge] + (middle[strip] - y1[edge]) / (y2[edge] - y1[edge]) * (x2[edge] - x1[edge])
    order = np.lexsort((x, strip))
    strip, mine = strip[order], first[edge[order]]
    size = np.diff(x[order]) * gaps[strip[:-1]] * (strip[1:] == strip[:-1])
    begin = np.searchsorted(strip, strip)  # where the strip begins, from which crossings are counted
    counts = [np.cumsum(side) - (np.cumsum(side) - side)[begin] for side in (mine, ~mine)]
    inside = [count[:-1] % 2 for count in counts]
    return np.array([part @ size for part in (*inside, inside[0] * inside[1])])


def _edges(points: Array) -> Array:
    return np.hstack([points, np.roll(points, -1, axis=0)])


def _crossings(edges: Array) -> Array:
    """The heights at which edges cross each other."""
    found = [np.empty(0)]
    x1, y1, x2, y2 = edges.T
    dx, dy, step = x2 - x1, y2 - y1, max(1, BLOCK // len(edges))
    for start in range(0, len(edges), step):
        i = np.arange(start, min(start + step, len(edges)))[:, None]
        across = dx[i] * dy - dy[i] * dx
        gap_x, gap_y = x1 - x1[i], y1 - y1[i]
        with np.errstate(divide="ignore", invalid="ignore"):
            along = (gap_x * dy - gap_y * dx) / across
            other = (gap_x * dy[i] - gap_y * dx[i]) / across
        meet = (along > 0) & (along < 1) & (other > 0) & (other < 1) & (np.arange(len(edges)) > i)
        found.append((y1[i] + np.where(meet, along, 0.0) * dy[i])[meet])
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


def tidied(lengths: Sequence[int]) -> list[int]:
    """Lengths of runs without empty ones, but for the first; the picture is never laid out.

    >>> tidied([0, 2, 0, 1, 3, 0])
    [0, 3, 3]
    """
    found: list[int] = []
    for at, run in enumerate(lengths):
        if not run:
            continue
        if not found and at % 2:
            found.append(0)
        if len(found) % 2 == at % 2:
            found.append(run)
        else:
            found[-1] += run
    return found


def _masks(a: Shape, b: Shape) -> float:
    if (a["width"], a["height"]) != (b["width"], b["height"]):
        return 0.0
    one, two = pixels(a), pixels(b)
    either = int((one | two).sum())
    return int((one & two).sum()) / either if either else 0.0
