"""Reads a table from wherever a user has it: files, folders of files, frames and databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from milepost.data import formats
from milepost.data.delimited import refuse_duplicates
from milepost.data.plain import plain
from milepost.data.values import typed
from milepost.errors import EnvironmentProblem, InputError, did_you_mean

_DATABASES = (
    "sqlite",
    "postgresql",
    "postgres",
    "mysql",
    "mariadb",
    "mssql",
    "oracle",
    "duckdb",
    "snowflake",
)

RESERVED = "__row__"
"""The name under which rows are numbered."""


@dataclass(frozen=True)
class Table:
    """A table as read.

    Args:
        frame: columns of Int64, Float64, Boolean, String, Date or Datetime (microseconds, naive UTC) only.
        notes: sentences about every liberty taken while reading.
        files: path, sha256 and size in bytes of each file read; empty for frames and databases.
        kind: "csv", "json", "parquet", "excel", "folder", "sql" or "frame".
    """

    frame: pl.DataFrame
    notes: tuple[str, ...] = ()
    files: tuple[tuple[str, str, int], ...] = ()
    kind: str = "frame"


def read(source: object) -> Table:
    """Reads a table.

    Args:
        source: a path (CSV, TSV or otherwise delimited text, JSON lines, a JSON array, Parquet, Excel, each
            also packed with gzip, zstd, bz2, xz or zip), a folder of such files, a database URL such as
            `sqlite:///shop.db?table=orders`, or a frame of Polars, pandas or PyArrow.

    Raises:
        InputError: there is nothing there, or it cannot be used as a table; the message says what to mend.

    >>> read(pl.DataFrame({"a": [1, 2], "b": ["x", ""]})).frame["b"].to_list()
    ['x', None]
    """
    if isinstance(source, str) and "://" in source:
        table = _database(source)
    elif isinstance(source, str | Path):
        path = located(source)
        table = _folder(path) if path.is_dir() else _single(path)
    else:
        table = _frame(source)
    return _check(table, _shown(source))


def located(source: str | Path) -> Path:
    """The path that a source names, a home folder written out.

    Raises:
        InputError: it is no path that this machine can have.
    """
    try:
        path = Path(source).expanduser()
        path.is_dir()
    except (OSError, RuntimeError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or str(problem)
        raise InputError(
            f"'{str(source)[:80]}' cannot be a path ({why}).", todo="Check how it is written."
        ) from problem
    return path


def write(frame: pl.DataFrame, path: str | Path) -> Path:
    """Writes a frame as CSV, TSV, Parquet or JSON lines by the path's suffix.

    Raises:
        InputError: another suffix.
        EnvironmentProblem: the file cannot be written.
    """
    path = Path(path)
    writers: dict[str, Callable[[], object]] = {
        ".csv": lambda: frame.write_csv(path),
        ".tsv": lambda: frame.write_csv(path, separator="\t"),
        ".parquet": lambda: frame.write_parquet(path, compression="zstd"),
        ".jsonl": lambda: frame.write_ndjson(path),
    }
    if path.suffix.lower() not in writers:
        raise InputError(
            f"'{path.name}' cannot be written: its suffix is '{path.suffix}'.",
            expected=f"One of {', '.join(writers)} is expected.",
        )
    try:
        writers[path.suffix.lower()]()
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise EnvironmentProblem(
            f"'{path}' cannot be written ({problem}).", todo="Check the rights and the space there."
        ) from problem
    return path


def _single(path: Path) -> Table:
    if not path.exists():
        raise InputError(f"there is no file '{path}'.", todo=beside(path))
    part = formats.load(path)
    return _finish(part.frame, part, list(part.notes), (part.file,), part.kind)


def beside(path: Path) -> str:
    """A sentence on what a missing file's folder holds: names like it, else all tables and folders."""
    try:
        there = sorted(p for p in path.parent.iterdir() if p.name[0] not in "._")
        siblings = [p.name for p in there if p.is_dir() or formats.known(p)]
    except OSError:
        return f"There is no folder '{path.parent}' that could be read."
    return did_you_mean(path.name, siblings) or f"The folder '{path.parent}' holds no table."


def _finish(
    frame: pl.DataFrame,
    part: formats.Part,
    notes: list[str],
    files: tuple[tuple[str, str, int], ...],
    kind: str,
) -> Table:
    frame, more = plain(frame)
    frame, also = typed(frame, comma=part.comma, guess=part.untyped)
    return Table(frame, (*notes, *more, *also), files, kind)


def tables(folder: Path) -> list[Path]:
    """The tables that lie in a folder, by name.

    Raises:
        InputError: the folder cannot be read.
    """
    try:
        there = sorted(folder.iterdir())
        return [p for p in there if p.name[0] not in "._" and formats.known(p) and p.is_file()]
    except OSError as problem:
        raise InputError(
            f"the folder '{folder}' cannot be read ({problem.strerror}).", todo="Check its rights."
        ) from problem


def _folder(folder: Path) -> Table:
    paths = tables(folder)
    if not paths:
        raise InputError(
            f"the folder '{folder}' holds no table.",
            expected=f"Files ending in {formats.SUFFIXES} are expected.",
        )
    parts = [formats.load(path) for path in paths]
    if len(parts) == 1:
        return replace(_single(paths[0]), kind="folder")
    first = set(parts[0].frame.columns)
    every = set().union(*(part.frame.columns for part in parts))
    for path, part in zip(paths, parts, strict=True):
        if len(first & set(part.frame.columns)) * 2 < len(every):
            raise InputError(
                f"the files of '{folder}' are not parts of one table: '{paths[0].name}' and '{path.name}' "
                f"share {len(first & set(part.frame.columns))} of {len(every)} columns.",
                todo="Put files of the same columns into a folder, or give one file.",
            )
    notes = [note for part in parts for note in part.notes]
    notes.append(f"{len(parts)} files were joined: {formats.few([path.name for path in paths])}.")
    partly = [name for name in sorted(every) if any(name not in part.frame.columns for part in parts)]
    if partly:
        notes.append(f"columns missing in some files were filled with nothing: {formats.few(partly)}.")
    frame = _stack([part.frame for part in parts])
    whole = replace(parts[0], untyped=any(p.untyped for p in parts), comma=any(p.comma for p in parts))
    return _finish(frame, whole, notes, tuple(part.file for part in parts), "folder")


def _stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows of all frames; a column whose types cannot be reconciled becomes text."""
    try:
        return pl.concat(frames, how="diagonal_relaxed", rechunk=False)
    except (pl.exceptions.SchemaError, pl.exceptions.InvalidOperationError):
        kinds: dict[str, set[pl.DataType]] = {}
        for frame in frames:
            for name, kind in frame.schema.items():
                kinds.setdefault(name, set()).add(kind)
        mixed = [name for name, found in kinds.items() if len(found) > 1]
        texts = [f.with_columns(pl.col(n).cast(pl.String) for n in mixed if n in f.columns) for f in frames]
        return pl.concat(texts, how="diagonal_relaxed", rechunk=False)


def _database(url: str) -> Table:
    scheme = url.split("://", 1)[0]
    if scheme.split("+")[0] not in _DATABASES:
        raise InputError(
            f"'{scheme}://' cannot be read from here.",
            expected=f"A path, or a database URL that begins with one of {', '.join(_DATABASES)}.",
            todo="Fetch the file first and give its path.",
        )
    from milepost.store.source import read_sql

    frame, more = plain(read_sql(url))
    frame, also = typed(frame, guess=False)
    return Table(frame, (*more, *also), (), "sql")


def _frame(source: Any) -> Table:
    notes: list[str] = []
    library = type(source).__module__.split(".")[0]
    if isinstance(source, pl.LazyFrame):
        source = source.collect()
    elif library == "pandas" and hasattr(source, "columns"):
        source, notes = _pandas(source)
    elif library == "pyarrow":
        source = pl.from_arrow(source)
    if not isinstance(source, pl.DataFrame):
        raise InputError(
            f"a {type(source).__name__} is not a table.",
            expected="A path, a database URL, or a frame of Polars, pandas or PyArrow is expected.",
        )
    frame, more = plain(source)
    frame, also = typed(frame, guess=False)
    return Table(frame, (*notes, *more, *also))


def _pandas(source: Any) -> tuple[pl.DataFrame, list[str]]:
    source, notes = source.copy(deep=False), []
    if source.index.name is not None or type(source.index).__name__ == "MultiIndex":
        source = source.reset_index()
        notes.append("the index of the pandas frame was made columns.")
    source.columns = [str(name) for name in source.columns]
    refuse_duplicates(list(source.columns), "the pandas frame")
    for name in source.columns:
        if source[name].dtype == object:
            values = source[name].dropna()
            kinds = {type(value) for value in values}
            if len(kinds) > 1 and not kinds <= {int, float}:
                source[name] = source[name].astype(object).where(source[name].isna(), source[name].map(str))
                spoken = ", ".join(sorted(kind.__name__ for kind in kinds))
                notes.append(f"'{name}': holds a mixture of {spoken}; it was turned to text.")
    return pl.from_pandas(source), notes


def _shown(source: object) -> str:
    """The source as messages name it, without a password."""
    if not isinstance(source, str | Path):
        return "the frame"
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", str(source))


def _check(table: Table, name: str) -> Table:
    if table.frame.height == 0:
        raise InputError(f"'{name}' has no rows.", expected="At least one row below the header is expected.")
    if RESERVED in table.frame.columns:
        raise InputError(
            f"'{name}' has a column '{RESERVED}', a name that milepost itself uses.",
            todo="Rename the column.",
        )
    if table.frame.width < 2:
        raise InputError(
            f"'{name}' holds only one column: '{table.frame.columns[0]}'.",
            expected="At least one input and a target are expected.",
        )
    return table
