"""What a new project takes from folders of media, and how it keeps media from memory."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.data.read import read
from milepost.errors import InputError
from milepost.modalities import media
from milepost.project.media import foldered, stored
from milepost.project.media import test_of as part_for_test
from milepost.steps.work import Talk
from milepost.testing.media import folder, shape


def test_folders_give_the_target_and_the_keys(tmp_path: Path):
    brief = Project.new(tmp_path / "p", str(folder(tmp_path / "d", each=12))).brief
    assert brief.target.columns == ("label",)
    assert brief.target.task == "binary"
    assert brief.data.keys == ("file",)
    assert "the folders are the classes" in (tmp_path / "p" / "milepost.toml").read_text()


def test_without_classes_and_target_it_is_said_what_there_is(tmp_path: Path):
    made = folder(tmp_path / "d", each=3)
    with pytest.raises(InputError, match="^no target was named, and no folders are classes"):
        Project.new(tmp_path / "p", str(made / "disc"))
    assert not (tmp_path / "p" / "milepost.toml").exists()


def test_a_test_part_of_a_folder_is_the_sealed_one(tmp_path: Path):
    root = tmp_path / "d"
    for seed, part in enumerate(("train", "val", "test")):
        folder(root / part, each=15, seed=seed)
    project = Project.new(tmp_path / "p", str(root))
    assert project.brief.data.test == str((root / "test").resolve())
    project.run(until="collect", talk=Talk(yes=True))
    found = Project(tmp_path / "p").found("collect")
    assert (found.how, found.development, found.sealed) == ("file", 60, 30)
    names = Project(tmp_path / "p").rows()["file"].to_list()
    assert {name.split("/")[0] for name in names} == {"train", "val"}
    assert "split" not in Project(tmp_path / "p").rows().columns


def test_a_column_that_divides_without_a_test_folder_is_no_input(tmp_path: Path):
    root = folder(tmp_path / "d", each=10)
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.png"))
    labels = pl.DataFrame({"image": names, "label": [n[:4] for n in names], "split": ["train", "test"] * 10})
    labels.write_csv(root / "labels.csv")
    brief = Project.new(tmp_path / "p", str(root), "label").brief
    assert brief.columns["split"].role == "ignored"
    assert brief.data.test == ""


def test_file_names_that_repeat_are_no_keys(tmp_path: Path):
    root = folder(tmp_path / "d", each=3)
    name = "disc/disc-0000.png"
    pl.DataFrame({"image": [name] * 2, "y": [0, 1]}).write_csv(root / "labels.csv")
    found = {key: value for key, value, _ in foldered(read(root), str(root), ["y"], {})}
    assert found["columns.file"]["role"] == "ignored"


def test_where_the_test_part_lies(tmp_path: Path):
    (tmp_path / "set" / "Test").mkdir(parents=True)
    (tmp_path / "set" / "train").mkdir()
    assert part_for_test(tmp_path) == tmp_path / "set" / "Test"
    (tmp_path / "other").mkdir()
    assert part_for_test(tmp_path) is None


def test_media_from_memory_are_in_the_project_when_their_files_go(tmp_path: Path, monkeypatch):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"pic": [shape("disc", rng) for _ in range(40)], "y": ["a", "b"] * 20})
    project = Project.new(tmp_path / "p", frame, "y")
    media._files.clear()
    project.run(until="collect", talk=Talk(yes=True))
    rows = Project(tmp_path / "p").rows()
    assert media.load(rows["pic"][0]) in frame["pic"].to_list()


def test_paths_from_memory_start_at_the_working_folder(tmp_path: Path, monkeypatch):
    root = folder(tmp_path / "d", each=20)
    monkeypatch.chdir(tmp_path)
    names = sorted(path.relative_to(tmp_path).as_posix() for path in root.rglob("*.png"))
    frame = pl.DataFrame({"pic": [*names, "gone.png"], "y": [*(n[2:6] for n in names), "disc"]})
    Project.new(tmp_path / "p", frame, "y")
    shutil.rmtree(root)
    listed = pl.read_csv(tmp_path / "p" / "data-set-aside.csv")
    assert listed["file"].to_list() == ["gone.png"]
    kept = pl.read_parquet(tmp_path / "p" / "data.parquet")
    assert kept["pic"].null_count() == 1
    assert media.kind_of(kept["pic"]) == "image"


def test_plain_tables_are_kept_as_they_are(tmp_path: Path):
    table = read(pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
    assert stored(table, tmp_path).equals(table.frame)
    assert list(tmp_path.iterdir()) == []
