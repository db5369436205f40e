"""Label Studio's JSON, there and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from milepost.errors import InputError
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
