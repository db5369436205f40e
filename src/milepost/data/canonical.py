"""The canonical form of a row, under which copies that differ in writing only are equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost.errors import InputError, did_you_mean

CELLS = 100_000
"""Values that go through the arithmetic of digests at once."""


def canonical(frame: pl.DataFrame, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Returns columns in canonical form.

    Fractions are rounded to 6 significant digits; whole numbers, dates and truth values stay exact; texts are
    brought to Unicode NFKC, lower case and single spaces.

    Args:
        frame: the rows.
        columns: those that count; all where None. Leave the label out.

    Raises:
        InputError: a column is not there.

    >>> canonical(pl.DataFrame({"a": [" Ｓtraße\\t 1"], "b": [0.1234567]})).row(0)
    ('strasse 1', 0.123457)
    """
    kinds = frame.schema  # made anew each time it is asked for
    names = list(kinds if columns is None else columns)
    for name in names:
        if name not in kinds:
            raise InputError(f"there is no column '{name}'.", todo=did_you_mean(name, frame.columns))
    return frame.select(_form(name, kinds[name]) for name in names)


def digests(frame: pl.DataFrame, columns: Sequence[str] | None = None) -> pl.Series:
    """Returns a 64-bit digest of each row's canonical form, the same for equal rows of any frame.

    It does not depend on the process or on the library versions, so that digests of two generations of data
    can be compared; a whole number has the digest of the same fraction (5 and 5.0). Among a million distinct
    rows a collision has a chance of 3 in 100 million.

    Returns:
        UInt64, one a row, named "digest".
    """
    plain = canonical(frame, columns)
    total, salts = np.zeros(frame.height, np.uint64), _salts(plain.width)
    for places in _blocks(plain):
        bits = _bits(plain[:, places.start : places.stop])
        total += mix(bits + salts[places.start : places.stop, None]).sum(axis=0)
    return pl.Series("digest", mix(total), dtype=pl.UInt64)


def codes(frame: pl.DataFrame, columns: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Returns dense codes of the canonical values, shape (rows, columns); missing has a code of its own."""
    plain = canonical(frame, columns)
    out = np.empty((frame.height, len(columns)), np.int64)
    if columns:
        out[:] = plain.select(pl.all().rank("dense").cast(pl.Int64).fill_null(0)).to_numpy()
    return out


def keys(matrix: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Returns one 64-bit key for each row of a matrix of codes, equal where the rows are."""
    total, salts = np.zeros(len(matrix), np.uint64), _salts(matrix.shape[1])
    step = max(1, CELLS // max(1, matrix.shape[1]))
    for start in range(0, len(matrix), step):
        few = matrix[start : start + step].astype(np.uint64)
        total[start : start + step] = mix(few + salts).sum(axis=1)
    return mix(total)


def _salts(columns: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """A number of each place, so that equal values in two columns differ."""
    return np.uint64(0x9E3779B97F4A7C15) * np.arange(1, columns + 1, dtype=np.uint64)


def _blocks(frame: pl.DataFrame) -> Iterator[range]:
    """Places of neighbouring columns of one kind, few enough to be held at once; a text is alone."""
    kinds = [_kind(dtype) for dtype in frame.dtypes]
    most, start = max(1, CELLS // max(1, frame.height)), 0
    for end in range(1, len(kinds) + 1):
        if end == len(kinds) or end - start == most or kinds[end] != kinds[start] or kinds[start] == "text":
            yield range(start, end)
            start = end


def _kind(dtype: pl.DataType) -> str:
    if dtype == pl.String:
        return "text"
    return "float" if dtype.is_float() else "truth" if dtype == pl.Boolean else "whole"


def _form(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if kind.is_float():
        rounded = column.cast(pl.Float64).round_sig_figs(6)
        return pl.when(rounded == 0).then(0.0).otherwise(rounded.fill_nan(None)).alias(name)
    if kind in (pl.Categorical, pl.Enum):
        column, kind = column.cast(pl.String), pl.String()
    if kind == pl.String:
        text = column.str.normalize("NFKC").str.to_lowercase()
        text = text.str.replace_all("ß", "ss", literal=True).str.replace_all("ς", "σ", literal=True)
        return text.str.replace_all(r"\s+", " ").str.strip_chars().alias(name)
    return column


def _bits(values: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """64 bits for each value of columns of one kind, by its content alone, (columns, rows).

    Missing is a number of its own.
    """
    kind = _kind(values.dtypes[0])
    if kind == "text":
        bits = _of_texts(values.to_series())[None]
    elif kind == "float":
        bits = values.select(pl.all().cast(pl.Float64).fill_null(0.0)).to_numpy().T.view(np.uint64)
    elif kind == "truth":
        bits = values.select(pl.all().fill_null(False)).to_numpy().T.astype(np.uint64)
    else:
        whole = values.select(pl.all().cast(pl.Int64).fill_null(0)).to_numpy().T
        number = whole.astype(np.float64)
        bits = np.where(np.abs(number) < 2.0**53, number.view(np.int64), whole).view(np.uint64)
    if any(column.null_count() for column in values.get_columns()):
        gone = values.select(pl.all().is_null()).to_numpy().T
        bits = np.where(gone, np.uint64(0x6D697373696E6721), bits)
    return np.asarray(bits, np.uint64)


def _of_texts(values: pl.Series) -> np.ndarray[Any, np.dtype[np.uint64]]:
    distinct = values.drop_nulls().unique()
    table = pl.Series([_text_bits(text) for text in distinct.to_list()], dtype=pl.UInt64)
    mapped = values.replace_strict(distinct, table, default=None, return_dtype=pl.UInt64)
    return mapped.fill_null(0).to_numpy()


def _text_bits(text: str) -> int:
    import hashlib

    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def mix(bits: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """The finalizer of SplitMix64 (Steele, Lea & Flood 2014): every input bit reaches every output bit."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
