"""What all tests share: one thread a library, repeatable examples, and the folder of shared data sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
