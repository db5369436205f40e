"""Reads rows that are to be answered: none may be there, and text that was learnt as text stays text."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import polars as pl

from milepost.data import formats
from milepost.data.plain import plain
from milepost.data.read import read
from milepost.data.values import ALWAYS_MISSING, typed
from milepost.errors import InputError


def fresh(source: Any, texts: Collection[str] = ()) -> pl.DataFrame:
    """Returns rows in the types of `read`; tables without rows, and frames of one column, will do too.

    A column of codes such as "07030" that was text in training may hold nothing but numbers in a few fresh
    rows; it has to stay text.

    Args:
        source: as for `read`.
        texts: the columns that stay text whatever they hold.

    Raises:
        InputError: there is nothing there, or it cannot be used as a table.

    >>> fresh(pl.DataFrame({"zip": ["07030"], "n": [1]}), ["zip"])["zip"].to_list()
    ['07030']
    """
    path = Path(source).expanduser() if isinstance(source, str | Path) else None
    if path is not None and path.is_file() and "://" not in str(source):
        part = formats.load(path)
        frame, _ = plain(part.frame)
        return _typed(frame, texts, part.comma, part.untyped)
    if isinstance(source, pl.LazyFrame):
        source = source.collect()
    if isinstance(source, pl.DataFrame):
        return _typed(plain(source)[0], texts, False, False)
    if path is None and _is_frame(source) and 0 in (len(source), source.shape[1] - 1):
        return _typed(plain(pl.DataFrame(source))[0], texts, False, False)
    table = read(source)
    return table.frame.with_columns(
        pl.col(name).cast(pl.String)
        for name in texts
        if name in table.frame.columns and _plain(table.frame[name])
    )


def _is_frame(source: Any) -> bool:
    return type(source).__module__.split(".")[0] in ("pandas", "pyarrow") and hasattr(source, "columns")


def _plain(series: pl.Series) -> bool:
    return series.dtype in (pl.Int64, pl.Boolean, pl.Date)


def _typed(frame: pl.DataFrame, texts: Collection[str], comma: bool, guess: bool) -> pl.DataFrame:
    """The frame with its types found, columns of text kept as they were written."""
    if len(set(frame.columns)) != frame.width:
        raise InputError("two columns have one name.", expected="Column names differ.")
    found, _ = typed(frame, comma=comma, guess=guess)
    kept = []
    for name in texts:
        if name in frame.columns and frame[name].dtype == pl.String and found[name].dtype != pl.String:
            word = pl.col(name).str.strip_chars() if guess else pl.col(name)
            kept.append(pl.when(~word.is_in(sorted(ALWAYS_MISSING))).then(word).alias(name))
    return found.with_columns(frame.lazy().select(kept).collect().get_columns()) if kept else found
