"""Metrics of rows that bear several labels: truth and predictions (n, k), one column a label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from milepost.metrics.base import Array, by_row, metric
from milepost.metrics.ranking import area_under_steps

Weight = NDArray[np.float64] | None

_TASKS = ("multilabel",)


def _wrong(truth: Array, labels: Array) -> Array:
    return np.asarray((truth != labels).mean(axis=1), dtype=np.float64)


def _different(truth: Array, labels: Array) -> Array:
    return np.asarray((truth != labels).any(axis=1), dtype=np.float64)


@metric(
    better="higher",
    reads="scores",
    tasks=_TASKS,
    says="going down a label's list until all rows that bear it are found, {value:.0%} of those passed do",
)
def macro_average_precision(truth: Array, scores: Array, weight: Weight = None) -> float:
    """The mean of average precision over the labels that any row bears, each counting the same."""
    columns = zip(truth.T == 1, scores.T, strict=True)
    each = [area_under_steps(borne, score, weight) for borne, score in columns]
    known = [area for area in each if np.isfinite(area)]
    return float(np.mean(known)) if known else float("nan")


@metric(
    better="higher",
    reads="scores",
    tasks=_TASKS,
    says="going down one list of all rows and labels, {value:.0%} of those passed are right",
)
def micro_average_precision(truth: Array, scores: Array, weight: Weight = None) -> float:
    """Average precision of all rows and labels in one list; common labels count most."""
    heavy = None if weight is None else np.repeat(weight, truth.shape[1])
    return area_under_steps(truth.ravel() == 1, scores.ravel(), heavy)


@metric(
    better="higher",
    reads="labels",
    tasks=_TASKS,
    says="over all rows and labels, the harmonic mean of precision and recall is {value:.1%}",
)
def micro_f1(truth: Array, labels: Array, weight: Weight = None) -> float:
    """F1 of all rows and labels counted together."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, labels, sample_weight=weight, average="micro", zero_division=0.0))


@metric(
    better="lower",
    reads="labels",
    tasks=_TASKS,
    perfect=0.0,
    kind="loss",
    says="of a row's labels {value:.1%} are wrong on average",
)
@by_row(_wrong)
def hamming_loss(truth: Array, labels: Array, weight: Weight = None) -> float:
    """The share of rows and labels decided wrongly; small for rare labels, whatever is answered."""
    return float(np.average(_wrong(truth, labels), weights=weight))


@metric(
    better="higher",
    reads="labels",
    tasks=_TASKS,
    kind="proportion",
    says="all labels are right in {value:.1%} of the rows",
)
@by_row(_different)
def subset_accuracy(truth: Array, labels: Array, weight: Weight = None) -> float:
    """The share of rows with all labels right; for display, as one label spoils it."""
    return 1.0 - float(np.average(_different(truth, labels), weights=weight))


@metric(
    better="higher",
    reads="scores",
    tasks=_TASKS,
    says="of the labels ranked above one that a row bears, {value:.0%} are right on average",
)
def label_ranking_average_precision(truth: Array, scores: Array, weight: Weight = None) -> float:
    """How high the labels that a row bears stand among its own; rows that bear none count as right."""
    from sklearn.metrics import label_ranking_average_precision_score

    return float(label_ranking_average_precision_score(truth, scores, sample_weight=weight))
