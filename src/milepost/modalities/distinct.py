"""A column as codes of its distinct values: what is done once a value need not be done once a row."""

from __future__ import annotations

import numpy as np
import polars as pl

from milepost.modalities.base import Array, text

NARROW = 4
"""Whole numbers are counted off where they have at most so many times as many places as there are rows."""


def distinct(series: pl.Series) -> tuple[Array, pl.Series]:
    """Returns codes (rows,) and the distinct values they stand for, missing among them.

    >>> codes, values = distinct(pl.Series(["b", "a", None, "b"]))
    >>> codes.tolist(), values.to_list()
    ([0, 1, 2, 0], ['b', 'a', None])
    """
    if series.dtype == pl.Categorical or isinstance(series.dtype, pl.Enum):
        series = series.cast(pl.String)
    if series.dtype == pl.Null or not len(series):
        return np.zeros(len(series), np.int64), series.head(1)
    plain = _plain(series)
    if plain is None:
        values = series.unique(maintain_order=True)
        codes = series.replace_strict(values, pl.int_range(len(values), eager=True), return_dtype=pl.Int64)
        return codes.to_numpy(), values
    places, size = _counted(plain)
    if series.null_count():
        places[series.is_null().to_numpy()] = size
        size += 1
    rows = len(places)
    first = np.full(size, rows)
    first[places[::-1]] = np.arange(rows)[::-1]  # of rows alike the last one written stays: the first of them
    order = np.argsort(first)[: np.count_nonzero(first < rows)]
    code = np.empty(size, np.int64)
    code[order] = np.arange(len(order))
    return code[places], series[first[order]]


def _plain(series: pl.Series) -> Array | None:
    """Whole numbers (rows,) that differ where values do, any where one is missing; None for rare types."""
    kind = series.dtype
    if kind == pl.String:
        # Categories of its own number the texts from 0; those that all columns share would grow for ever.
        series = series.cast(pl.Categorical(pl.Categories.random())).to_physical()
    elif kind.is_temporal():
        series = series.to_physical()
    elif kind == pl.Boolean:
        series = series.cast(pl.UInt8)
    elif not (kind.is_float() or kind.is_integer()) or kind in (pl.Int128, pl.UInt128):
        return None
    found = (series.fill_null(0) if series.null_count() else series).to_numpy()
    return found.view(f"i{found.itemsize}") if kind.is_float() else found


def _counted(plain: Array) -> tuple[Array, int]:
    """Codes from 0 (rows,), and one more than the largest."""
    low, high = int(plain.min()), int(plain.max())
    if high - low < NARROW * len(plain):
        steps = (plain - plain.min()).astype(f"u{plain.itemsize}")  # what overflows comes back by this
        return steps.astype(np.int64), high - low + 1
    values, codes = np.unique(plain, return_inverse=True)
    return codes, len(values)


def texts(series: pl.Series) -> tuple[Array, list[str]]:
    """Returns codes (rows,) and the distinct texts they stand for; missing is "".

    >>> texts(pl.Series([2.0, None, 2.0]))[1]
    ['2', '']
    """
    codes, values = distinct(series)
    again, words = distinct(text(values).fill_null(""))
    return again[codes], words.to_list()
