"""Folders in which a table names the files: a column of paths beside labels and whatever else is known."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from milepost.data import folders, formats
from milepost.data.files import Roots, Say, Tree, indexed, shown, silent
from milepost.data.paths import FILE, Referred, referred
from milepost.data.table import Table, finish
from milepost.errors import InputError
from milepost.modalities.signatures import kind_of_name

METADATA = "metadata"
"""How Hugging Face's folders of images and sounds call the table."""


@dataclass(frozen=True)
class _Named:
    path: Path
    table: Table
    part: str


def table_of(found: Tree, say: Say = silent) -> Table | None:
    """The table that names the files of a folder, or None where none does.

    Tables of the folder itself and of its parts (train, test) are looked at. Paths start at the table's
    folder or at the folder itself; names of files that occur once below it, with or without their suffix,
    will do too.

    Args:
        found: the folder.
        say: told how far reading is.

    Raises:
        InputError: several tables name its files, or one cannot be read.
    """
    candidates = list(_candidates(found))
    if not candidates:
        return None
    index = indexed(found)
    named: list[_Named] = []
    strangers: list[Path] = []
    for path in candidates:
        table = _loaded(path)
        if table is None:
            continue
        made = referred(table.frame, Roots((path.parent, found.root), index), say)
        if made.media:
            part = folders.part_of(path.parent.name if path.parent != found.root else path.stem.split("-")[0])
            named.append(_Named(path, joined(table, made), part))
        else:
            strangers.append(path)
    chosen = _chosen(found, named)
    if not chosen:
        return None
    table = _stacked(chosen)
    left = [*strangers, *(one.path for one in named if one not in chosen)]
    notes = [f"'{shown(path.relative_to(found.root))}' was not read: it names no file here." for path in left]
    unnamed = _unnamed(found, table)
    return replace(table, notes=(*table.notes, *notes, *unnamed), kind="folder")


def joined(table: Table, made: Referred) -> Table:
    """A table with the references that its paths became."""
    held = made.media or table.held
    names = (FILE,) if FILE in made.frame.columns and held else table.names
    return replace(
        table,
        frame=made.frame,
        notes=(*table.notes, *made.notes),
        files=(*table.files, *made.files),
        aside=(*table.aside, *made.aside),
        held=tuple(dict.fromkeys((*table.held, *made.media))),
        names=names,
    )


def _candidates(found: Tree) -> Iterable[Path]:
    """Tables of the folder and of its parts; texts count as tables in the folder itself only."""
    for name in found.names:
        *above, last = name.split(os.sep)
        if len(above) > 1 or (above and not folders.part_of(above[0])) or last[0] in "._":
            continue
        path = found.root / name
        if formats.known(path) and (not above or kind_of_name(last) != "text"):
            yield path


def _loaded(path: Path) -> Table | None:
    """A table; a text that is none is passed over."""
    try:
        part = formats.load(path)
        return finish(part.frame, part, part.notes, (part.file,), part.kind)
    except InputError:
        if kind_of_name(path.name) == "text":
            return None
        raise


def _chosen(found: Tree, named: Sequence[_Named]) -> list[_Named]:
    """The tables to read: the one called metadata, one, or one a part."""
    called = [one for one in named if one.path.stem == METADATA]
    some = called or list(named)
    if len(some) < 2 or (all(one.part for one in some) and len({one.part for one in some}) == len(some)):
        return some
    names = [shown(one.path.relative_to(found.root)) for one in some]
    raise InputError(
        f"{len(some)} tables of '{found.root}' name its files: {formats.few(names)}.",
        expected="One table, one called metadata, or one a part (train, test).",
        todo=f"Give the one you mean: {some[0].path}",
    )


def _stacked(chosen: Sequence[_Named]) -> Table:
    """The rows of all tables; where there are several a column says which part each row is of."""
    if len(chosen) == 1:
        return chosen[0].table
    frames, aside, first = [], [], 0
    for one in chosen:
        frame = one.table.frame
        frames.append(
            frame
            if folders.SPLIT in frame.columns
            else frame.with_columns(pl.lit(one.part).alias(folders.SPLIT))
        )
        aside += [replace(a, row=a.row + first if a.row >= 0 else -1) for a in one.table.aside]
        first += frame.height
    return replace(
        chosen[0].table,
        frame=pl.concat(frames, how="diagonal_relaxed"),
        notes=tuple(note for one in chosen for note in one.table.notes),
        files=tuple(file for one in chosen for file in one.table.files),
        aside=tuple(aside),
    )


def _unnamed(found: Tree, table: Table) -> list[str]:
    """A sentence on files that no row names."""
    if FILE not in table.frame.columns:
        return []
    kind = folders.labelled(found)[0]
    there = sum(kind_of_name(name) == kind for name in found.names)
    rows = table.frame[FILE].drop_nulls().n_unique() - len({a.file for a in table.aside if a.row >= 0})
    return (
        [f"{there - rows:,} files of the folder are named by no row, and are no rows."]
        if there > rows
        else []
    )
