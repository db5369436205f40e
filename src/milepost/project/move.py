"""Moves a project's rows from its folder to a database server, when a team outgrows the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from milepost.errors import UsageError
from milepost.ledger import Ledger
from milepost.project.project import Project
from milepost.steps.work import Talk
from milepost.store import moving
from milepost.store.rows import Rows


def move(folder: str | Path, url: str, talk: Talk | None = None) -> Mapping[str, int]:
    """Copies evidence, labels and accounts to a database server and names it in milepost.toml.

    The file in the folder stays as it is and refuses to be written from then on; a web application that still
    runs on it has to be started again. Media, models and packages stay in the folder.

    Args:
        folder: the project's folder.
        url: the server's database, such as `postgresql://host/shop`; it has to be empty.
        talk: where progress is shown.

    Returns:
        The number of rows by table.

    Raises:
        UsageError: the URL is none, the project has moved already, or the database is not empty.
        EnvironmentProblem: the server cannot be reached, or the project is at work.
    """
    if "://" not in url or url.startswith("sqlite"):
        raise UsageError(
            f"'{url}' is no database server.", expected="Something like postgresql://host/shop is expected."
        )
    talk = talk or Talk()
    project = Project(folder)
    with project.ledger.rows as rows, Rows(url) as goal, rows.lock():
        counts = moving.move(
            rows,
            goal,
            lambda name, share: talk.say(f"copying {name}", share),
            lambda: project.brief.changed({"store.url": url}).write(project.folder),
        )
        Ledger(goal).rows.append("store", "moved", {"from": rows.url, "rows": dict(counts)})
    return counts
