"""New files for a project of a folder: placed where the data lie, nothing written over, nothing led out."""

from pathlib import Path

import polars as pl
import pytest
from tests.labelling import pool

from milepost import Project
from milepost.errors import UsageError
from milepost.project.photos import home, place


@pytest.fixture
def project(tmp_path: Path) -> Project:
    image = pytest.importorskip("PIL.Image", reason="the extra [image] brings Pillow")
    for at in range(12):
        (tmp_path / "photos").mkdir(exist_ok=True)
        image.new("RGB", (40, 30), (at * 20, 0, 0)).save(tmp_path / "photos" / f"{at}.png")
        (tmp_path / "more" / "inner").mkdir(parents=True, exist_ok=True)
        image.new("RGB", (40, 30), (at * 20, 9, 0)).save(tmp_path / "more" / "inner" / f"{at}.png")
    return Project.new(tmp_path / "p", tmp_path / "photos", "species", labels="cat,dog")


def test_files_are_placed_once_with_their_inner_paths(project: Project, tmp_path: Path) -> None:
    (tmp_path / "photos" / "cat").mkdir()
    (tmp_path / "more" / "note.txt").write_text("a text")
    (tmp_path / "more" / "tool.py").write_text("import os")
    (tmp_path / "more" / "false.png").write_text("import os")
    said: list[float | None] = []
    made = place(project, tmp_path / "more", lambda _, share: said.append(share))
    assert (made.files, made.added, made.there) == (15, 13, 0)
    assert [(bad.place, bad.reason) for bad in made.bad] == [
        ("false.png", "by its name it is one image, by its content not"),
        ("tool.py", "it is no image, sound or text"),
    ]
    assert said == [0.0]
    assert home(project) == tmp_path / "photos"
    assert (tmp_path / "photos" / "inner" / "3.png").is_file()
    again = place(project, tmp_path / "more")
    assert (again.added, again.there) == (0, 13)


def test_a_flat_folder_stays_flat_so_that_no_classes_arise(project: Project, tmp_path: Path) -> None:
    project.labels.start()
    place(project, tmp_path / "more")
    assert all(path.is_file() for path in (tmp_path / "photos").iterdir())
    assert (tmp_path / "photos" / "inner_3.png").is_file()
    assert Project(project.folder).labels.start().added == 12, "items that were there stay what they are"


def test_nothing_is_written_over_or_led_out(project: Project, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "photos" / "inner").symlink_to(tmp_path / "outside")
    made = place(project, tmp_path / "more")
    assert made.added == 0
    assert {bad.reason for bad in made.bad} == {"a link in the folder leads out of it"}
    assert list((tmp_path / "outside").iterdir()) == []
    before = (tmp_path / "photos" / "3.png").read_bytes()
    (tmp_path / "3.png").write_bytes((tmp_path / "more" / "inner" / "3.png").read_bytes())
    (bad,) = place(project, tmp_path / "3.png").bad
    assert bad.reason == "another file of this name is there"
    assert (tmp_path / "photos" / "3.png").read_bytes() == before


def test_a_table_is_no_folder(tmp_path: Path) -> None:
    table, truth = pool(50)
    project = Project.new(tmp_path / "p", table.with_columns(pl.Series("y", truth)), "y")
    with pytest.raises(UsageError, match="no folder to put files into"):
        place(project, tmp_path)
