"""The command line as a test meets it: a command, its exit code, what it printed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from milepost.cli import run


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.out)


Milepost = Callable[..., Said]


@pytest.fixture
def milepost(capsys: pytest.CaptureFixture[str]) -> Milepost:
    """Runs a command of the command line in this process."""

    def ran(*words: object) -> Said:
        capsys.readouterr()
        code = run([str(word) for word in words])
        told = capsys.readouterr()
        assert "Traceback" not in told.out + told.err
        return Said(code, told.out, told.err)

    return ran


@pytest.fixture
def csv(tmp_path: Path, shop: pl.DataFrame) -> Path:
    """The shop as a CSV file."""
    shop.write_csv(tmp_path / "shop.csv")
    return tmp_path / "shop.csv"


@pytest.fixture
def young(milepost: Milepost, csv: Path, tmp_path: Path) -> Path:
    """The folder of a project that has just been made."""
    assert (
        milepost("new", tmp_path / "young", "--data", csv, "--target", "bought", "--budget", "4s").code == 0
    )
    return tmp_path / "young"
