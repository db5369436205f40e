from pathlib import Path

import pytest
from PIL import Image

from milepost.errors import InputError
from milepost.labels.formats.bundle import Answer, Bundle, Item
from milepost.labels.formats.folder import anonymous, below, copy, files, measured, other_parts
from milepost.labels.labelset import LabelSet


def named(*names: str) -> Bundle:
    return Bundle(
        LabelSet("x", "like"), tuple(Item(str(at), {"image": name}) for at, name in enumerate(names))
    )


def test_files_of_labels_never_meet() -> None:
    assert files(named("a/x.jpg", "b/x.jpg")) == {"0": "a/x.jpg", "1": "b/x.jpg"}
    with pytest.raises(InputError, match=r"'x\.jpg' and 'X\.png' would share"):
        files(named("x.jpg", "X.png"))
    with pytest.raises(InputError, match="leads out"):
        files(named("../x.jpg"))


def test_pictures_are_copied_with_their_folders(tmp_path: Path) -> None:
    (tmp_path / "from" / "a").mkdir(parents=True)
    (tmp_path / "from" / "a" / "x.jpg").write_bytes(b"1")
    assert copy(["a/x.jpg"], tmp_path / "from", tmp_path / "to") == 1
    assert (tmp_path / "to" / "a" / "x.jpg").read_bytes() == b"1"
    assert copy(["a/x.jpg"], None, tmp_path / "other") == 0
    with pytest.raises(InputError, match=r"'b\.jpg' is not in"):
        copy(["b.jpg"], tmp_path / "from", tmp_path / "to")


def test_links_that_lead_out_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "in" / "b.txt").write_text("x")
    (tmp_path / "in" / "a.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "in" / "c.png").write_text("x")
    assert [*below(tmp_path / "in", (".txt",))] == ["b.txt"]
    assert [*below(tmp_path / "in")] == ["b.txt", "c.png"]


def test_sizes_are_those_of_the_picture_as_shown(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg")
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (30, 20)).save(tmp_path / "b.jpg", exif=turned)
    assert measured(tmp_path / "a.jpg") == (30, 20)
    assert measured(tmp_path / "b.jpg") == (20, 30)
    (tmp_path / "c.jpg").write_text("no picture")
    for name in ("c.jpg", "d.jpg"):
        with pytest.raises(InputError, match="cannot be read"):
            measured(tmp_path / name)


def test_what_is_left_out_is_counted() -> None:
    assert other_parts([Item("a", {"image": "x", "width": 1, "text": "y"})]) == 1
    assert (
        anonymous(
            {"a": Answer("a", "ann", True), "b": Answer("b", "", True), "c": Answer("c", "", True, at="x")}
        )
        == 2
    )
