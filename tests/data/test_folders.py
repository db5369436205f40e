"""Folders of media: classes, parts, wrappers, and what else people have in them."""

from pathlib import Path

import numpy as np
import pytest

from milepost.data import folders
from milepost.data.files import tree
from milepost.data.read import read
from milepost.errors import InputError
from milepost.modalities import media
from milepost.testing.media import KINDS, folder, png


def put(root: Path, *names: str, data: bytes = b"") -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data or name.encode())
    return root


@pytest.mark.parametrize("kind", KINDS)
def test_one_sub_folder_a_class(kind: str, tmp_path: Path):
    table = read(folder(tmp_path / "d", kind, each=4))
    assert table.frame.columns == ["file", kind, "label"]
    assert table.frame["label"].unique().sort().to_list() == sorted(KINDS[kind][1])
    assert table.frame["file"].is_sorted()
    assert [name.split("/")[0] for name in table.frame["file"]] == table.frame["label"].to_list()
    assert (table.target, table.names, table.held, table.kind) == ("label", ("file",), (kind,), "folder")
    assert len(table.files) == 1
    first = table.frame.row(0, named=True)
    data = (tmp_path / "d" / first["file"]).read_bytes()
    assert (first[kind].encode() if kind == "text" else media.load(first[kind])) == data


def test_the_digest_of_a_folder_follows_names_and_contents(tmp_path: Path):
    root = folder(tmp_path / "d", each=2)
    before = read(root).files[0]
    assert read(root).files[0] == before
    file = next(root.rglob("*.png"))
    old = file.read_bytes()
    file.write_bytes(old[:-1] + b"x")
    assert read(root).files[0][1] != before[1]
    file.write_bytes(old)
    file.rename(file.with_name("other.png"))
    assert read(root).files[0][1] != before[1]


def test_a_flat_folder_has_a_row_a_file_in_the_order_of_names(tmp_path: Path):
    table = read(put(tmp_path, "b.png", "a.jpg", "c.JPEG", "notes.md"))
    assert table.frame["file"].to_list() == ["a.jpg", "b.png", "c.JPEG"]
    assert table.frame.columns == ["file", "image"]
    assert (table.target, [a.file for a in table.aside]) == ("", ["notes.md"])


def test_one_image_is_one_row(tmp_path: Path):
    assert read(put(tmp_path, "b.png") / "b.png").frame.select("file").rows() == [("b.png",)]


def test_parts_are_told_apart_and_folders_around_all_are_passed_through(tmp_path: Path):
    names = [f"set/{p}/{c}/{i}.png" for p in ("train", "val", "test") for c in "ab" for i in range(2)]
    table = read(put(tmp_path, *names))
    assert table.frame.columns == ["file", "image", "label", "split"]
    assert table.frame["split"].unique().sort().to_list() == ["test", "train", "validation"]
    assert table.frame["label"].unique().sort().to_list() == ["a", "b"]
    whole = read(put(tmp_path / "other", "train/1.png", "tracks/2.png"))
    assert whole.frame["label"].to_list() == ["tracks", "train"], "classes, as one of them is no part"


def test_files_of_deeper_folders_are_of_the_class_above_and_loose_ones_of_none(tmp_path: Path):
    table = read(put(tmp_path, "cat/2020/1.png", "cat/2021/2.png", "dog/3.png", "4.png"))
    assert dict(zip(table.frame["file"], table.frame["label"], strict=True)) == {
        "cat/2020/1.png": "cat", "cat/2021/2.png": "cat", "dog/3.png": "dog", "4.png": None
    }  # fmt: skip
    assert any("1 images lie in no class's folder" in note for note in table.notes)
    assert any("classes of one file: 'dog'" in note for note in table.notes)


def test_empty_classes_other_kinds_and_tables_that_name_nothing_are_told(tmp_path: Path):
    put(tmp_path, "cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png", "dog/bark.wav")
    put(tmp_path, "about.csv", data=b"a,b\n1,2\n")
    (tmp_path / "bird").mkdir()
    table = read(tmp_path)
    assert table.frame.height == 4
    assert any("1 empty folders are no classes: 'bird'" in note for note in table.notes)
    assert {a.file for a in table.aside} == {"about.csv", "dog/bark.wav"}


def test_tables_beside_a_few_images_are_tables(tmp_path: Path):
    put(tmp_path, "logo.png")
    put(tmp_path, "rows.csv", data=b"a,b\n1,2\n3,4\n")
    table = read(tmp_path)
    assert table.frame.columns == ["a", "b"]
    assert "no table names them" in table.notes[-1]


def test_texts_in_one_folder_are_rows_where_they_are_no_parts_of_a_table(tmp_path: Path):
    put(tmp_path / "t", "b.txt", data=b"Hello, world\nhow are you")
    put(tmp_path / "t", "a.txt", data=b"Good, bye")
    assert read(tmp_path / "t").frame.rows() == [
        ("a.txt", "Good, bye"),
        ("b.txt", "Hello, world\nhow are you"),
    ]
    put(tmp_path / "p", "b.txt", data=b"x,y\n1,2\n")
    put(tmp_path / "p", "a.txt", data=b"x,y\n3,4\n")
    assert read(tmp_path / "p").frame.columns == ["x", "y"]


def test_a_folder_of_nothing_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="no images, sounds or texts"):
        read(tmp_path)


def test_what_changed_below_a_folder_is_seen(tmp_path: Path):
    root = folder(tmp_path / "d", each=2)
    before = folders.seen(root)
    assert len(before) == 64
    assert folders.seen(root) == before
    (root / "disc" / "disc-0000.png").write_bytes(png(np.zeros((3, 3, 3))))
    assert folders.seen(root) != before
    assert folders.seen(put(tmp_path / "t", "a.csv")) == ""


def test_the_kind_of_most_files_is_read(tmp_path: Path):
    found = tree(put(tmp_path, "a/1.txt", "a/2.txt", "b/1.png"))
    assert folders.labelled(found) == ("text", ["a/1.txt", "a/2.txt"])
    assert folders.laid(found).aside[0].file == "b/1.png"
