"""How closely two columns go together: ranks of numbers, tables of categories, and one with the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from milepost.statistics.univariate import Array, factorize, missing_mask

LEVELS = 100
"""Categories beyond the most frequent ones count as one."""
LEAST = 30
"""Rows that must have both values."""


@dataclass(frozen=True)
class Pair:
    """How closely two columns go together.

    Args:
        one: a column.
        other: another.
        measure: "Spearman", "Cramér's V" or "correlation ratio".
        value: -1 to 1 for Spearman, else 0 to 1.
    """

    one: str
    other: str
    measure: str
    value: float


def pairs(columns: Mapping[str, Array], most: int = 20) -> tuple[Pair, ...]:
    """Returns the closest pairs of columns, by size.

    Spearman's rank correlation among numbers (rows where one is missing are left out), Cramér's V with the
    bias correction of Bergsma 2013 among categories, and the correlation ratio of the ranks, corrected for
    the number of categories, between both.

    Args:
        columns: name -> values (n,): numbers with nan, or texts with None.
        most: how many pairs.

    >>> x = np.arange(100.0)
    >>> pairs({"a": x, "b": -(x**3), "c": np.where(x < 50, "low", "high")})[0]
    Pair(one='a', other='b', measure='Spearman', value=-1.0)
    """
    numbers = {n: v for n, v in columns.items() if v.dtype.kind in "fiu"}
    levels = {n: codes(v) for n, v in columns.items() if n not in numbers}
    found = _numbers(numbers)
    ranked = {n: _ranks(v) for n, v in numbers.items()}
    names = list(levels)
    for at, one in enumerate(names):
        found += [Pair(one, o, "Cramér's V", cramers_v(levels[one], levels[o])) for o in names[at + 1 :]]
        found += [
            Pair(one, o, "correlation ratio", correlation_ratio(levels[one], r)) for o, r in ranked.items()
        ]
    return tuple(sorted(found, key=lambda pair: -abs(pair.value))[:most])


def codes(values: Array) -> npt.NDArray[np.int64]:
    """Codes of categories (n,), the most frequent ones apart, the rest as one; -1 where missing."""
    found, place = factorize(values, missing_mask(values))
    if len(found) <= LEVELS:
        return place
    order = np.argsort(-np.bincount(place[place >= 0], minlength=len(found)), kind="stable")
    rank = np.empty(len(found), np.int64)
    rank[order] = np.minimum(np.arange(len(found)), LEVELS - 1)
    return np.where(place >= 0, rank[place], -1)


def cramers_v(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> float:
    """Returns Cramér's V of two columns of codes (-1 is missing), bias-corrected (Bergsma 2013).

    >>> codes_ = np.tile([0, 1], 50)
    >>> cramers_v(codes_, codes_), cramers_v(codes_, np.repeat([0, 1], 50))
    (1.0, 0.0)
    """
    both = (a >= 0) & (b >= 0)
    rows = int(both.sum())
    if rows < LEAST:
        return 0.0
    width = int(b.max()) + 1
    table = np.bincount(a[both] * width + b[both], minlength=(int(a.max()) + 1) * width).reshape(-1, width)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0].astype(np.float64)
    r, k = table.shape
    if min(r, k) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    phi = float(((table - expected) ** 2 / expected).sum()) / rows
    phi = max(0.0, phi - (r - 1) * (k - 1) / (rows - 1))
    smaller = min(r - (r - 1) ** 2 / (rows - 1), k - (k - 1) ** 2 / (rows - 1)) - 1
    return min(1.0, float(np.sqrt(phi / smaller))) if smaller > 0 else 0.0


def correlation_ratio(a: npt.NDArray[np.int64], ranks: Array) -> float:
    """Returns the root of the share of the variance of `ranks` between the categories `a`, corrected.

    The correction is that of the adjusted R²: 0 on average when there is no relation.
    """
    both = (a >= 0) & np.isfinite(ranks)
    rows = int(both.sum())
    if rows < LEAST:
        return 0.0
    group, y = a[both], ranks[both] - ranks[both].mean()
    size, total = np.bincount(group), float((y**2).sum())
    used = int((size > 0).sum())
    if total <= 0 or used < 2 or rows - used < 2:
        return 0.0
    between = float((np.bincount(group, weights=y) ** 2 / np.maximum(size, 1)).sum())
    share = 1 - (1 - between / total) * (rows - 1) / (rows - used)
    return float(np.sqrt(max(0.0, share)))


def _ranks(values: Array) -> Array:
    from scipy.stats import rankdata

    numbers = values.astype(np.float64)
    return np.asarray(rankdata(numbers, nan_policy="omit"), dtype=np.float64)


def _numbers(columns: Mapping[str, Array]) -> list[Pair]:
    """Rank correlations of all pairs at once, each over the rows that have both."""
    names = list(columns)
    if len(names) < 2:
        return []
    ranks = np.column_stack([_ranks(columns[name]) for name in names])
    known = np.isfinite(ranks)
    middle = np.where(known, ranks, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    z = np.where(known, ranks - middle, 0.0)
    here = known.astype(np.float64)
    count = here.T @ here
    safe = np.maximum(count, 1)
    first, second = z.T @ here, here.T @ z  # sums of each column over the rows that have both
    cross = z.T @ z - first * second / safe
    square = (z**2).T @ here - first**2 / safe
    width = np.sqrt(np.maximum(square * square.T, 0))
    value = np.divide(cross, width, out=np.zeros_like(cross), where=(width > 0) & (count >= LEAST))
    upper = np.triu_indices(len(names), 1)
    return [
        Pair(names[i], names[j], "Spearman", float(np.clip(round(value[i, j], 12), -1, 1)))
        for i, j in zip(*upper, strict=True)
    ]
