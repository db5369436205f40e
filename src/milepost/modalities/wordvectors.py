"""Static word vectors of a user's file as features of a text: directions of their plain and weighted mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.digest import Digest
from milepost.graphs.builder import Builder
from milepost.graphs.means import Words, directions, emit_means
from milepost.graphs.ngrams import emit_words
from milepost.modalities.base import Array, Fitted, Frozen, Vectorizer
from milepost.modalities.grams import LONGEST, Rows, words
from milepost.modalities.minilm import LENGTH
from milepost.modalities.ngrams import encoded
from milepost.modalities.vecfile import Table, table

SMOOTH = 1e-3
"""A word of this share of all words counts half (Arora, Liang & Ma 2017)."""
PART = 2_048
"""Texts whose vectors are added at once."""


@dataclass(frozen=True, eq=False)
class WordMeans(Fitted):
    """Directions of the plain and of the weighted mean of a text's word vectors, each of length `LENGTH`.

    Args:
        features: their names; the last one is 1 where no word is known.
        file: the digest of the table of vectors.
        places: the words of the table that count, int64 (words,).
        weight: how much each counts in the weighted mean, float32 (words,).
    """

    features: tuple[str, ...]
    file: Digest
    places: Array
    weight: Array

    @property
    def words(self) -> Words:
        """The words with their vectors."""
        return _words(table(self.file), self.places, self.weight)

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        return emit_means(builder, emit_words(builder, raw[0], LONGEST), self.words, LENGTH)

    def shortcut(self, columns: pl.DataFrame) -> Array:
        """The features without the graph, up to the rounding of single precision."""
        rows, known = _rows(columns), self.words
        result = np.empty((len(rows.ends) - 1, len(self.features)), np.float32)
        order = np.argsort(known.keys)
        at = np.searchsorted(known.keys[order], rows.keys).clip(0, len(order) - 1)
        place = np.where(known.keys[order][at] == rows.keys, order[at], -1)
        for start in range(0, len(result), PART):
            stop = min(start + PART, len(result))
            result[start:stop] = _means(rows, place, known, (start, stop))
        return result


@dataclass(frozen=True)
class MeansVectorizer(Vectorizer):
    """Learns how common words are in the training rows, and which vectors are kept.

    A word counts a / (a + p) in the weighted mean, p its share of all words of the training rows and a =
    0.001: smooth inverse frequency (Arora, Liang & Ma 2017). Their next step, to take out the first principal
    component, is left out: a linear model gained nothing by it. Vectors are kept of words of the training
    rows, the commonest first, then of the file's first ones, until there are as many as the file's first.

    Args:
        name: the column.
        file: the digest of the table of vectors.
    """

    name: str
    file: Digest

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:  # noqa: ARG002
        rows, found = _rows(columns), table(self.file)
        counts = np.bincount(rows.numbers, weights=rows.counts, minlength=len(rows.keys))
        order = np.argsort(rows.keys)
        at = np.searchsorted(rows.keys[order], found.keys).clip(0, max(len(order) - 1, 0))
        held = np.zeros(len(found.keys))
        if len(order):
            held = np.where(rows.keys[order][at] == found.keys, counts[order][at], 0.0)
        own = np.flatnonzero(held)
        own = own[np.argsort(-held[own], kind="stable")][: found.first]
        others = np.setdiff1d(np.arange(found.first), own)[: found.first - len(own)]
        places = np.sort(np.concatenate([own, others]))
        share = held[places] / max(counts.sum(), 1.0)
        return WordMeans(
            names(self.name, found.values.shape[1]),
            self.file,
            places,
            (SMOOTH / (SMOOTH + share)).astype(np.float32),
        )


class Vectors(Frozen):
    """The vectors of a file's first words, all counting alike: as large and as slow as what will be learnt.

    Args:
        title: what it is called where it is left out.
        file: the digest of the table of vectors.
    """

    lasting: ClassVar[bool] = False

    def __init__(self, title: str, file: Digest) -> None:
        self.name, self.file = title, file
        self.width = 2 * table(file).values.shape[1] + 1

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds the words' hashes, their vectors and the means."""
        found = table(self.file)
        places = np.arange(found.first)
        first = _words(found, places, np.ones(len(places), np.float32))
        return emit_means(builder, emit_words(builder, raw[0], LONGEST), first, LENGTH)


def names(column: str, width: int) -> tuple[str, ...]:
    """The names of the features."""
    plain = (f"{column} mean vector {place + 1}" for place in range(width))
    heavy = (f"{column} weighted vector {place + 1}" for place in range(width))
    return (*plain, *heavy, f"{column} has no known word")


def counted(column: pl.Series) -> tuple[Array, Array]:
    """Hashes of the distinct words of texts, int64 (words,), and how often each occurs, float64 (words,)."""
    rows = _rows(column.to_frame())
    counts = np.bincount(rows.numbers, weights=rows.counts, minlength=len(rows.keys))
    return rows.keys[counts > 0], counts[counts > 0]


def _words(found: Table, places: Array, weight: Array) -> Words:
    return Words(found.keys[places], found.values[places], found.scale[places], weight)


def _rows(columns: pl.DataFrame) -> Rows:
    """The words of texts, counted."""
    return words.rows([one[:LONGEST] for one in encoded(columns.to_series())])


def _means(rows: Rows, place: Array, known: Words, part: tuple[int, int]) -> Array:
    """The features of some rows; only the vectors that they need are widened."""
    from scipy.sparse import csr_matrix

    start, stop = (int(rows.ends[at]) for at in part)
    held = place[rows.numbers[start:stop]]
    row = np.repeat(np.arange(part[1] - part[0]), np.diff(rows.ends[part[0] : part[1] + 1]))
    row, counts = row[held >= 0], rows.counts[start:stop][held >= 0]
    needed, column = np.unique(held[held >= 0], return_inverse=True)
    shape: Any = (part[1] - part[0], len(needed))
    matrix = csr_matrix((counts.astype(np.float64), (row, column)), shape=shape)
    return directions(matrix @ known.rows(needed), np.bincount(row, minlength=shape[0]), LENGTH)
