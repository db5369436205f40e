"""YOLO's folder, there and back, and as others write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from milepost.errors import InputError
from milepost.labels.formats.bundle import Answer, Bundle
from milepost.labels.formats.yolo import read, turned_box, write
from milepost.labels.labelset import LabelSet
from milepost.labels.shapes import box_corners

SIZES = dict.fromkeys(("a/one.jpg", "b/one.jpg", "zwei, drei.jpg", "四.png"), (64, 48))


def bare(made: Bundle) -> Bundle:
    """What is left of a bundle without names."""
    return replace(made, answers=tuple(Answer(a.item, "", a.value) for a in made.answers))


def upright(made: Bundle) -> Bundle:
    """The bundle without the answer whose box is turned."""
    return replace(made, answers=made.answers[:2])


@pytest.mark.parametrize("kind", ["boxes", "turned", "polygons"])
def test_there_and_back(kind: str, bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bare(bundle("polygons" if kind == "polygons" else "boxes", plain=True))
    made = upright(made) if kind == "boxes" else made
    given = write(made, tmp_path)
    assert given.lost == ()
    assert (given.items, given.answers) == (4, len(made.answers))
    assert len(given.files) == 2 + len(made.answers), "none for what nobody labelled"
    numbers = len((tmp_path / "labels" / "a" / "one.txt").read_text().split("\n")[0].split())
    assert numbers == {"boxes": 5, "turned": 9, "polygons": 7}[kind]
    taken = read(tmp_path, labels=made.labels, sizes=SIZES)
    assert taken.bad == ()
    assert taken.bundle == made
    assert taken.entries == 4 + sum(len(answer.value) for answer in made.answers)


def test_what_is_left_out_is_told(bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    given = write(bundle("boxes"), tmp_path, person="bob")
    assert "1 names and times of labellers were left out." in given.lost
    assert "3 answers of others were left out." in given.lost
    with pytest.raises(InputError, match="Choose COCO for masks"):
        write(bundle("mask"), tmp_path)


def test_sizes_are_read_from_the_pictures(bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = upright(bare(bundle("boxes", plain=True)))
    for name in SIZES:
        (tmp_path / "from" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 48)).save(tmp_path / "from" / name)
    write(made, tmp_path / "to", media=tmp_path / "from")
    assert read(tmp_path / "to", labels=made.labels).bundle == made
    (tmp_path / "to" / "images" / "a" / "one.jpg").write_text("broken")
    taken = read(tmp_path / "to", labels=made.labels)
    assert [bad.place for bad in taken.bad] == [
        "a/one.jpg",
        "labels/a/one.txt, line 1",
        "labels/a/one.txt, line 2",
    ]
    assert taken.entries == 6


def others(tmp_path: Path, lines: str, names: str = "names: [cat, dog]\n") -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    Image.new("RGB", (100, 50)).save(tmp_path / "images" / "p.jpg")
    (tmp_path / "labels" / "p.txt").write_text(lines)
    (tmp_path / "data.yaml").write_text(names)
    return tmp_path


def test_folders_of_others_are_read(tmp_path: Path) -> None:
    taken = read(others(tmp_path, "1 0.5 0.5 0.2 0.4\n\n"))
    assert taken.bundle.labels.kind == "boxes"
    assert taken.bundle.answers[0].value == [{"label": "dog", "x": 40, "y": 15, "w": 20, "h": 20}]
    (tmp_path / "data.yaml").write_text("names:\n  1: b\n  0: 'a'\n")
    assert read(tmp_path).bundle.answers[0].value[0]["label"] == "b"
    (tmp_path / "data.yaml").unlink()
    (tmp_path / "classes.txt").write_text("one\ntwo\n")
    assert read(tmp_path).bundle.answers[0].value[0]["label"] == "two"


def test_bad_lines_are_listed(tmp_path: Path) -> None:
    lines = (
        "0 .5 .5 .1 .1\n2 .5 .5 .1 .1\n0 .5 .5 .1\n0 x .5 .1 .1\n0 .5 .5 nan .1\n0 .5 .5 -1 .1\n0.5 1 1 1 1\n"
    )
    taken = read(others(tmp_path, lines), kind="boxes")
    assert [bad.place for bad in taken.bad] == [f"labels/p.txt, line {at}" for at in range(2, 8)]
    assert len(taken.bundle.answers[0].value) == 1
    assert taken.entries == 1 + 7
    (tmp_path / "labels" / "q.txt").write_text("0 .5 .5 .1 .1\n")
    taken = read(tmp_path, kind="boxes")
    assert [bad.place for bad in taken.bad][-2:] == ["labels/q.txt", "labels/q.txt, line 1"]


def test_corners_become_a_turned_box() -> None:
    for angle in (0.0, 30.0, 200.0):
        box = {"x": 3.0, "y": 4.0, "w": 10.0, "h": 5.0, "angle": angle}
        found = turned_box(box_corners(box))
        assert np.array([found[k] for k in "xywh"]) == pytest.approx([3, 4, 10, 5])
        assert found["angle"] % 360 == pytest.approx(angle)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ("names: {1: a, 2: b}\n", "names of its classes"),
        ("nc: 2\n", "names of its classes"),
        ("names: [\n", "no YAML"),
        ("names: !!python/object/apply:os.system [echo]\n", "no YAML"),
        ("names: [a]\ntrain: ../../list.txt\n", "leads out"),
    ],
)
def test_what_is_no_yolo_is_refused(names: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        read(others(tmp_path, "", names))


def test_names_alone_are_not_enough(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("names: [a]\n")
    with pytest.raises(InputError, match="names no pictures"):
        read(tmp_path)
    with pytest.raises(InputError, match="'choice'"):
        write(Bundle(LabelSet("x", "choice")), tmp_path)
