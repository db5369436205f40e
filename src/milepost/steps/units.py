"""The unit of independence of rows that are tested on: a day, a group, a stretch of time, or a row."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from milepost.brief import Brief
from milepost.data.divide import times

Array = np.ndarray[Any, Any]
FEWEST = 10
"""Fewer units than this say too little of how much they differ."""
STRETCHES = 40
"""Rows in order of time are cut into so many stretches where days are too few or unknown."""


def units(brief: Brief, rows: pl.DataFrame) -> Array:
    """The unit of each row (rows,): its day or its group, or itself where these are fewer than ten."""
    each = np.arange(rows.height)
    column = brief.data.time or brief.data.group
    if not column or column not in rows.columns:
        return each
    series = rows[column]
    if column == brief.data.time:
        if not series.dtype.is_temporal():
            return each
        series = series.dt.date()
    codes = series.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    return codes if len(np.unique(codes)) >= FEWEST else each


def stretches(brief: Brief, rows: pl.DataFrame) -> Array:
    """The unit of each row as `units` has it; rows of a time are never alone, but in one of 40 stretches.

    Losses that follow one another in time resemble each other, so that a test that took each row for a unit
    of its own would find differences where there are none.
    """
    found = units(brief, rows)
    column = brief.data.time
    if not column or column not in rows.columns or len(np.unique(found)) < rows.height:
        return found
    order = np.argsort(np.argsort(times(rows, column), kind="stable"), kind="stable")
    return order * min(STRETCHES, max(1, rows.height // 2)) // max(1, rows.height)
