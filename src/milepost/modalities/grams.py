"""Texts as sparse rows of weighted n-grams: what a graph makes of them, kept by value for training."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from milepost.graphs.bag import COUNTS, Terms
from milepost.graphs.builder import Builder
from milepost.graphs.ngrams import WORDS, emit_hashes, emit_words
from milepost.graphs.session import session
from milepost.modalities.base import Array
from milepost.modalities.doors import padded

LONGEST = 2_048
"""Bytes of a text whose n-grams count, at most."""
LEAST = 2
"""An n-gram counts where it occurs in so many texts."""
MOST = 100_000
"""N-grams that count, at most: the ones that occur in most texts."""
PART = 262_144
"""Bytes, padding included, that go through the graph at once."""
KEPT = 100_000_000
"""N-grams that are kept; beyond, all are forgotten."""


class Store:
    """The n-grams of texts seen so far: each text goes through the graph once.

    Args:
        emit: adds the hashes of a text, as `emit_hashes` does.
    """

    def __init__(self, emit: Callable[[Builder, str, int], str] = emit_hashes) -> None:
        self.emit = emit
        self.clear()
        self._guard = threading.Lock()
        self._session: Any = None

    def clear(self) -> None:
        """Forgets all texts."""
        self.known = np.zeros(0, np.int64)
        """Hashes of the n-grams seen, ascending."""
        self.names = np.zeros(0, np.int32)
        """The number of each, in order of their appearance."""
        self._texts: dict[bytes, tuple[Array, Array]] = {}
        self._size = 0

    def rows(self, texts: Sequence[bytes]) -> Rows:
        """The n-grams of texts, each cut at `LONGEST` bytes."""
        with self._guard:
            new = [text for text in dict.fromkeys(texts) if text not in self._texts]
            if new and self._size > KEPT:
                self.clear()
                new = list(dict.fromkeys(texts))
            if new:
                self._learn(sorted(new, key=len))
            found = [self._texts[text] for text in texts]
            keys = np.empty(len(self.known), np.int64)
            keys[self.names] = self.known
        sizes = np.fromiter((len(numbers) for numbers, _ in found), np.int64, len(found))
        ends = np.concatenate([[0], np.cumsum(sizes)])
        if not found:
            return Rows(ends, np.zeros(0, np.int32), np.zeros(0, np.float32), keys)
        return Rows(ends, np.concatenate([n for n, _ in found]), np.concatenate([c for _, c in found]), keys)

    def _learn(self, texts: list[bytes]) -> None:
        start = 0
        while start < len(texts):
            end = start + 1
            while end < len(texts) and (end + 1 - start) * (len(texts[end]) + 8) <= PART:
                end += 1
            self._add(texts[start:end])
            start = end

    def _add(self, texts: list[bytes]) -> None:
        """Hashes a part, counts each text's n-grams and numbers the new ones."""
        hashes = self._hashes(texts)
        rows, places = np.nonzero(hashes >= 0)
        joined = np.sort((rows << 32) | hashes[rows, places])
        first = np.flatnonzero(np.concatenate([[True], joined[1:] != joined[:-1]])) if len(joined) else rows
        counts = np.diff(np.append(first, len(joined))).astype(np.float32)
        rows, codes = joined[first] >> 32, joined[first] & (2**32 - 1)
        distinct, back = np.unique(codes, return_inverse=True)
        new = distinct[~_among(distinct, self.known)]
        merged = np.concatenate([self.known, new])
        names = np.concatenate([self.names, np.arange(len(self.names), len(merged), dtype=np.int32)])
        order = np.argsort(merged, kind="stable")
        self.known, self.names = merged[order], names[order]
        numbers = self.names[np.searchsorted(self.known, distinct)][back]
        ends = np.searchsorted(rows, np.arange(len(texts) + 1))
        for at, text in enumerate(texts):
            part = slice(ends[at], ends[at + 1])
            self._texts[text] = (numbers[part], counts[part])
        self._size += len(numbers)

    def _hashes(self, texts: list[bytes]) -> Array:
        if self._session is None:
            builder = Builder()
            hashes = self.emit(builder, builder.input("text", "bytes"), LONGEST)
            builder.output(hashes, "hashes", "int64", 0)
            self._session = session(builder.model(), arena=False)
        (found,) = self._session.run(None, {"text": padded(texts)})
        return np.asarray(found)


@dataclass(frozen=True, eq=False)
class Rows:
    """The n-grams of texts, counted.

    Args:
        ends: where each text's n-grams begin and end, int64 (texts + 1,).
        numbers: a number for each n-gram, int32 (n,).
        counts: how often it occurs, float32 (n,).
        keys: the hash of each number.
    """

    ends: Array
    numbers: Array
    counts: Array
    keys: Array

    def terms(self, least: int = LEAST, most: int = MOST) -> Terms:
        """The n-grams that occur in enough of these texts, with log((1 + texts) / (1 + those)) + 1 as idf."""
        texts = len(self.ends) - 1
        held = np.bincount(self.numbers, minlength=len(self.keys))
        chosen = np.flatnonzero(held >= least)
        chosen = chosen[np.lexsort((self.keys[chosen], -held[chosen]))][:most]
        chosen = chosen[np.argsort(self.keys[chosen])]
        idf = np.log((1 + texts) / (1 + held[chosen])) + 1
        if not len(chosen):
            return Terms(np.array([2 * WORDS], np.int64), np.ones(1, np.float32))
        return Terms(self.keys[chosen], idf.astype(np.float32))

    def weigh(self, terms: Terms) -> Weights:
        """The weights of terms as `emit_bag` has them, bit by bit."""
        places = np.searchsorted(terms.keys, self.keys).clip(0, len(terms.keys) - 1)
        places = np.where(terms.keys[places] == self.keys, places, -1)
        terms_of = places[self.numbers]
        kept = terms_of >= 0
        count = len(self.ends) - 1
        row, term = np.repeat(np.arange(count), np.diff(self.ends))[kept], terms_of[kept]
        times = np.minimum(self.counts[kept], len(COUNTS)).astype(np.int64) - 1
        value = COUNTS[times] * terms.idf[term].astype(np.float64)
        kind = 2 * row + (term >= terms.runs)
        length = np.sqrt(np.bincount(kind, value * value, 2 * count))
        return Weights(row, term, value / length[kind], count, len(terms.keys))


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights of terms in texts, in the order of texts and, within one, of terms.

    Args:
        row: the text of each, int64 (n,).
        term: its term, int64 (n,).
        value: its weight, float64 (n,).
        rows: the number of texts.
        terms: the number of terms.
    """

    row: Array
    term: Array
    value: Array
    rows: int
    terms: int

    def dot(self, slope: Array) -> Array:
        """The product with a table (terms, width), float64 (texts, width), summed as `Bag.dot` does."""
        columns = [
            np.bincount(self.row, slope[:, k].astype(np.float64)[self.term] * self.value, self.rows)
            for k in range(slope.shape[1])
        ]
        return np.stack(columns, axis=1)

    @cached_property
    def matrix(self) -> Any:
        """The same as a scipy CSR matrix, float32 (texts, terms)."""
        from scipy.sparse import csr_matrix

        ends = np.concatenate([[0], np.cumsum(np.bincount(self.row, minlength=self.rows))])
        shape = (self.rows, self.terms)
        return csr_matrix((self.value.astype(np.float32), self.term.astype(np.int32), ends), shape=shape)

    @cached_property
    def back(self) -> Any:
        """Its transpose, a CSR matrix as well."""
        return self.matrix.T.tocsr()


store = Store()
"""The one of this process."""
words = Store(emit_words)
"""The one of words alone."""


def _among(values: Array, known: Array) -> Array:
    """Whether each of some values is among ascending ones."""
    if not len(known):
        return np.zeros(len(values), bool)
    return np.asarray(known[np.searchsorted(known, values).clip(0, len(known) - 1)] == values)
