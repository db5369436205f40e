"""Are two samples alike? A classifier that tries to tell their rows apart, and distances by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.apart import FEW, Predict, Setting, drops, fitted
from milepost.statistics.arrays import Floats, Integers
from milepost.statistics.delong import delong
from milepost.statistics.distances import (
    ColumnShift,
    benjamini_hochberg,
    column_shift,
    flag_shifts,
    js_distance,
    ks_distance,
    psi,
    total_variation,
    wasserstein_iqr,
)
from milepost.statistics.univariate import auc

__all__ = [
    "ColumnShift",
    "Setting",
    "TwoSample",
    "benjamini_hochberg",
    "c2st",
    "column_shift",
    "effect",
    "flag_shifts",
    "js_distance",
    "ks_distance",
    "psi",
    "total_variation",
    "wasserstein_iqr",
]

Effect: TypeAlias = Literal["negligible", "slight", "marked", "strong"]
_Part: TypeAlias = tuple[Integers, Predict, Integers]

EXCEEDANCES = 10
BEYOND = 6.0
FOLDS = 5
IMPORTANCE_ROWS = 5000


@dataclass(frozen=True)
class TwoSample:
    """How well a classifier tells the rows of two samples apart.

    Args:
        auc: area under the ROC curve of its out-of-fold probabilities; .5 cannot tell.
        se: standard error of it (DeLong; by resampling groups where there are groups).
        p: p-value of "both samples come from one source".
        effect: the size in words: negligible below .55, slight below .65, marked below .8, strong above.
        different: significant at 5 % and more than negligible: both are needed to act.
        probabilities: out-of-fold probability of the second sample for each row used (n + m,).
        second: 1 for rows of the second sample (n + m,).
        rows: for each row used its index in its own sample (n + m,).
        importance: drop of the AUC when a column is shuffled (columns,); 0 where no column was asked.
    """

    auc: float
    se: float
    p: float
    effect: Effect
    different: bool
    probabilities: Floats
    second: Integers
    rows: Integers
    importance: Floats


LEAST = 20
"""Rows that each of two samples needs at least."""


def effect(area: float) -> Effect:
    """Returns the size of an AUC between two samples in words.

    >>> effect(0.52), effect(0.7)
    ('negligible', 'marked')
    """
    words: list[tuple[float, Effect]] = [(0.55, "negligible"), (0.65, "slight"), (0.8, "marked")]
    return next((word for limit, word in words if area < limit), "strong")


def c2st(
    a: npt.NDArray[Any],
    b: npt.NDArray[Any],
    *,
    groups: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    setting: Setting | None = None,
) -> TwoSample:
    """Tests whether two samples come from one source: classifier two-sample test (Lopez-Paz & Oquab 2017).

    Five folds, rows of a group in one. Under 1,000 rows the p-value comes from up to 199 permutations of the
    labels with the classifier refitted (stopped early when the answer is clear, Besag & Clifford 1991),
    above from (AUC - .5) over its standard error without change.

    Args:
        a: numbers (n, columns), nan where missing; codes for categories.
        b: numbers (m, columns).
        groups: the group of each row in `a` and in `b`.
        setting: learner, seed, rows and threads.

    Raises:
        InputError: the columns differ, or a sample has fewer than 20 rows.
    """
    how = setting or Setting()
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < LEAST:
        raise InputError(
            f"samples shaped {a.shape} and {b.shape} cannot be compared.",
            expected=f"Two tables of the same columns with at least {LEAST} rows each.",
        )
    pool = _pooled(a, b, groups, how)
    p, fits = _out_of_fold(pool, pool.second, how)
    area = auc(pool.second.astype(np.float64), p)
    importance = _importance(pool, fits, how) if area >= how.asked else np.zeros(a.shape[1])
    if pool.group is not None:
        se = _clustered_error(pool, p, how.seed)
        chance = _upper_tail((area - 0.5) / se) if se > 0 else 1.0
    else:
        se = float(np.sqrt(delong(pool.second, p).covariance[0, 0]))
        few = len(p) < FEW and how.permutations
        chance = _permuted(pool, area, how) if few else _upper_tail((area - 0.5) / _null_error(pool))
    size = effect(area)
    different = chance < 0.05 and size != "negligible"
    return TwoSample(area, se, chance, size, different, p, pool.second, pool.rows, importance)


@dataclass(frozen=True)
class _Pool:
    table: Floats
    second: Integers
    rows: Integers
    group: Integers | None


def _pooled(
    a: npt.NDArray[Any], b: npt.NDArray[Any], groups: tuple[npt.ArrayLike, npt.ArrayLike] | None, how: Setting
) -> _Pool:
    generator = np.random.default_rng(how.seed)
    limit = min(how.most, len(a), len(b)) if how.balance else how.most
    picks = [np.sort(generator.permutation(len(x))[:limit]) for x in (a, b)]
    table = np.vstack([a[picks[0]], b[picks[1]]]).astype(np.float64)
    second = np.repeat(np.array([0, 1], dtype=np.int64), [len(picks[0]), len(picks[1])])
    group = None
    if groups is not None:
        names = np.concatenate([np.asarray(g)[pick] for g, pick in zip(groups, picks, strict=True)])
        group = np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)
    return _Pool(table, second, np.concatenate(picks), group)


def _folds(pool: _Pool, labels: Integers, seed: int) -> Iterator[npt.NDArray[np.bool_]]:
    """The held-out rows of each fold: labels spread evenly, or whole groups."""
    generator = np.random.default_rng(seed + 1)
    fold = np.empty(len(labels), dtype=np.int64)
    if pool.group is None:
        fold[np.lexsort((generator.uniform(size=len(labels)), labels))] = np.arange(len(labels)) % FOLDS
    else:
        fold = generator.permutation(np.arange(pool.group.max() + 1) % FOLDS)[pool.group]
    for number in range(FOLDS):
        held = fold == number
        if held.any() and np.ptp(labels[~held]) == 1:
            yield held


def _out_of_fold(pool: _Pool, labels: Integers, how: Setting) -> tuple[Floats, list[_Part]]:
    """Probability of the second sample for each row, and each classifier with rows it has not seen."""
    p, parts = np.full(len(labels), 0.5), []
    for held in _folds(pool, labels, how.seed):
        predict, used = fitted(pool.table[~held], labels[~held], how)
        p[held] = predict(pool.table[held][:, used])
        parts.append((np.flatnonzero(held), predict, used))
    return p, parts


def _importance(pool: _Pool, parts: list[_Part], how: Setting) -> Floats:
    """By how much shuffling a column (columns,) lowers the AUC, the mean of all folds."""
    generator, lowered = np.random.default_rng(how.seed + 2), []
    for held, predict, used in parts:
        inside = held[np.sort(generator.permutation(len(held))[: IMPORTANCE_ROWS // FOLDS])]
        lowered.append(drops(predict, pool.table[inside], pool.second[inside], used, generator))
    return np.mean(lowered, axis=0) if lowered else np.zeros(pool.table.shape[1])


def _null_error(pool: _Pool) -> float:
    m = int(pool.second.sum())
    n = len(pool.second) - m
    return float(np.sqrt((n + m + 1) / (12 * n * m)))


def _upper_tail(z: float) -> float:
    from scipy.stats import norm

    return float(norm.sf(z))


def _permuted(pool: _Pool, area: float, how: Setting) -> float:
    if area - 0.5 > BEYOND * _null_error(pool):
        return 1 / (how.permutations + 1)  # no permutation would come near; this is the least they can say
    generator = np.random.default_rng(how.seed + 3)
    above = 0
    for number in range(1, how.permutations + 1):
        labels = generator.permutation(pool.second)
        p, _ = _out_of_fold(pool, labels, how)
        above += auc(labels.astype(np.float64), p) >= area
        if above == EXCEEDANCES:
            return above / number
    return (above + 1) / (how.permutations + 1)


def _clustered_error(pool: _Pool, p: Floats, seed: int) -> float:
    """Standard error of the AUC by drawing whole groups."""
    if pool.group is None:
        return 0.0
    generator, areas = np.random.default_rng(seed + 4), []
    order = np.argsort(pool.group, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(pool.group))[:-1])
    for _ in range(200):
        rows = np.concatenate([members[g] for g in generator.integers(0, len(members), len(members))])
        if np.ptp(pool.second[rows]) == 1:
            areas.append(auc(pool.second[rows].astype(np.float64), p[rows]))
    return float(np.std(areas, ddof=1)) if len(areas) > 1 else 0.0
