"""Brings the many types of a Polars frame to the few that milepost works on."""

from __future__ import annotations

import json

import polars as pl

from milepost.data.moments import PER_SECOND, within
from milepost.data.values import finite
from milepost.errors import InputError


def plain(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Returns the frame in Int64, Float64, Boolean, String, Date and Datetime (microseconds, naive UTC) only.

    Empty texts, NaN and infinite numbers become null. What changes a value or its meaning is noted.

    Raises:
        InputError: a column of raw bytes or Python objects, or a name that Polars reads as a pattern.

    >>> plain(pl.DataFrame({"a": [1.0, float("inf")]}))[1]
    ["'a': 1 infinite value(s) were taken as missing."]
    """
    columns, notes = [], []
    for name in frame.columns:
        if name == "*" or (name[:1] == "^" and name[-1:] == "$"):
            raise InputError(
                f"a column is named '{name[:80]}', which reads like a pattern.",
                expected="Any name but * and such as begin with ^ and end with $.",
                todo="Rename the column.",
            )
    for name in frame.columns:
        series, note = _column(frame[name])
        columns.append(series.alias(name))
        notes += [f"'{name}': {sentence}." for sentence in note]
    return pl.DataFrame(columns, height=frame.height), notes


def _column(series: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
    kind = series.dtype
    if kind == pl.Boolean:
        return series, ()
    if kind == pl.Date:
        return within(series)
    if kind == pl.Null:
        return series.cast(pl.String), ("holds no value at all",)
    if kind in (pl.String, pl.Categorical, pl.Enum):
        return _text(series), ()
    if kind.is_integer():
        return _integer(series)
    if kind.is_float() or kind.is_decimal():
        return finite(series.cast(pl.Float64))
    if isinstance(kind, pl.Datetime):
        zoned = kind.time_zone is not None
        moment = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zoned else series
        near, notes = within(moment)
        return near.dt.cast_time_unit("us"), (*(("moments were turned to UTC",) if zoned else ()), *notes)
    if isinstance(kind, pl.Duration):
        seconds = series.to_physical().cast(pl.Float64) / PER_SECOND[kind.time_unit]
        return seconds, ("durations were turned to seconds",)
    if kind == pl.Time:
        return series.dt.to_string("%H:%M:%S"), ("times of day were turned to text",)
    if kind.is_nested():
        return _nested(series), ("nested values were turned to JSON text",)
    raise InputError(
        f"the column '{series.name}' holds {kind} values.",
        expected="Numbers, texts, truth values, dates and moments can be used.",
        todo="Leave the column out or turn it into one of these.",
    )


def _nested(series: pl.Series) -> pl.Series:
    try:
        texts = [None if value is None else json.dumps(value, default=str) for value in series.to_list()]
    except (ValueError, OverflowError, TypeError) as problem:
        raise InputError(
            f"the column '{series.name}' holds nested values that have no JSON form ({problem}).",
            todo="Leave the column out or unnest it.",
        ) from problem
    return pl.Series(series.name, texts, pl.String)


def _text(series: pl.Series) -> pl.Series:
    if series.dtype == pl.String and not bool((series == "").any()):
        return series
    frame = series.cast(pl.String).rename("v").to_frame()
    return frame.select(pl.when(pl.col("v") != "").then(pl.col("v"))).to_series()


def _integer(series: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
    whole = series.cast(pl.Int64, strict=False)
    if whole.null_count() == series.null_count():
        return whole, ()
    return series.cast(pl.Float64), ("holds whole numbers beyond 64 bits, kept as decimals",)
