"""Rows with texts as linear models see them: a sparse matrix of n-grams and codes, a dense one of numbers."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from milepost.graphs.bag import Terms
from milepost.learners.base import Array, Batch
from milepost.modalities.base import Block
from milepost.modalities.grams import Rows, store

T = TypeVar("T")
WIDE = 64
"""Codes of a feature that have a column each."""


@dataclass(frozen=True)
class Layout:
    """What the features are: texts, codes and numbers.

    Args:
        texts: the blocks of bytes.
        codes: places of features that are codes, with the number of their codes.
        numbers: places of the others; pixels and spectra are left out.
    """

    texts: tuple[Block, ...]
    codes: tuple[tuple[int, int], ...]
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, batch: Batch) -> Layout:
        """The layout of a batch."""
        inside = {
            place for block in batch.blocks for place in range(*block.columns.indices(batch.x.shape[1]))
        }
        sizes = batch.codes or (0,) * batch.x.shape[1]
        free = [place for place in range(batch.x.shape[1]) if place not in inside]
        return cls(
            tuple(block for block in batch.blocks if block.kind == "bytes"),
            tuple((place, min(sizes[place], WIDE)) for place in free if sizes[place]),
            tuple(place for place in free if not sizes[place]),
        )


class Design:
    """The rows of a batch as a sparse matrix of n-grams and codes, beside a dense one of numbers.

    Args:
        batch: rows.
        layout: what the features are.
        terms: the n-grams that count.
    """

    def __init__(self, batch: Batch, layout: Layout, terms: Sequence[Terms]) -> None:
        from scipy.sparse import csr_matrix, hstack

        self.layout, self.terms = layout, tuple(terms)
        x, rows = batch.x, len(batch.x)
        parts: list[Any] = [
            ngrams(x, block).weigh(one).matrix for block, one in zip(layout.texts, terms, strict=True)
        ]
        for place, size in layout.codes:
            code = x[:, place].astype(np.int64).clip(0, size - 1)
            parts.append(csr_matrix((np.ones(rows, np.float32), (np.arange(rows), code)), (rows, size)))
        self.sizes = [part.shape[1] for part in parts]
        self.dense = np.ascontiguousarray(x[:, layout.numbers], np.float32)
        self.sparse = (
            hstack(parts, "csr")
            if len(parts) > 1
            else parts[0]
            if parts
            else csr_matrix((rows, 0), dtype=np.float32)
        )

    @cached_property
    def back(self) -> Any:
        """The sparse matrix transposed, row by row."""
        return self.sparse.T.tocsr()


_seen: dict[tuple[int, Hashable], tuple[Any, Any]] = {}
_guard = Lock()


def _of(x: Array, key: Hashable, make: Callable[[], T]) -> T:
    """What was made of a matrix, kept for as long as the matrix lives."""
    with _guard:
        held = _seen.get((id(x), key))
    if held is not None and held[0]() is x:
        found: T = held[1]
        return found
    made = make()

    def forget(_: object, at: tuple[int, Hashable] = (id(x), key)) -> None:
        _seen.pop(at, None)

    with _guard:
        _seen[(id(x), key)] = (weakref.ref(x, forget), made)
    return made


def ngrams(x: Array, block: Block) -> Rows:
    """The n-grams of a block of bytes, made once a matrix."""
    return _of(x, block, lambda: store.rows(_texts(x, block)))


def _texts(x: Array, block: Block) -> list[bytes]:
    data = np.ascontiguousarray(x[:, block.columns].astype(np.uint8))
    whole, width = data.tobytes(), block.width
    return [whole[at : at + width].rstrip(b"\0") for at in range(0, len(whole), width)]


def designed(batch: Batch, layout: Layout, most: int) -> Design:
    """The design of training rows with its own n-grams, made once a matrix."""

    def make() -> Design:
        terms = [ngrams(batch.x, block).terms(most=most) for block in layout.texts]
        return Design(batch, layout, terms)

    return _of(batch.x, (layout, most), make)
