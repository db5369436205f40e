"""Several tables that are parts of one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from milepost.data import folders, formats
from milepost.data.table import Table, finish
from milepost.errors import InputError


def joined(folder: Path, paths: list[Path]) -> Table:
    """The rows of tables that are parts of one; of media called train and test a column says which is which.

    Args:
        folder: where they lie.
        paths: the tables.

    Raises:
        InputError: there is none, or their columns differ too much.
    """
    if not paths:
        raise InputError(
            f"the folder '{folder}' holds no table, and no images, sounds or texts.",
            expected=f"Files ending in {formats.SUFFIXES}, or media in folders.",
        )
    parts = [formats.load(path) for path in paths]
    if len(parts) == 1:
        return finish(parts[0].frame, parts[0], parts[0].notes, (parts[0].file,), "folder")
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
    starts = np.cumsum([0, *(part.frame.height for part in parts)])
    aside = [
        replace(a, row=a.row + int(start))
        for part, start in zip(parts, starts, strict=False)
        for a in part.aside
    ]
    whole = replace(
        parts[0],
        untyped=any(p.untyped for p in parts),
        comma=any(p.comma for p in parts),
        aside=tuple(aside),
    )
    table = finish(frame, whole, notes, tuple(part.file for part in parts), "folder")
    which = [folders.part_of(path.name.split("-")[0].split(".")[0]) for path in paths]
    if all(which) and len(set(which)) > 1 and folders.SPLIT not in frame.columns and table.held:
        column = [name for name, part in zip(which, parts, strict=True) for _ in range(part.frame.height)]
        table = replace(table, frame=table.frame.with_columns(pl.Series(folders.SPLIT, column)))
    return table


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
