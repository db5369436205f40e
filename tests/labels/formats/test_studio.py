"""Label Studio's JSON, there and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.labels import shapes
from milepost.labels.formats.bundle import Answer, Bundle, Item
from milepost.labels.formats.studio import read, write
from milepost.labels.labelset import LabelSet
from milepost.labels.values import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(kind: str, bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bundle(kind)
    given = write(made, tmp_path / "x.json")
    assert (given.items, given.answers, given.suggestions, given.lost) == (4, 6, 2, ())
    taken = read(tmp_path / "x.json", labels=made.labels)
    assert taken.bad == ()
    assert taken.entries == 4 + 6 + 2
    assert taken.bundle.items == made.items
    assert sorted(taken.bundle.answers, key=repr) == sorted(made.answers, key=repr)
    assert taken.bundle.suggestions == made.suggestions


@pytest.mark.parametrize("kind", ["choice", "tags", "boxes", "polygons", "mask", "number", "pair"])
def test_the_kind_is_seen(kind: str, bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bundle(kind)
    write(made, tmp_path / "x.json")
    taken = read(tmp_path / "x.json")
    assert taken.bundle.labels.kind == kind
    assert len(taken.bundle.answers) == len(made.answers)
    assert not taken.bad


def exported(tmp_path: Path, *tasks: Any) -> Path:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    return path


def choice(name: str, control: str = "label") -> dict[str, Any]:
    return {"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": [name]}}


def test_bad_entries_are_listed_and_the_rest_is_read(tmp_path: Path) -> None:
    path = exported(
        tmp_path,
        {
            "id": 7,
            "data": {"text": "x"},
            "annotations": [{"completed_by": 3, "result": [choice("A")]}, {"result": []}, 5],
        },
        {"id": 7, "data": {"text": "y"}, "annotations": [{"result": [choice("A")]}]},
        {"data": {"text": "z"}, "predictions": [{"result": [choice("B")], "score": "high"}]},
        {"text": "no data"},
    )
    taken = read(path, kind="choice")
    assert [item.key for item in taken.bundle.items] == ["7", '{"text":"z"}']
    assert [(a.item, a.person, a.value) for a in taken.bundle.answers] == [("7", "3", "a")]
    assert len(taken.bad) == 6
    assert taken.entries == 3 + len(taken.bad)
    assert taken.bad[0].place == "export.json, task 1, annotations 2"


def test_other_controls_are_told_not_dropped_in_silence(tmp_path: Path) -> None:
    both = [choice("A"), choice("Bright", "light"), {"from_name": "span", "type": "labels", "value": {}}]
    path = exported(tmp_path, {"id": 1, "data": {"text": "x"}, "annotations": [{"result": both}]})
    taken = read(path, kind="choice", control="light")
    assert taken.bundle.answers[0].value == "bright"
    assert taken.notes == (
        "1 results of the control 'label' were passed over.",
        "1 results of the control 'span' were passed over.",
    )


def test_several_kinds_are_not_guessed(tmp_path: Path) -> None:
    box = {"type": "rectanglelabels", "from_name": "box", "value": {}}
    path = exported(tmp_path, {"data": {}, "annotations": [{"result": [choice("A"), box]}]})
    with pytest.raises(InputError, match="boxes, choice"):
        read(path)
    with pytest.raises(InputError, match="none that is known"):
        read(exported(tmp_path, {"data": {}}))


def test_sizes_of_pictures_have_to_be_known(tmp_path: Path) -> None:
    labels = LabelSet.start("x", "boxes", ["A"])
    box = [{"label": "a", "x": 0, "y": 0, "w": 1, "h": 1}]
    made = Bundle(labels, (Item("p", {"image": "p.jpg"}),), (Answer("p", "ann", box),))
    with pytest.raises(InputError, match="'p' does not tell the size"):
        write(made, tmp_path / "x.json")


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    for body, says in ((b"{}", "holds no list"), (b"\xff", "is no JSON"), (b"[", "is no JSON")):
        (tmp_path / "x.json").write_bytes(body)
        with pytest.raises(InputError, match=says):
            read(tmp_path / "x.json")


DATA = Path(__file__).parent / "data"
"""Tasks made by label-studio-sdk, see tools/studio.py."""


def test_boxes_and_polygons_of_the_real_package() -> None:
    boxes = read(DATA / "studio-drawn.json", kind="boxes")
    first, second = (answer.value for answer in boxes.bundle.answers)
    assert sorted(first, key=lambda box: box["label"]) == [
        {"label": "big-dog", "x": 1, "y": 1, "w": 9, "h": 9},
        {"label": "cat", "x": 10, "y": 20, "w": 30.5, "h": 40},
    ]
    assert second == []
    assert boxes.bundle.items[0].content == {"image": "images/a.jpg", "width": 200, "height": 100}
    assert boxes.notes == ("1 results of the control 'labelpolygons' were passed over.",)
    (triangle, _) = read(DATA / "studio-drawn.json", kind="polygons").bundle.answers
    assert triangle.value == [{"label": "big-dog", "points": [[1, 1], [10, 1], [5.5, 10]]}]


def test_choices_and_numbers_of_the_real_package() -> None:
    path = DATA / "studio-chosen.json"
    moods = read(path, kind="choice", control="mood")
    assert [(a.item, a.person, a.value, a.seconds) for a in moods.bundle.answers] == [
        ("10", "ann@example.org", "good", 4.5),
        ("11", "ann@example.org", "bad", 4.5),
    ]
    about = read(path, kind="tags", control="about")
    assert [answer.value for answer in about.bundle.answers] == [["food", "price"], ["food"]]
    stars = read(path, kind="number", control="stars")
    assert [answer.value for answer in stars.bundle.answers] == [4.0]
    assert stars.bad[0].reason == "there are 0 answers where one is expected"


def test_brush_strokes_of_the_real_package() -> None:
    taken = read(DATA / "studio-painted.json")
    assert taken.bundle.labels.kind == "mask"
    known = json.loads((DATA / "painted.json").read_text())
    for hint, picture in zip(taken.bundle.suggestions, known, strict=True):
        assert hint.value[0]["label"] == "skin"
        assert (shapes.pixels(hint.value[0]) == np.array(picture, bool)).all()


def test_the_real_package_reads_ours(bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    """Its converter makes COCO of our boxes, and its decoder pictures of our strokes, as they were."""
    converter = pytest.importorskip("label_studio_sdk.converter")
    config = '<View><Image name="image" value="$image"/>'
    config += '<{0}Labels name="label" toName="image">{1}</{0}Labels></View>'
    made = bundle("boxes", plain=True)
    names = "".join(f"<Label value={quoteattr(label.name)}/>" for label in made.labels.labels)
    write(made, tmp_path / "x.json")
    reader = converter.Converter(config.format("Rectangle", names), str(tmp_path), download_resources=False)
    reader.convert(str(tmp_path / "x.json"), str(tmp_path / "coco"), "COCO", is_dir=False)
    told = json.loads((tmp_path / "coco" / "result.json").read_text())
    assert len(told["images"]) == 4
    upright = [box for answer in made.answers for box in answer.value if "angle" not in box]
    found = [a["bbox"] for a in told["annotations"]]
    for box in upright:
        assert any(bbox == pytest.approx([box[name] for name in "xywh"], abs=1e-6) for bbox in found)
    assert len(found) == sum(len(answer.value) for answer in made.answers)
    brush = pytest.importorskip("label_studio_sdk.converter.brush")
    made = bundle("mask", plain=True)
    write(made, tmp_path / "y.json")
    tasks = json.loads((tmp_path / "y.json").read_text())
    for task, answer in zip(tasks, made.answers, strict=False):
        for result, shape in zip(task["annotations"][0]["result"], answer.value, strict=True):
            image = brush.decode_rle(result["value"]["rle"]).reshape(shape["height"], shape["width"], 4)
            assert ((image[:, :, 3] > 0) == shapes.pixels(shape)).all()
