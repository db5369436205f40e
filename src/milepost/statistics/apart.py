"""The classifier that tells the rows of two samples apart, and the columns that it goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from milepost.statistics.arrays import Floats, Integers
from milepost.statistics.univariate import auc

Learner: TypeAlias = Literal["boosting", "logistic"]
Predict: TypeAlias = Callable[[Floats], Floats]

FEW = 1000
"""Rows below which trees are smaller and the p-value comes from permutations."""
PERMUTATIONS = 199
SPARSE = 4
"""Where trees read less than one column in so many, the others are not handed to them."""


@dataclass(frozen=True)
class Setting:
    """How the test is done.

    Args:
        learner: "boosting" for tables (missing values allowed), "logistic" for embeddings.
        seed: of draws, folds and shuffles.
        most: rows used of each sample at most.
        balance: use as many rows of one sample as of the other.
        threads: of the boosting.
        permutations: of few rows for the p-value, at most; 0 takes the formula of many rows instead.
        asked: the least AUC from which columns are shuffled, to see by how much each lowers it.
    """

    learner: Learner = "boosting"
    seed: int = 0
    most: int = 50_000
    balance: bool = True
    threads: int = 1
    permutations: int = PERMUTATIONS
    asked: float = 0.0


def fitted(table: Floats, labels: Integers, how: Setting) -> tuple[Predict, Integers]:
    """A classifier of the columns that it reads, and which these are."""
    if how.learner == "logistic":
        from sklearn.linear_model import LogisticRegression

        middle, width = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-12)
        line = LogisticRegression(max_iter=200).fit((table - middle) / width, labels)
        every = np.arange(table.shape[1])
        return lambda x: np.asarray(line.predict_proba((x - middle) / width)[:, 1]), every
    import lightgbm
    from scipy.sparse import csr_matrix

    small = len(labels) < FEW
    settings = {
        "objective": "binary",
        "num_leaves": 7 if small else 15,
        "min_data_in_leaf": 10 if small else 20,
        "learning_rate": 0.1,
        "num_threads": how.threads,
        "seed": how.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    trees = lightgbm.train(settings, lightgbm.Dataset(table, labels), num_boost_round=30 if small else 100)
    used, width = np.flatnonzero(trees.feature_importance() > 0), table.shape[1]

    def predict(x: Floats) -> Floats:
        if 0 < len(used) < width / SPARSE:
            ends = len(used) * np.arange(len(x) + 1)
            rows = csr_matrix((x.ravel(), np.tile(used, len(x)), ends), (len(x), width))
        else:
            rows = np.zeros((len(x), width))
            rows[:, used] = x
        return np.asarray(trees.predict(rows, num_threads=how.threads))

    return predict, used


def drops(
    predict: Predict, table: Floats, labels: Integers, used: Integers, generator: np.random.Generator
) -> Floats:
    """By how much shuffling each column of (rows, columns) lowers the AUC; columns not `used` by nothing."""
    truth, lowered, table = labels.astype(np.float64), np.zeros(table.shape[1]), table[:, used]
    whole, shuffled = auc(truth, predict(table)), table.copy()
    for place, column in enumerate(used):
        shuffled[:, place] = generator.permutation(table[:, place])
        lowered[column] = whole - auc(truth, predict(shuffled))
        shuffled[:, place] = table[:, place]
    return lowered
