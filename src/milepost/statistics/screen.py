"""Which of many numbers explain what a model left: cheap, and honest about noise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
BINS = 16
LEAST = 5
"""Rows of a bin in each half below which it says nothing."""
FIRM = 1.5
"""The agreement of two halves, in standard errors, below which nothing is named."""
SHRINK = 10.0


def screen(numbers: Array, residuals: Array, most: int, seed: int = 0) -> list[tuple[int, float]]:
    """Returns the columns that explain residuals best, one after another, with how firmly each does.

    Each column is cut into 16 bins, and the rows are halved. How firmly a column explains is the sum over
    bins of the product of both halves' mean residuals, each over its own error, over the root of the
    number of bins: noise gives 0 on average, however many values a column has, and a few large residuals
    do not decide. What a named column explains is taken off the residuals before the next is sought, so
    that two that say the same are not both named. This is screening in the manner of OpenFE (Zhang et al.
    2023), which judges features by what they add to a fitted model; it is no test.

    Args:
        numbers: (rows, columns), NaN where missing.
        residuals: (rows,) or (rows, outputs), of a model's answers to rows that it did not learn from.
        most: columns named at most.
        seed: seed of the halves.
    """
    left = np.array(residuals, np.float64).reshape(len(residuals), -1)
    left -= left.mean(0)
    first = np.random.default_rng(seed).permutation(len(left)) % 2 == 0
    binned: list[Array] = [_binned(column) for column in np.asarray(numbers, np.float64).T]
    found: list[tuple[int, float]] = []
    while len(found) < min(most, len(binned)):
        named = {place for place, _ in found}
        firm = {i: _agreement(bins, left, first) for i, bins in enumerate(binned) if i not in named}
        best = max(firm, key=lambda i: firm[i])
        if firm[best] < FIRM:
            break
        found.append((best, firm[best]))
        bins = binned[best]
        count = np.bincount(bins)
        for output in left.T:
            output -= (np.bincount(bins, output) / (count + SHRINK))[bins]
    return found


def _binned(values: Array) -> Array:
    """The bin of each value; missing ones have their own."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.zeros(len(values), np.int64)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, np.nan_to_num(values), side="right")
    return np.where(np.isnan(values), len(edges) + 1, bins)


def _agreement(bins: Array, left: Array, first: Array) -> float:
    """The sum of products of both halves' standardised means, over the root of their number."""
    size = int(bins.max()) + 1
    sides: list[Array] = []
    for half in (first, ~first):
        own = bins[half]
        many: Array = (np.bincount(own, minlength=size) >= LEAST)[:, None]
        total = np.stack([np.bincount(own, output[half], size) for output in left.T], axis=1)
        square = np.stack([np.bincount(own, output[half] ** 2, size) for output in left.T], axis=1)
        sides.append(np.where(many, total / np.sqrt(np.maximum(square, 1e-300)), 0.0))
    product = sides[0] * sides[1]
    return float(product.sum()) / math.sqrt(max(1, int(np.count_nonzero(product))))
