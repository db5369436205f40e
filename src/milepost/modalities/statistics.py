"""Means of a target by category, drawn towards the overall mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.modalities.base import Array

DEFAULT = 20.0
"""Rows that the overall mean counts for where the data cannot tell (each level once)."""


def sums(codes: Array, levels: int, target: Array, weight: Array | None) -> tuple[Array, Array, Array]:
    """Returns weights (levels,), sums (levels, k) and sums of squares (levels, k) of targets by code."""
    mass = np.bincount(codes, weight, levels).astype(np.float64)
    columns = target.astype(np.float64).T
    factor: Any = 1.0 if weight is None else weight
    first = np.stack([np.bincount(codes, column * factor, levels) for column in columns], axis=1)
    second = np.stack([np.bincount(codes, column**2 * factor, levels) for column in columns], axis=1)
    return mass, first, second


def prior_rows(mass: Array, first: Array, second: Array) -> Array:
    """Returns for each target how many rows the overall mean counts for: variance within over between.

    Empirical Bayes for the one-way random effects model, variances by the analysis of variance (Searle,
    Casella & McCulloch 1992, 3.6); as a smoother of category means: Micci-Barreca 2001. Shape (k,), between
    1 and 1e6; 20 where no level occurs twice.

    Args:
        mass: weight of each level (levels,).
        first: sums of the target (levels, k).
        second: sums of its square (levels, k).
    """
    seen = mass > 0
    mass, first, second = mass[seen], first[seen], second[seen]
    total, levels = float(mass.sum()), len(mass)
    if levels < 2 or total <= levels:
        return np.full(first.shape[1], DEFAULT)
    means = first / mass[:, None]
    overall = first.sum(0) / total
    between = (mass[:, None] * (means - overall) ** 2).sum(0) / (levels - 1)
    within = np.maximum((second - mass[:, None] * means**2).sum(0), 0) / (total - levels)
    size = (total - (mass**2).sum() / total) / (levels - 1)
    spread = np.maximum((between - within) / max(size, 1e-12), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = np.where(spread > 0, within / spread, 1e6)
    return rows.clip(1.0, 1e6)


def smoothed(mass: Array, first: Array, prior: Array, rows: Array) -> Array:
    """Returns means drawn towards the overall mean: (sum + rows * prior) / (mass + rows), shape (levels, k).

    >>> smoothed(np.array([0.0, 20.0]), np.array([[0.0], [20.0]]), np.array([0.5]), np.array([20.0])).tolist()
    [[0.5], [0.75]]
    """
    return np.asarray((first + rows * prior) / (mass[:, None] + rows))
