"""Three categories that say together what no two of them do: found by a score, measured beyond pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod

import numpy as np

from milepost.data.leftover import AROUND, GAIN, SURE, Rows, often, together
from milepost.data.schema import Column
from milepost.modalities.base import Array
from milepost.modalities.cross import joined

COLUMNS, LOOKED = 12, 500
"""Columns of which triples are looked at at most, and triples times targets."""
TRIED = 3
"""Triples that are measured at most, those of the highest scores."""
HOPE = 3.0
"""Standard errors that the score of a triple must have to be measured."""
PLACES = 16
"""Bits of the places where sums are kept at most; where there are more keys, some share a place."""
SPREAD = 0x9E3779B97F4A7C15
"""An odd number near 2^64 over the golden ratio, which scatters keys over places (Knuth 1998, 6.4)."""


def columns_of(outputs: int) -> int:
    """Of how many columns triples are looked at, by the number of targets.

    >>> [columns_of(outputs) for outputs in (1, 2, 4, 8)]
    [12, 12, 10, 8]
    """
    return max(size for size in range(3, COLUMNS + 1) if comb(size, 3) * outputs <= LOOKED)


def beyond(
    rows: Rows, codes: Mapping[str, Array], triples: Sequence[tuple[Column, ...]], left: list[Array]
) -> dict[tuple[Column, ...], Array]:
    """Returns triples that explain what is left beyond all their pairs, with their keys as codes (rows,).

    Where three decide together, no pair need say anything to grow a triple from. So each triple has a cheap
    score, and the three highest are measured as pairs are, on what the means of their pairs leave.

    Args:
        rows: what the choice is made on.
        codes: the code of each row, for each column.
        triples: those to look at.
        left: what is left of the target, (rows, k) a fold.
    """
    found: dict[tuple[Column, ...], Array] = {}
    if not triples:
        return found
    z = scores(rows, codes, [tuple(column.name for column in triple) for triple in triples], left)
    for at in np.argsort(-z, kind="stable")[:TRIED]:
        if z[at] <= HOPE:
            break
        each = [codes[column.name] for column in triples[at]]
        key, rest = often(together(*each)), left
        for pair in [often(together(*pair)) for pair in combinations(each, 2)] * AROUND:
            rest = list(rows.remains(pair, rest))
        share, sure = rows.gain(key, rest)
        if share > GAIN and sure > SURE:
            found[triples[at]] = key
    return found


def scores(
    rows: Rows, codes: Mapping[str, Array], triples: Sequence[tuple[str, ...]], left: list[Array]
) -> Array:
    """Returns by how many standard errors rows of one triple are more alike than rows of a pair, (triples,).

    Likeness is the mean product of what is left of two rows, one of them in the fold whose model saw neither,
    the other outside; that of the most alike of a triple's pairs is taken off. A tenth of the time of a gain
    out of fold.

    Args:
        rows: what the choice is made on.
        codes: the code of each row, for each column.
        triples: the columns of each.
        left: what is left of the target, (rows, k) a fold.
    """
    score = _Score.of(rows, left)
    pairs = {pair for triple in triples for pair in combinations(triple, 2)}
    said = {pair: score([codes[name] for name in pair])[0] for pair in pairs}
    result = []
    for triple in triples:
        like, error = score([codes[name] for name in triple])
        result.append((like - max(0.0, *(said[pair] for pair in combinations(triple, 2)))) / error)
    return np.array(result)


@dataclass(frozen=True)
class _Score:
    """What is left, weighted, rows in the order of their folds.

    Args:
        order: the rows in that order.
        inside: where each fold is.
        rest: what is left, (k, rows) a fold.
        spread: the variance of a product of two, a fold.
    """

    order: Array
    inside: list[slice]
    rest: list[Array]
    spread: list[float]

    @classmethod
    def of(cls, rows: Rows, left: list[Array]) -> _Score:
        order = np.concatenate([part for part, _ in rows.folds])
        ends = np.cumsum([len(part) for part, _ in rows.folds])
        inside = [slice(end - len(part), end) for end, (part, _) in zip(ends, rows.folds, strict=True)]
        heavy = [each * rows.weight[:, None] for each in left]
        spread = [
            float(((each[part] ** 2).mean(0) * (each[others] ** 2).mean(0)).sum())
            for each, (part, others) in zip(heavy, rows.folds, strict=True)
        ]
        return cls(order, inside, [np.ascontiguousarray(each[order].T) for each in heavy], spread)

    def __call__(self, codes: Sequence[Array]) -> tuple[float, float]:
        """How alike rows of one key are, and the standard error of that were nothing to see."""
        at, strangers = _places(codes)
        at, rows = at[self.order], len(self.order)
        size = int(at.max()) + 1
        counts = np.bincount(at, minlength=size).astype(np.float64)
        total, two, variance = 0.0, 0.0, 0.0
        for part, each, spread in zip(self.inside, self.rest, self.spread, strict=True):
            own = np.bincount(at[part], minlength=size).astype(np.float64)
            met, inside = float(own @ (counts - own)), part.stop - part.start
            # Two rows of different folds meet twice, once in the fold of either.
            variance += 2.0 * met * spread
            two += met - strangers * inside * (rows - inside)
            for output in each:
                here = np.bincount(at[part], output[part], size)
                total += float(here @ (np.bincount(at, output, size) - here))
        return total / max(two, 1.0), max(float(np.sqrt(variance)), 1e-12) / max(two, 1.0)


def _places(codes: Sequence[Array]) -> tuple[Array, float]:
    """Where the sums of each row's key are kept, int64 (rows,), and how likely two share a place."""
    sizes = [int(each.max()) + 1 for each in codes]
    key, bits = joined(list(codes), sizes), min(PLACES, len(codes[0]).bit_length() + 1)
    if prod(sizes) <= 1 << bits:
        return key, 0.0
    return ((key.astype(np.uint64) * np.uint64(SPREAD)) >> np.uint64(64 - bits)).astype(np.int64), 0.5**bits
