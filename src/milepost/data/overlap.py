"""Which new rows repeat rows that were there before, exactly or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.copies import copies

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Overlap:
    """New rows, and the copies they have.

    Args:
        ids: a number for each new row, equal for rows that are copies of each other.
        exact: which new rows repeat a former row exactly.
        near: for each table of former rows, which new rows are a copy of one of them, exactly or nearly.
    """

    ids: Array
    exact: Array
    near: tuple[Array, ...]


def overlap(fresh: pl.DataFrame, former: Sequence[pl.DataFrame], columns: Sequence[str]) -> Overlap:
    """Finds new rows that repeat former ones.

    Where rows repeat by nature, chance makes copies too; then, as everywhere, none counts.

    Args:
        fresh: the new rows.
        former: tables of rows that were there before.
        columns: the columns that are compared.
    """
    nowhere = np.zeros(fresh.height, dtype=bool)
    if not columns:
        return Overlap(np.arange(fresh.height), nowhere, tuple(nowhere for _ in former))
    tables = [*(table.select(columns) for table in former), fresh.select(columns)]
    both = pl.concat(tables, how="vertical_relaxed")
    found = copies(both, columns).ids
    *old, new = np.split(found, np.cumsum([table.height for table in former]))
    near = tuple(np.isin(new, ids) for ids in old)
    before = both[: both.height - fresh.height]
    exact = repeated(both[before.height :], before, columns) if any(n.any() for n in near) else nowhere
    return Overlap(new, exact & np.any([nowhere, *near], axis=0), near)


def repeated(rows: pl.DataFrame, among: pl.DataFrame, columns: Sequence[str]) -> Array:
    """Which rows repeat exactly among others, bool (rows,).

    >>> table = pl.DataFrame({"a": [1, 2]})
    >>> repeated(table, table[:1], ["a"]).tolist()
    [True, False]
    """
    from milepost.data.duplicates import exact_groups

    names = list(columns)
    if not rows.height or not among.height or not names:
        return np.zeros(rows.height, dtype=bool)
    ids = exact_groups(pl.concat([among.select(names), rows.select(names)], how="vertical_relaxed"), names)
    return np.isin(ids[among.height :], ids[: among.height])
