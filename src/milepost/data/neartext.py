"""Near copies among texts: sets of shingles that overlap by four fifths, found by MinHash."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from milepost.data.canonical import canonical, keys, mix

Array = np.ndarray[Any, Any]

ALIKE = 0.8
"""Jaccard similarity of shingles from which two texts are near copies."""
CHARACTERS, WORDS = 5, 3
"""Shingles are runs of so many characters, or of so many words where texts are long."""
LONG = 2_000
"""Mean length in characters from which shingles are of words."""
SHORT = 20
"""Shorter texts repeat by nature ("ok, thanks") and are never near copies."""
PERMUTATIONS, BANDS = 128, 16
_SAMPLE = 4_000_000
"""Shingles that are held at a time."""
_CROWD = 32
"""In buckets of more texts not all pairs are compared, but each text with the first and the next ones."""
_NEXT = 3


def near_texts(texts: pl.Series, alike: float = ALIKE) -> Array:
    """Pairs of near copies among distinct texts, int64 (pairs, 2), each verified by its exact similarity.

    MinHash (Broder 1997) of 128 permutations, whose values are compared in 16 bands of 8 (Indyk & Motwani
    1998): a pair of similarity .8 is met with a probability of .95, one of .9 with .9999, one of .5 with .06.
    Case, spaces and Unicode forms do not count. Equal texts are no pairs of this: give each once.

    Args:
        texts: distinct texts; missing ones have no copies.
        alike: least Jaccard similarity of the shingles.

    >>> near_texts(pl.Series(["the quick brown fox jumps over it", "The quick brown fox jumps over it!"]))
    array([[0, 1]])
    """
    plain = canonical(texts.alias("text").to_frame())["text"].fill_null("")
    long = bool(np.mean(plain.str.len_chars().to_numpy()) >= LONG) if len(plain) else False
    able = np.flatnonzero((plain.str.len_chars() >= SHORT).to_numpy())
    if len(able) < 2:
        return np.zeros((0, 2), np.int64)
    signed = np.concatenate([_signatures(*part) for part in _parts(plain.gather(able), long)])
    pairs = _candidates(signed)
    if not len(pairs):
        return np.zeros((0, 2), np.int64)
    involved, inverse = np.unique(pairs, return_inverse=True)
    near = _similarities(plain.gather(able[involved]), inverse.reshape(-1, 2), long) >= alike
    return np.asarray(able[pairs[near]], np.int64)


def jaccard(one: str, other: str) -> float:
    """The Jaccard similarity of the character shingles of two texts.

    >>> jaccard("abcdef", "abcdeg")
    0.3333333333333333
    """
    sides = canonical(pl.DataFrame({"text": [one, other]}))["text"]
    return float(_similarities(sides, np.array([[0, 1]]), False)[0])


def _parts(texts: pl.Series, long: bool) -> Iterator[tuple[Array, Array]]:
    """Distinct shingles of some texts at a time: uint32 (shingles,), and where each text begins."""
    ends = np.cumsum(texts.str.len_chars().to_numpy().astype(np.int64) + 1)
    cuts = [0, *np.searchsorted(ends, np.arange(_SAMPLE, int(ends[-1]), _SAMPLE)).tolist(), len(texts)]
    for start, end in itertools.pairwise(cuts):
        if end > start:
            yield _shingles(texts.slice(start, end - start), long)


def _shingles(texts: pl.Series, long: bool) -> tuple[Array, Array]:
    """Distinct shingles of each text as 32-bit hashes, in order, and where each text begins."""
    if long:
        parts = texts.str.split(" ")
        sizes = parts.list.len().to_numpy().astype(np.int64)
        units, run = parts.explode().hash(seed=1).to_numpy(), WORDS
    else:
        whole = "".join(texts.to_list()).encode("utf-32-le", "surrogatepass")
        units, run = np.frombuffer(whole, np.uint32).astype(np.uint64), CHARACTERS
        sizes = texts.str.len_chars().to_numpy().astype(np.int64)
    rolled = np.zeros(len(units), np.uint64)
    for place in range(run):
        shifted = np.zeros(len(units), np.uint64)
        shifted[: len(units) - place] = units[place:]
        rolled = rolled * np.uint64(0x9E3779B97F4A7C15) + shifted + np.uint64(1)
    counts = np.maximum(sizes - run + 1, 1)
    # A text of fewer units than a run has one shingle, which reaches into the next text: it is never asked.
    owner = np.repeat(np.arange(len(texts)), counts)
    first = np.cumsum(sizes) - sizes
    within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    hashed = mix(rolled[np.minimum(first[owner] + within, len(units) - 1)]) >> np.uint64(32)
    both = np.unique(owner.astype(np.uint64) << np.uint64(32) | hashed)
    starts = np.searchsorted(both >> np.uint64(32), np.arange(len(texts), dtype=np.uint64))
    return both.astype(np.uint32), starts


def _signatures(shingles: Array, starts: Array) -> Array:
    """The least value of each text's shingles under each permutation, uint32 (texts, permutations)."""
    random = np.random.default_rng(0)
    turns = random.integers(0, 2**32, (2, PERMUTATIONS), dtype=np.uint32)
    found = np.empty((len(starts), PERMUTATIONS), np.uint32)
    for place, (flip, factor) in enumerate(turns.T):
        turned = (shingles ^ flip) * (factor | np.uint32(1))
        # The low bits of a product are poor: the high ones are folded in before the least is taken.
        turned ^= turned >> np.uint32(15)
        found[:, place] = np.minimum.reduceat(turned * np.uint32(0x2C1B3C6D), starts)
    return found


def _candidates(signed: Array) -> Array:
    """Pairs that agree in all values of a band, int64 (pairs, 2), each once."""
    found = [np.zeros((0, 2), np.int64)]
    for band in np.split(signed.astype(np.int64), BANDS, axis=1):
        key = keys(band)
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])
        sizes = np.diff(np.r_[starts, len(order)])
        for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
            found.append(_pairs(order[start : start + size]))
    pairs = np.concatenate(found)
    return np.unique(np.sort(pairs, axis=1), axis=0)


def _pairs(bucket: Array) -> Array:
    """The pairs of a bucket; of a crowd only those that hold it together."""
    if len(bucket) <= _CROWD:
        left, right = np.triu_indices(len(bucket), 1)
        return np.column_stack([bucket[left], bucket[right]])
    ends = [np.column_stack([np.repeat(bucket[0], len(bucket) - 1), bucket[1:]])]
    ends += [np.column_stack([bucket[:-step], bucket[step:]]) for step in range(1, _NEXT + 1)]
    return np.concatenate(ends)


def _similarities(texts: pl.Series, pairs: Array, long: bool) -> Array:
    """The exact Jaccard similarity of pairs of texts, float (pairs,)."""
    from scipy.sparse import csr_array, vstack

    rows = []
    for shingles, starts in _parts(texts, long):
        ends = np.r_[starts, len(shingles)]
        columns = (shingles >> np.uint32(1)).astype(np.int32)
        rows.append(
            csr_array((np.ones(len(columns), np.int32), columns, ends), shape=(len(starts), 2**31 - 1))
        )
    table = vstack(rows, format="csr") if len(rows) > 1 else rows[0]
    sizes = np.diff(table.indptr)
    found = np.empty(len(pairs))
    for start in range(0, len(pairs), 20_000):
        left, right = pairs[start : start + 20_000].T
        shared = table[left].multiply(table[right]).sum(axis=1)
        found[start : start + 20_000] = shared / (sizes[left] + sizes[right] - shared)
    return found
