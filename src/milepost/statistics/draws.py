"""The score to expect without truths where a row may bear several labels: their truths are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.statistics.arrays import Floats, scatter
from milepost.statistics.cbpe import ROWS, Estimate, Score

Array = np.ndarray[Any, Any]
DRAWS, REFITS = 20, 5


class Levels:
    """The calibrated probability of each label, by isotonic regression on rows with truth.

    Args:
        prediction: probabilities (n, k) of rows that were not trained on.
        truth: 0/1 (n, k).
        weight: how much each row counts, or None.

    >>> made = Levels(np.array([[0.1, 0.9], [0.4, 0.2]]), np.array([[0, 1], [1, 0]]))
    >>> made(np.array([[0.0, 1.0]])).tolist()
    [[0.0, 1.0]]
    """

    def __init__(self, prediction: Array, truth: Array, weight: Array | None = None) -> None:
        from sklearn.isotonic import IsotonicRegression

        self._fits = []
        for scores, borne in zip(np.asarray(prediction, np.float64).T, truth.T, strict=True):
            fit = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0)
            self._fits.append(fit.fit(scores, borne, sample_weight=weight))

    def __call__(self, prediction: Array) -> Floats:
        """Calibrated probabilities (n, k)."""
        wide = np.asarray(prediction, np.float64)
        return np.column_stack([f.predict(p) for f, p in zip(self._fits, wide.T, strict=True)])


def several(
    score: Score,
    seen: tuple[Array, Array],
    prediction: Array,
    weight: Array | None = None,
    seed: int = 0,
    bounds: bool = True,
) -> Estimate:
    """Estimates a score over labels from predictions alone, as `cbpe` does for classes.

    A score of several labels has no weights a label, so truths are drawn from the calibrated probabilities,
    each label by itself, and the scores of the draws are averaged. How far the same procedure misses the real
    score of the seen rows is taken off.

    Args:
        score: called with truth, prediction and weight.
        seen: prediction and truth (n, k) of held-out rows.
        prediction: of the new rows (m, k).
        weight: how much each seen row counts, or None.
        seed: of the draws.
        bounds: find the interval too; its ends are nan otherwise.
    """
    rng = np.random.default_rng(seed)
    fitted = Levels(seen[0], seen[1], weight)
    here, there = (kept(len(part), rng) for part in (seen[0], prediction))
    heavy = None if weight is None else weight[here]
    mine = drawn(score, fitted(seen[0][here]), seen[0][here], heavy, rng)
    known = score(seen[1][here], seen[0][here], heavy)
    new = prediction[there]
    found = drawn(score, fitted(new), new, None, rng)
    value = float(np.nanmean(found)) - float(np.nanmean(mine) - known)
    half = float("nan")
    if bounds:
        again = []
        for _ in range(REFITS):
            rows = rng.integers(0, len(seen[1]), len(seen[1]))
            part = Levels(seen[0][rows], seen[1][rows], None if weight is None else weight[rows])
            again.append(float(np.nanmean(drawn(score, part(new), new, None, rng))))
        share = np.sqrt(len(there) / len(prediction))
        half = 1.96 * float(np.hypot(scatter(found) * share, scatter(again)))
    return Estimate(value, value - half, value + half, "cbpe" if weight is None else "pape")


def drawn(
    score: Score, chances: Floats, prediction: Array, weight: Array | None, rng: np.random.Generator
) -> list[float]:
    """Scores of truths drawn from probabilities (n, k)."""
    return [
        score((rng.random(chances.shape) < chances).astype(np.int64), prediction, weight)
        for _ in range(DRAWS)
    ]


def kept(rows: int, rng: np.random.Generator) -> Array:
    """Numbers of the rows that are drawn for: all, or as many as are quick."""
    return np.arange(rows) if rows <= ROWS else np.sort(rng.permutation(rows)[:ROWS])
