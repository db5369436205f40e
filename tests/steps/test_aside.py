"""What was set aside is counted, listed in the project's folder, and told."""

from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.steps.aside import LIST, Intake
from milepost.steps.work import Talk
from milepost.testing.media import folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = folder(tmp_path / "d", each=30)
    (made / "disc" / "zero.png").write_bytes(b"")
    (made / "disc" / "half.png").write_bytes((made / "disc" / "disc-0000.png").read_bytes()[:60])
    (made / "square" / "words.png").write_bytes(b"these are words, not pixels")
    (made / "readme.md").write_text("how they were made")
    return made


def collected(tmp_path: Path, data: Path) -> Project:
    project = Project.new(tmp_path / "p", str(data))
    project.run(until="collect", talk=Talk(yes=True))
    return Project(tmp_path / "p")


def test_counts_reasons_and_the_whole_list(tmp_path: Path, data: Path):
    project = collected(tmp_path, data)
    found = project.found("collect").intake
    assert (found.rows, found.values, found.passed) == (3, 0, 1)
    assert sum(found.reasons.values()) == 4
    assert found.media["image"]["count"] == 60
    assert project.found("collect").labelled == 60
    listed = pl.read_csv(project.folder / LIST)
    assert set(listed["file"]) == {"disc/half.png", "disc/zero.png", "readme.md", "square/words.png"}
    evidence = project.ledger.last("collect")
    assert project.blobs.get_frame(evidence.artifacts["aside"])["file"].to_list() == listed["file"].to_list()
    assert found.sentence in evidence.reason
    assert "3 rows were set aside, 1 file was passed over" in found.sentence
    assert LIST in project.report().read_text(encoding="utf-8")


def test_a_list_that_no_longer_holds_goes(tmp_path: Path, data: Path):
    project = collected(tmp_path, data)
    assert (project.folder / LIST).is_file()
    for name in ("disc/zero.png", "disc/half.png", "square/words.png", "readme.md"):
        (data / name).unlink()
    assert project.status().miles[1].state == "stale"
    project.run(until="collect", talk=Talk(yes=True))
    assert not (project.folder / LIST).exists()
    assert Project(project.folder).found("collect").intake.sentence == ""


def test_tables_have_none_of_it(make):
    from milepost.testing import toys

    project = make(toys.plain(200), "y", until="collect")
    assert project.found("collect").intake == Intake()
    assert not (project.folder / LIST).exists()
