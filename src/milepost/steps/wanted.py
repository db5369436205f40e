"""What to label next: a list of rows without a label, each with the reason and the chance of its pick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.modalities.base import text
from milepost.statistics.compare import holm
from milepost.statistics.pick import Picked, pick
from milepost.steps.divided import ROW
from milepost.steps.ground import Contender

Array = np.ndarray[Any, Any]
LEVELS = 12
"""So many of the commonest values of a category tell rows apart."""
MOST, NEAR = 20_000, 10
LEAF = 30
"""A slice has at least so many rows in each half."""
REASONS = {
    "doubtful": "a close call",
    "weak": "in a slice that is answered badly",
    "strange": "unlike the rows learnt from",
    "random": "drawn at random",
}


@dataclass(frozen=True)
class Wanted:
    """Rows to label next.

    Args:
        rows: the raw rows, with `reason`, `weight` (one over the chance of the pick) and `may_test`.
        hard: the raw rows among them that may never enter a test set.
        counts: rows by reason.
    """

    rows: pl.DataFrame
    hard: pl.DataFrame
    counts: dict[str, int]


def wanted(
    pool: pl.DataFrame, learnt: pl.DataFrame, tested: tuple[pl.DataFrame, Array], pair: Sequence[Contender],
    most: int, seed: int = 0,
) -> Wanted | None:  # fmt: skip
    """Lists rows of a pool to label next; None where the pool is empty.

    Args:
        pool: raw rows without a label.
        learnt: rows to develop with.
        tested: rows that were tested on, and the candidate's losses there.
        pair: champion and candidate; where numbers are predicted, rows on which they differ are close calls.
        most: how many rows.
        seed: of the draws.
    """
    if not pool.height or most < 1:
        return None
    whole = pool.height
    pool = pool.sample(min(MOST, whole), seed=seed)
    names = [c.name for c in pair[1].package.manifest.columns if c.name in learnt.columns]
    here = _place(learnt.sample(min(MOST // 4, learnt.height), seed=seed), names, learnt)
    there = _place(pool, names, learnt)
    weak = _weak(_place(tested[0], names, learnt), tested[1], there, seed)
    picked = pick(_margin(pool, pair), weak, _far(there, here), there, most, seed)
    return _listed(pool, picked, whole / pool.height)


def _listed(pool: pl.DataFrame, picked: Picked, times: float) -> Wanted:
    """The rows picked, in words; their weight is `times` what it is among the rows they were picked from."""
    raw = pool[picked.rows].drop(ROW, strict=False)
    said = [" and ".join(REASONS[name] for name in names.split(" + ")) for names in picked.reasons]
    rows = raw.with_columns(
        pl.Series("reason", said, dtype=pl.String),
        pl.Series("weight", picked.weight * times, dtype=pl.Float64),
        pl.Series("may_test", ~picked.hard, dtype=pl.Boolean),
    )
    counts = {
        words: sum(name in names.split(" + ") for names in picked.reasons) for name, words in REASONS.items()
    }
    return Wanted(rows, raw.filter(pl.Series(picked.hard, dtype=pl.Boolean)), counts)


def _margin(pool: pl.DataFrame, pair: Sequence[Contender]) -> Array:
    """How close each call is: the lead of the likeliest class; for numbers how much the two models agree."""
    answer = pair[1].answers(pool)
    if not pair[1].task.labels:
        gap = np.abs(answer - pair[0].answers(pool)).reshape(len(answer), -1).sum(axis=1)
        return np.asarray(-gap)
    task = pair[1].task
    if not task.exclusive or answer.ndim == 1:
        cut = pair[1].cut(task)
        gap = np.abs(answer - np.asarray(0.5 if cut is None else cut))
        return np.asarray(gap.reshape(len(answer), -1).min(axis=1))
    first, second = np.sort(answer, axis=1)[:, :-3:-1].T
    return np.asarray(first - second)


def _place(rows: pl.DataFrame, names: Sequence[str], learnt: pl.DataFrame) -> Array:
    """Where rows lie (rows, width): numbers in interquartile ranges, the commonest categories as 0 and 1."""
    found = [np.zeros(rows.height)]
    for name in names:
        column = rows[name] if name in rows.columns else pl.Series(name, [None] * rows.height)
        known = learnt[name].drop_nulls()
        if not len(known) or known.dtype.is_temporal():
            continue
        if known.dtype.is_numeric():
            values = known.cast(pl.Float64)
            low, middle, high = (float(values.quantile(q) or 0.0) for q in (0.25, 0.5, 0.75))
            scale = (high - low) or float(np.std(values.to_numpy())) or 1.0
            numbers = column.cast(pl.Float64, strict=False).fill_null(middle).to_numpy()
            found.append(np.clip((numbers - middle) / scale, -10, 10))
            continue
        common = text(known).value_counts(sort=True)[name][:LEVELS].to_list()
        words = text(column)
        found += [(words == level).fill_null(False).to_numpy() / np.sqrt(2) for level in common]
    return np.column_stack(found)


def _far(there: Array, here: Array) -> Array:
    """Distance of each row to its tenth nearest among the rows learnt from."""
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=min(NEAR, len(here))).fit(here)
    return np.asarray(near.kneighbors(there)[0][:, -1])


def _weak(tested: Array, losses: Array, there: Array, seed: int) -> Array:
    """Which rows lie in a leaf of a tree of depth 3 whose losses are high on rows that did not grow it."""
    from scipy.stats import ttest_ind
    from sklearn.tree import DecisionTreeRegressor

    nowhere = np.zeros(len(there), dtype=bool)
    half = np.random.default_rng(seed).permutation(len(losses)) % 2 == 0
    if len(losses) < 4 * LEAF:
        return nowhere
    tree = DecisionTreeRegressor(max_depth=3, min_samples_leaf=LEAF, random_state=seed)
    tree.fit(tested[half], losses[half])
    leaf, judged = tree.apply(tested[~half]), losses[~half]
    found = [name for name in np.unique(leaf) if LEAF <= (leaf == name).sum() < len(leaf)]
    if not found:
        return nowhere
    p = [
        float(ttest_ind(judged[leaf == n], judged[leaf != n], equal_var=False, alternative="greater").pvalue)
        for n in found
    ]
    bad = [name for name, value in zip(found, holm(p), strict=True) if value < 0.05]
    return np.isin(tree.apply(there), bad)
