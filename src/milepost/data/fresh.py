"""Reads rows that are to be answered: none may be there, and text that was learnt as text stays text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from milepost.data import archives, folders, formats
from milepost.data.binary import unpacked
from milepost.data.files import Tree
from milepost.data.plain import plain
from milepost.data.read import pathed, read
from milepost.data.table import Table
from milepost.data.values import ALWAYS_MISSING, typed
from milepost.errors import InputError
from milepost.modalities import media
from milepost.modalities.signatures import kind_of_name

NONE: Mapping[str, str] = {}


def fresh(source: Any, columns: Mapping[str, str] = NONE, home: Path | None = None) -> pl.DataFrame:
    """Returns rows in the types of `read`; tables without rows, and frames of one column, will do too.

    Paths of images, sounds and texts become references and texts, as `read` has them.

    A column of codes such as "07030" that was text in training may hold nothing but numbers in a few fresh
    rows; it has to stay text. Where files of a kind are in one column only, it gets the name of the one
    column that is to hold such files, whatever it is called.

    Args:
        source: as for `read`.
        columns: the columns that a package knows, and what they hold; "text" stays text.
        home: the project's folder, if there is one.

    Raises:
        InputError: there is nothing there, or it cannot be used as a table.

    >>> fresh(pl.DataFrame({"zip": ["07030"], "n": [1]}), {"zip": "text"})["zip"].to_list()
    ['07030']
    """
    return arrived(source, columns, home).frame


def arrived(source: Any, columns: Mapping[str, str] = NONE, home: Path | None = None) -> Table:
    """The same as a table, with what was set aside while reading and the columns that name files.

    Raises:
        InputError: there is nothing there, or it cannot be used as a table.
    """
    texts = [name for name, dtype in columns.items() if dtype == "text"]
    return _renamed(_read(source, texts, home), columns)


def _renamed(table: Table, columns: Mapping[str, str]) -> Table:
    """A table whose only column of files of a kind has the name under which the package knows such files."""
    names: dict[str, str] = {}
    for kind in (*media.KINDS, "text"):
        wanted = [n for n, dtype in columns.items() if dtype == kind and n not in table.frame.columns]
        there = [n for n in table.held if n not in columns and _kind(table.frame[n]) == kind]
        if len(wanted) == len(there) == 1:
            names[there[0]] = wanted[0]
    held = tuple(names.get(name, name) for name in table.held)
    aside = tuple(replace(a, column=names.get(a.column, a.column)) for a in table.aside)
    return replace(table, frame=table.frame.rename(names), held=held, aside=aside)


def _kind(column: pl.Series) -> str:
    return media.kind_of(column) or "text"


def _read(source: Any, texts: Collection[str], home: Path | None) -> Table:
    path = Path(source).expanduser() if isinstance(source, str | Path) else None
    if path is not None and path.is_file() and "://" not in str(source) and not _media(path):
        return pathed(_loaded(path, texts), path.parent, home)
    if isinstance(source, pl.LazyFrame):
        source = source.collect()
    if path is None and _is_frame(source) and 0 in (len(source), source.shape[1] - 1):
        source = pl.DataFrame(source)
    if isinstance(source, pl.DataFrame):
        frame, aside = unpacked(source)
        frame = _typed(plain(frame)[0], texts, False, False)
        held = tuple(name for name in frame.columns if media.kind_of(frame[name]))
        return pathed(Table(frame, aside=tuple(aside), held=held), Path(), home)
    table = read(source, home)
    frame = table.frame.with_columns(
        pl.col(name).cast(pl.String)
        for name in texts
        if name in table.frame.columns and _plain(table.frame[name])
    )
    return replace(table, frame=frame)


def _media(path: Path) -> bool:
    """Whether a file is an image, a sound, or an archive of such."""
    return kind_of_name(path.name) in media.KINDS or archives.holds_media(path)


def _loaded(path: Path, texts: Collection[str]) -> Table:
    """A file's table; a text that is none is one row, where texts are asked for."""
    try:
        part = formats.load(path)
        loaded = set(part.frame.columns)
    except InputError:
        if not texts or kind_of_name(path.name) != "text":
            raise
        loaded = set()
    if texts and kind_of_name(path.name) == "text" and not loaded & set(texts):
        state = path.stat()
        found = Tree(path.parent, (path.name,), ((state.st_size, state.st_mtime_ns),))
        return folders.table_of(found, folders.laid(found))
    frame, aside = unpacked(part.frame)
    frame = _typed(plain(frame)[0], texts, part.comma, part.untyped)
    held = tuple(name for name in frame.columns if media.kind_of(frame[name]))
    return Table(frame, part.notes, (part.file,), part.kind, (*part.aside, *aside), held)


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
