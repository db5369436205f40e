"""Are two samples alike? A classifier that tries to tell their rows apart, and distances by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
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
Learner: TypeAlias = Literal["boosting", "logistic"]
Predict: TypeAlias = Callable[[Floats], Floats]

FEW = 1000
PERMUTATIONS = 199
EXCEEDANCES = 10
BEYOND = 6.0
FOLDS = 5
IMPORTANCE_ROWS = 5000
SPARSE = 4  # where trees read less than one column in so many, the others are not handed to them


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
        importance: drop of the AUC when a column is shuffled (columns,).
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


@dataclass(frozen=True)
class Setting:
    """How the test is done.

    Args:
        learner: "boosting" for tables (missing values allowed), "logistic" for embeddings.
        seed: of draws, folds and shuffles.
        most: rows used of each sample at most.
        balance: use as many rows of one sample as of the other.
        threads: of the boosting.
        permutations: of few rows for the p-value, at most; 0 takes the formula of many rows instead.
    """

    learner: Learner = "boosting"
    seed: int = 0
    most: int = 50_000
    balance: bool = True
    threads: int = 1
    permutations: int = PERMUTATIONS


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
    p, importance = _out_of_fold(pool, pool.second, how, explain=True)
    area = auc(pool.second.astype(np.float64), p)
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


def _out_of_fold(pool: _Pool, labels: Integers, how: Setting, *, explain: bool) -> tuple[Floats, Floats]:
    """Probability of the second sample for each row, and by how much shuffling a column lowers the AUC."""
    p, columns = np.full(len(labels), 0.5), pool.table.shape[1]
    drops, generator = [], np.random.default_rng(how.seed + 2)
    for held in _folds(pool, labels, how.seed):
        predict, used = _fitted(pool.table[~held], labels[~held], how)
        p[held] = predict(pool.table[held][:, used])
        if explain:
            inside = np.flatnonzero(held)
            inside = inside[np.sort(generator.permutation(len(inside))[: IMPORTANCE_ROWS // FOLDS])]
            drops.append(_drops(predict, pool.table[inside], labels[inside], used, generator))
    return p, np.mean(drops, axis=0) if drops else np.zeros(columns)


def _fitted(table: Floats, labels: Integers, how: Setting) -> tuple[Predict, Integers]:
    """A classifier of the columns that it reads, and which these are."""
    if how.learner == "logistic":
        from sklearn.linear_model import LogisticRegression

        middle, width = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-12)
        line = LogisticRegression(max_iter=200).fit((table - middle) / width, labels)
        every = np.arange(table.shape[1])
        return lambda x: np.asarray(line.predict_proba((x - middle) / width)[:, 1]), every
    import lightgbm
    from scipy.sparse import csr_matrix

    small = len(labels) < FEW
    settings = {
        "objective": "binary",
        "num_leaves": 7 if small else 15,
        "min_data_in_leaf": 10 if small else 20,
        "learning_rate": 0.1,
        "num_threads": how.threads,
        "seed": how.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    trees = lightgbm.train(settings, lightgbm.Dataset(table, labels), num_boost_round=30 if small else 100)
    used, width = np.flatnonzero(trees.feature_importance() > 0), table.shape[1]

    def predict(x: Floats) -> Floats:
        if 0 < len(used) < width / SPARSE:
            ends = len(used) * np.arange(len(x) + 1)
            rows = csr_matrix((x.ravel(), np.tile(used, len(x)), ends), (len(x), width))
        else:
            rows = np.zeros((len(x), width))
            rows[:, used] = x
        return np.asarray(trees.predict(rows, num_threads=how.threads))

    return predict, used


def _drops(
    predict: Predict, table: Floats, labels: Integers, used: Integers, generator: np.random.Generator
) -> Floats:
    truth, drops, table = labels.astype(np.float64), np.zeros(table.shape[1]), table[:, used]
    whole, shuffled = auc(truth, predict(table)), table.copy()
    for place, column in enumerate(used):
        shuffled[:, place] = generator.permutation(table[:, place])
        drops[column] = whole - auc(truth, predict(shuffled))
        shuffled[:, place] = table[:, place]
    return drops


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
        p, _ = _out_of_fold(pool, labels, how, explain=False)
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
