"""Columns of paths become references; what names nothing is set aside, with the reason."""

from pathlib import Path

import polars as pl
import pytest

from milepost.data.files import Roots
from milepost.data.paths import referred
from milepost.digest import digest_bytes
from milepost.modalities import media


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(b"picture %d" % number)
        (tmp_path / f"{number}.wav").write_bytes(b"sound %d" % number)
        (tmp_path / f"{number}.txt").write_text(f"text {number}")
    return tmp_path


def ref(kind: str, data: bytes) -> str:
    return media.reference(kind, digest_bytes(data))


def test_a_column_of_paths_becomes_references_beside_the_paths(data: Path):
    frame = pl.DataFrame({"photo": ["1.png", None, "0.png", "1.png"], "y": [1, 2, 3, 4]})
    made = referred(frame, Roots([data]))
    one = ref("image", b"picture 1")
    assert made.frame["photo"].to_list() == [one, None, ref("image", b"picture 0"), one]
    assert made.frame.columns == ["file", "photo", "y"]
    assert made.frame["file"].to_list() == ["1.png", None, "0.png", "1.png"]
    assert made.media == ("photo",)
    assert made.notes == ("'photo': 2 paths were read as images.",)
    assert media.load(one) == b"picture 1"


def test_a_name_that_says_nothing_gives_way_to_the_kind(data: Path):
    for name in ("file", "path", "file_name"):
        made = referred(pl.DataFrame({name: ["0.wav", "1.wav"], "y": [0, 1]}), Roots([data]))
        assert made.frame.columns == ["file", "sound", "y"]
        assert media.kind_of(made.frame["sound"]) == "sound"


def test_two_columns_of_paths_keep_their_names(data: Path):
    frame = pl.DataFrame(
        {"front": ["0.png", "1.png"], "back": ["2.png", "3.png"], "said": ["0.txt", "9.txt"]}
    )
    made = referred(frame, Roots([data]))
    assert made.frame.columns == ["front", "back", "said"]
    assert made.frame["said"].to_list() == ["text 0", None]
    assert made.aside[0].reason == "it is not there"


def test_what_names_nothing_is_told_with_its_row(data: Path):
    (data.parent / "secret.png").write_bytes(b"secret")
    (data / "4.png").write_bytes(b"")
    names = ["0.png", "gone.png", "../secret.png", "http://h/a.png", "1.png", "2.png", "4.png", "gone.png"]
    made = referred(pl.DataFrame({"p": names, "y": range(8)}), Roots([data]))
    assert [(a.row, a.column, a.reason) for a in made.aside] == [
        (1, "p", "it is not there"),
        (2, "p", "it leads out of the data's folder"),
        (3, "p", "it is an address, and nothing is fetched"),
        (6, "p", "it is empty (0 bytes)"),
        (7, "p", "it is not there"),
    ]
    assert made.frame["p"].is_null().to_list() == [False, True, True, True, False, False, True, True]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["https://example.org/a.png", "https://example.org/b.png?x=1"], "nothing is fetched"),
        (["/etc/a.png", "../b.png"], "leads out"),
        (["gone.png", "away.png"], "none can be read"),
        (["read me.txt", "notes.txt"], ""),
        (["one", "two"], ""),
        (["0.png", "a", "b", "c", "d", "e"], ""),
    ],
)
def test_what_is_no_column_of_paths_stays_text(values: list[str], says: str, data: Path):
    frame = pl.DataFrame({"p": values, "y": range(len(values))})
    made = referred(frame, Roots([data]))
    assert made.frame.equals(frame)
    assert made.media == ()
    assert says in " ".join(made.notes)
    assert bool(says) == bool(made.notes)


def test_references_are_left_as_they_are(data: Path):
    frame = referred(pl.DataFrame({"p": ["0.png"], "y": [1]}), Roots([data])).frame
    assert referred(frame.drop("file"), Roots([data])).frame.equals(frame.drop("file"))


def test_names_of_files_beside_what_they_hold_stay_names(data: Path):
    frame = pl.DataFrame({"file": ["0.txt", "1.txt"], "text": ["text 0", "text 1"]})
    assert referred(frame, Roots([data])).frame.equals(frame)
    frame = referred(pl.DataFrame({"path": ["0.png", "1.png"], "y": [0, 1]}), Roots([data])).frame
    assert referred(frame, Roots([data])).frame.equals(frame)


def test_two_columns_whose_names_say_nothing_do_not_take_one_name(data: Path):
    frame = pl.DataFrame({"path": ["0.png", "1.png"], "file_name": ["2.png", "3.png"], "y": [0, 1]})
    assert referred(frame, Roots([data])).frame.columns == ["image", "file_name", "y"]
