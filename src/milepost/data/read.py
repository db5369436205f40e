"""Reads a table from wherever a user has it: files, folders of files, frames and databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from milepost.data import archives, folders, formats, named
from milepost.data.binary import unpacked
from milepost.data.delimited import DELIMITERS, refuse_duplicates
from milepost.data.files import Roots, Say, silent
from milepost.data.parts import joined
from milepost.data.paths import referred
from milepost.data.plain import plain
from milepost.data.table import Table, finish
from milepost.data.values import typed
from milepost.digest import digest_file
from milepost.errors import EnvironmentProblem, InputError, did_you_mean
from milepost.modalities import media
from milepost.modalities.signatures import kind_of_name

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


def read(source: object, home: Path | None = None, say: Say = silent) -> Table:
    """Reads a table.

    Paths of images, sounds and texts in a table become references and texts; they start at the table's
    folder, at `home`, or, for frames, at the working folder, and nothing outside these is read.

    Args:
        source: a path (CSV, TSV or otherwise delimited text, JSON lines, a JSON array, Parquet, Excel, each
            also packed with gzip, zstd, bz2, xz or zip), a folder of such files, a folder or zip archive of
            images, sounds or texts, one image or sound, a database URL such as
            `sqlite:///shop.db?table=orders`, or a frame of Polars, pandas or PyArrow.
        home: the project's folder, if there is one.
        say: told how far it is.

    Raises:
        InputError: there is nothing there, or it cannot be used as a table; the message says what to mend.

    >>> read(pl.DataFrame({"a": [1, 2], "b": ["x", ""]})).frame["b"].to_list()
    ['x', None]
    """
    if isinstance(source, str) and "://" in source:
        table = pathed(_database(source), Path(), home, say)
    elif isinstance(source, str | Path):
        table = _path(located(source), home, say)
    else:
        table = pathed(_frame(source), Path(), home, say)
    return _check(table, _shown(source))


def pathed(table: Table, folder: Path, home: Path | None, say: Say = silent) -> Table:
    """A table whose paths became references: they start in its folder or the project's."""
    roots = Roots((folder, home) if home else (folder,), deep=folder if folder != Path() else None)
    return named.joined(table, referred(table.frame, roots, say))


def _path(path: Path, home: Path | None, say: Say) -> Table:
    if path.is_dir():
        return _folder(path, home, say)
    if archives.holds_media(path):
        folder, aside = archives.unpack(path, say)
        table = _folder(folder, None, say)
        file = (str(path), digest_file(path), path.stat().st_size)
        return replace(table, files=(file,), aside=(*table.aside, *aside))
    if path.is_file() and (alone := folders.alone(path)):
        return alone
    return pathed(_single(path), path.parent, home, say)


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
    return finish(part.frame, part, part.notes, (part.file,), part.kind)


def beside(path: Path) -> str:
    """A sentence on what a missing file's folder holds: names like it, else all tables and folders."""
    try:
        there = sorted(p for p in path.parent.iterdir() if p.name[0] not in "._")
        siblings = [p.name for p in there if p.is_dir() or formats.known(p)]
    except OSError:
        return f"There is no folder '{path.parent}' that could be read."
    return did_you_mean(path.name, siblings) or f"The folder '{path.parent}' holds no table."


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


def _folder(folder: Path, home: Path | None, say: Say) -> Table:
    paths = tables(folder)
    found = folders.media_below(folder) or folders.texts(folder, paths)
    if found is not None:
        table = named.table_of(found, say)
        how = folders.laid(found)
        if table is not None:
            return table
        if how.labels or all(kind_of_name(path.name) for path in paths):
            return folders.table_of(found, how, say)
    table = pathed(joined(folder, paths or _within(folder)), folder, home, say)
    note = "Images or sounds there were not read: no table names them."
    return replace(table, notes=(*table.notes, note)) if found is not None else table


def _within(folder: Path) -> list[Path]:
    """The tables of the one folder in a folder, such as the `data` of Hugging Face's datasets."""
    inner = [path for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] not in "._"]
    return tables(inner[0]) if len(inner) == 1 else []


def _database(url: str) -> Table:
    scheme = url.split("://", 1)[0]
    if scheme.split("+")[0] not in _DATABASES:
        raise InputError(
            f"'{scheme}://' cannot be read from here.",
            expected=f"A path, or a database URL that begins with one of {', '.join(_DATABASES)}.",
            todo="Fetch the file first and give its path.",
        )
    from milepost.store.source import read_sql

    frame, aside = unpacked(read_sql(url))
    frame, more = plain(frame)
    frame, also = typed(frame, guess=False)
    held = tuple(name for name in frame.columns if media.kind_of(frame[name]))
    return Table(frame, (*more, *also), (), "sql", tuple(aside), held)


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
    frame, aside = unpacked(source)
    frame, more = plain(frame)
    frame, also = typed(frame, guess=False)
    held = tuple(name for name in frame.columns if media.kind_of(frame[name]))
    return Table(frame, (*notes, *more, *also), aside=tuple(aside), held=held)


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
        apart = f", separated by {', '.join(DELIMITERS.values())}" if table.kind == "csv" else ""
        raise InputError(
            f"'{name}' holds only one column: '{table.frame.columns[0][:80]}'.",
            expected=f"At least one input and a target are expected{apart}.",
            todo="Check the delimiter of the file." if apart else "",
        )
    return table
