"""Answers a whole table with a package: columns by name, in the order of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from milepost.data import moments
from milepost.errors import InputError, did_you_mean
from milepost.graphs.session import column as column_of
from milepost.graphs.session import run
from milepost.modalities.base import feed, text
from milepost.modalities.feeds import WIDE, answers
from milepost.shipping.manifest import Column, Package
from milepost.shipping.wire import FLOAT_MAX, MISSING, MOMENTS, Entry, Refused, quote
from milepost.tasks.base import Task, tasks

Array = np.ndarray[Any, Any]
BATCH = 50_000
"""Rows that run through the graph at once."""


def task_of(package: Package) -> Task:
    """The package's task."""
    plain = package.manifest.task
    return tasks[plain["name"]].of(plain)


def predict(package: Package, frame: pl.DataFrame, threads: int = 1) -> pl.DataFrame:
    """Returns key columns, `prediction`, `proba_<class>` and `decision` for every row, in input order.

    Args:
        package: an opened package.
        frame: raw rows with at least the package's columns; others are passed over.
        threads: threads of the graph runtime.

    Raises:
        InputError: a column is missing or holds values of another kind.
    """
    parts = list(batches(package, frame, threads))
    return pl.concat(parts, how="vertical")


def batches(package: Package, frame: pl.DataFrame, threads: int = 1) -> Iterator[pl.DataFrame]:
    """Yields the answers part by part, for tables that fill the memory; one empty part where there is no row.

    Raises:
        InputError: a column is missing or holds values of another kind.
    """
    manifest, task, there = package.manifest, task_of(package), set(frame.columns)
    absent = [column.name for column in manifest.columns if column.name not in there]
    if absent:
        others = f" (and {len(absent) - 1} more)" if len(absent) > 1 else ""
        raise InputError(
            f"the rows lack the column '{absent[0]}'{others}.",
            expected=f"Expected: {', '.join(c.name for c in manifest.columns)}.",
            todo=did_you_mean(absent[0], frame.columns),
        )
    keys = [name for name in manifest.keys if name in frame.columns]
    threshold = manifest.threshold.value if manifest.threshold else None
    for start, prediction in _parts(package, frame, threads):
        rows = frame[start : start + BATCH]
        yield pl.concat([rows.select(keys), task.columns(prediction, threshold)], how="horizontal")


def predictions(package: Package, frame: pl.DataFrame, threads: int = 1) -> Array:
    """Returns predictions as metrics read them: class-1 probabilities, probabilities, or values.

    Args:
        package: an opened package.
        frame: raw rows; a column of the package that is not there counts as missing in all of them.
        threads: threads of the graph runtime.

    Raises:
        InputError: a column holds values of another kind.
    """
    there = set(frame.columns)
    absent = [c.name for c in package.manifest.columns if c.name not in there]
    whole = frame.with_columns(pl.lit(None).alias(name) for name in absent)
    return np.concatenate([np.asarray(part, np.float64) for _, part in _parts(package, whole, threads)])


def _parts(package: Package, frame: pl.DataFrame, threads: int) -> Iterator[tuple[int, Array]]:
    """The first row of each part of a table, and the predictions of that part; one empty part of no row."""
    manifest, task = package.manifest, task_of(package)
    if not frame.height:
        outputs = len(task.labels) or len(task.targets)
        several = outputs > 2 or len(task.targets) > 1 or not task.exclusive
        yield 0, np.zeros((0, outputs) if several else 0)
        return
    wide = any(column.wire in WIDE for column in manifest.columns)
    opened = package.session(1 if wide else threads)
    known = {column_of(info.name) for info in opened.get_inputs()}
    columns = [column for column in manifest.columns if column.name in known]
    broad = {column.name: column.wire for column in columns if column.wire in WIDE}
    for start in range(0, frame.height, BATCH):
        rows = frame[start : start + BATCH]
        feeds = {c.name: tensor(rows[c.name], c, start) for c in columns if c.name not in broad}
        found = answers(opened, rows, broad, feeds, threads) if broad else run(opened, feeds)
        yield start, _prediction(task, found, start)


def _prediction(task: Task, found: dict[str, Array], start: int) -> Array:
    given = found["proba" if task.labels else "value"]
    if not np.isfinite(given).all():
        row = start + int(np.argwhere(~np.isfinite(given))[0][0])
        raise InputError(
            f"the model has no finite answer to row {row}.",
            expected="Numbers nearer to those it learnt from.",
        )
    if task.family == "binary":
        return given[:, 1]
    return given if task.labels or len(task.targets) > 1 else given[:, 0]


def tensor(series: pl.Series, column: Column, start: int = 0) -> Array:
    """A column of rows as the tensor (rows, 1) that the graph takes, by the same rules as a server's.

    Beyond those it reads numbers and dates that are written as text.

    Args:
        series: the values.
        column: the package's column.
        start: the number of the first row, for errors.

    Raises:
        InputError: a value is of another kind; it is quoted, with its row.
    """
    if series.null_count() == len(series):
        return Entry.of(column).many([None] * len(series))
    if column.wire == "int64":
        return _seconds(series, column, start)
    if column.dtype == "bool":
        series = _truths(series, column, start)
    if column.wire == "string":
        return feed(series if column.dtype in ("text", "bool") else _codes(series), "string")
    numbers = _numbers(series, column, start)
    if column.wire == "float":
        values = numbers.to_numpy()  # what is null becomes NaN
        large = np.isfinite(values) & (np.abs(values) > FLOAT_MAX)
        if large.any():
            raise _wrong(series.filter(pl.Series(large)), column, start + int(large.argmax()))
    return feed(numbers, column.wire)


def _numbers(series: pl.Series, column: Column, start: int) -> pl.Series:
    if series.dtype.is_temporal():
        raise _wrong(series.drop_nulls(), column, start)
    if series.dtype != pl.String:
        return series.cast(pl.Float64)
    words = series.str.strip_chars().replace("", None)
    numbers = words.cast(pl.Float64, strict=False)
    bad = numbers.is_null() & words.is_not_null()
    if bad.any():
        raise _wrong(words.filter(bad), column, start + int(bad.arg_true()[0]))
    return numbers


def _codes(series: pl.Series) -> pl.Series:
    """Numbers that stand for categories as text: 5, 5.0 and "5.0" are "5"."""
    if series.dtype != pl.String:
        return text(series)
    distinct = series.drop_nulls().unique()
    numbers = distinct.str.strip_chars().cast(pl.Float64, strict=False)
    written = [
        word if number is None else str(int(number)) if float(number).is_integer() else repr(number)
        for word, number in zip(distinct, numbers, strict=True)
    ]
    return series.replace(distinct, pl.Series(written, dtype=pl.String))


def _truths(series: pl.Series, column: Column, start: int) -> pl.Series:
    """True and false, also where they are written as text or as 1 and 0."""
    if series.dtype == pl.Boolean:
        return series
    words = text(series).str.strip_chars().str.to_lowercase().replace("", None)
    found = words.replace_strict(
        ["true", "false", "1", "0"], [True, False, True, False], default=None, return_dtype=pl.Boolean
    )
    bad = found.is_null() & words.is_not_null()
    if bad.any():
        raise _wrong(series.filter(bad), column, start + int(bad.arg_true()[0]))
    return found


def _seconds(series: pl.Series, column: Column, start: int) -> Array:
    """Moments as seconds since 1970 UTC: dates, moments with or without zone, numbers, or written ones."""
    if series.dtype.is_temporal():
        zoned = isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone is not None
        moments_ = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zoned else series
        seconds = moments_.cast(pl.Datetime("us")).dt.epoch("us") // 1_000_000
    elif series.dtype == pl.String:
        seconds = _written(series, column, start)
    else:
        numbers = series.cast(pl.Float64)
        bad = (~numbers.is_between(*MOMENTS)).fill_null(False)
        if bad.any():
            raise _wrong(series.filter(bad), column, start + int(bad.arg_true()[0]))
        seconds = numbers.floor().cast(pl.Int64)
    return seconds.fill_null(MISSING).to_numpy().astype(np.int64).reshape(-1, 1)


def _written(series: pl.Series, column: Column, start: int) -> pl.Series:
    """Written moments, each distinct one read as a server reads it, else as people write dates."""
    words = series.str.strip_chars().replace("", None)
    distinct = words.drop_nulls().unique()
    entry = Entry.of(column)
    seconds: dict[str, int] = {}
    others = []
    for word in distinct:
        try:
            seconds[word] = int(entry.one(word))
        except Refused:
            others.append(word)
    if others:
        read = moments.parse(pl.Series(others))
        if read is None or read[0].null_count():
            bad = words.is_in([word for word in others if not _readable(word)] or others).fill_null(False)
            raise _wrong(words.filter(bad), column, start + int(bad.arg_true()[0]))
        found = read[0].cast(pl.Datetime("us")).dt.epoch("us") // 1_000_000
        seconds |= dict(zip(others, found.to_list(), strict=True))
    table = pl.Series(list(seconds.values()), dtype=pl.Int64)
    return words.replace_strict(list(seconds), table, default=None, return_dtype=pl.Int64)


def _readable(word: str) -> bool:
    read = moments.parse(pl.Series([word]))
    return read is not None and not read[0].null_count()


def _wrong(values: pl.Series, column: Column, row: int) -> InputError:
    value = values.to_list()[0]
    shown = quote(value if isinstance(value, int | float | str | bool) else str(value))
    return InputError(
        f"row {row}: '{column.name}' cannot be {shown}.", expected=f"It takes {Entry.of(column).expected}."
    )
