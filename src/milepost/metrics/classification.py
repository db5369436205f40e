"""Metrics of binary and multiclass classification.

They agree with scikit-learn's, which spends milliseconds on checking its input: a bootstrap asks for
thousands.
"""

from __future__ import annotations

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


def _confusion(truth: Array, labels: Array, weight: Weight, classes: int = 0) -> Array:
    """Weight of the rows by true class and by class answered, (k, k)."""
    classes = classes or int(max(truth.max(), labels.max())) + 1
    cells = np.bincount(truth * classes + labels, weights=weight, minlength=classes**2)
    return np.asarray(cells.reshape(classes, classes), dtype=np.float64)


def _harmonic(counts: Array) -> Array:
    """The harmonic mean of precision and recall of each class (k,), 0 where neither is defined."""
    passed = counts.sum(axis=0) + counts.sum(axis=1)
    return np.asarray(2 * np.diag(counts) / np.where(passed > 0, passed, 1.0))


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
    return float(np.average(_log_losses(truth, probabilities), weights=weight))


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
    return float(np.average(truth == labels, weights=weight))


@metric(
    better="higher",
    reads="labels",
    tasks=_CLASSES,
    says="of each class it finds on average {value:.1%}",
)
def balanced_accuracy(truth: Array, labels: Array, weight: Weight = None) -> float:
    """The mean over classes of the share found (macro recall)."""
    counts = _confusion(truth, labels, weight)
    known = counts.sum(axis=1) > 0
    return float((np.diag(counts)[known] / counts.sum(axis=1)[known]).mean())


@metric(
    better="higher",
    reads="labels",
    tasks=_BINARY,
    says="the harmonic mean of precision and recall is {value:.1%}",
)
def f1(truth: Array, labels: Array, weight: Weight = None) -> float:
    """The harmonic mean of precision and recall; 0 where neither is defined."""
    return float(_harmonic(_confusion(truth, labels, weight, 2))[1])


@metric(
    better="higher",
    reads="labels",
    tasks=_ALL,
    says="over classes, the harmonic means of precision and recall average {value:.1%}",
)
def macro_f1(truth: Array, labels: Array, weight: Weight = None) -> float:
    """The mean of F1 over classes, or over labels."""
    if truth.ndim == 2:
        pairs = zip(truth.T, labels.T, strict=True)
        return float(np.mean([_harmonic(_confusion(*pair, weight, 2))[1] for pair in pairs]))
    there = np.bincount(np.concatenate([truth, labels])) > 0
    return float(_harmonic(_confusion(truth, labels, weight))[there].mean())


@metric(
    better="higher",
    reads="labels",
    tasks=_CLASSES,
    says="predicted and true classes correlate at {value:.2f}",
)
def mcc(truth: Array, labels: Array, weight: Weight = None) -> float:
    """Matthews' correlation of predicted and true classes; 0 for a constant answer."""
    counts = _confusion(truth, labels, weight)
    borne, said, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    spread = float((total**2 - said @ said) * (total**2 - borne @ borne))
    return float((np.trace(counts) * total - borne @ said) / np.sqrt(spread)) if spread > 0 else 0.0


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
