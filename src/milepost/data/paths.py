"""Columns of paths: recognised by what they name, and turned into references to images, sounds or texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from milepost.data.files import Aside, Roots, Say, address, contents, silent
from milepost.digest import digest
from milepost.modalities import media
from milepost.modalities.signatures import kind_of_name

FILE = "file"
"""The column that names the file of each row."""
GENERIC = frozenset(("file", "file_name", "filename", "file_path", "filepath", "path", "file name", "name"))
"""Names of columns of paths that say nothing of what the files hold."""
_MOSTLY = 0.8
_SAMPLE = 400


@dataclass(frozen=True)
class Referred:
    """A table whose paths became references.

    Args:
        frame: the table.
        notes: sentences for the user.
        aside: values that name nothing that can be read.
        media: the columns that hold what files hold.
        files: the first root, with the digest and the size of all that was read below the roots.
    """

    frame: pl.DataFrame
    notes: tuple[str, ...] = ()
    aside: tuple[Aside, ...] = ()
    media: tuple[str, ...] = ()
    files: tuple[tuple[str, str, int], ...] = ()


def referred(frame: pl.DataFrame, roots: Roots, say: Say = silent) -> Referred:
    """Replaces the paths in columns of paths by references to what the files hold, or by their text.

    A column is one of paths where most of its values have the suffix of an image, a sound or a text file and
    at least one is there, below a root. Where there is one such column, the paths stay as the column `file`.
    Nothing outside the roots is read.

    Args:
        frame: the table.
        roots: the folders below which files may lie.
        say: told how far reading is.
    """
    notes: list[str] = []
    aside: list[Aside] = []
    found: dict[str, pl.Series] = {}
    kinds: dict[str, str] = {}
    for name, dtype in frame.schema.items():
        kind = _kind(frame[name], roots) if dtype == pl.String else ""
        if not kind or (name.casefold() in GENERIC and kind in frame.columns):
            continue  # what these files hold is there already
        series, bad, note = _read(frame[name], kind, roots, say)
        if note:
            notes.append(note)
        if series is not None:
            found[name], kinds[name] = series, kind
            aside += bad
    if not found:
        return Referred(frame, tuple(notes))
    made: dict[str, str] = {}
    for name in found:
        called = _name(name, kinds[name])
        made[name] = name if called in made.values() else called
    aside = [Aside(a.file, a.reason, made[a.column], a.row) for a in aside]
    columns: list[pl.Series] = []
    for name in frame.columns:
        if name in found:
            columns.append(found[name].alias(made[name]))
        elif not (name == FILE and FILE in made.values()):
            columns.append(frame[name])
    if len(found) == 1 and FILE not in {column.name for column in columns}:
        columns.insert(0, frame[next(iter(found))].alias(FILE))
    content = digest([found[name].to_list() for name in sorted(found)])
    files = ((roots.folders[0], content, sum(path.stat().st_size for path in roots.read)),)
    return Referred(pl.DataFrame(columns), tuple(notes), tuple(aside), tuple(made.values()), files)


def _name(column: str, kind: str) -> str:
    """The name of what a column of paths holds: its own, or its kind where its own says nothing."""
    return kind if column.casefold() in GENERIC else column


def _kind(column: pl.Series, roots: Roots) -> str:
    """What most values of a column name by their suffix, "image", "sound" or "text", or ""."""
    sample = column.drop_nulls().head(_SAMPLE).to_list()
    if not sample or media.kind_of(column):
        return ""
    counts = Counter(kind for value in sample if (kind := _named(value, roots)))
    kind, times = counts.most_common(1)[0] if counts else ("", 0)
    return kind if times >= _MOSTLY * len(sample) else ""


def _named(value: str, roots: Roots) -> str:
    if len(value) > 1_000 or "\n" in value:
        return ""
    written = value.split("?")[0] if address(value) else value
    return kind_of_name(written.strip()) or (
        kind_of_name(roots.index[value].name) if value in roots.index else ""
    )


def _read(column: pl.Series, kind: str, roots: Roots, say: Say) -> tuple[pl.Series | None, list[Aside], str]:
    """A column's references, the values that have none, and a sentence; None where it stays text."""
    distinct = column.drop_nulls().unique(maintain_order=True).to_list()
    places = {value: roots.find(value) for value in distinct}
    there = [(value, path) for value, (path, _) in places.items() if path is not None]
    what = {"image": "images", "sound": "sounds", "text": "texts"}[kind]
    if not there:
        return None, [], _left(column.name, kind, distinct, places[distinct[0]][1])
    wrong = {value: reason for value, (path, reason) in places.items() if path is None}
    values: dict[str, str] = {}
    for (value, _), (content, reason) in zip(there, contents(there, kind, say), strict=True):
        if content is None:
            wrong[value] = reason
        else:
            values[value] = content
    series = column.replace_strict(list(values), list(values.values()), default=None, return_dtype=pl.String)
    aside = [
        Aside(value, wrong[value], column.name, row)
        for row, value in enumerate(column.to_list())
        if value is not None and value in wrong
    ]
    note = f"'{column.name}': {len(there):,} paths were read as {what}."
    return series, aside, note


def _left(name: str, kind: str, values: Sequence[str], reason: str) -> str:
    """Why a column that looks like paths stays text."""
    if address(values[0]):
        return (
            f"'{name}': holds addresses such as '{values[0][:60]}'; nothing is fetched, so they stay text. "
            "Fetch the files first and give their paths."
        )
    if kind == "text":
        return ""
    return (
        f"'{name}': looks like paths of {kind}s, but none can be read ('{values[0][:60]}' {reason}), so it "
        "stays text. Put the files beside the table, with paths from there."
    )
