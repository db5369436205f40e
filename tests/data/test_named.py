"""Folders in which a table names the files."""

import json
from pathlib import Path

import polars as pl
import pytest

from milepost.data.read import read
from milepost.errors import InputError
from milepost.modalities import media


def put(root: Path, names: list[str], **tables: pl.DataFrame | str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    for name, table in tables.items():
        path = root / name.replace("__", "/").replace("_csv", ".csv").replace("_jsonl", ".jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(table if isinstance(table, str) else table.write_csv())
    return root


def test_a_table_of_paths_and_labels(tmp_path: Path):
    labels = pl.DataFrame({"path": ["images/1.png", "images/2.png"], "label": ["a", "b"], "w": [1.5, 2.5]})
    table = read(put(tmp_path, ["images/1.png", "images/2.png", "images/3.png"], labels_csv=labels))
    assert table.frame.columns == ["file", "image", "label", "w"]
    assert [media.load(value) for value in table.frame["image"]] == [b"images/1.png", b"images/2.png"]
    assert "1 files of the folder are named by no row, and are no rows." in table.notes
    assert table.names == ("file",)
    assert len(table.files) == 2, "the table, and the folder"


@pytest.mark.parametrize("written", ["n1", "n1.png", "images/n1.png"])
def test_names_alone_will_do_where_they_occur_once(written: str, tmp_path: Path):
    rows = "".join(f"{written.replace('1', str(i))},{i}\n" for i in range(1, 6))
    table = read(put(tmp_path, [f"images/n{i}.png" for i in range(1, 6)], labels_csv=f"id,y\n{rows}"))
    kind = table.frame.columns[1]
    assert media.kind_of(table.frame[kind]) == "image"
    assert table.frame["y"].to_list() == [1, 2, 3, 4, 5]


def test_lists_of_labels_are_kept_as_lists(tmp_path: Path):
    lines = "\n".join(json.dumps({"file_name": f"{i}.png", "tags": ["a", "b"][: i % 3]}) for i in range(6))
    table = read(put(tmp_path, [f"{i}.png" for i in range(6)], metadata_jsonl=lines))
    assert table.frame.columns == ["file", "image", "tags"]
    assert table.frame["tags"].to_list() == ["[]", '["a"]', '["a", "b"]'] * 2


def test_hugging_face_folders_with_a_table_a_part(tmp_path: Path):
    files = [f"{part}/{i}.wav" for part in ("train", "test") for i in range(3)]
    one = pl.DataFrame({"file_name": [f"{i}.wav" for i in range(3)], "label": ["x", "y", "x"]})
    table = read(put(tmp_path, files, train__metadata_csv=one, test__metadata_csv=one))
    assert table.frame.columns == ["file", "sound", "label", "split"]
    assert dict(table.frame["split"].value_counts().rows()) == {"test": 3, "train": 3}
    of_test = table.frame.filter(split="test")["sound"].to_list()
    assert [media.load(value) for value in of_test] == [b"test/0.wav", b"test/1.wav", b"test/2.wav"]


def test_files_that_are_not_there_are_counted_and_listed(tmp_path: Path):
    names = [f"{i}.png" for i in range(8)] + ["gone.png", "../out.png"]
    (tmp_path / "out.png").write_bytes(b"secret")
    labels = pl.DataFrame({"image": names, "label": ["a", "b"] * 5})
    table = read(put(tmp_path / "d", names[:8], labels_csv=labels))
    assert [(a.file, a.row) for a in table.aside] == [("gone.png", 8), ("../out.png", 9)]
    assert table.frame["image"].null_count() == 2


def test_several_tables_that_name_files_are_refused_unless_one_is_called_metadata(tmp_path: Path):
    labels = pl.DataFrame({"image": ["1.png", "2.png"], "label": ["a", "b"]})
    root = put(tmp_path, ["1.png", "2.png"], labels_csv=labels, boxes_csv=labels.with_columns(x=pl.lit(1)))
    with pytest.raises(InputError, match="2 tables of .* name its files: 'boxes.csv', 'labels.csv'"):
        read(root)
    table = read(put(root, [], metadata_csv=labels, more_csv="a,b\n1,2\n"))
    assert table.frame.columns == ["file", "image", "label"]
    assert sum("was not read" in note for note in table.notes) == 3


def test_a_table_read_alone_finds_its_files_too(tmp_path: Path):
    labels = pl.DataFrame({"image": ["1.png", "2.png"], "label": ["a", "b"]})
    root = put(tmp_path, ["deep/1.png", "deep/2.png"], labels_csv=labels)
    assert read(root / "labels.csv").frame.equals(read(root).frame)
    home = put(tmp_path / "home", ["pictures/1.png"])
    rows = pl.DataFrame({"p": ["pictures/1.png"], "y": [1]})
    rows.write_csv(tmp_path / "rows.csv")
    assert media.kind_of(read(tmp_path / "rows.csv", home).frame["p"]) == "image"
