"""Probable label errors by confident learning: labels that out-of-fold probabilities contradict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Doubtful:
    """Rows whose label is probably wrong, the most doubtful first.

    Args:
        rows: their places.
        instead: the class that each probably is of.
        confidence: the probability of the label given.
    """

    rows: Array
    instead: Array
    confidence: Array


def doubtful(labels: Array, probabilities: Array) -> Doubtful:
    """Finds probable label errors (Northcutt, Jiang & Chuang 2021), pruned by noise rate.

    A class is confident for a row where its probability reaches the mean that rows of that class have. Rows
    of each label that are confidently of another class are counted and scaled to the frequencies of the
    labels; so many rows of that label, those whose probabilities contradict it most, are doubtful. Noise that
    depends on the class is taken into account by that, noise that depends on the features is not.

    Args:
        labels: classes 0, 1, ... (rows,).
        probabilities: out-of-fold probabilities (rows, classes), or of class 1 (rows,).

    >>> found = doubtful(np.array([0, 0, 0, 1, 1, 1]), np.array([0.1, 0.2, 0.9, 0.8, 0.9, 0.9]))
    >>> found.rows.tolist(), found.instead.tolist()
    ([2], [1])
    """
    table = np.asarray(probabilities, np.float64)
    if table.ndim == 1:
        table = np.column_stack([1 - table, table])
    given = np.asarray(labels, np.int64)
    best = table.argmax(1)
    chosen = np.zeros(len(given), bool)
    for label, counts in enumerate(_joint(given, table)):
        mine = np.flatnonzero(given == label)
        for other in np.flatnonzero(counts):
            if other == label:
                continue
            margin = table[mine, other] - table[mine, label]
            least = np.sort(margin)[::-1][min(int(counts[other]), len(mine)) - 1]
            chosen[mine[margin >= least]] = True
    rows = np.flatnonzero(chosen & (best != given))
    own = table[rows, given[rows]]
    order = np.argsort(own, kind="stable")
    return Doubtful(rows[order], best[rows][order], own[order])


def _joint(given: Array, table: Array) -> Array:
    """How many rows of each label (first axis) are probably of each class, whole numbers."""
    number = table.shape[1]
    sizes = np.bincount(given, minlength=number)
    least = np.array([table[given == k, k].mean() if sizes[k] else np.inf for k in range(number)])
    confident = table >= least - 1e-6
    several = confident.sum(1) > 1
    guess = np.where(several, table.argmax(1), confident.argmax(1))
    counted = np.zeros((number, number))
    sure = confident.any(1)
    np.add.at(counted, (given[sure], guess[sure]), 1)
    np.fill_diagonal(counted, np.maximum(counted.diagonal(), 1))
    return np.asarray(np.round(counted * (sizes / counted.sum(1))[:, None]), np.int64)
