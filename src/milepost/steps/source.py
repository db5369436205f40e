"""The source table of a project, read once and kept as a snapshot."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from milepost.brief import FILE, Brief
from milepost.data import folders
from milepost.data.intake import Taken, take
from milepost.data.read import located, read, tables
from milepost.data.shelf import Shelf
from milepost.data.table import Table
from milepost.digest import Digest, Json, digest, digest_file
from milepost.errors import BriefError, Corrupt
from milepost.steps import columns, labelled
from milepost.steps.work import STORE, Work
from milepost.tasks.base import tasks


def place(folder: Path, source: str) -> str:
    """A source as read: SQL URLs as they are, paths relative to the project's folder."""
    if "://" in source:
        return source
    if not source:
        raise BriefError(
            "the brief names no data.",
            expected=f"[data] source in {folder / FILE}.",
            todo="Name a file there.",
        )
    path = located(source)
    return str(path if path.is_absolute() else folder / path)


def state(folder: Path, brief: Brief) -> Digest:
    """Digest of what the source files look like from outside: name, size and time of change."""
    seen: list[object] = []
    for source in (brief.data.source, brief.data.test, brief.data.production):
        if not source:
            continue
        path = located(place(folder, source))
        if path.is_dir() and (below := folders.seen(path)):
            seen.append(below)
            continue
        files = tables(path) if path.is_dir() else [path]
        seen += [(f.name, f.stat().st_size, f.stat().st_mtime_ns) if f.exists() else str(f) for f in files]
    return digest(brief.data.source, brief.data.test, brief.data.production, seen)


def code(folder: Path, brief: Brief) -> Digest:
    """Digest of the project's own code, `plugins/` and the existing rule; empty where there is none."""
    files = sorted(path for path in (folder / "plugins").glob("*") if path.is_file())
    if brief.existing.rule:
        files.append(folder / brief.existing.rule.rpartition(":")[0])
    seen = [(path.name, digest_file(path)) for path in files if path.is_file()]
    return digest(seen) if seen else ""


def load(work: Work, which: str = "source") -> pl.DataFrame:
    """The table of the brief's `source`, `test` or `production`; read once, then from its snapshot.

    The source of a later generation is the rows that renewals left to develop with, and the pool.

    Raises:
        InputError: the source cannot be read.
    """
    frame = bare(work, which)
    if which != "source" or work.generation > 1:
        return frame
    return columns.given(work.brief, work.ledger.rows, frame, work.step)


def bare(work: Work, which: str = "source") -> pl.DataFrame:
    """The table as `load` has it, but for what people say of columns beside the target.

    Keys of items and the groups that the seal is drawn by are of these rows, so that no such label moves one.

    Raises:
        InputError: the source cannot be read.
    """
    if work.generation > 1 and which == "source":
        return work.dataset(work.generation).table(work.blobs)
    known = _snapshot(work, which)
    spared = sorted(apart(work.brief))
    if known is not None and known.get("spared", spared) == spared:
        try:
            return _said(work, work.blobs.get_frame(known["frame"]), which)
        except Corrupt as problem:
            work.say(f"{problem.what} The source is read again.")
    table = read(place(work.folder, getattr(work.brief.data, which)), work.folder, work.say)
    taken = taken_in(work, table)
    frame = taken.frame if which == "test" else _divided(work, taken.frame)
    body: dict[str, Json] = {
        "frame": work.blobs.put_frame(frame),
        "notes": list(table.notes),
        "files": [[str(item) for item in file] for file in table.files],
        "kind": table.kind,
    }
    if table.held or taken.aside.height:
        body |= {
            "spared": spared,
            "aside": work.blobs.put_frame(taken.aside),
            "reasons": dict(taken.reasons),
            "gone": taken.gone,
            "media": {name: dict(counts) for name, counts in taken.media.items()},
        }
    work.ledger.rows.append("snapshot", _key(work, which), body)
    return _said(work, frame, which)


def _said(work: Work, frame: pl.DataFrame, which: str) -> pl.DataFrame:
    """The table as the task means it, and the source with the labels that people gave."""
    if which != "source":
        return meant(work.brief, frame)
    targets = work.brief.target.columns
    missing = [name for name in targets if name not in frame.columns]
    if missing and work.brief.target.labels:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
    known = [name for name in targets if name in frame.columns]
    bare = len(known) == len(targets) and all(frame[name].null_count() == frame.height for name in known)
    frame = frame if bare else meant(work.brief, frame)
    return labelled.given(work.brief, work.ledger.rows, frame) if len(known) == len(targets) else frame


def meant(brief: Brief, frame: pl.DataFrame) -> pl.DataFrame:
    """The table with its target as the brief's task means it, see `Task.meant`."""
    targets = list(brief.target.columns)
    if not brief.target.task or any(name not in frame.columns for name in targets):
        return frame
    return frame.with_columns(tasks[brief.target.task].meant(frame.select(targets)))


def taken_in(work: Work, table: Table) -> Taken:
    """A table's rows with media that can be used; these are in the project's store from now on."""
    shelf = Shelf(work.folder / STORE, work.blobs)
    return take(table, lambda some: shelf.take(some, work.threads, work.say), apart(work.brief))


def apart(brief: Brief) -> set[str]:
    """Columns that nothing is predicted from, as far as the brief says so."""
    said = {n for n, c in brief.columns.items() if c.role not in ("", "input") or not c.available}
    named = {brief.data.time, brief.data.group} - {""}
    return said | named | {*brief.target.columns, *brief.data.keys}


def _divided(work: Work, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows without those of the test folder, where that is a part of the folder they come from."""
    data = work.brief.data
    if folders.SPLIT not in frame.columns or not data.test or "://" in data.test:
        return frame
    test = located(place(work.folder, data.test)).resolve()
    part = folders.part_of(test.name)
    if not part or not test.is_relative_to(located(place(work.folder, data.source)).resolve()):
        return frame
    return frame.filter(pl.col(folders.SPLIT).ne_missing(part)).drop(folders.SPLIT)


def origin(work: Work, which: str = "source") -> dict[str, Json]:
    """What reading the source noted: notes, files with digest and size, kind."""
    load(work, which)
    return dict(_snapshot(work, which) or {})


def _key(work: Work, which: str) -> Digest:
    seen = "" if work.generation > 1 else work.source
    return digest(which, seen or state(work.folder, work.brief))


def _snapshot(work: Work, which: str) -> dict[str, Json] | None:
    entry = work.ledger.rows.last("snapshot", _key(work, which))
    return None if entry is None else entry.body
