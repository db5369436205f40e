"""The areas under several ROC curves of the same rows, with their covariance."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Numbers, vector, widening
from milepost.statistics.comparison import Comparison, student


class Areas(NamedTuple):
    """Areas under ROC curves and how they vary together."""

    values: Floats
    """One area a row of scores, shape (k,)."""
    covariance: Floats
    """Covariance of the areas, shape (k, k)."""


def delong(truth: Numbers, scores: Numbers) -> Areas:
    """Returns the areas under the ROC curves of k score vectors and their covariance.

    DeLong, DeLong & Clarke-Pearson 1988 in the midrank form of Sun & Xu 2014: O(k n log n).

    Args:
        truth: 1 or True for positive rows, shape (n,).
        scores: higher means more likely positive, shape (k, n) or (n,).

    Raises:
        InputError: shapes differ, or a class has fewer than two rows.

    >>> delong([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).values
    array([0.75])
    """
    from scipy.stats import rankdata

    positive = np.asarray(truth).astype(bool)
    matrix: Floats = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    if matrix.shape[1:] != positive.shape:
        raise InputError(
            f"truth has shape {positive.shape} and scores {matrix.shape}.", expected="Shapes (n,) and (k, n)."
        )
    m, n = int(positive.sum()), int((~positive).sum())
    if m < 2 or n < 2:
        raise InputError(
            f"There are {m} positive and {n} negative rows.",
            expected="At least two of each are needed for an area with an error.",
            todo="Collect more rows of the rarer class.",
        )
    above, below = matrix[:, positive], matrix[:, ~positive]
    pooled = rankdata(np.hstack([above, below]), axis=1)
    of_positives = (pooled[:, :m] - rankdata(above, axis=1)) / n
    of_negatives = 1 - (pooled[:, m:] - rankdata(below, axis=1)) / m
    covariance = np.atleast_2d(np.cov(of_positives)) / m + np.atleast_2d(np.cov(of_negatives)) / n
    return Areas(pooled[:, :m].sum(axis=1) / m / n - (m + 1) / 2 / n, covariance)


def delong_test(
    truth: Numbers, a: Numbers, b: Numbers, folds: int | None = None, rope: float = 0.0
) -> Comparison:
    """Tests two score vectors by their areas under the ROC curve on the same rows (DeLong et al. 1988).

    Args:
        truth: 1 for positive rows, shape (n,).
        a: scores of the candidate, shape (n,).
        b: scores of the baseline, shape (n,).
        folds: K for out-of-fold scores, None for one holdout.
        rope: largest difference that does not matter.
    """
    areas = delong(truth, np.stack([vector(a, "a"), vector(b, "b")]))
    spread = areas.covariance[0, 0] + areas.covariance[1, 1] - 2 * areas.covariance[0, 1]
    error = math.sqrt(max(float(spread), 0.0)) * widening(folds)
    return student(float(areas.values[0] - areas.values[1]), error, math.inf, rope, "DeLong")
