"""What a score is without labels: confidence-based estimation, also under a shift of the inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, alike, scatter
from milepost.statistics.univariate import auc

Array = npt.NDArray[Any]
Score = Callable[..., float]
"""Called with truth, prediction and weight."""
DRAWS, REFITS = 40, 10
"""Draws of the labels behind an interval, and calibrators fitted on resampled rows."""
ROWS = 8_000
"""Rows that are drawn for; above, the spread is scaled down."""
BLIND = "It assumes that the relation between inputs and target has not changed: it cannot see that it has."


@dataclass(frozen=True)
class Estimate:
    """A score that was estimated without labels.

    Args:
        value: the score expected.
        low, high: in 95 of 100 windows the real score lies between these, as long as the relation between
            inputs and target is the old one.
        method: "cbpe", "pape" or "dle".
    """

    value: float
    low: float
    high: float
    method: str


class Isotonic:
    """Calibrated probabilities of each class by isotonic regression (Zadrozny & Elkan 2002).

    Args:
        prediction: probabilities of class 1 (n,), or of k classes (n, k), of rows that were not trained on.
        truth: 0/1, or class codes (n,).
        weight: how much each row counts, or None.

    Raises:
        InputError: the rows do not match.

    >>> made = Isotonic(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]))
    >>> made(np.array([0.0, 1.0])).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, prediction: Array, truth: Array, weight: Array | None = None) -> None:
        from sklearn.isotonic import IsotonicRegression

        alike(prediction, truth, "prediction and truth")
        if len(truth) == 0:
            raise InputError("no row to calibrate on.", expected="Predictions with their truth.")
        self._fits = []
        for number, scores in enumerate(_columns(prediction)):
            code = number if prediction.ndim == 2 else 1
            fit = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0)
            self._fits.append(fit.fit(scores, np.asarray(truth) == code, sample_weight=weight))

    def __call__(self, prediction: Array) -> Floats:
        """Calibrated probabilities of all classes (n, k); two columns for a binary task."""
        found = [fit.predict(scores) for fit, scores in zip(self._fits, _columns(prediction), strict=True)]
        if len(found) == 1:
            return np.column_stack([1 - found[0], found[0]])
        chances = np.column_stack(found)
        total = chances.sum(axis=1, keepdims=True)
        return np.where(total > 0, chances / np.where(total > 0, total, 1.0), 1 / chances.shape[1])


def _columns(prediction: Array) -> list[Floats]:
    wide = np.asarray(prediction, dtype=np.float64)
    return [wide] if wide.ndim == 1 else list(wide.T)


def expected(score: Score, chances: Floats, prediction: Array, weight: Array | None = None) -> float:
    """Returns the score that calibrated probabilities lead one to expect (CBPE).

    Every row stands there once for each class, weighing as much as the class is likely: a confusion matrix
    made of these holds the expected counts, so that any metric that takes weights can be estimated.

    Args:
        score: called with truth (n,), prediction and weight.
        chances: calibrated probabilities (n, k).
        prediction: what the model said (n,) or (n, k).
        weight: how much each row counts, or None.

    >>> accuracy = lambda truth, said, weight: float(np.average(truth == (said >= 0.5), weights=weight))
    >>> round(expected(accuracy, np.array([[0.2, 0.8], [0.9, 0.1]]), np.array([0.8, 0.1])), 6)
    0.85
    """
    rows, classes = chances.shape
    truth = np.repeat(np.arange(classes), rows)
    said = np.concatenate([prediction] * classes)
    heavy = np.clip(chances if weight is None else chances * weight[:, None], 0.0, None).T.ravel()
    kept = heavy > 0
    return float(score(truth[kept], said[kept], heavy[kept]))


def reach(score: Score, chances: Floats, prediction: Array, seed: int = 0) -> float:
    """Returns the standard deviation of the real score around the expected one, by drawing the labels."""
    rng = np.random.default_rng(seed)
    rows = len(prediction)
    kept = np.arange(rows) if rows <= ROWS else np.sort(rng.permutation(rows)[:ROWS])
    edges, said = np.cumsum(chances[kept], axis=1), prediction[kept]
    found = []
    for _ in range(DRAWS):
        drawn = rng.random((len(kept), 1))
        truth = np.minimum((drawn > edges).sum(axis=1), chances.shape[1] - 1)
        value = score(truth, said, None)
        if np.isfinite(value):
            found.append(value)
    spread = float(np.std(found, ddof=1)) if len(found) > 1 else float("nan")
    return spread * float(np.sqrt(len(kept) / rows))


def cbpe(
    score: Score,
    seen: tuple[Array, Array],
    prediction: Array,
    weight: Array | None = None,
    seed: int = 0,
    bounds: bool = True,
) -> Estimate:
    """Estimates a score from predictions alone: CBPE, or PAPE where weights make the seen rows alike.

    The calibrator is fitted on held-out rows; with weights from a classifier that tells these from the new
    ones (Białek, Kivimäki, Kuberski & Perrakis 2024) it is right where the new ones lie. Both are blind to a
    changed relation between inputs and target. By how much the calibrator flatters the rows it was fitted on
    is taken off: isotonic steps make the area under a ROC curve that of its convex hull.

    Args:
        score: called with truth, prediction and weight.
        seen: prediction and truth of held-out rows.
        prediction: of the new rows.
        weight: how much each seen row counts, or None.
        seed: of the draws behind the interval.
        bounds: find the interval too; its ends are nan otherwise.
    """
    fitted = Isotonic(seen[0], seen[1], weight)
    chances = fitted(prediction)
    flattered = expected(score, fitted(seen[0]), seen[0], weight) - score(seen[1], seen[0], weight)
    value = expected(score, chances, prediction) - flattered
    half = float("nan")
    if bounds:
        doubt = _doubt(score, seen, prediction, weight, seed)
        half = 1.96 * float(np.hypot(reach(score, chances, prediction, seed), doubt))
    return Estimate(value, value - half, value + half, "cbpe" if weight is None else "pape")


def _doubt(
    score: Score, seen: tuple[Array, Array], prediction: Array, weight: Array | None, seed: int
) -> float:
    """The standard deviation of the expected score over calibrators fitted on resampled rows."""
    rng, found = np.random.default_rng((seed, 1)), []
    for _ in range(REFITS):
        rows = rng.integers(0, len(seen[1]), len(seen[1]))
        part = Isotonic(seen[0][rows], seen[1][rows], None if weight is None else weight[rows])
        found.append(expected(score, part(prediction), prediction))
    return scatter(found)


def apart(a: Floats, b: Floats, seed: int = 0, threads: int = 1) -> tuple[float, Floats]:
    """Returns how well two samples are told apart (AUC), and each row's chance to be of the second.

    A quick classifier two-sample test: two folds of thirty small boosted trees. `shift.c2st` is the thorough
    one, with a p-value and the columns that give it away.

    Args:
        a: numbers (n, columns), nan where missing.
        b: numbers (m, columns).
        seed: of folds and trees.
        threads: of the trees.

    Returns:
        AUC, and out-of-fold probabilities (n + m,), those of `a` first.
    """
    import lightgbm

    table = np.vstack([a, b])
    second = np.repeat([0.0, 1.0], [len(a), len(b)])
    settings = {
        "objective": "binary", "num_leaves": 7, "min_data_in_leaf": 15, "learning_rate": 0.15,
        "num_threads": threads, "seed": seed, "deterministic": True, "force_row_wise": True, "verbose": -1,
        "max_bin": 63,
    }  # fmt: skip
    fold, found = np.random.default_rng(seed).permutation(len(table)) % 2, np.full(len(table), 0.5)
    for k in (0, 1):
        part = lightgbm.Dataset(table[fold != k], second[fold != k])
        trees = lightgbm.train(settings, part, num_boost_round=30)
        found[fold == k] = trees.predict(table[fold == k])
    return auc(second, found), found


def importance(second: Array, probabilities: Array, clip: float = 0.99) -> Floats:
    """Returns weights that make the first sample look like the second, mean 1.

    The odds that the classifier gives to the second sample (out of fold), cut at their 99th percentile.

    Args:
        second: 1 for rows of the second sample (n + m,).
        probabilities: of the second sample (n + m,).
        clip: the quantile at which weights are cut.

    >>> importance(np.array([0, 0, 1, 1]), np.array([0.2, 0.8, 0.5, 0.5]), 1.0).round(3).tolist()
    [0.118, 1.882]
    """
    p = np.clip(np.asarray(probabilities, dtype=np.float64)[np.asarray(second) == 0], 1e-6, 1 - 1e-6)
    odds = p / (1 - p)
    odds = np.minimum(odds, np.quantile(odds, clip))
    weights: Floats = odds / odds.mean()
    return weights
