"""A project moves to a database server and goes on there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from milepost import Project
from milepost.cli.main import run
from milepost.errors import UsageError
from milepost.project.move import move


def test_nothing_is_stale_and_the_road_goes_on(copied: Project, server: str, capsys: Any) -> None:
    before = copied.status().plain()
    copied.ledger.rows.close()
    assert run(["move", str(copied.folder), server]) == 0
    assert "milepost.toml names the database" in capsys.readouterr().out
    moved = Project(copied.folder)
    try:
        assert not moved.ledger.rows.lite
        assert moved.status().plain() == before
        assert moved.run(yes=True).done, "all of it is remembered"
        assert moved.ledger.rows.last("store", "moved").body["rows"]["entries"] > 0
    finally:
        moved.ledger.rows.close()
    assert run(["move", str(copied.folder), server]) == 2
    assert "in a database server already" in capsys.readouterr().err


def test_what_is_no_server_is_refused(copied: Project, tmp_path: Path) -> None:
    for url in ("", "somewhere", "sqlite:///x.db"):
        with pytest.raises(UsageError, match="is no database server"):
            move(copied.folder, url)
    assert Project(copied.folder).brief.store.url == ""
