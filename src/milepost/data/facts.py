"""What is known of a column at a glance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from milepost.modalities import media
from milepost.modalities.base import Facts, modalities
from milepost.modalities.numeric import counted

FEW = 50_000
"""Rows up to which numbers are counted without threads."""


def dtype_of(column: pl.Series) -> str:
    """Returns "float", "int", "bool", "text", "date" or "datetime", or "image" or "sound" of references.

    >>> dtype_of(pl.Series([1, None])), dtype_of(pl.Series(["a"]))
    ('int', 'text')
    """
    kind = column.dtype
    if kind == pl.Boolean:
        return "bool"
    if kind.is_integer():
        return "int"
    if kind.is_numeric():
        return "float"
    if kind == pl.Date:
        return "date"
    return "datetime" if isinstance(kind, pl.Datetime) else media.kind_of(column) or "text"


def facts_of(column: pl.Series) -> Facts:
    """Returns the facts of a column; NaN and empty text count as missing."""
    dtype = dtype_of(column)
    low = high = None
    length = words = 0.0
    rows = len(column)
    if dtype == "float":
        numbers = column.cast(pl.Float64).to_numpy()  # what is null becomes NaN
        known = pl.Series(numbers[~np.isnan(numbers)])
        finite = numbers[np.isfinite(numbers)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (None, None)
    elif dtype == "int":
        known = column.drop_nulls() if column.null_count() else column
        low, high = _number(known.min()), _number(known.max())
    elif dtype == "text":
        if column.dtype != pl.String:
            column = (
                pl.Series(column.name, [], pl.String) if column.dtype == pl.Null else column.cast(pl.String)
            )
        known = column.drop_nulls().replace("", None).drop_nulls()
        length = _number(known.str.len_chars().mean()) or 0.0
        words = _number(known.str.count_matches(r"\S+").mean()) or 0.0
    else:
        known = column.drop_nulls()
    facts = Facts(column.name, dtype, rows, rows - len(known), distinct(known), low, high, length, words)
    if dtype in media.KINDS and dtype in modalities:
        return replace(facts, **modalities[dtype].measure(known))
    return facts


def distinct(known: pl.Series) -> int:
    """Returns how many distinct values a column without nulls has; NaN is one.

    >>> distinct(pl.Series([1, 2, 1])), distinct(pl.Series([float("nan")] * 2))
    (2, 1)
    """
    if 0 < len(known) <= FEW and (known.dtype.is_integer() or known.dtype.is_float()):
        # Polars wakes threads, and numpy's unique hashes: both take longer than ordering so few.
        ordered = np.sort(known.to_numpy())
        if ordered[-1] == ordered[-1]:
            return counted(ordered)
    return known.n_unique()


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
