"""Pascal VOC's folder, there and back, and files that mean harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.errors import InputError
from milepost.labels.formats.bundle import Answer, Bundle
from milepost.labels.formats.voc import parsed, read, write


def test_there_and_back(bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bundle("boxes", plain=True)
    given = write(made, tmp_path)
    assert (given.items, given.answers) == (3, 3)
    assert given.lost == (
        "3 names and times of labellers were left out.",
        "1 items that nobody labelled were left out.",
    )
    taken = read(tmp_path, labels=made.labels)
    assert taken.bad == ()
    assert sorted(taken.bundle.items, key=str) == sorted(made.items[:3], key=str)
    bare = [replace(Answer(a.item, "", a.value)) for a in made.answers]
    assert sorted(taken.bundle.answers, key=str) == sorted(bare, key=str)
    assert taken.entries == 3 + sum(len(answer.value) for answer in made.answers)


def file(tmp_path: Path, body: str, name: str = "x.xml") -> Path:
    (tmp_path / "Annotations").mkdir(exist_ok=True)
    (tmp_path / "Annotations" / name).write_text(body, encoding="utf-8")
    return tmp_path


BOX = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>{}</xmax><ymax>6.5</ymax></bndbox>"
GOOD = f"<object><name>cat</name><difficult>1</difficult>{BOX.format(4)}</object>"


def test_files_of_others_are_read_and_bad_objects_listed(tmp_path: Path) -> None:
    objects = [
        GOOD,
        f"<object>{BOX.format(4)}</object>",
        "<object><name>cat</name></object>",
        f"<object><name>cat</name>{BOX.format('x')}</object>",
        f"<object><name>cat</name>{BOX.format(1)}</object>",
    ]
    head = "<annotation><folder>f</folder><filename>p.jpg</filename>"
    head += "<size><width>9</width><height>8</height></size>"
    taken = read(file(tmp_path, f"{head}{''.join(objects)}</annotation>"))
    assert taken.bundle.items[0].content == {"image": "p.jpg", "width": 9, "height": 8}
    assert taken.bundle.answers[0].value == [{"label": "cat", "x": 1, "y": 2, "w": 3, "h": 4.5}]
    assert [bad.place for bad in taken.bad] == [f"x.xml, object {at}" for at in range(2, 6)]
    assert taken.entries == 6
    assert taken.notes[0].startswith("1 objects are marked")
    again = read(file(tmp_path, f"{head}{GOOD}</annotation>", "y.xml"))
    assert again.entries == 6 + 2 == len(again.bundle.items) + 1 + len(again.bad)


BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<annotation><filename>&c;</filename></annotation>"""
OUTSIDE = """<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation><filename>&b;</filename></annotation>"""


@pytest.mark.parametrize("body", [BOMB, OUTSIDE, "<!DOCTYPE annotation><annotation/>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_any_encoding(body: str, encoding: str) -> None:
    with pytest.raises(InputError, match="document type"):
        parsed(body.removeprefix('<?xml version="1.0"?>').encode(encoding))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (BOMB, "document type"),
        ("<annotation><filename>../p.jpg</filename></annotation>", "leads out"),
        ("<annotation/>", "no name of a file"),
        ("<annotation>", "no XML"),
        ("<annotation><filename>&b;</filename></annotation>", "no XML"),
        ("", "no XML"),
        ("<a><filename>p.jpg</filename><size><width>x</width></size></a>", "width is 'x'"),
    ],
)
def test_bad_files_are_listed(body: str, says: str, tmp_path: Path) -> None:
    taken = read(file(tmp_path, body))
    assert taken.bundle.items == ()
    assert says in taken.bad[0].reason
    assert taken.bad[0].place == "x.xml"


def test_deep_files_do_no_harm() -> None:
    assert parsed(b"<a>" * 5000 + b"</a>" * 5000).tag == "a"


def test_what_is_no_voc_is_refused(tmp_path: Path, bundle: Callable[..., Bundle]) -> None:
    with pytest.raises(InputError, match="holds no XML"):
        read(tmp_path)
    with pytest.raises(InputError, match="Choose COCO"):
        write(bundle("polygons"), tmp_path)
