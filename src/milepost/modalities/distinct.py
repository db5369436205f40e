"""A column as codes of its distinct values: what is done once a value need not be done once a row."""

from __future__ import annotations

import numpy as np
import polars as pl

from milepost.modalities.base import Array, text


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
    values = series.unique(maintain_order=True)
    codes = series.replace_strict(values, pl.int_range(len(values), eager=True), return_dtype=pl.Int64)
    return codes.to_numpy(), values


def texts(series: pl.Series) -> tuple[Array, list[str]]:
    """Returns codes (rows,) and the distinct texts they stand for; missing is "".

    >>> texts(pl.Series([2.0, None, 2.0]))[1]
    ['2', '']
    """
    codes, values = distinct(series)
    again, words = distinct(text(values).fill_null(""))
    return again[codes], words.to_list()
