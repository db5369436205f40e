"""Areas under ROC and precision-recall curves, computed often enough to need no checks on the way.

They agree with scikit-learn's, which spends most of its time on checking its input: intervals, the correction
for looks and the choice of an ensemble ask for thousands of areas.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def area_under_roc(positive: NDArray[np.bool_], scores: Array, weight: Array | None = None) -> float:
    """The chance that a positive row gets the higher score, ties counting half; nan without both classes.

    Args:
        positive: which rows are positive (n,).
        scores: finite scores (n,).
        weight: weight of each row (n,), or None.

    >>> area_under_roc(np.array([False, True, True]), np.array([0.1, 0.1, 0.4]))
    0.75
    """
    caught, passed = _steps(positive, scores, weight)
    wrong = passed - caught
    total = caught[-1] * wrong[-1]
    if not total > 0:
        return float("nan")
    before = np.concatenate([[0.0], caught[:-1]])
    return float((np.diff(wrong, prepend=0.0) * (caught + before)).sum() / (2 * total))


def area_under_steps(positive: NDArray[np.bool_], scores: Array, weight: Array | None = None) -> float:
    """Average precision: the mean over positive rows of the precision at their score; nan without any.

    Args:
        positive: which rows are positive (n,).
        scores: finite scores (n,).
        weight: weight of each row (n,), or None.

    >>> round(area_under_steps(np.array([False, True, True]), np.array([0.2, 0.1, 0.4])), 4)
    0.8333
    """
    caught, passed = _steps(positive, scores, weight)
    if not caught[-1] > 0:
        return float("nan")
    precision = np.divide(caught, passed, out=np.zeros_like(caught), where=passed > 0)
    return float((np.diff(caught, prepend=0.0) * precision).sum() / caught[-1])


def _steps(positive: NDArray[np.bool_], scores: Array, weight: Array | None) -> tuple[Array, Array]:
    """Down the distinct scores: weight of the positive rows, and of all rows, that were passed."""
    order = np.argsort(-scores)
    sorted_ = scores[order]
    ends = np.append(np.flatnonzero(sorted_[1:] != sorted_[:-1]), len(order) - 1)
    if weight is None:
        return np.cumsum(positive[order], dtype=np.float64)[ends], ends + 1.0
    heavy = weight[order]
    return np.cumsum(heavy * positive[order])[ends], np.cumsum(heavy)[ends]
