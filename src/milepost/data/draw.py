"""Draws and deals rows by whole groups, evenly over strata, and cuts them by time."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.errors import InputError

Array = np.ndarray[Any, Any]
DRAWS = 100
MANY = 2000
"""Groups from which on a single draw is near enough to what is wanted."""


def codes_of(values: Array) -> Array:
    """Returns values as codes from 0 on, in their order.

    >>> codes_of(np.array(["b", "a", "b"])).tolist()
    [1, 0, 1]
    """
    return np.asarray(np.unique(np.asarray(values), return_inverse=True)[1].ravel(), dtype=np.int64)


def begins(time: Array, groups: Array | None) -> Array:
    """Returns for each row the time at which its group begins; its own time without groups.

    >>> begins(np.array([3, 1, 2]), np.array([0, 0, 1])).tolist()
    [1, 1, 2]
    """
    if groups is None:
        return time
    codes = codes_of(groups)
    starts = np.full(int(codes.max()) + 1, time.max())
    np.minimum.at(starts, codes, time)
    return np.asarray(starts[codes])


def draw(codes: Array, kinds: Array, size: Array, share: float, random: np.random.Generator) -> Array:
    """Returns the test membership of rows: groups of several rows first, then single rows up to the quota."""
    member = np.zeros(len(size), dtype=bool)
    several = size > 1
    main = np.zeros(len(size), np.int64)
    main[codes] = kinds
    if several.any():
        tables = np.zeros((len(size), int(kinds.max()) + 1))
        np.add.at(tables, (codes, kinds), 1)
        wanted = share * tables[several].sum(axis=0)
        member[several] = _nearest(tables[several], wanted, share, random, alone=bool(several.all()))
    quota = _quota(kinds, share) - np.bincount(kinds[member[codes]], minlength=int(kinds.max()) + 1)
    single = np.flatnonzero(~several)
    for kind, need in enumerate(quota):
        pool = single[main[single] == kind]
        member[random.permutation(pool)[: int(np.clip(need, 0, len(pool)))]] = True
    return np.asarray(member[codes])


def _nearest(
    tables: Array, wanted: Array, share: float, random: np.random.Generator, *, alone: bool
) -> Array:
    """The draw of groups (groups, strata) whose counts come nearest to what is wanted, of some random draws.

    Each draw is a systematic sample over groups ordered by main stratum and size, random within ties; where
    groups are `alone`, without single rows beside them, some are taken and some left.
    """
    best, least = np.zeros(len(tables), dtype=bool), np.inf
    for _ in range(DRAWS if len(tables) <= MANY else 1):
        order = np.lexsort((random.random(len(tables)), tables.sum(axis=1), tables.argmax(axis=1)))
        steps = np.floor(share * np.arange(len(tables) + 1) + random.random())
        chosen = np.zeros(len(tables), dtype=bool)
        chosen[order[np.diff(steps) > 0]] = True
        gap = np.abs(tables[chosen].sum(axis=0) - wanted).sum()
        if alone and (chosen.all() or not chosen.any()):
            continue
        if gap < least:
            best, least = chosen, gap
    return best


def _quota(kinds: Array, share: float) -> Array:
    """Test rows of each stratum: its share rounded so that the sum is right, never its last row."""
    counts = np.bincount(kinds)
    exact = counts * share
    quota = np.floor(exact).astype(np.int64)
    short = max(1, round(len(kinds) * share)) - int(quota.sum())
    quota[np.argsort(quota - exact, kind="stable")[: max(0, short)]] += 1
    return np.asarray(np.minimum(quota, np.maximum(counts - 1, 0)))


def cut(time: Array, share: float, groups: Array | None) -> tuple[Array, int]:
    """Returns the membership of the last window in time, and how many rows of its time are not in it.

    The cut lies between two distinct times. Rows of groups that began before it are not in the window; the
    cut is chosen so that the rows in it come nearest to the share.

    Raises:
        InputError: there is no such cut.
    """
    first = begins(time, groups)
    moments = np.unique(time)[1:]
    later = len(first) - np.searchsorted(np.sort(first), moments, side="left")
    if not (later > 0).any():
        raise InputError(
            "there is no time after which whole groups begin."
            if len(moments)
            else f"all {len(time):,} rows have the same time.",
            todo="Name another time column, or divide the rows at random.",
        )
    place = int(np.argmin(np.where(later > 0, np.abs(later - share * len(time)), np.inf)))
    inside = first >= moments[place]
    return np.asarray(inside), int(((time >= time[inside].min()) & ~inside).sum())


def deal_groups(codes: Array, kinds: Array, k: int, random: np.random.Generator) -> Array:
    """Returns the fold (0 to k - 1) of each row, groups whole, folds alike in size and strata.

    Up to some thousand groups each is weighed (scikit-learn's StratifiedGroupKFold); more are dealt in turn,
    ordered by main stratum and size.
    """
    size = np.bincount(codes)
    if k <= len(size) <= MANY:
        from sklearn.model_selection import StratifiedGroupKFold

        rare = np.bincount(kinds)[kinds] < k
        merged = np.where(rare, kinds.max() + 1, kinds)
        if np.bincount(merged).max() < k or 0 < rare.sum() < k:
            merged = np.zeros_like(kinds)
        splitter = StratifiedGroupKFold(k, shuffle=True, random_state=int(random.integers(2**31)))
        judged = np.zeros(len(codes), np.int64)
        for fold, (_, valid) in enumerate(splitter.split(codes, merged, codes)):
            judged[valid] = fold
        return judged
    main = np.zeros(len(size), np.int64)
    main[codes] = kinds
    place = np.empty(len(size), np.int64)
    place[np.lexsort((random.random(len(size)), size, main))] = np.arange(len(size))
    return np.asarray(((place + random.integers(k)) % k)[codes])


def fill(have: Array, total: Array, rows: int) -> Array:
    """Returns a fold for each of some rows so that the folds that have fewest get most.

    Args:
        have: rows of this stratum that each fold has already.
        total: rows of any stratum that each fold has; decides ties.
        rows: number of rows to give out.

    >>> fill(np.array([0, 2, 0]), np.array([5, 2, 4]), 3).tolist()
    [0, 2, 2]
    """
    level = have.astype(np.int64).copy()
    low, high = int(level.min()), int(level.max()) + rows
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if np.maximum(middle - level, 0).sum() <= rows else (low, middle - 1)
    give = np.maximum(low - level, 0)
    rest = rows - int(give.sum())
    ready = np.flatnonzero(level + give == low)
    give[ready[np.lexsort((ready, (total + give)[ready]))][:rest]] += 1
    return np.repeat(np.arange(len(have)), give)
