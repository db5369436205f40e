"""Means of a target by category, drawn towards the overall mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.modalities.base import Array, View

LEVELS = 20_000
"""Levels kept in a graph, by count; the others share one row of the table with unseen ones."""
FEW: Mapping[View, int] = {"trees": 12, "dense": 50, "network": 50}
"""Up to so many distinct values a view does without statistics of the target."""
OUTPUTS = 8
"""At most so many targets have statistics: the ones that vary most."""
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


@dataclass(frozen=True, eq=False)
class Statistics:
    """How means of the target are made, learnt from all training rows.

    Args:
        columns: which targets they are of.
        prior: overall means, (k,).
        rows: how many rows the overall mean counts for, (k,).
        scale: what a mean's distance from the overall mean is divided by, (k,); None leaves means.
    """

    columns: Array
    prior: Array
    rows: Array
    scale: Array | None

    def features(self, mass: Array, first: Array) -> Array:
        """Features of the levels (levels, k) from their weights and sums."""
        means = smoothed(mass, first, self.prior, self.rows)
        return means if self.scale is None else np.asarray((means - self.prior) / self.scale)

    def filled(self, table: Array, rows: Array, target: Array, weight: Array | None) -> Array:
        """A copy of a table of levels whose last k columns are made of these rows, given by their level."""
        mass, first, _ = sums(rows, len(table), target[:, self.columns], even(weight))
        table = table.copy()
        table[:, table.shape[1] - len(self.columns) :] = self.features(mass, first)
        return table

    def named(self, name: str) -> list[str]:
        """What the features are called, (k,)."""
        if len(self.columns) == 1:
            return [f"{name} target mean"]
        return [f"{name} target mean {column + 1}" for column in self.columns]


def learn(rows: Array, levels: int, target: Array, weight: Array | None, scaled: bool) -> Statistics:
    """Learns how means of the target are made for levels.

    Args:
        rows: the level of each training row (rows,).
        levels: how many there are.
        target: (rows, outputs).
        weight: row weights or None.
        scaled: whether they are centred and scaled, for linear models and networks.
    """
    columns = np.sort(np.argsort(-target.var(0), kind="stable")[:OUTPUTS])
    target = target[:, columns]
    mass, first, second = sums(rows, levels, target, even(weight))
    prior = first.sum(0) / max(float(mass.sum()), 1e-12)
    statistics = Statistics(columns, prior, prior_rows(mass, first, second), None)
    if not scaled:
        return statistics
    means = statistics.features(mass, first)
    share = mass[:, None] / max(float(mass.sum()), 1e-12)
    # Where levels hardly differ, their noise must not be blown up to unit size.
    spread = np.sqrt((share * (means - prior) ** 2).sum(0))
    scale = np.maximum(spread, 0.1 * target.std(0))
    return Statistics(columns, prior, statistics.rows, np.where(scale > 0, scale, 1.0))


def two(target: Array) -> Array:
    """A target as columns, (rows, outputs)."""
    return target[:, None] if target.ndim == 1 else target


def even(weight: Array | None) -> Array | None:
    """Weights with mean 1, so that a weight counts as rows do."""
    return None if weight is None or not weight.sum() else np.asarray(weight * (len(weight) / weight.sum()))
