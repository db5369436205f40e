"""Hugging Face's layout, there and back, and as others write it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from milepost.errors import InputError
from milepost.labels.formats.bundle import Answer, Bundle, Item
from milepost.labels.formats.hugging import read, write
from milepost.labels.labelset import LabelSet
from milepost.labels.values import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(kind: str, bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bundle(kind)
    given = write(made, tmp_path)
    assert (given.items, given.answers, given.suggestions, given.lost) == (4, 6, 2, ())
    assert given.files == ("metadata.jsonl",)
    taken = read(tmp_path, labels=made.labels)
    assert taken.bad == ()
    assert taken.bundle == made
    assert taken.entries == 12


def test_texts_have_no_files(tmp_path: Path) -> None:
    labels = LabelSet.start("x", "choice", ["A"])
    made = Bundle(
        labels, (Item("p", {"text": "hi", "label": 3, "answers": "no"}),), (Answer("p", "ann", "a"),)
    )
    assert write(made, tmp_path).files == ("data.jsonl",)
    assert read(tmp_path, labels=labels).bundle == made


def test_others_see_the_label_where_people_agree(bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    write(bundle("choice"), tmp_path / "c")
    rows = [json.loads(line) for line in (tmp_path / "c" / "metadata.jsonl").read_text().splitlines()]
    assert [row["label"] for row in rows] == [None, 'Big dog, or "wolf"', "Kälber", None]
    write(bundle("boxes", plain=True), tmp_path / "b")
    first = json.loads((tmp_path / "b" / "metadata.jsonl").read_text().splitlines()[0])
    assert (
        first["objects"]["bbox"] == [[0, 0, 64, 48], [1.5, 2, 10.25, 7]] or len(first["objects"]["bbox"]) == 2
    )
    assert len(first["objects"]["categories"]) == 2
    assert first["file_name"] == "a/one.jpg"


def test_media_are_copied(bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bundle("choice")
    for item in made.items:
        (tmp_path / "from" / item.key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / item.key).write_bytes(item.key.encode())
    write(made, tmp_path / "to", media=tmp_path / "from")
    assert (tmp_path / "to" / "b" / "one.jpg").read_bytes() == b"b/one.jpg"


def test_folders_of_others_are_read(tmp_path: Path) -> None:
    lines = [
        {"file_name": "1.jpg", "objects": {"bbox": [[1, 2, 3, 4]], "categories": [7]}},
        {"file_name": "2.jpg", "objects": {"bbox": [[1, 2, 3]], "categories": [7]}},
        {"file_name": "../3.jpg", "objects": {"bbox": [], "categories": []}},
    ]
    (tmp_path / "train").mkdir()
    body = "".join(json.dumps(line) + "\n" for line in lines) + "[]\n"
    (tmp_path / "train" / "metadata.jsonl").write_text(body)
    taken = read(tmp_path)
    assert taken.bundle.labels.kind == "boxes"
    assert [item.key for item in taken.bundle.items] == ["train/1.jpg", "train/2.jpg"]
    assert [bad.place for bad in taken.bad] == [f"train/metadata.jsonl, line {at}" for at in (2, 3, 4)]
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "metadata.csv").write_text("file_name,mood\na.wav,Good\nb.wav,\n")
    taken = read(tmp_path / "c", column="mood")
    assert [(a.item, a.value) for a in taken.bundle.answers] == [("a.wav", "good")]
    assert taken.bundle.items[1].content == {"sound": "b.wav"}


def test_a_folder_a_class(tmp_path: Path) -> None:
    for name in ("train/cat/1.jpg", "train/dog/2.jpg", "test/cat/1.jpg", "3.jpg", "train/4.jpg", "note.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    taken = read(tmp_path)
    assert len(taken.bundle.items) == 5
    assert {a.item: a.value for a in taken.bundle.answers} == {
        "test/cat/1.jpg": "cat",
        "train/cat/1.jpg": "cat",
        "train/dog/2.jpg": "dog",
    }
    listed = read(tmp_path, labels=LabelSet.start("x", "choice", ["cat"]))
    assert [bad.place for bad in listed.bad] == ["train/dog/2.jpg"]


def test_bad_answers_are_listed(tmp_path: Path) -> None:
    row = {"item": "p", "text": "x", "answers": [{"act": "lost", "value": '"A"'}, {"value": '"A"'}, 3, None]}
    (tmp_path / "data.jsonl").write_text(json.dumps(row))
    taken = read(tmp_path, kind="choice")
    assert len(taken.bad) == 4
    assert taken.entries == 5


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds nothing"):
        read(tmp_path)
