"""The source table of a project, read once and kept as a snapshot."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from milepost.brief import Brief
from milepost.data.read import read
from milepost.digest import Digest, digest
from milepost.steps.work import Work


def place(folder: Path, source: str) -> str:
    """A source as read: SQL URLs as they are, paths relative to the project's folder."""
    if "://" in source:
        return source
    path = Path(source).expanduser()
    return str(path if path.is_absolute() else folder / path)


def state(folder: Path, brief: Brief) -> Digest:
    """Digest of what the source files look like from outside: name, size and time of change."""
    seen: list[object] = []
    for source in (brief.data.source, brief.data.test, brief.data.production):
        if not source:
            continue
        path = Path(place(folder, source))
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        seen += [(f.name, f.stat().st_size, f.stat().st_mtime_ns) if f.exists() else str(f) for f in files]
    return digest(brief.data.source, brief.data.test, brief.data.production, seen)


def load(work: Work, which: str = "source") -> pl.DataFrame:
    """The table of the brief's `source`, `test` or `production`; read once, then from its snapshot.

    Raises:
        InputError: the source cannot be read.
    """
    source = getattr(work.brief.data, which)
    key = digest(which, state(work.folder, work.brief))
    known = work.ledger.rows.last("snapshot", key)
    if known is not None:
        return work.blobs.get_frame(known.body["frame"])
    table = read(place(work.folder, source))
    body = {
        "frame": work.blobs.put_frame(table.frame),
        "notes": list(table.notes),
        "files": [[str(item) for item in file] for file in table.files],
        "kind": table.kind,
    }
    work.ledger.rows.append("snapshot", key, body)
    return table.frame


def origin(work: Work, which: str = "source") -> dict[str, object]:
    """What reading the source noted: notes, files with digest and size, kind."""
    load(work, which)
    entry = work.ledger.rows.last("snapshot", digest(which, state(work.folder, work.brief)))
    assert entry is not None
    return dict(entry.body)
