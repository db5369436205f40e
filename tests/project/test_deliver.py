"""What is shipped is handed over, and what cannot be is refused before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost import Project
from milepost.errors import GateFailed, UsageError
from milepost.project.deliver import ship


def test_the_result_is_copied_where_it_is_wanted(copied: Project, tmp_path: Path) -> None:
    assert ship(copied, "server", None, None) == copied.folder / "ship" / "server"
    out = ship(copied, "server", tmp_path / "out", None)
    assert (out / "package" / "manifest.json").is_file()


def test_an_unknown_target_is_refused_at_once(copied: Project) -> None:
    before = len(copied.ledger.all())
    with pytest.raises(UsageError, match="'serer'"):
        ship(copied, "serer", None, None)
    assert len(copied.ledger.all()) == before


def test_a_broken_constraint_hands_nothing_over(copied: Project, tmp_path: Path) -> None:
    copied.brief.changed({"constraints.size_mb": 1e-6}).write(copied.folder)
    with pytest.raises(GateFailed, match="waive"):
        ship(Project(copied.folder), "server", tmp_path / "out", None)
    assert not (tmp_path / "out").exists()
