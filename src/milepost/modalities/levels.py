"""Categories shown one by one share nodes: their codes lie as rows of one tensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.lookup import emit_places
from milepost.modalities.kin import Kin, interleaved

Array = np.ndarray[Any, Any]


class Levelled(Protocol):
    """A fitted category: a row of features for each level, and a last one for all other text."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The known levels."""

    @property
    def table(self) -> Array:
        """Float32 (levels + 1, features)."""


def single(table: Array) -> bool:
    """Whether each level sets one feature to 1 at most, and each feature is set by a level.

    >>> single(np.array([[1, 0], [0, 1], [0, 1], [0, 0]])), single(np.array([[2.0], [0.0]]))
    (True, False)
    """
    known = bool(((table == 0) | (table == 1)).all())
    return known and bool((table.sum(axis=1) <= 1).all()) and bool(table.any(axis=0).all())


@dataclass(frozen=True)
class Ones(Kin):
    """Categories shown one by one: each feature asks whether the code is that of its level."""

    least: ClassVar[int] = 4

    def emit(self, builder: Builder, several: Sequence[Levelled], raw: Sequence[tuple[str, ...]]) -> str:
        """Adds the codes, and one comparison for all features."""
        tables = [one.table for one in several]
        places = emit_places(builder, [text for (text,) in raw], [one.levels for one in several])
        if any(table.sum() > table.shape[1] for table in tables):
            first = builder.const(np.concatenate([_first(table) for table in tables]))
            places = builder.node("Gather", first, _below(builder, places, tables))
        places = builder.cast(places, "int32")
        pairs = interleaved([table.shape[1] for table in tables])
        if len(pairs) > len(tables):
            places = builder.node("Gather", places, builder.const(np.array([at for at, _ in pairs])), axis=0)
        level = np.array([[tables[at][:, i].argmax()] for at, i in pairs], np.int32)
        return builder.cast(builder.node("Equal", places, builder.const(level)), "float")


def _first(table: Array) -> Array:
    """For each level the first one with its feature: levels that share one become one; else itself."""
    own = np.arange(len(table))
    return np.where(table.any(axis=1), table.argmax(axis=0)[table.argmax(axis=1)], own)


def _below(builder: Builder, places: str, tables: Sequence[Array]) -> str:
    """The rows (tables, rows) of tables that lie below each other."""
    offsets = np.cumsum([0, *(len(table) for table in tables[:-1])])
    return builder.node("Add", places, builder.const(offsets[:, None]))
