"""Batches of crowd platforms: out, and back with workers."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from milepost.errors import InputError
from milepost.labels.formats.bundle import Bundle, Item
from milepost.labels.formats.crowd import PLATFORMS, read, write
from milepost.labels.labelset import LabelSet


def sent(kind: str = "choice") -> Bundle:
    items = (Item("p", {"text": 'a,"b"\nc', "n": 3}), Item("q", {"text": "tab\there"}))
    return Bundle(LabelSet.start("x", kind, ["Good", "Bad"]), items)


def back(path: Path, platform: str, rows: list[dict[str, str]]) -> Path:
    how = PLATFORMS[platform]
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, names, delimiter=how.delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("platform", PLATFORMS)
def test_out_and_back(platform: str, tmp_path: Path) -> None:
    how = PLATFORMS[platform]
    given = write(sent(), tmp_path / "batch.csv", platform)
    assert given.items == 2
    with (tmp_path / "batch.csv").open(newline="") as stream:
        out = [*csv.DictReader(stream, delimiter=how.delimiter)]
    assert [row[f"{how.sent}text"] for row in out] == ['a,"b"\nc', "tab\there"]
    rows = []
    for row in out:
        for worker, label in (("W1", "Good"), ("W2", "Bad")):
            told = {how.given + name.removeprefix(how.sent): cell for name, cell in row.items()}
            told |= {how.worker: worker, how.answered + "label": label, how.status: "Approved"}
            rows.append(told | ({how.seconds: "12"} if how.seconds else {}))
    taken = read(back(tmp_path / "results.csv", platform, rows), sent())
    assert taken.bad == ()
    assert taken.entries == 4 == len(taken.bundle.answers)
    assert [(a.item, a.person, a.value) for a in taken.bundle.answers] == [
        ("p", "W1", "good"),
        ("p", "W2", "bad"),
        ("q", "W1", "good"),
        ("q", "W2", "bad"),
    ]
    assert taken.bundle.answers[0].seconds == (12 if how.seconds else None)
    assert taken.bundle.items == sent().items


def mturk(label: str, worker: str = "W1", item: str = "p", **more: str) -> dict[str, str]:
    return {
        "WorkerId": worker,
        "Input.item": item,
        "Answer.label": label,
        "AssignmentStatus": "Submitted",
        **more,
    }


def test_bad_lines_are_listed(tmp_path: Path) -> None:
    rows = [
        mturk("Good"),
        mturk("Good"),
        mturk("Great", "W2"),
        mturk("Good", "W3", "r"),
        mturk("Good", "W4", AssignmentStatus="Rejected"),
        mturk("Good", ""),
        mturk("", "W5"),
        mturk("Good", "W6", WorkTimeInSeconds="long"),
    ]
    taken = read(back(tmp_path / "r.csv", "mturk", rows), sent())
    assert taken.entries == 8
    assert len(taken.bundle.answers) == 1
    reasons = [bad.reason for bad in taken.bad]
    says = ["before", "Great", "no item 'r'", "Rejected", "no worker", "no answer", "no number"]
    assert all(word in reason for word, reason in zip(says, reasons, strict=True)), reasons
    assert taken.bad[0].place == "r.csv, line 3"


def test_several_tags_and_json(tmp_path: Path) -> None:
    rows = [mturk("Good|Bad"), mturk('["Bad"]', "W2"), mturk("[]", "W3")]
    taken = read(back(tmp_path / "r.csv", "mturk", rows), sent("tags"))
    assert [a.value for a in taken.bundle.answers] == [["bad", "good"], ["bad"], []]


@pytest.mark.parametrize(
    ("kind", "told", "value"),
    [
        ("choice", {"label": "Bad"}, "bad"),
        ("choice", "Bad", "bad"),
        ("tags", {"labels": ["Bad", "Good"]}, ["bad", "good"]),
        (
            "boxes",
            {"boundingBoxes": [{"label": "Bad", "left": 1, "top": 2, "width": 3, "height": 4}]},
            [{"label": "bad", "x": 1, "y": 2, "w": 3, "h": 4}],
        ),
    ],
)
def test_crowd_elements_are_read(kind: str, told: object, value: object, tmp_path: Path) -> None:
    row = {"WorkerId": "W", "Input.item": "p", "Answer.taskAnswers": json.dumps([{"label": told}])}
    taken = read(back(tmp_path / "r.csv", "mturk", [row]), sent(kind))
    assert [a.value for a in taken.bundle.answers] == [value]
    broken = {**row, "Answer.taskAnswers": json.dumps([{"label": {"points": 3}}])}
    assert len(read(back(tmp_path / "r.csv", "mturk", [broken]), sent(kind)).bad) == 1


def test_what_is_of_no_platform_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="of no platform"):
        read(tmp_path / "r.csv", sent())
    with pytest.raises(InputError, match="'fiverr' is not known"):
        write(sent(), tmp_path / "r.csv", "fiverr")
    with pytest.raises(InputError, match="called 'item'"):
        write(Bundle(sent().labels, (Item("p", {"item": "x"}),)), tmp_path / "r.csv")
