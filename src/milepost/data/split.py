"""Divides rows: the seal that keeps test rows unseen, and the folds that judge models."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict, Unpack, get_args

import numpy as np

from milepost.data.draw import begins, codes_of, cut, deal_groups, draw, fill
from milepost.errors import InputError, did_you_mean

Array = np.ndarray[Any, Any]
Kind = Literal["holdout", "kfold", "repeated", "rolling", "groups"]
FOLDS_MOST = 100
"""Groups up to which one is left out at a time."""


@dataclass(frozen=True)
class Split:
    """Rows divided into development and sealed test rows.

    Args:
        development, test: row indices, ascending.
        how: "random", "group" or "time".
        reason: how it was done, half a sentence.
    """

    development: Array
    test: Array
    how: str
    reason: str


@dataclass(frozen=True)
class Fold:
    """Training and validation rows (ascending indices) and the repeat they belong to, from 0."""

    train: Array
    valid: Array
    repeat: int = 0


def seal(
    rows: int,
    share: float = 0.2,
    strata: Array | None = None,
    groups: Array | None = None,
    time: Array | None = None,
    seed: int = 0,
) -> Split:
    """Chooses the test rows; a group is never divided.

    With `time` the test rows are the last window, cut between two distinct times. A group with a row before
    the cut stays in development whole, so that nothing in the test was seen; the cut is chosen so that the
    rows left come nearest to the share. Otherwise rows are drawn at random, evenly over strata.

    Args:
        rows: number of rows.
        share: share of the rows to seal, above 0 and below 1.
        strata: integer class of each row, kept in the same proportions; None for none.
        groups: group of each row, such as near-duplicates or a person; None for none.
        time: time of each row as a number or as its rank; None for a random draw.
        seed: seed of the draw.

    Raises:
        InputError: the share is none, or the rows cannot be divided this way.

    >>> seal(10, 0.2, time=np.arange(10)).test.tolist()
    [8, 9]
    """
    if not 0 < share < 1:
        raise InputError(f"the share to seal is {share!r}.", expected="It lies between 0 and 1.")
    if rows < 2:
        raise InputError(f"{rows} rows cannot be divided.", todo="Collect more rows.")
    if time is not None:
        test, kept = cut(np.asarray(time), share, groups)
        told = f"the last {test.sum():,} rows in time, {100 * test.mean():.1f} % of all"
        if kept:
            told += f"; {kept:,} rows of that window, of groups that began before it, stay in development"
        return Split(np.flatnonzero(~test), np.flatnonzero(test), "time", told)
    codes = np.arange(rows) if groups is None else codes_of(groups)
    kinds = np.zeros(rows, np.int64) if strata is None else codes_of(strata)
    size = np.bincount(codes)
    if len(size) < 2:
        raise InputError(
            f"all {rows:,} rows belong to one group, which is never divided.",
            todo="Name another group column, or give a test file.",
        )
    test = draw(codes, kinds, size, share, np.random.default_rng(seed))
    if not test.any() or test.all():
        raise InputError(
            f"no draw of whole groups leaves rows on both sides of {rows:,} rows.",
            todo="Name another group column, or give a test file.",
        )
    whole = int((size > 1).sum())
    how = "group" if 2 * int(size[size > 1].sum()) > rows else "random"
    return Split(np.flatnonzero(~test), np.flatnonzero(test), how, _told(test, strata, whole, len(size)))


def _told(test: Array, strata: Array | None, whole: int, groups: int) -> str:
    parts = [f"drawn at random, {100 * test.mean():.1f} % of the rows"]
    if strata is not None:
        parts.append("evenly over the classes or sizes of the target")
    if whole == groups:
        parts.append(f"all {groups:,} groups kept whole")
    elif whole:
        parts.append(f"{whole:,} groups of repeated or related rows kept whole")
    return ", ".join(parts)


def commitment(ids: Array, salt: str) -> str:
    """Returns the SHA-256 of salt and sorted row ids: shown before, it proves later which rows were sealed.

    >>> commitment(np.array([2, 1]), "s") == commitment(np.array([1, 2]), "s")
    True
    """
    text = "\n".join(str(value) for value in sorted(np.asarray(ids).tolist()))
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def verify_commitment(ids: Array, salt: str, promised: str) -> bool:
    """Whether row ids are the ones committed to."""
    return hmac.compare_digest(commitment(ids, salt), promised)


def join_groups(*groups: Array) -> Array:
    """Returns one group code a row: rows that share a group in any of the groupings are together.

    Args:
        groups: groupings, each with one value a row.

    Raises:
        InputError: no grouping is given, or their lengths differ.

    >>> join_groups(np.array([0, 0, 1, 2]), np.array(["a", "b", "b", "c"])).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not groups or len({len(g) for g in groups}) != 1:
        raise InputError("groupings to join must be given and have one value a row each.")
    rows, offset = len(groups[0]), len(groups[0])
    ends = []
    for grouping in groups:
        codes = codes_of(grouping)
        ends.append(codes + offset)
        offset += int(codes.max(initial=-1)) + 1
    left, right = np.tile(np.arange(rows), len(groups)), np.concatenate(ends)
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(offset, offset))
    _, found = connected_components(graph, directed=False)
    _, start, codes = np.unique(found[:rows], return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(start))[codes.ravel()], dtype=np.int64)


class How(TypedDict, total=False):
    """How folds are drawn; see `folds`."""

    kind: Kind
    folds: int
    repeats: int
    fraction: float
    strata: Array | None
    groups: Array | None
    time: Array | None
    seed: int


def folds(rows: int, **how: Unpack[How]) -> tuple[Fold, ...]:
    """Returns the folds that judge models; a group is never on both sides of one.

    Args:
        rows: number of development rows.
        how: `kind`: "holdout" (with `time` the last window), "kfold" (default), "repeated" (K-fold drawn
            anew `repeats` times), "rolling" (rolling origin: each of `folds` windows in time judges what came
            before it; rows of groups that began before their window are left out of it) or "groups" (one
            group is left out at a time); `folds` (5); `repeats` (1); `fraction`, the holdout's share (0.2);
            `strata`, integer classes to keep in proportion; `groups`; `time`, a number or rank a row;
            `seed` (0).

    Raises:
        InputError: there are too few rows, groups or distinct times for that many folds.

    >>> [fold.valid.tolist() for fold in folds(6, kind="rolling", folds=2, time=np.arange(6))]
    [[2, 3], [4, 5]]
    """
    plan: How = {"kind": "kfold", "folds": 5, "repeats": 1, "fraction": 0.2, "seed": 0, **how}
    kind, times = plan["kind"], max(1, plan["repeats"])
    strata, groups, time = plan.get("strata"), plan.get("groups"), plan.get("time")
    if kind == "rolling" or (kind == "holdout" and time is not None):
        if time is None:
            raise InputError("rolling folds need the time of the rows.", todo="Name the time column.")
        return _rolling(np.asarray(time), groups, plan["folds"] if kind == "rolling" else 0, plan["fraction"])
    if kind == "groups":
        return _one_out(groups)
    if kind not in ("holdout", "kfold", "repeated"):
        raise InputError(f"there are no '{kind}' folds.", todo=did_you_mean(kind, get_args(Kind)))
    found = []
    for repeat in range(1 if kind == "kfold" else times):
        seed = int(np.random.SeedSequence((plan["seed"], repeat)).generate_state(1)[0])
        if kind == "holdout":
            split = seal(rows, plan["fraction"], strata, groups, None, seed)
            found.append(Fold(split.development, split.test, repeat))
            continue
        valid_of = _deal(rows, plan["folds"], strata, groups, seed)
        for k in range(plan["folds"]):
            found.append(Fold(np.flatnonzero(valid_of != k), np.flatnonzero(valid_of == k), repeat))
    return tuple(found)


def _deal(rows: int, k: int, strata: Array | None, groups: Array | None, seed: int) -> Array:
    """The fold in which each row is judged: groups are dealt first, single rows then even the folds out."""
    codes = np.arange(rows) if groups is None else codes_of(groups)
    size = np.bincount(codes)
    if k < 2 or len(size) < k:
        what = f"{rows:,} rows" if groups is None else f"{len(size):,} groups"
        raise InputError(
            f"{what} cannot be divided into {k} folds.", todo=f"Use 2 to {max(2, len(size))} folds."
        )
    kinds = np.zeros(rows, np.int64) if strata is None else codes_of(strata)
    judged = np.full(rows, -1)
    random = np.random.default_rng(seed)
    several = size[codes] > 1
    if several.any():
        judged[several] = deal_groups(codes_of(codes[several]), codes_of(kinds[several]), k, random)
    for kind in np.unique(kinds[~several]):
        mine = np.flatnonzero(~several & (kinds == kind))
        have = np.bincount(judged[several & (kinds == kind)], minlength=k)
        judged[random.permutation(mine)] = fill(
            have, np.bincount(judged[judged >= 0], minlength=k), len(mine)
        )
    if len(np.unique(judged)) < k:
        raise InputError(f"the groups are too uneven for {k} folds.", todo="Use fewer folds.")
    return judged


def _rolling(time: Array, groups: Array | None, windows: int, share: float) -> tuple[Fold, ...]:
    """Each window judged by what came before it; with no windows, the last share of the rows."""
    if not windows:
        inside, _ = cut(time, share, groups)
        return (Fold(np.flatnonzero(~inside), np.flatnonzero(inside)),)
    ordered, moments = np.sort(time), np.unique(time)
    if len(moments) < windows + 1:
        raise InputError(
            f"{len(moments)} distinct times cannot make {windows} windows and a past before them.",
            expected=f"Windows need {windows + 1} distinct times.",
            todo='Name a time column with more of them, or divide at random: [data] split = "random".',
        )
    places = np.arange(1, windows + 1) / (windows + 1)
    cuts = np.unique(ordered[(places * len(ordered)).astype(int)])
    if len(cuts) < windows or cuts[0] == ordered[0]:
        cuts = moments[np.ceil(places * len(moments)).astype(int)]
    first, found = begins(time, groups), []
    for number, start in enumerate(cuts):
        end = cuts[number + 1] if number + 1 < len(cuts) else None
        inside = (first >= start) & (time >= start)
        inside &= (time < end) if end is not None else True
        found.append(Fold(np.flatnonzero(time < start), np.flatnonzero(inside)))
    if not all(len(fold.valid) for fold in found):
        raise InputError(
            "in some window every group began earlier, so that no row can judge.",
            todo="Use fewer windows, or divide by group instead of time.",
        )
    return tuple(found)


def sparse(drawn: Sequence[Fold], most: int, seed: int) -> tuple[Fold, ...]:
    """Folds of which at most so many rows judge, all together; each keeps its share, drawn by a seed.

    >>> few = sparse([Fold(np.arange(4), np.arange(4, 10))], 3, 0)
    >>> len(few[0].valid), len(few[0].train)
    (3, 4)
    """
    every = sum(len(fold.valid) for fold in drawn)
    if every <= most:
        return tuple(drawn)
    found = []
    for number, fold in enumerate(drawn):
        kept = max(1, len(fold.valid) * most // every)
        valid = np.random.default_rng((seed, number)).permutation(fold.valid)[:kept]
        found.append(replace(fold, valid=np.sort(valid)))
    return tuple(found)


def _one_out(groups: Array | None) -> tuple[Fold, ...]:
    """One group left out at a time, in the order of the groups."""
    codes = np.zeros(1, np.int64) if groups is None else codes_of(groups)
    number = int(codes.max()) + 1
    if not 2 <= number <= FOLDS_MOST:
        raise InputError(
            f"{number:,} groups cannot be left out one at a time.",
            expected=f"2 to {FOLDS_MOST} groups.",
            todo="Use K-fold, which keeps groups whole as well.",
        )
    return tuple(Fold(np.flatnonzero(codes != g), np.flatnonzero(codes == g)) for g in range(number))
