"""How well one column alone predicts the target, out of fold, fast enough for every column of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers

Array = npt.NDArray[Any]

BINS = 64
MAX_CLASSES = 50
MAX_ROWS = 50_000
LEAST_SHRINKAGE = 0.5


def univariate_score(
    x: Array, y: Array, task: str, *, folds: int = 5, seed: int = 0, groups: Array | None = None
) -> float:
    """Scores the out-of-fold means of the target by bins of one column: 1 is a copy, .5 (or 0) is nothing.

    Numbers fall into at most 64 quantile bins, values of a low-cardinality column and categories keep one bin
    each, missing values have their own; a bin's mean is shrunk towards the whole's by empirical Bayes. At
    most 50,000 rows are read, drawn with the seed. The AUC for "binary" (y 0/1), the mean of one against the
    rest for "multiclass" (y codes, the 50 commonest classes), the best predicted label's for "multilabel" (y
    0/1 of shape (n, k)), and for "regression" the share of variance of the target's ranks explained, at least
    0; y of shape (n, d) gives the best predicted output's.

    Args:
        x: the column (n,): numbers (nan is missing), or text, booleans or objects (None is missing).
        y: the target without missing values.
        task: "binary", "multiclass", "multilabel" or "regression".
        folds: parts of which each is predicted from the others.
        seed: of the draw and the parts.
        groups: rows of one group stay in one part.

    Raises:
        InputError: the task is unknown or lengths differ.

    >>> y = np.arange(1000) % 2
    >>> univariate_score(y + 0.1, y, "binary"), univariate_score(np.ones(1000), y, "binary")
    (1.0, 0.5)
    """
    return Univariate(y, task, folds=folds, seed=seed, groups=groups).score(x)


class Univariate:
    """Scores one column after another against a target, see `univariate_score`; what they share is made once.

    Args:
        y, task, folds, seed, groups: as for `univariate_score`.

    Raises:
        InputError: the task is unknown.
    """

    def __init__(
        self, y: Array, task: str, *, folds: int = 5, seed: int = 0, groups: Array | None = None
    ) -> None:
        self._rows, generator = len(y), np.random.default_rng(seed)
        self._kept: Array | None = None
        if len(y) > MAX_ROWS:
            kept = np.sort(generator.choice(len(y), MAX_ROWS, replace=False))
            y, groups, self._kept = y[kept], None if groups is None else groups[kept], kept
        part = _parts(len(y), folds, groups, generator)
        self._held = [part == fold for fold in range(folds)]
        self._targets, self._score = _targets(y, task)

    def score(self, x: Array) -> float:
        """The score of a column (n,).

        Raises:
            InputError: it has not as many rows as the target.
        """
        if len(x) != self._rows:
            what = f"a column of {len(x):,} and a target of {self._rows:,} rows."
            raise InputError(what, expected="The same rows.")
        x = x if self._kept is None else x[self._kept]
        return self._score(_out_of_fold(x, missing_mask(x), self._targets, self._held), self._targets)


def missing_mask(x: Array) -> npt.NDArray[np.bool_]:
    """Says which values are missing: nan, None or a missing moment.

    >>> missing_mask(np.array([1.0, np.nan])).tolist()
    [False, True]
    """
    if x.dtype.kind == "f":
        return np.asarray(np.isnan(x))
    if x.dtype.kind in "mM":
        return np.asarray(np.isnat(x))
    if x.dtype.kind == "O":
        return np.fromiter((value is None or value != value for value in x), dtype=np.bool_, count=len(x))
    return np.zeros(len(x), dtype=np.bool_)


def factorize(x: Array, missing: npt.NDArray[np.bool_]) -> tuple[Array, Integers]:
    """Returns the distinct present values, sorted, and each row's index into them (-1 where missing)."""
    present = x[~missing]
    if x.dtype.kind == "O":
        present = present.astype(str)
    values, inverse = np.unique(present, return_inverse=True)
    codes = np.full(len(x), -1, dtype=np.int64)
    codes[~missing] = inverse
    return values, codes


def _parts(rows: int, folds: int, groups: Array | None, generator: np.random.Generator) -> Integers:
    if groups is None:
        return np.asarray(generator.permutation(np.arange(rows) % folds), dtype=np.int64)
    _, group = np.unique(groups, return_inverse=True)
    return np.asarray(generator.permutation(np.arange(group.max() + 1) % folds)[group], dtype=np.int64)


def _is_category(x: Array) -> bool:
    return x.dtype.kind in "OUSb"


def _out_of_fold(
    x: Array, missing: npt.NDArray[np.bool_], targets: Floats, parts: Sequence[npt.NDArray[np.bool_]]
) -> Floats:
    """How far the targets' means by bin lie from the whole's (n, t); those of a part come from the others."""
    values, codes = factorize(x, missing)
    exact = _is_category(x) or len(values) <= BINS
    lifts = np.empty_like(targets)
    for held in parts:
        bins = codes if exact else _quantile_bins(codes, len(values), ~held)
        count = len(values) if exact else BINS
        lifts[held] = _lifts(bins[~held], targets[~held], count)[bins[held]]
    return lifts


def _quantile_bins(codes: Integers, distinct: int, train: npt.NDArray[np.bool_]) -> Integers:
    """Codes of sorted values grouped so that each bin holds about the same share of the training rows."""
    counts = np.bincount(codes[train & (codes >= 0)], minlength=distinct)
    below = np.cumsum(counts) - counts / 2
    bins = np.minimum((below / max(counts.sum(), 1) * BINS).astype(np.int64), BINS - 1)
    return np.asarray(np.append(bins, -1)[codes], dtype=np.int64)


def _lifts(bins: Integers, targets: Floats, count: int) -> Floats:
    """Shrunk differences of means by bin (count + 1, t); the last, which -1 points to, is of missing values.

    A bin of n rows keeps n / (n + within / between) of its difference, the two variances being those of a
    one-way analysis of variance with random effects.
    """
    slots = np.where(bins < 0, count, bins)
    rows = np.bincount(slots, minlength=count + 1)[:, None]
    total, used = len(bins), int((rows > 0).sum())
    if used < 2:
        return np.zeros((count + 1, targets.shape[1]))
    centred = targets - targets.mean(axis=0)
    sums = np.column_stack([np.bincount(slots, weights=t, minlength=count + 1) for t in centred.T])
    means = sums / np.maximum(rows, 1)
    explained = (rows * means**2).sum(axis=0)
    within = ((centred**2).sum(axis=0) - explained) / max(total - used, 1)
    typical = (total - float((rows**2).sum()) / total) / max(used - 1, 1)
    between = (explained / max(used - 1, 1) - within) / max(typical, 1e-9)
    shrinkage = np.clip(within / np.maximum(between, 1e-12), LEAST_SHRINKAGE, 1e6)
    return np.asarray(means * rows / (rows + shrinkage))


def _targets(y: Array, task: str) -> tuple[Floats, Callable[[Floats, Floats], float]]:
    if task == "binary":
        return y.astype(np.float64)[:, None], _mean_auc
    if task == "multilabel":
        return y.astype(np.float64), _best_auc
    if task == "multiclass":
        counts = np.bincount(y.astype(np.int64))
        classes = np.argsort(-counts, kind="stable")[:MAX_CLASSES]
        classes = classes[counts[classes] > 0]
        return np.asarray(y[:, None] == classes, dtype=np.float64), _mean_auc
    if task == "regression":
        from scipy.stats import rankdata

        flat = y.reshape(len(y), -1)
        return np.asarray(rankdata(flat, axis=0), dtype=np.float64), _best_share
    raise InputError(f"there is no task '{task}'.", expected="binary, multiclass, multilabel or regression.")


def _mean_auc(lifts: Floats, targets: Floats) -> float:
    return float(np.mean([auc(target, lift) for lift, target in zip(lifts.T, targets.T, strict=True)]))


def _best_auc(lifts: Floats, targets: Floats) -> float:
    return float(max(auc(target, lift) for lift, target in zip(lifts.T, targets.T, strict=True)))


def auc(positive: Floats, scores: Floats) -> float:
    """Returns the area under the ROC curve, ties half; .5 when there is one class only.

    >>> auc(np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.1, 0.9]))
    0.75
    """
    _, inverse = np.unique(scores, return_inverse=True)
    hits = np.bincount(inverse, weights=positive)
    others = np.bincount(inverse, weights=1 - positive)
    pairs = hits.sum() * others.sum()
    if pairs == 0:
        return 0.5
    return float((hits * (np.cumsum(others) - others / 2)).sum() / pairs)


def _best_share(lifts: Floats, targets: Floats) -> float:
    centred = targets - targets.mean(axis=0)
    rest, total = ((centred - lifts) ** 2).sum(axis=0), (centred**2).sum(axis=0)
    return float(np.max(np.where(total > 0, 1 - rest / np.where(total > 0, total, 1), 0), initial=0.0))
