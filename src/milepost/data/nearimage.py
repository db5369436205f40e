"""Near copies among pictures: perceptual hashes that nearly agree, verified on small grey pictures."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

SIDE = 32
"""Side of the small grey picture that is compared."""
BITS = 6
"""Bits of the 64 in which the hashes of near copies may differ."""
NEAR = 8.0
"""Mean absolute difference, of 255 grey levels, below which two small pictures are one."""
CONTRAST = 64.0
"""The standard deviation that small pictures are brought to before they are compared."""
FLAT = 2.0
"""Pictures of less contrast, in grey levels, show nothing: only equal files are copies."""
APART = 0.35
"""Copies are closer than this share of what lies between a picture and others that are like it."""
_FINE = 1_024
"""Longer sides are thinned out first."""
_LOW = 8
_BLOCK = 2_048
NEIGHBOURS, _AMONG = 10, 20_000


def small(pixels: Array) -> Array:
    """A picture as 32 x 32 grey levels, float32 (32, 32), each the mean of its area.

    Args:
        pixels: uint8 (height, width, 3), RGB.
    """
    step = [max(1, length // _FINE) for length in pixels.shape[:2]]
    grey = pixels[:: step[0], :: step[1]].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(areas(grey.shape[0]) @ grey @ areas(grey.shape[1]).T, np.float32)


def even(pictures: Array) -> tuple[Array, Array]:
    """Small pictures of one brightness and contrast, and which of them show anything.

    Args:
        pictures: float32 (n, 32, 32), grey levels.

    Returns:
        float32 (n, 1024) of mean 0 and standard deviation 64, and bool (n,).
    """
    rows = pictures.reshape(len(pictures), -1)
    rows = rows - rows.mean(1, keepdims=True)
    spread = rows.std(1, keepdims=True)
    told = spread[:, 0] >= FLAT
    return np.where(told[:, None], rows * (CONTRAST / np.maximum(spread, FLAT)), 0.0), told


def hashes(pictures: Array) -> Array:
    """The 64-bit perceptual hash of small pictures, uint64 (n,).

    Signs of the 8 x 8 lowest frequencies of a cosine transform about their median (Zauner 2010).
    """
    from scipy.fft import dctn

    low = dctn(pictures, axes=(1, 2))[:, :_LOW, :_LOW].reshape(len(pictures), -1)
    bits = (low > np.median(low, axis=1, keepdims=True)).astype(np.uint64)
    return np.asarray((bits << np.arange(64, dtype=np.uint64)).sum(1), np.uint64)


def near_pictures(pictures: Array, turned: bool = False) -> Array:
    """Pairs of near copies among distinct pictures, int64 (pairs, 2).

    Hashes that differ in at most 6 of 64 bits make candidates. They are verified at equal brightness and
    contrast: the mean absolute difference is below 8 of 255 grey levels, and below a third of what lies
    between either picture and its tenth neighbour, so that pictures that are all alike are not all copies.

    Args:
        pictures: float32 (n, 32, 32), grey levels.
        turned: whether pictures that are turned or mirrored count as copies too.
    """
    level, told = even(pictures)
    able = np.flatnonzero(told)
    if len(able) < 2:
        return np.zeros((0, 2), np.int64)
    level = level[able]
    own = hashes(pictures[able])
    found = []
    for view in _views(pictures[able]) if turned else (pictures[able],):
        other = own if view is pictures[able] else hashes(view)
        side = even(view)[0]
        pairs = close(own, other)
        far = np.abs(level[pairs[:, 0]] - side[pairs[:, 1]]).mean(1) if len(pairs) else np.zeros(0)
        pairs, far = pairs[far < NEAR], far[far < NEAR]
        found.append(pairs[far < APART * _reach(level, pairs)])
    pairs = np.sort(np.concatenate(found), axis=1)
    return np.asarray(able[np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)], np.int64)


def close(one: Array, other: Array, bits: int = BITS) -> Array:
    """Pairs of places whose 64-bit hashes differ in at most so many bits, int64 (pairs, 2).

    Where so few bits differ, at least one of `bits + 1` pieces of the hash is equal: only such are compared.

    Args:
        one, other: uint64 (n,); a place is never paired with itself.

    >>> close(np.array([0, 7, 2**40 - 1], np.uint64), np.array([0, 7, 2**40 - 1], np.uint64)).tolist()
    [[0, 1]]
    """
    edges = np.linspace(0, 64, bits + 2).astype(int)
    found = [np.zeros((0, 2), np.int64)]
    for low, high in itertools.pairwise(edges):
        mask = np.uint64(2 ** int(high - low) - 1)
        left, right = (side >> np.uint64(low) & mask for side in (one, other))
        order, ranks = np.argsort(right, kind="stable"), np.sort(right)
        for value in np.unique(left):
            mine = np.flatnonzero(left == value)
            theirs = order[np.searchsorted(ranks, value) : np.searchsorted(ranks, value, "right")]
            found += _within(one, other, mine, theirs, bits)
    pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    return np.asarray(pairs, np.int64)


def _within(one: Array, other: Array, mine: Array, theirs: Array, bits: int) -> list[Array]:
    found = []
    for start in range(0, len(mine), _BLOCK):
        some = mine[start : start + _BLOCK]
        apart = np.bitwise_count(one[some][:, None] ^ other[theirs][None, :])
        left, right = np.nonzero((apart <= bits) & (some[:, None] != theirs[None, :]))
        found.append(np.column_stack([some[left], theirs[right]]))
    return found


def _reach(level: Array, pairs: Array) -> Array:
    """What lies between the pictures of each pair and their tenth neighbours, the smaller of both, (pairs,).

    Neighbours are looked for among 20,000 pictures; few copies of a picture do not reach the tenth.
    """
    asked, inverse = np.unique(pairs, return_inverse=True)
    among = level[np.random.default_rng(0).permutation(len(level))[:_AMONG]]
    place = min(NEIGHBOURS, len(among) - 1)
    found = np.empty(len(asked))
    for start in range(0, len(asked), _BLOCK):
        some = level[asked[start : start + _BLOCK]]
        square = (some**2).sum(1)[:, None] + (among**2).sum(1)[None, :] - 2 * some @ among.T
        tenth = np.argpartition(square, place, axis=1)[:, place]
        found[start : start + _BLOCK] = np.abs(some - among[tenth]).mean(1)
    return np.asarray(found[inverse.reshape(-1, 2)].min(1), np.float64)


def _views(pictures: Array) -> list[Array]:
    """The pictures turned by quarters, and mirrored."""
    turns = [np.rot90(pictures, k, axes=(1, 2)) for k in range(4)]
    return [*turns, *(turn[:, :, ::-1] for turn in turns)]


@lru_cache(maxsize=256)
def areas(length: int) -> Array:
    """How much each of so many pixels has of each of 32 equal parts, float32 (32, length), rows sum to 1."""
    ends = np.arange(SIDE + 1) * (length / SIDE)
    pixel = np.arange(length)
    shared = np.minimum(ends[1:, None], pixel + 1) - np.maximum(ends[:-1, None], pixel)
    return np.asarray(np.maximum(shared, 0) * (SIDE / length), np.float32)
