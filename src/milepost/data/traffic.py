"""Requests that were answered: a server's log, or a table of them, in windows."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost.brief.durations import seconds
from milepost.data.fresh import fresh
from milepost.errors import InputError, UsageError, did_you_mean
from milepost.modalities.base import Array, text

LOGS = "requests-*.jsonl"
NAME = "__name__"
WISH = 500
"""Rows a window should have where nobody says."""
MOST = 40
"""Windows there should be at most where nobody says."""
ROWS = re.compile(r"\s*(\d+)\s*rows?\s*")
OWN = "request"
"""Stands for the own name of a request, in place of a column."""
UNIT = "|"
"""Stands between the parts of a key made of several columns."""


@dataclass(frozen=True)
class Traffic:
    """Requests in the order of their time.

    Args:
        frame: their raw columns.
        id: a name for each row: the request's, its key, or file and number of a row ("may#17").
        time: when each was asked, or None.
        ms: milliseconds the answer took, nan where not known, or None.
        answers: the answers that were given, or None where none were kept.
        versions: requests by version of the package that answered.
        notes: what could not be read, in sentences.
    """

    frame: pl.DataFrame
    id: pl.Series
    time: pl.Series | None
    ms: Array | None
    answers: pl.DataFrame | None
    versions: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def key(self, by: Sequence[str]) -> pl.Series:
        """The key of each row by some columns, as text; `OWN`, or "id" that is no column: its name."""
        if tuple(by) == (OWN,) or (tuple(by) == ("id",) and "id" not in self.frame.columns):
            return self.id
        return keyed(self.frame, by)

    def part(self, rows: Array) -> Traffic:
        """Some of the rows."""
        return replace(
            self,
            frame=self.frame[rows],
            id=self.id[rows],
            time=None if self.time is None else self.time[rows],
            ms=None if self.ms is None else self.ms[rows],
            answers=None if self.answers is None else self.answers[rows],
        )


def keyed(frame: pl.DataFrame, by: Sequence[str]) -> pl.Series:
    """The key of each row of a table, as text: one column, or several joined.

    Raises:
        InputError: a column is not there.
    """
    for name in by:
        if name not in frame.columns:
            raise InputError(f"there is no column '{name}'.", todo=did_you_mean(name, frame.columns))
    parts = [text(frame[name]).fill_null("") for name in by]
    return pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator=UNIT).alias("key")).to_series()


def traffic(
    source: str | Path | pl.DataFrame,
    time: str = "",
    texts: Collection[str] = (),
    keys: Sequence[str] = (),
    inputs: Collection[str] = (),
) -> Traffic:
    """Reads requests: a folder of a server's logs, one such file, or any table of requests.

    Args:
        source: a folder of `requests-*.jsonl`, such a file, CSV, Parquet or another table.
        time: for tables, the column that says when they were asked; "" where there is none.
        texts: columns that stay text whatever they hold.
        keys: for tables, the columns that name a row.
        inputs: columns that are no answers, whatever they are called.

    Raises:
        InputError: there is nothing there, or it cannot be read.
    """
    path = Path(source).expanduser() if isinstance(source, str | Path) else None
    files = sorted(path.glob(LOGS)) if path is not None and path.is_dir() else []
    if path is not None and path.is_file() and path.name.startswith("requests-") and path.suffix == ".jsonl":
        files = [path]
    if files:
        return _logged(files, texts)
    if path is not None and path.is_dir() and not any(path.iterdir()):
        raise InputError(f"the folder '{path}' holds no requests.", expected=f"Files named {LOGS}.")
    frame = fresh(source, texts)
    if time and time not in frame.columns:
        raise InputError(
            f"the requests have no column '{time}'.",
            todo=f"{did_you_mean(time, frame.columns)} Name the column that orders them with --time.",
        )
    known = [name for name in keys if name in frame.columns]
    stem = path.name.split(".")[0] if path is not None else "row"
    names = pl.Series([f"{stem}#{i}" for i in range(frame.height)], dtype=pl.String)
    frame = frame.with_columns((keyed(frame, known) if known else names).alias(NAME))
    if time:
        if not frame[time].dtype.is_temporal() and not frame[time].dtype.is_numeric():
            raise InputError(f"'{time}' holds no moments.", expected="Dates, moments or numbers.")
        frame = frame.sort(time, maintain_order=True, nulls_last=True)
    name = frame[NAME]
    frame = frame.drop(NAME)
    said = [
        c for c in frame.columns if c.startswith(("proba_", "prediction_")) or c in ("prediction", "decision")
    ]
    said = [c for c in said if c not in inputs and c != time and c not in keys]
    return Traffic(
        frame=frame.drop(said),
        id=name.alias("id"),
        time=moments(frame[time]) if time else None,
        ms=None,
        answers=frame.select(said) if said else None,
        versions={},
    )


def moments(series: pl.Series) -> pl.Series | None:
    """Dates and moments as moments; None for numbers, which order rows but have no length in time."""
    return series.cast(pl.Datetime("us")) if series.dtype.is_temporal() else None


def _logged(files: Sequence[Path], texts: Collection[str]) -> Traffic:
    rows: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    about: list[tuple[str, str, float]] = []
    versions: dict[str, int] = {}
    broken = 0
    for file in files:
        for line in file.read_bytes().splitlines():
            found = _line(line)
            if found is None:
                broken += bool(line.strip())
                continue
            height = len(found["rows"])
            versions[found["version"]] = versions.get(found["version"], 0) + height
            rows += found["rows"]
            answers += found["answers"]
            name = found["id"]
            about += [
                (found["time"], name if height == 1 else f"{name}#{i}", found["ms"]) for i in range(height)
            ]
    if not rows:
        raise InputError(f"no request was logged in {files[0].parent}.", todo="Send some, or name --data.")
    frame = fresh(pl.DataFrame(rows, infer_schema_length=None, strict=False), texts)
    told = pl.DataFrame(about, schema=["time", "id", "ms"], orient="row")
    time = told["time"].str.to_datetime("%+", time_zone="UTC", strict=False).dt.replace_time_zone(None)
    order = time.arg_sort(nulls_last=True).to_numpy()
    notes = (f"{broken} lines of the log were cut off and are passed over.",) if broken else ()
    made = Traffic(
        frame=frame,
        id=told["id"],
        time=time.cast(pl.Datetime("us")),
        ms=told["ms"].to_numpy(),
        answers=pl.DataFrame(answers, infer_schema_length=None, strict=False),
        versions=versions,
        notes=notes,
    )
    return made.part(order)


def _line(line: bytes) -> dict[str, Any] | None:
    """One line of a log; None where it is cut off or something else."""
    try:
        found = json.loads(line)
        whole = isinstance(found["rows"], list) and len(found["rows"]) == len(found["answers"])
        whole = whole and all(isinstance(row, dict) for row in (*found["rows"], *found["answers"]))
        names = {name: str(found[name]) for name in ("time", "id", "version")}
        return {**found, **names, "ms": float(found.get("ms") or "nan")} if whole else None
    except (ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Span:
    """One window of requests.

    Args:
        name: its beginning as text: a moment, or the number of its first row.
        rows: the numbers of its rows.
    """

    name: str
    rows: Array


def spans(made: Traffic, window: str = "") -> tuple[tuple[Span, ...], str]:
    """Divides requests into windows, and says how.

    Args:
        made: the requests.
        window: a duration such as "1d" where they have times, or a number such as "500 rows"; "" chooses so
            that a window has some 500 rows and there are at most 40.

    Returns:
        The windows in order of time, and their length in words.

    Raises:
        UsageError: a length that is none, or a duration where the requests have no time.
    """
    total = made.frame.height
    counted = ROWS.fullmatch(window)
    if counted and int(counted[1]):
        return _by_rows(total, int(counted[1]), made.time), f"{int(counted[1]):,} rows"
    if window and made.time is None:
        raise UsageError(
            f"--window {window} is a length of time, and the requests have none.",
            expected='A column that says when they were asked, or a number such as "500 rows".',
            todo="Name the column with --time.",
        )
    if made.time is None or made.time.null_count() == total:
        size = max(1, min(total, max(WISH, -(-total // MOST))))
        return _by_rows(total, size, None), f"{size:,} rows"
    length = seconds(window) if window else _fitting(made.time)
    if length <= 0:
        raise UsageError(f"--window {window} has no length.", expected="A duration such as 1d or 6h.")
    stamp = made.time.dt.epoch("us")
    start = int(stamp.drop_nulls().to_numpy().min())
    day = 86_400_000_000
    start -= start % (day if length >= 86_400 else 3_600_000_000)
    number = ((stamp - start) // int(length * 1e6)).fill_null(-1).to_numpy()
    found = []
    for n in np.unique(number[number >= 0]):
        begin = pl.Series([start + int(n) * int(length * 1e6)]).cast(pl.Datetime("us"))[0]
        shown = begin.strftime("%Y-%m-%d" if length >= 86_400 else "%Y-%m-%dT%H:%M")
        found.append(Span(shown, np.flatnonzero(number == n)))
    return tuple(found), spelled(length)


UNITS = ((86_400.0 * 7, "week"), (86_400.0, "day"), (3600.0, "hour"), (60.0, "minute"))


def spelled(length: float) -> str:
    """A length of time in words.

    >>> spelled(86400.0), spelled(86400.0 * 30), spelled(90.0)
    ('1 day', '30 days', '90 seconds')
    """
    for size, name in UNITS:
        if length >= size and length % size == 0:
            count = int(length / size)
            return f"{count:,} {name}" + ("" if count == 1 else "s")
    return f"{length:g} seconds"


def _by_rows(total: int, size: int, time: pl.Series | None) -> tuple[Span, ...]:
    starts = range(0, max(1, total - total % size if total >= size else total), size)
    found = []
    for start in starts:
        rows = np.arange(start, min(start + size, total))
        name = str(start) if time is None or time[start] is None else time[start].isoformat()[:16]
        found.append(Span(name, rows))
    return tuple(found)


def _fitting(time: pl.Series) -> float:
    """The shortest round length at which windows have some 500 rows and are at most 40."""
    first, last = time.min(), time.max()
    whole = max((last - first).total_seconds(), 1.0)  # type: ignore[operator, union-attr]
    lengths = (3600.0, 6 * 3600.0, 86_400.0, 7 * 86_400.0, 30 * 86_400.0, 90 * 86_400.0, 365 * 86_400.0)
    for length in lengths:
        count = max(1.0, whole / length)
        if len(time) / count >= WISH and count <= MOST:
            return length
    return next((length for length in lengths if length >= whole), lengths[-1])
