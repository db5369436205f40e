"""Reads rows that are to be answered: none may be there, and text that was learnt as text stays text."""

from __future__ import annotations

from collections.abc import Collection
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


def fresh(source: Any, texts: Collection[str] = (), home: Path | None = None) -> pl.DataFrame:
    """Returns rows in the types of `read`; tables without rows, and frames of one column, will do too.

    Paths of images, sounds and texts become references and texts, as `read` has them.

    A column of codes such as "07030" that was text in training may hold nothing but numbers in a few fresh
    rows; it has to stay text.

    Args:
        source: as for `read`.
        texts: the columns that stay text whatever they hold.
        home: the project's folder, if there is one.

    Raises:
        InputError: there is nothing there, or it cannot be used as a table.

    >>> fresh(pl.DataFrame({"zip": ["07030"], "n": [1]}), ["zip"])["zip"].to_list()
    ['07030']
    """
    return arrived(source, texts, home).frame


def arrived(source: Any, texts: Collection[str] = (), home: Path | None = None) -> Table:
    """The same as a table, with what was set aside while reading and the columns that name files.

    Raises:
        InputError: there is nothing there, or it cannot be used as a table.
    """
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
