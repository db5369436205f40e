"""What a new project takes from folders of images, sounds and texts, and how it keeps those from memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from milepost.data import folders
from milepost.data.intake import take
from milepost.data.paths import FILE
from milepost.data.read import located
from milepost.data.shelf import Shelf
from milepost.data.table import Table
from milepost.steps.aside import LIST
from milepost.steps.work import STORE
from milepost.store.blobs import Blobs


def foldered(
    table: Table, source: str, targets: Sequence[str], options: Mapping[str, Any]
) -> Iterator[tuple[str, Any, str]]:
    """Yields keys of the brief that the layout of a folder gives, their values, and why.

    Args:
        table: what was read.
        source: where from.
        targets: the target columns.
        options: what was said.
    """
    frame = table.frame
    if not table.held:
        return
    if FILE in frame.columns and FILE not in targets and frame[FILE].n_unique() < frame.height:
        yield f"columns.{FILE}", {"role": "ignored", "because": "It names the file."}, "it names the file"
    known = frame.drop_nulls(list(targets))
    parts = known[folders.SPLIT].drop_nulls().unique().to_list() if folders.SPLIT in known.columns else []
    if not parts or folders.SPLIT in targets or not all(folders.part_of(str(part)) for part in parts):
        return
    own = None if options.get("test") or "://" in source else test_of(located(source))
    if own is not None and "test" in parts:
        yield "data.test", str(own.resolve()), "the folder has a part for the test"
        return
    because = "It says who was tested on elsewhere; rows are sealed anew here."
    yield f"columns.{folders.SPLIT}", {"role": "ignored", "because": because}, "it divides the rows"


def test_of(folder: Path) -> Path | None:
    """The part for the test below a folder, or None; folders that hold one folder only are passed through."""
    while folder.is_dir():
        inner = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
        found = [path for path in inner if folders.part_of(path.name) == "test"]
        if found or len(inner) != 1:
            return found[0] if len(found) == 1 else None
        folder = inner[0]
    return None


def stored(table: Table, folder: Path) -> pl.DataFrame:
    """A table from memory whose images and sounds are in the project's store; a list tells what is not.

    Args:
        table: what was read.
        folder: the project's folder, which is there.
    """
    if not table.held and not table.aside:
        return table.frame
    shelf = Shelf(folder / STORE, Blobs(folder / STORE / "blobs"))
    taken = take(table, lambda some: shelf.take(some, 2))
    if taken.aside.height:
        taken.aside.write_csv(folder / f"data-{LIST}")
    return taken.frame
