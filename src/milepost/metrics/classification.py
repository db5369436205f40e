"""Metrics of binary and multiclass classification; scikit-learn computes where it can."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from milepost.metrics.base import Array, by_row, metric
from milepost.metrics.ranking import area_under_roc, area_under_steps

Weight = NDArray[np.float64] | None

_BINARY = ("binary",)
_CLASSES = ("binary", "multiclass")
_ALL = (*_CLASSES, "multilabel")


def _onehot(truth: Array, classes: int) -> Array:
    return np.asarray(np.eye(classes, dtype=np.float64)[truth], dtype=np.float64)


def _normal(probabilities: Array) -> Array:
    """Rows that sum to 1 in double precision; (n,) becomes (n, 2)."""
    p = probabilities if probabilities.ndim == 2 else np.column_stack([1 - probabilities, probabilities])
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def _log_losses(truth: Array, probabilities: Array) -> Array:
    if truth.ndim == 2:
        given = np.where(truth == 1, probabilities, 1 - probabilities)
        return np.asarray(-np.log(np.clip(given, np.finfo(np.float64).eps, 1)).mean(axis=1))
    p = _normal(probabilities)
    chosen = p[np.arange(len(truth)), truth]
    return np.asarray(-np.log(np.clip(chosen, np.finfo(np.float64).eps, 1)))


def _brier_losses(truth: Array, probabilities: Array) -> Array:
    if probabilities.ndim == 1:
        return np.asarray((probabilities - truth) ** 2)
    return np.asarray(((probabilities - _onehot(truth, probabilities.shape[1])) ** 2).sum(axis=1))


def _errors(truth: Array, labels: Array) -> Array:
    return np.asarray(truth != labels, dtype=np.float64)


@metric(
    better="higher",
    reads="scores",
    tasks=_ALL,
    kind="auc",
    says="it ranks a {positive} above a {negative} {value:.0%} of the time",
)
def roc_auc(truth: Array, scores: Array, weight: Weight = None) -> float:
    """The chance that a positive row gets the higher score; of several classes or labels the mean."""
    if truth.ndim == 2:
        columns = zip(truth.T == 1, scores.T, strict=True)
        areas = [area_under_roc(borne, score, weight) for borne, score in columns]
        known = [area for area in areas if np.isfinite(area)]
        return float(np.mean(known)) if known else float("nan")
    if scores.ndim == 1:
        return area_under_roc(truth == 1, scores, weight)
    present = np.unique(truth)
    if len(present) < 2:
        return float("nan")
    return float(np.mean([area_under_roc(truth == code, scores[:, code], weight) for code in present]))


@metric(
    better="higher",
    reads="scores",
    tasks=_CLASSES,
    says="going down the list until every {positive} is found, {value:.0%} of those passed are right",
)
def average_precision(truth: Array, scores: Array, weight: Weight = None) -> float:
    """The mean precision over the positives, in step form; for classes the mean of one against the rest."""
    if scores.ndim == 1:
        return area_under_steps(truth == 1, scores, weight)
    each = [area_under_steps(truth == code, scores[:, code], weight) for code in np.unique(truth)]
    return float(np.mean(each))


@metric(
    better="lower",
    reads="probabilities",
    tasks=_ALL,
    kind="loss",
    perfect=0.0,
    says="its probabilities cost {value:.3f} nats of surprise a row",
)
@by_row(_log_losses)
def log_loss(truth: Array, probabilities: Array, weight: Weight = None) -> float:
    """The mean of minus the logarithm of the probability given to what happened, over rows and labels."""
    if truth.ndim == 2:
        return float(np.average(_log_losses(truth, probabilities), weights=weight))
    from sklearn.metrics import log_loss as score

    p = _normal(probabilities)
    return float(score(truth, p, sample_weight=weight, labels=np.arange(p.shape[1])))


@metric(
    better="lower",
    reads="probabilities",
    tasks=_CLASSES,
    kind="loss",
    perfect=0.0,
    says="its probabilities are off by {value:.3f} squared a row",
)
@by_row(_brier_losses)
def brier(truth: Array, probabilities: Array, weight: Weight = None) -> float:
    """The mean squared distance of probabilities from what happened (summed over classes if several)."""
    return float(np.average(_brier_losses(truth, probabilities), weights=weight))


@metric(
    better="lower",
    reads="probabilities",
    tasks=_CLASSES,
    kind="loss",
    perfect=0.0,
    says="it leaves {value:.0%} of the uncertainty that the base rate alone leaves",
)
@by_row(_log_losses)
def normalised_entropy(truth: Array, probabilities: Array, weight: Weight = None) -> float:
    """The log loss divided by that of always answering the base rates (He et al. 2014)."""
    shares = np.bincount(truth, weights=weight)
    shares = shares[shares > 0] / shares.sum()
    if len(shares) < 2:
        return float("nan")
    return float(log_loss.function(truth, probabilities, weight) / -(shares * np.log(shares)).sum())


@metric(
    better="higher",
    reads="labels",
    tasks=_CLASSES,
    kind="proportion",
    says="it is right in {value:.1%} of the rows",
)
@by_row(_errors)
def accuracy(truth: Array, labels: Array, weight: Weight = None) -> float:
    """The share of rows whose class is right."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(truth, labels, sample_weight=weight))


@metric(
    better="higher",
    reads="labels",
    tasks=_CLASSES,
    says="of each class it finds on average {value:.1%}",
)
def balanced_accuracy(truth: Array, labels: Array, weight: Weight = None) -> float:
    """The mean over classes of the share found (macro recall)."""
    from sklearn.metrics import balanced_accuracy_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # predicted classes that are not among these rows
        return float(balanced_accuracy_score(truth, labels, sample_weight=weight))


@metric(
    better="higher",
    reads="labels",
    tasks=_BINARY,
    says="the harmonic mean of precision and recall is {value:.1%}",
)
def f1(truth: Array, labels: Array, weight: Weight = None) -> float:
    """The harmonic mean of precision and recall; 0 where neither is defined."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, labels, sample_weight=weight, zero_division=0.0))


@metric(
    better="higher",
    reads="labels",
    tasks=_ALL,
    says="over classes, the harmonic means of precision and recall average {value:.1%}",
)
def macro_f1(truth: Array, labels: Array, weight: Weight = None) -> float:
    """The mean of F1 over classes, or over labels."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, labels, sample_weight=weight, average="macro", zero_division=0.0))


@metric(
    better="higher",
    reads="labels",
    tasks=_CLASSES,
    says="predicted and true classes correlate at {value:.2f}",
)
def mcc(truth: Array, labels: Array, weight: Weight = None) -> float:
    """Matthews' correlation of predicted and true classes; 0 for a constant answer."""
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(truth, labels, sample_weight=weight))


def _top(truth: Array, scores: Array, weight: Weight, k: float) -> tuple[float, float]:
    """Weight of the positives in the k highest share and of that share; ties count by their expectation."""
    weights = np.ones(len(truth)) if weight is None else weight
    values, inverse = np.unique(-scores, return_inverse=True)
    mass = np.bincount(inverse, weights=weights, minlength=len(values))
    hits = np.bincount(inverse, weights=weights * truth, minlength=len(values))
    room = k * weights.sum()
    before = np.cumsum(mass) - mass
    taken = np.clip((room - before) / np.where(mass > 0, mass, 1), 0, 1)
    return float((hits * taken).sum()), float(room)


@metric(
    better="higher",
    reads="scores",
    tasks=_BINARY,
    kind="proportion",
    says="the rows looked at first hold {value:.0%} of all {positives}",
)
def recall_at_k(truth: Array, scores: Array, weight: Weight = None, *, k: float = 0.05) -> float:
    """The share of the positives that are among the highest `k` of all rows; `k` is a share."""
    total = float(truth.sum() if weight is None else (truth * weight).sum())
    return _top(truth, scores, weight, k)[0] / total if total > 0 else float("nan")


@metric(
    better="higher",
    reads="scores",
    tasks=_BINARY,
    kind="proportion",
    says="of the rows looked at first, {value:.0%} are {positives}",
)
def precision_at_k(truth: Array, scores: Array, weight: Weight = None, *, k: float = 0.05) -> float:
    """The share of positives among the highest `k` of all rows; `k` is a share."""
    hits, room = _top(truth, scores, weight, k)
    return hits / room
