"""Hugging Face's layout, there and back, and as others write it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from milepost.errors import InputError
from milepost.labels.formats import tables
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


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library `datasets` itself, kept from the network."""
    for name, value in {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}.items():
        monkeypatch.setenv(name, value)
    return pytest.importorskip("datasets", reason="pip install datasets")


def pictures(bundle: Bundle, folder: Path) -> None:
    """Puts a picture where each item names one."""
    image = pytest.importorskip("PIL.Image", reason="the extra [image] brings Pillow")
    for at, item in enumerate(bundle.items):
        path = folder / str(item.content["image"])
        path.parent.mkdir(parents=True, exist_ok=True)
        image.new("RGB", (int(item.content["width"]), int(item.content["height"])), (at * 50, 0, 0)).save(
            path
        )


@pytest.mark.parametrize("kind", ["choice", "tags", "number", "boxes", "polygons", "mask"])
def test_the_real_library_reads_what_is_written(
    real: Any, kind: str, bundle: Callable[..., Bundle], tmp_path: Path
) -> None:
    made = bundle(kind)
    pictures(made, tmp_path / "x")
    write(made, tmp_path / "x")
    found = real.load_dataset("imagefolder", data_dir=str(tmp_path / "x"), split="train",
                              cache_dir=str(tmp_path / "cache"))  # fmt: skip
    assert found.num_rows == len(made.items)
    by_key = {row["item"]: row for row in found}
    assert set(by_key) == {item.key for item in made.items}
    for item in made.items:
        row = by_key[item.key]
        assert row["image"].size == (item.content["width"], item.content["height"])
        said = [answer for answer in made.answers if answer.item == item.key]
        assert [told["person"] for told in row["answers"]] == [answer.person for answer in said]
        assert [told["seconds"] for told in row["answers"]] == [answer.seconds for answer in said]
    if kind == "boxes":
        labels = {label.id: label.name for label in made.labels.labels}
        boxes = made.by_item[made.items[2].key][0].value
        objects = by_key[made.items[2].key]["objects"]
        assert objects["bbox"] == [[box[side] for side in "xywh"] for box in boxes]
        assert [name.split(" > ")[-1] for name in objects["categories"]] == [
            labels[b["label"]] for b in boxes
        ]


def test_what_the_real_library_writes_is_read(real: Any, tmp_path: Path) -> None:
    rows = {
        "item": ["a", "b", "c"],
        "text": ["one", "zwei, \"drei\"", "鳥\nand more"],
        "label": ["Cat", None, 'Big dog, or "wolf"'],
    }  # fmt: skip
    made = real.Dataset.from_dict(rows)
    (tmp_path / "j").mkdir()
    made.to_json(str(tmp_path / "j" / "data.jsonl"))
    taken = read(tmp_path / "j")
    assert (taken.bad, taken.entries) == ((), 5)
    assert [item.key for item in taken.bundle.items] == rows["item"]
    assert [item.content["text"] for item in taken.bundle.items] == rows["text"]
    names = {label.id: label.name for label in taken.bundle.labels.labels}
    assert {answer.item: names[str(answer.value)] for answer in taken.bundle.answers} == {
        "a": "Cat", "c": 'Big dog, or "wolf"',
    }  # fmt: skip
    made.to_parquet(str(tmp_path / "rows.parquet"))
    made.to_csv(str(tmp_path / "rows.csv"))
    for form in ("parquet", "csv"):
        taken = tables.read(tmp_path / f"rows.{form}", "choice", form=form)
        assert taken.bad == (), form
        assert {answer.item for answer in taken.bundle.answers} == {"a", "c"}
        assert [item.content["text"] for item in taken.bundle.items] == rows["text"]


def test_boxes_that_the_real_library_writes_are_read(real: Any, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="the extra [image] brings Pillow")
    rows = {
        "file_name": ["1.png", "2.png"],
        "objects": [{"bbox": [[1.0, 2.0, 3.0, 4.0]], "categories": ["Cat"]}, {"bbox": [], "categories": []}],
    }
    for name in rows["file_name"]:
        image.new("RGB", (8, 6)).save(tmp_path / name)
    real.Dataset.from_dict(rows).to_json(str(tmp_path / "metadata.jsonl"))
    taken = read(tmp_path)
    assert taken.bad == ()
    assert [answer.value for answer in taken.bundle.answers] == [
        [{"label": "cat", "x": 1.0, "y": 2.0, "w": 3.0, "h": 4.0}], [],
    ]  # fmt: skip
