"""A table as read, with every liberty taken noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from milepost.data.binary import unpacked
from milepost.data.files import Aside
from milepost.data.formats import Part
from milepost.data.plain import plain
from milepost.data.values import typed
from milepost.modalities import media

File = tuple[str, str, int]


@dataclass(frozen=True)
class Table:
    """A table as read.

    Args:
        frame: columns of Int64, Float64, Boolean, String, Date or Datetime (microseconds, naive UTC) only;
            images and sounds are references.
        notes: sentences about every liberty taken while reading.
        files: path, sha256 and size in bytes of each file read, a folder of media counting as one; empty for
            frames and databases.
        kind: "csv", "json", "parquet", "excel", "folder", "sql" or "frame".
        aside: files, and values that name files, that cannot be used.
        held: columns that hold what files hold: references, or the text of a file a row.
        names: columns that name the rows: the file of each, where files are rows.
        target: the column of labels where the folders give them, else "".
    """

    frame: pl.DataFrame
    notes: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    kind: str = "frame"
    aside: tuple[Aside, ...] = ()
    held: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    target: str = ""


def finish(
    frame: pl.DataFrame, part: Part, notes: Sequence[str], files: tuple[File, ...], kind: str
) -> Table:
    """Brings what was loaded to the few types, and finds numbers, dates and truth values in text."""
    frame, aside = unpacked(frame)
    frame, more = plain(frame)
    frame, also = typed(frame, comma=part.comma, guess=part.untyped)
    held = tuple(name for name in frame.columns if media.kind_of(frame[name]))
    return Table(frame, (*notes, *more, *also), files, kind, (*part.aside, *aside), held)
