"""The report is written from the ledger alone, whatever has been reached."""

from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.errors import EnvironmentProblem
from milepost.project.tell import report


def test_a_road_just_begun_has_a_report(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop, "bought")
    project.run(until="annotate", yes=True)
    html = project.report(tmp_path / "out" / "r.html").read_text()
    assert "600 rows" in html
    assert "sealed" in html


def test_a_report_that_cannot_be_written_says_so(finished: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="report cannot be written"):
        report(finished.road, tmp_path / "file" / "r.html")


def test_sealed_rows_are_not_in_the_report(copied: Project, shop: pl.DataFrame) -> None:
    html = copied.report().read_text()
    sealed = copied.blobs.get_frame(copied.ledger.last("collect").artifacts["test"])  # type: ignore[union-attr]
    assert not any(name in html for name in sealed["visit"])
