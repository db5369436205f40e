"""What the error of numbers is without truth: the size of a residual, learnt from the inputs (DLE)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, alike
from milepost.statistics.cbpe import Estimate

Array = npt.NDArray[Any]
DRAWS = 40
FOLDS = 3
LEAST = 100


class Sizes:
    """How large residuals are, by the inputs: boosted trees of |truth - prediction|, one an output.

    Residuals over their expected size are kept: drawn anew and scaled they stand for truths of new rows, so
    that any metric can be estimated (direct loss estimation, with the whole distribution in place of a mean).

    Args:
        inputs: numbers (n, columns), nan where missing.
        prediction: out-of-fold predictions (n,) or (n, d).
        truth: shaped like them.
        seed: of folds and trees.
        threads: of the trees.

    Raises:
        InputError: fewer than 100 rows, or rows that do not match.
    """

    def __init__(
        self, inputs: Array, prediction: Array, truth: Array, seed: int = 0, threads: int = 1
    ) -> None:
        alike(inputs, prediction, "inputs and predictions")
        if len(inputs) < LEAST:
            raise InputError(f"{len(inputs)} rows to learn the size of errors from.", expected="100 or more.")
        self.settings = {
            "objective": "regression", "num_leaves": 15, "min_data_in_leaf": 30, "learning_rate": 0.1,
            "num_threads": threads, "seed": seed, "deterministic": True, "force_row_wise": True,
            "verbose": -1,
        }  # fmt: skip
        residual = _wide(truth) - _wide(prediction)
        table = np.column_stack([inputs, _wide(prediction)])
        fold = np.random.default_rng(seed).permutation(len(table)) % FOLDS
        honest = np.empty_like(residual)
        self._trees: list[Any] = []
        self._floor = np.maximum(np.abs(residual).mean(axis=0) * 0.05, 1e-12)
        for j in range(residual.shape[1]):
            size = np.abs(residual[:, j])
            for k in range(FOLDS):
                trees = self._fit(table[fold != k], size[fold != k])
                honest[fold == k, j] = np.maximum(trees.predict(table[fold == k]), self._floor[j])
            self._trees.append(self._fit(table, size))
        self.relative: Floats = residual / honest

    def _fit(self, table: Array, size: Array) -> Any:
        import lightgbm

        return lightgbm.train(self.settings, lightgbm.Dataset(table, size), num_boost_round=60)

    def __call__(self, inputs: Array, prediction: Array) -> Floats:
        """The expected size of the residual of new rows (n, d)."""
        table = np.column_stack([inputs, _wide(prediction)])
        sizes = np.column_stack([trees.predict(table) for trees in self._trees])
        return np.asarray(np.maximum(sizes, self._floor), dtype=np.float64)


def dle(
    score: Callable[..., float], sizes: Sizes, inputs: Array, prediction: Array, seed: int = 0
) -> Estimate:
    """Estimates a score of numbers from predictions and inputs alone; blind to a changed relation.

    Args:
        score: called with truth, prediction and weight.
        sizes: how large residuals are.
        inputs: numbers of the new rows.
        prediction: their predictions.
        seed: of the draws.
    """
    rng, scale = np.random.default_rng(seed), sizes(inputs, prediction)
    shape, found = np.asarray(prediction).shape, []
    for _ in range(DRAWS):
        drawn = sizes.relative[rng.integers(0, len(sizes.relative), len(scale))]
        found.append(float(score((_wide(prediction) + scale * drawn).reshape(shape), prediction, None)))
    value, half = float(np.mean(found)), 1.96 * float(np.std(found, ddof=1))
    return Estimate(value, value - half, value + half, "dle")


def _wide(values: Array) -> Floats:
    array: Floats = np.asarray(values, dtype=np.float64)
    return array.reshape(-1, 1) if array.ndim == 1 else array
