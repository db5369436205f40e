"""COCO, there and back, and as others write it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from milepost.errors import InputError
from milepost.labels import shapes
from milepost.labels.formats.bundle import Bundle
from milepost.labels.formats.coco import read, unpacked, write
from milepost.labels.labelset import LabelSet


@pytest.mark.parametrize("kind", ["boxes", "polygons", "mask"])
def test_there_and_back(kind: str, bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bundle(kind, plain=True)
    given = write(made, tmp_path / "x.json")
    assert (given.items, given.answers, given.lost) == (4, 3, ())
    taken = read(tmp_path / "x.json", labels=made.labels)
    assert taken.bad == ()
    assert taken.bundle == made
    assert taken.entries == 4 + sum(len(answer.value) for answer in made.answers)


@pytest.mark.parametrize("kind", ["boxes", "polygons", "mask"])
def test_what_is_left_out_is_told(kind: str, bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bundle(kind)
    with pytest.raises(InputError, match="more than one answer"):
        write(made, tmp_path / "x.json")
    given = write(made, tmp_path / "x.json", person="bob")
    assert given.answers == 1
    assert given.lost == (
        "1 drafts were left out.",
        "1 items discarded by somebody were left out.",
        "3 answers of others were left out.",
        "2 suggestions of models were left out.",
        "1 comments were left out.",
    )
    (answer,) = read(tmp_path / "x.json", labels=made.labels).bundle.answers
    (known,) = (a for a in made.answers if a.person == "bob" and a.act == "submitted")
    assert answer == replace(known, comment="")


def test_areas_and_boxes_are_those_of_the_shapes(bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    write(bundle("mask", plain=True), tmp_path / "x.json")
    first = json.loads((tmp_path / "x.json").read_text())["annotations"]
    assert {(tuple(a["bbox"]), a["area"]) for a in first} >= {((3, 4, 10, 8), 79)}
    write(bundle("polygons", plain=True), tmp_path / "y.json")
    told = json.loads((tmp_path / "y.json").read_text())["annotations"][0]
    assert told["area"] == pytest.approx(29.5 * 38.125 / 2)
    assert told["bbox"] == [1, 2, 29.5, 38.125]


def coco(**changed: Any) -> dict[str, Any]:
    image = {"id": 1, "file_name": "a.jpg", "width": 9, "height": 6}
    box = {"id": 1, "image_id": 1, "category_id": 4, "bbox": [1, 2, 3, 4], "iscrowd": 0}
    return {"images": [image], "categories": [{"id": 4, "name": "cat"}], "annotations": [box], **changed}


def saved(tmp_path: Path, whole: Any) -> Path:
    (tmp_path / "x.json").write_text(json.dumps(whole))
    return tmp_path / "x.json"


def test_files_of_others_are_read(tmp_path: Path) -> None:
    taken = read(saved(tmp_path, coco()))
    assert taken.bundle.labels.kind == "boxes"
    (answer,) = taken.bundle.answers
    assert answer.value == [{"label": "cat", "x": 1, "y": 2, "w": 3, "h": 4}]
    assert answer.person == ""
    parts = {"image_id": 1, "category_id": 4, "segmentation": [[0, 0, 1, 0, 1, 1], [2, 2, 3, 2, 3, 3]]}
    (answer,) = read(saved(tmp_path, coco(annotations=[parts])), kind="polygons").bundle.answers
    assert len(answer.value) == 2


def test_runs_as_the_real_tools_pack_them(tmp_path: Path) -> None:
    """By pycocotools 2.0: noise of 9 x 6 pixels, and a square that is all set."""
    packed = "213013OMN0010O0041MO10O0O032"
    lengths = [2, 1, 3, 1, 4, 4, 3, 1, 1, 1, 1, 2, 1, 1, 1, 1, 5, 2, 2, 1, 3, 1, 2, 1, 1, 1, 4, 3]
    assert unpacked(packed) == lengths
    assert unpacked("0Pb1") == [0, 1600]
    told = {"image_id": 1, "category_id": 4, "segmentation": {"size": [6, 9], "counts": packed}}
    taken = read(saved(tmp_path, coco(annotations=[told])))
    assert taken.bundle.labels.kind == "mask"
    picture = shapes.pixels(taken.bundle.answers[0].value[0])
    assert picture.shape == (6, 9)
    assert picture.T.ravel()[:8].tolist() == [False, False, True, False, False, False, True, False]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"image_id": 2}, "no image 2"),
        ({"category_id": 5}, "no category 5"),
        ({"bbox": [1, 2, 0, 4]}, "boxes[0].w"),
        ({"bbox": [1, 2]}, "not as COCO has it"),
        ({"bbox": None}, "not as COCO has it"),
    ],
)
def test_bad_objects_are_listed(changed: dict[str, Any], says: str, tmp_path: Path) -> None:
    good = coco()["annotations"][0]
    taken = read(saved(tmp_path, coco(annotations=[{**good, **changed}, good])))
    assert len(taken.bad) == 1
    assert taken.bad[0].place == "x.json, annotation 1"
    assert says in taken.bad[0].reason
    assert len(taken.bundle.answers[0].value) == 1
    assert taken.entries == 3


def test_bad_masks_are_listed(tmp_path: Path) -> None:
    told = [
        {"size": [6, 9], "counts": [1, 2]},
        {"size": [6, 9], "counts": "~"},
        {"size": [1 << 20, 1 << 20], "counts": [1 << 40]},
        {"size": [6], "counts": []},
    ]
    entries = [{"image_id": 1, "category_id": 4, "segmentation": one} for one in told]
    taken = read(saved(tmp_path, coco(annotations=entries)))
    assert len(taken.bad) == 4
    assert taken.bundle.answers == ()


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", None])
def test_pictures_that_lie_elsewhere_are_refused(name: object, tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": name, "width": 1, "height": 1}, {"id": 2, "file_name": "b.jpg"}]
    taken = read(saved(tmp_path, coco(images=images, annotations=[])))
    assert [item.key for item in taken.bundle.items] == ["b.jpg"]
    assert taken.bad[0].place == "x.json, image 1"


def test_what_is_no_coco_is_refused(tmp_path: Path) -> None:
    for body in ("[]", "{}", "{"):
        (tmp_path / "x.json").write_text(body)
        with pytest.raises(InputError):
            read(tmp_path / "x.json")
    with pytest.raises(InputError, match="'choice'"):
        write(Bundle(LabelSet("x", "choice")), tmp_path / "x.json")
