"""Plug-ins of a project, loaded as such and forgotten afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from milepost import registry
from milepost.learners.base import Learner, learners


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Callable[[str, str], Learner]]:
    """Writes a plug-in, loads it, and returns the learner of a name."""
    folder = tmp_path / "plugins"
    folder.mkdir()

    def load(name: str, code: str) -> Learner:
        (folder / f"{name}.py").write_text(code)
        registry.load_plugins(folder)
        return learners[name]

    yield load
    registry.load_plugins(tmp_path / "none")
    registry._allowed.clear()
