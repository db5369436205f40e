"""The canonical form of a row, under which copies that differ in writing only are equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost.errors import InputError, did_you_mean


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
    total = np.zeros(frame.height, np.uint64)
    for position, name in enumerate(plain.columns):
        total += mix(_bits(plain[name]) + np.uint64(0x9E3779B97F4A7C15 * (position + 1) % 2**64))
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
    total = np.zeros(len(matrix), np.uint64)
    for position in range(matrix.shape[1]):
        salt = np.uint64(0x9E3779B97F4A7C15 * (position + 1) % 2**64)
        total += mix(matrix[:, position].astype(np.uint64) + salt)
    return mix(total)


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


def _bits(values: pl.Series) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """64 bits for each value, by its content alone; missing is a number of its own."""
    missing = values.is_null().to_numpy()
    if values.dtype == pl.String:
        distinct = values.drop_nulls().unique()
        hashed = [_text_bits(text) for text in distinct.to_list()]
        table = pl.Series(hashed, dtype=pl.UInt64)
        mapped = values.replace_strict(distinct, table, default=None, return_dtype=pl.UInt64)
        bits = mapped.fill_null(0).to_numpy().copy()
    elif values.dtype.is_float():
        bits = values.fill_null(0.0).to_numpy().astype(np.float64).view(np.uint64).copy()
    elif values.dtype == pl.Boolean:
        bits = values.fill_null(False).to_numpy().astype(np.uint64)
    else:
        whole = values.cast(pl.Int64).fill_null(0).to_numpy().astype(np.int64)
        exact = np.abs(whole.astype(np.float64)) < 2.0**53
        bits = np.where(exact, whole.astype(np.float64).view(np.int64), whole).view(np.uint64).copy()
    bits[missing] = np.uint64(0x6D697373696E6721)
    return np.asarray(bits, np.uint64)


def _text_bits(text: str) -> int:
    import hashlib

    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def mix(bits: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """The finalizer of SplitMix64 (Steele, Lea & Flood 2014): every input bit reaches every output bit."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
