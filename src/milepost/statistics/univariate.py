"""How well one column alone predicts the target, out of fold, fast enough for every column of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers

Array = npt.NDArray[Any]

BINS = 64
GLANCE = 256
"""Values by which a column is seen to have many distinct ones."""
KEPT = 8
"""Outputs of a target whose distances from their means are kept from column to column."""
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
        self._targets, self._score = _targets(y, task)
        self._folds = _Folds(self._targets, part, folds)

    def score(self, x: Array) -> float:
        """The score of a column (n,).

        Raises:
            InputError: it has not as many rows as the target.
        """
        if len(x) != self._rows:
            what = f"a column of {len(x):,} and a target of {self._rows:,} rows."
            raise InputError(what, expected="The same rows.")
        x = x if self._kept is None else x[self._kept]
        return self._score(*self._folds.out_of_fold(x, missing_mask(x)), self._targets)


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
    values, inverse = _few(present) or np.unique(present, return_inverse=True)
    codes = np.full(len(x), -1, dtype=np.int64)
    codes[~missing] = inverse
    return values, codes


def _few(present: Array) -> tuple[Array, Integers] | None:
    """Distinct values and indices by looking each up, a third of the time of ordering rows; None of many."""
    if present.dtype.kind == "U" or len(_distinct(present[:GLANCE])) > BINS:
        return None
    values = _distinct(present)
    return (values, np.searchsorted(values, present)) if len(values) <= BINS else None


def _distinct(present: Array) -> Array:
    ordered = np.sort(present)
    return np.asarray(ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]])


def _parts(rows: int, folds: int, groups: Array | None, generator: np.random.Generator) -> Integers:
    if groups is None:
        return np.asarray(generator.permutation(np.arange(rows) % folds), dtype=np.int64)
    _, group = np.unique(groups, return_inverse=True)
    return np.asarray(generator.permutation(np.arange(group.max() + 1) % folds)[group], dtype=np.int64)


def _is_category(x: Array) -> bool:
    return x.dtype.kind in "OUSb"


class _Folds:
    """Means of targets by bin of a column, for the rows of each fold from those outside, all folds at once.

    Args:
        targets: what means are of (n, t).
        part: the fold of each row (n,).
        folds: how many there are.
    """

    def __init__(self, targets: Floats, part: Integers, folds: int) -> None:
        self.targets, self.part, self.count = targets, part, folds
        outside = [np.flatnonzero(part != fold) for fold in range(folds)]
        self.sizes = np.array([len(rows) for rows in outside])[:, None]
        self.rows, self.fold = np.concatenate(outside), np.repeat(np.arange(folds), self.sizes[:, 0])
        self.means, self.squares = np.zeros((2, folds, targets.shape[1]))
        for fold, rows in enumerate(outside):
            if len(rows):
                self.means[fold] = targets[rows].mean(axis=0)
                self.squares[fold] = ((targets[rows] - self.means[fold]) ** 2).sum(axis=0)
        self._kept: dict[int, Floats] = {}

    def out_of_fold(self, x: Array, missing: npt.NDArray[np.bool_]) -> tuple[Floats, Integers]:
        """How far means by fold and bin lie from the fold's (cells, t), and the cell of each row (n,)."""
        values, codes = factorize(x, missing)
        count = len(values)
        slots = np.where(codes < 0, count, codes)
        if not _is_category(x) and count > BINS:
            bins = self._quantile_bins(slots, count)
            outside, inside, count = bins[self.fold, slots[self.rows]], bins[self.part, slots], BINS
        else:
            outside, inside = slots[self.rows], slots
        return self._lifts(outside, count), self.part * (count + 1) + inside

    def _quantile_bins(self, slots: Integers, distinct: int) -> Integers:
        """For each fold the bins of sorted values, which hold about the same share of the rows outside.

        The last is of missing values.
        """
        places = self.fold * (distinct + 1) + slots[self.rows]
        every = np.bincount(places, minlength=self.count * (distinct + 1))
        counts = every.reshape(self.count, distinct + 1)[:, :distinct]
        below = np.cumsum(counts, axis=1) - counts / 2
        share = below / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        bins = np.minimum((share * BINS).astype(np.int64), BINS - 1)
        return np.column_stack([bins, np.full(self.count, BINS)])

    def _lifts(self, slots: Integers, count: int) -> Floats:
        """Shrunk differences of means by fold and bin (folds * (count + 1), t); a fold's last is of missing.

        A bin of n rows keeps n / (n + within / between) of its difference, the two variances being those of
        a one-way analysis of variance with random effects.
        """
        cells, shape = self.fold * (count + 1) + slots, (self.count, count + 1, -1)
        size, outputs = self.count * (count + 1), range(self.targets.shape[1])
        rows = np.bincount(cells, minlength=size).reshape(shape)
        sums = np.column_stack([np.bincount(cells, self._away(t), size) for t in outputs])
        means = sums.reshape(shape) / np.maximum(rows, 1)
        explained, used = (rows * means**2).sum(axis=1), (rows > 0).sum(axis=1)
        within = (self.squares - explained) / np.maximum(self.sizes - used, 1)
        uneven = (rows**2).sum(axis=1) / np.maximum(self.sizes, 1)
        typical = (self.sizes - uneven) / np.maximum(used - 1, 1)
        between = (explained / np.maximum(used - 1, 1) - within) / np.maximum(typical, 1e-9)
        shrinkage = np.clip(within / np.maximum(between, 1e-12), LEAST_SHRINKAGE, 1e6)
        lifts = means * rows / (rows + shrinkage[:, None])
        return np.asarray(np.where(used[:, None] < 2, 0.0, lifts).reshape(size, -1))

    def _away(self, output: int) -> Floats:
        """How far an output of the rows outside each fold lies from its mean there."""
        away = self._kept.get(output)
        if away is None:
            away = self.targets[self.rows, output] - self.means[self.fold, output]
            if output < KEPT:
                self._kept[output] = away
        return away


def _targets(y: Array, task: str) -> tuple[Floats, Callable[[Floats, Integers, Floats], float]]:
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


def _mean_auc(lifts: Floats, cells: Integers, targets: Floats) -> float:
    return float(np.mean(_areas(lifts, cells, targets)))


def _best_auc(lifts: Floats, cells: Integers, targets: Floats) -> float:
    return float(max(_areas(lifts, cells, targets)))


def _areas(lifts: Floats, cells: Integers, targets: Floats) -> list[float]:
    """The area of each output, counted by cell."""
    rows = np.bincount(cells, minlength=len(lifts)).astype(np.float64)
    seen, areas = rows > 0, []
    for lift, target in zip(lifts.T, targets.T, strict=True):
        hits: Floats = np.bincount(cells, weights=target, minlength=len(lifts)).astype(np.float64)
        areas.append(_area(lift[seen], hits[seen], (rows - hits)[seen]))
    return areas


def auc(positive: Floats, scores: Floats) -> float:
    """Returns the area under the ROC curve, ties half; .5 when there is one class only.

    >>> auc(np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.1, 0.9]))
    0.75
    """
    return _area(scores, positive, 1 - positive)


def _area(scores: Floats, positive: Floats, negative: Floats) -> float:
    """The area of scores that so many positives and negatives share."""
    _, inverse = np.unique(scores, return_inverse=True)
    hits = np.bincount(inverse, weights=positive)
    others = np.bincount(inverse, weights=negative)
    pairs = hits.sum() * others.sum()
    if pairs == 0:
        return 0.5
    return float((hits * (np.cumsum(others) - others / 2)).sum() / pairs)


def _best_share(lifts: Floats, cells: Integers, targets: Floats) -> float:
    rest = targets - targets.mean(axis=0)
    total = (rest**2).sum(axis=0)
    rest -= lifts[cells]
    rest = (rest**2).sum(axis=0)
    return float(np.max(np.where(total > 0, 1 - rest / np.where(total > 0, total, 1), 0), initial=0.0))
