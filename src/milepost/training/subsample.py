"""The same folds with fewer training rows, drawn evenly over the classes or sizes of the target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from milepost.data.split import Fold
from milepost.digest import digest
from milepost.training.material import Material

Array = np.ndarray[Any, Any]


def thinned(data: Material, rows: int) -> Material:
    """The same rows and folds with at most so many training rows a fold; the rows that judge stay.

    Args:
        data: rows and folds.
        rows: training rows a fold at most, 0 for all.
    """
    if not rows or all(len(fold.train) <= rows for fold in data.folds):
        return data
    strata = data.task.strata(data.truth)
    folds = tuple(
        replace(fold, train=drawn(fold.train, rows, strata, (data.seed, at)))
        for at, fold in enumerate(data.folds)
    )
    return replace(data, folds=folds, key=digest(data.key, "thinned", rows), thinned=True)


def fewer(data: Material, rows: int) -> Material:
    """So many of the rows, without folds, for a fit that nothing judges.

    Args:
        data: rows to draw from.
        rows: how many, at most.
    """
    if rows >= len(data.frame):
        return data
    kept = drawn(np.arange(len(data.frame)), rows, data.task.strata(data.truth), (data.seed, -1))
    return only(data, kept)


def whole(rows: int) -> tuple[Fold, ...]:
    """One fold in which all rows train and none judges."""
    return (Fold(np.arange(rows), np.arange(0), 0),)


def only(data: Material, rows: Array) -> Material:
    """These rows alone, all of them to train on."""
    return replace(
        data,
        frame=data.frame[rows],
        truth=data.truth[rows],
        groups=None if data.groups is None else data.groups[rows],
        weight=None if data.weight is None else data.weight[rows],
        folds=whole(len(rows)),
    )


def drawn(rows: Array, most: int, strata: Array | None, seed: tuple[int, int]) -> Array:
    """Returns at most so many of the rows, ascending, in the shares that the strata have among them.

    A stratum that would get none keeps one row, so that no class is forgotten.

    Args:
        rows: row indices (n,).
        most: how many are wanted.
        strata: the stratum of every row that an index may point to; None: one for all.
        seed: seed of the draw.

    >>> strata = np.array([0] * 90 + [1] * 10)
    >>> np.bincount(strata[drawn(np.arange(100), 20, strata, (0, 0))]).tolist()
    [18, 2]
    """
    if most >= len(rows):
        return rows
    mixed = np.random.default_rng(np.abs(seed)).permutation(rows)
    if strata is None:
        return np.sort(mixed[:most])
    ordered = mixed[np.argsort(strata[mixed], kind="stable")]
    kept = ordered[((np.arange(most) + 0.5) * len(ordered) / most).astype(np.int64)]
    _, first = np.unique(strata[ordered], return_index=True)
    lost = ordered[first][~np.isin(strata[ordered[first]], strata[kept])]
    return np.sort(np.concatenate([kept, lost]))
