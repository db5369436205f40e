"""A running step's surroundings, made by hand where a whole project would hide what is tested."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from milepost import Project
from milepost.steps.work import Talk

Make = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a project of a table, with keys of the brief changed, and runs it as far as said."""

    def made(table: pl.DataFrame, target: str, until: str | None = None, **brief: Any) -> Project:
        folder = tmp_path / f"p{len(list(tmp_path.iterdir()))}"
        project = Project.new(folder, table, target, budget="6s")
        changed = project.brief.changed({key.replace("__", "."): value for key, value in brief.items()})
        changed.write(folder)
        project = Project(folder)
        if until:
            project.run(until=until, talk=Talk(yes=True))
        return project

    return made
