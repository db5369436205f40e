"""What single columns leave of a target, out of fold, and what keys of several columns explain of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import polars as pl

from milepost.modalities.base import Array
from milepost.modalities.cross import LEAST, joined
from milepost.modalities.statistics import prior_rows, smoothed, sums

GAIN = 0.001
"""The share of what is left to explain that a key must explain."""
SURE = 4.0
"""Standard errors by which the squared loss must fall out of fold; a hundred pairs are tried at once."""
BINS = 16
DENSE = 4
"""Numbers per row up to which keys are counted rather than sorted."""
AROUND = 2
"""How often means of what is left are taken by each column."""
Between: TypeAlias = tuple[Array, Array, Array]
Coded: TypeAlias = tuple[Array, Between | None]


@dataclass(frozen=True)
class Rows:
    """What a choice of keys is made on: the target (rows, k), weights with mean 1, and the fold of each row.

    What is left of the target is kept once a fold, as a model says that saw nothing of the fold: were one
    row's answer in another's residual, the means of rare keys would tell it with the wrong sign.
    """

    target: Array
    weight: Array
    fold: Array

    @cached_property
    def folds(self) -> list[tuple[Array, Array]]:
        """The places of each fold's rows, and of all others."""
        inside = [self.fold == at for at in np.unique(self.fold)]
        return [(np.flatnonzero(part), np.flatnonzero(~part)) for part in inside]

    def means(self, codes: Array, between: Between | None = None) -> list[Array]:
        """Means of the target by code, (rows, k) a fold; for numbers between those of two bins.

        For the fold's own rows they are of all others, for each other fold of the rest.
        """
        size, inside = int(codes.max()) + 1, [part for part, _ in self.folds]
        own = [codes[part] for part in inside]
        near = [None if between is None else _at(between, part) for part in inside]
        each = [sums(own[at], size, self.target[part], self.weight[part]) for at, part in enumerate(inside)]
        every = [np.sum([one[i] for one in each], axis=0) for i in range(3)]
        result = []
        for at in range(len(inside)):
            mass, first, second = (whole - one for whole, one in zip(every, each[at], strict=True))
            prior, rows = first.sum(0) / max(float(mass.sum()), 1e-12), prior_rows(mass, first, second)
            means = np.empty(self.target.shape)
            for other, its in enumerate(inside):
                less = (mass, first) if other == at else (mass - each[other][0], first - each[other][1])
                means[its] = _told(smoothed(*less, prior, rows), own[other], near[other])
            result.append(means)
        return result

    def residuals(self, said: list[list[Array]], columns: list[Coded]) -> list[Array]:
        """What an additive model leaves of the target, (rows, k) a fold.

        A ridge regression on the columns' means, then, as columns overlap, means of what it leaves by column,
        twice around (backfitting: Buja, Hastie & Tibshirani 1989).
        """
        root, left = np.sqrt(self.weight), []
        for at, (_, others) in enumerate(self.folds):
            rest = np.empty(self.target.shape)
            for output in range(self.target.shape[1]):
                x = np.column_stack([np.ones(len(rest)), *(means[at][:, output] for means in said)])
                a, y = x[others] * root[others, None], self.target[:, output]
                gram = a.T @ a
                ridge = np.eye(len(gram)) * 1e-3 * max(float(np.trace(gram)) / len(gram), 1e-12)
                rest[:, output] = y - x @ np.linalg.solve(gram + ridge, a.T @ (y[others] * root[others]))
            for codes, between in columns * AROUND:
                rest = self._after(codes, rest, others, between)
            left.append(rest)
        return left

    def _after(self, codes: Array, rest: Array, others: Array, between: Between | None = None) -> Array:
        """What means by code, of the rows outside a fold, leave."""
        size = int(codes.max()) + 1
        mass, first, second = sums(codes[others], size, rest[others], self.weight[others])
        prior, rows = first.sum(0) / max(float(mass.sum()), 1e-12), prior_rows(mass, first, second)
        return np.asarray(rest - _told(smoothed(mass, first, prior, rows) - prior, codes, between))

    def gain(self, codes: Array, left: list[Array]) -> tuple[float, float]:
        """What a key explains of what is left: the share, and its z."""
        fell = np.empty(len(codes))
        for (part, _), rest, after in zip(self.folds, left, self.remains(codes, left), strict=True):
            weight, was = self.weight[part], rest[part] ** 2
            unit = np.maximum((weight[:, None] * was).mean(0), 1e-12)
            fell[part] = weight * ((was - after[part] ** 2) / unit).mean(1)
        error = max(float(fell.std() / np.sqrt(len(fell))), 1e-12)
        return float(fell.mean()), float(fell.mean()) / error

    def remains(self, codes: Array, left: list[Array]) -> Iterator[Array]:
        """What a key leaves of what is left, (rows, k) a fold."""
        return (self._after(codes, rest, others) for (_, others), rest in zip(self.folds, left, strict=True))


def together(*codes: Array) -> Array:
    """Codes of columns, from 0 on, as one number each, int64 (rows,).

    >>> together(np.array([0, 2]), np.array([1, 4])).tolist()
    [1, 14]
    """
    return joined(list(codes), [int(each.max()) + 1 for each in codes])


def often(keys: Array) -> Array:
    """Keys as codes 1, 2, ..., (rows,); those of a single row are 0, as in the table that is made of them.

    >>> often(np.array([7, 3, 9, 7, 9])).tolist()
    [1, 0, 2, 1, 2]
    """
    if int(keys.max()) < DENSE * len(keys):
        counts = np.bincount(keys)
        codes = keys
    else:
        _, codes, counts = np.unique(keys, return_inverse=True, return_counts=True)
    known = counts >= LEAST
    return np.asarray(np.where(known, np.cumsum(known), 0)[codes.ravel()])


def bins(column: pl.Series) -> tuple[Array, Between]:
    """Quantile bins of numbers, int (rows,), and which two lie about a number, and how far between.

    A curve within bins must not look as if each number were a name. What is missing has a bin of its own.
    """
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    known = values[np.isfinite(values)]
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.zeros(0)
    gone = np.isnan(values)
    codes = np.where(gone, len(edges) + 1, np.searchsorted(edges, values))
    mass = np.bincount(codes, np.isfinite(values), len(edges) + 2)[:-1]
    total = np.bincount(codes, np.where(np.isfinite(values), values, 0.0), len(edges) + 2)[:-1]
    full = np.flatnonzero(mass)
    if len(full) < 2:
        return codes, (codes, codes, np.zeros(len(codes)))
    middle = total[full] / mass[full]
    at = np.clip(np.searchsorted(middle, values), 1, len(middle) - 1)
    far = np.clip((values - middle[at - 1]) / (middle[at] - middle[at - 1]), 0.0, 1.0)
    low, high = np.where(gone, codes, full[at - 1]), np.where(gone, codes, full[at])
    return codes, (low, high, np.where(gone, 0.0, far))


def _at(between: Between, rows: Array) -> Between:
    low, high, far = between
    return low[rows], high[rows], far[rows]


def _told(table: Array, codes: Array, between: Between | None) -> Array:
    """What a table of codes tells each row; of numbers, between two of them."""
    if between is None:
        return np.take(table, codes, axis=0)
    low, high, far = between
    far = far[:, None]
    return np.asarray(np.take(table, low, axis=0) * (1 - far) + np.take(table, high, axis=0) * far)
