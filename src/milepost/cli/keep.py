"""The commands that keep a project safe and let it grow: backup, move."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milepost.cli import show
from milepost.cli.common import HERE, Dir, Json, shift
from milepost.errors import UsageError
from milepost.project import Project
from milepost.report.sentences import count, number


def backup(
    dir: Dir = HERE,
    out: Annotated[str, typer.Argument(help="The copy: a folder that is not there yet.")] = "",
    json: Json = False,
) -> None:
    """Copies the project with all its rows while it runs and people label; the copy is a project itself."""
    from milepost.project.backup import backup as copy

    dir, (out,) = shift(dir, out)
    if not out:
        raise UsageError("no folder is named.", todo=f"Say where to: milepost backup {dir} FOLDER")
    project = Project(dir)
    made = copy(project.folder, project.ledger.rows, Path(out))
    if json:
        show.as_json(made)
        return
    show.out.print(
        f"{show.escape(out)}: {count(made.files)} files, {number(made.size / 1e6)} MB, a project itself."
    )


def move(
    dir: Dir = HERE,
    url: Annotated[str, typer.Argument(help="An empty database, as postgresql://host/base.")] = "",
    json: Json = False,
) -> None:
    """Brings the project's rows from SQLite to a PostgreSQL database; stop the web application before."""
    from milepost.steps.work import STORE
    from milepost.store import moving

    dir, (url,) = shift(dir, url)
    if "://" not in url:
        raise UsageError("no database is named.", todo=f"Name it: milepost move {dir} postgresql://host/base")
    project = Project(dir)
    project.ledger.rows.close()
    moved = moving.move(project.folder / STORE, url)
    if json:
        show.as_json({"rows": moved})
        return
    show.out.print(f"{count(moved)} rows moved; the project works in that database from now on.")


def add(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    for command in (backup, move):
        app.command(command.__name__)(command)
