"""What all tests share: one thread a library, repeatable examples, and the folder of shared data sets."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings

from milepost import Project
from milepost.testing import toys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run beside each other; read when OpenMP is first loaded

settings.register_profile("milepost", deadline=None, derandomize=True)
settings.load_profile("milepost")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data sets; tests that need it are skipped where it is not named."""
    folder = os.environ.get("MILEPOST_DATA", "")
    if not folder:
        pytest.skip("MILEPOST_DATA, the folder of shared data sets, is not set")
    if not Path(folder).is_dir():
        pytest.fail(f"MILEPOST_DATA names '{folder}', which is no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def shop() -> pl.DataFrame:
    """Six hundred visits to a shop, with `bought` alone as the target."""
    return toys.shop(600).drop("tier", "spent")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, shop: pl.DataFrame) -> Project:
    """A project that went down the whole road; tests may read it, and copy it to change it."""
    folder = tmp_path_factory.mktemp("finished") / "shop"
    project = Project.new(folder, shop, "bought", budget="12s")
    status = project.run(yes=True, waive_all="a toy")
    assert status.done, status
    return project


@pytest.fixture
def copied(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project that a test may change."""
    shutil.copytree(finished.folder, tmp_path / "copy")
    return Project(tmp_path / "copy")
