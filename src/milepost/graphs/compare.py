"""Compares what a graph answers with what was expected, at several batch sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from milepost.graphs.session import run, session

Array = np.ndarray[Any, Any]


def compare(
    model: Any,
    feeds: Mapping[str, Array],
    expected: Mapping[str, Array],
    batches: Sequence[int | None] = (1, 5, None),
    most: int = 200,
) -> float:
    """Returns the largest absolute difference between a graph's outputs and the expected ones.

    NaN agrees with NaN and infinity with the same infinity; text that differs, or NaN against a number,
    counts as infinity. Smaller batches are run from the first row on, at most `most` batches of a size.

    Args:
        model: an ONNX model, its bytes or a path.
        feeds: inputs by name, (rows, width).
        expected: outputs by name, (rows, width).
        batches: batch sizes; None is all rows at once.
        most: the largest number of batches of one size.
    """
    opened = session(model)
    rows = len(next(iter(expected.values())))
    worst = 0.0
    for size in batches:
        step = size or max(rows, 1)
        for start in range(0, min(rows, step * most), step):
            part = slice(start, start + step)
            answers = run(opened, {name: values[part] for name, values in feeds.items()})
            worst = max(
                worst, *(difference(answers[name], values[part]) for name, values in expected.items())
            )
    return worst


def difference(one: Array, other: Array) -> float:
    """Returns the largest absolute difference of two arrays, infinity where they are not comparable.

    >>> difference(np.array([1.0, np.nan]), np.array([1.5, np.nan]))
    0.5
    >>> difference(np.array([1.0]), np.array([np.nan]))
    inf
    """
    if one.shape != other.shape:
        return float("inf")
    if one.dtype.kind in "OUS":
        return 0.0 if bool(np.all(one == other)) else float("inf")
    a, b = one.astype(np.float64), other.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        gaps = np.where(same, 0.0, np.abs(a - b))
    return float(np.where(np.isnan(gaps), np.inf, gaps).max(initial=0.0))
