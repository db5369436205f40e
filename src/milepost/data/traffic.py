"""Requests that were answered: a server's log, or a table of them, in windows."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from milepost.data.fresh import NONE, arrived, fresh
from milepost.data.intake import usable
from milepost.data.table import Table
from milepost.digest import under
from milepost.errors import InputError, did_you_mean
from milepost.modalities import media
from milepost.modalities.base import Array, text

LOGS = "requests-*.jsonl"
MEDIA = "media"
"""The folder beside the logs in which a server keeps images and sounds, by digest."""
NAME = "__name__"
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
        errors: time and reason of each request that was refused, in order; None where that is not known.
    """

    frame: pl.DataFrame
    id: pl.Series
    time: pl.Series | None
    ms: Array | None
    answers: pl.DataFrame | None
    versions: Mapping[str, int]
    notes: tuple[str, ...] = ()
    errors: pl.DataFrame | None = None

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
    columns: Mapping[str, str] = NONE,
    keys: Sequence[str] = (),
    home: Path | None = None,
) -> Traffic:
    """Reads requests: a folder of a server's logs, one such file, or any table of requests.

    Images and sounds of a log are references; from then on their bytes are found where the log keeps them.

    Args:
        source: a folder of `requests-*.jsonl`, such a file, CSV, Parquet or another table.
        time: for tables, the column that says when they were asked; "" where there is none.
        columns: the columns that the package knows, and what they hold; none of them is an answer, whatever
            it is called.
        keys: for tables, the columns that name a row.
        home: the project's folder, at which paths in a table may start.

    Raises:
        InputError: there is nothing there, or it cannot be read.
    """
    path = Path(source).expanduser() if isinstance(source, str | Path) else None
    files = sorted(path.glob(LOGS)) if path is not None and path.is_dir() else []
    if path is not None and path.is_file() and path.name.startswith("requests-") and path.suffix == ".jsonl":
        files = [path]
    if files:
        kept = files[0].parent / MEDIA
        media.shelve("requests", lambda name: _bytes(under(kept, name)))
        return _logged(files, columns)
    if path is not None and path.is_dir() and not any(path.iterdir()):
        raise InputError(f"the folder '{path}' holds no requests.", expected=f"Files named {LOGS}.")
    return _asked(arrived(source, columns, home), _stem(source), time, columns, keys)


def _stem(source: str | Path | pl.DataFrame) -> str:
    return Path(source).name.split(".")[0] if isinstance(source, str | Path) else "row"


def _asked(table: Table, stem: str, time: str, columns: Collection[str], keys: Sequence[str]) -> Traffic:
    """Requests of a table; media that cannot be used count as missing."""
    frame, unusable = usable(table)
    if time and time not in frame.columns:
        raise InputError(
            f"the requests have no column '{time}'.",
            todo=f"{did_you_mean(time, frame.columns)} Name the column that orders them with --time.",
        )
    known = [name for name in keys if name in frame.columns]
    names = pl.Series([f"{stem}#{i}" for i in range(frame.height)], dtype=pl.String)
    frame = frame.with_columns((keyed(frame, known) if known else names).alias(NAME))
    if time:
        frame = _ordered(frame, time)
    name = frame[NAME]
    frame = frame.drop(NAME)
    said = [
        c for c in frame.columns if c.startswith(("proba_", "prediction_")) or c in ("prediction", "decision")
    ]
    said = [c for c in said if c not in columns and c != time and c not in keys]
    return Traffic(
        frame=frame.drop(said),
        id=name.alias("id"),
        time=moments(frame[time]) if time else None,
        ms=None,
        answers=frame.select(said) if said else None,
        versions={},
        notes=unusable,
    )


def _ordered(frame: pl.DataFrame, time: str) -> pl.DataFrame:
    """The rows in the order of their moments."""
    if not frame[time].dtype.is_temporal() and not frame[time].dtype.is_numeric():
        raise InputError(f"'{time}' holds no moments.", expected="Dates, moments or numbers.")
    return frame.sort(time, maintain_order=True, nulls_last=True)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def moments(series: pl.Series) -> pl.Series | None:
    """Dates and moments as moments; None for numbers, which order rows but have no length in time."""
    return series.cast(pl.Datetime("us")) if series.dtype.is_temporal() else None


def _logged(files: Sequence[Path], columns: Mapping[str, str]) -> Traffic:
    rows: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    about: list[tuple[str, str, float]] = []
    versions: dict[str, int] = {}
    refused: list[tuple[str, str]] = []
    broken = 0
    for file in files:
        for line in file.read_bytes().splitlines():
            found = _line(line)
            if found is None:
                broken += bool(line.strip())
                continue
            if found.get("status", 200) != 200:
                refused.append((found["time"], str(found.get("error", ""))))
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
    frame = fresh(pl.DataFrame(rows, infer_schema_length=None, strict=False), columns)
    told = pl.DataFrame(about, schema=["time", "id", "ms"], orient="row")
    time = _moment(told["time"])
    wrong = pl.DataFrame(refused, schema={"time": pl.String, "error": pl.String}, orient="row")
    order = time.arg_sort(nulls_last=True).to_numpy()
    notes = (f"{broken} lines of the log were cut off and are passed over.",) if broken else ()
    made = Traffic(
        frame=frame,
        id=told["id"],
        time=time,
        ms=told["ms"].to_numpy(),
        answers=pl.DataFrame(answers, infer_schema_length=None, strict=False),
        versions=versions,
        notes=notes,
        errors=wrong.with_columns(_moment(wrong["time"])).sort("time"),
    )
    return made.part(order)


def _moment(texts: pl.Series) -> pl.Series:
    found = texts.str.to_datetime("%+", time_zone="UTC", strict=False)
    return found.dt.replace_time_zone(None).cast(pl.Datetime("us"))


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
