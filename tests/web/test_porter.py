"""Transfers as a process of their own: a result, a log, a lock; stopped and wrong ones say so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.web.conftest import Desk

from milepost import Project
from milepost.labels.labelset import LabelSet
from milepost.store.stock import NewItem
from milepost.web import porter


@pytest.fixture
def folder(desk: Desk) -> Path:
    items = [NewItem({"text": str(at)}, key=f"k{at}") for at in range(3)]
    app = desk(LabelSet.start("pets", "choice", ["Cat", "Dog"]), items)
    found: Path = app.state.site.folder
    return found


def run(folder: Path, **what: Any) -> tuple[int, dict[str, Any], dict[str, Any] | None]:
    room = folder / ".milepost" / porter.PLACE
    room.mkdir(exist_ok=True)
    name = f"t{len(list(room.glob('*.jsonl')))}"
    begun = {"kind": "begin", "at": "2030-01-01T00:00:00", "by": "owner", "what": what}
    (room / f"{name}.jsonl").write_text(json.dumps(begun) + "\n")
    code = porter.run(folder, name)
    end = json.loads((room / f"{name}.jsonl").read_text().splitlines()[-1])
    result = room / name / "result.json"
    return code, end, json.loads(result.read_text()) if result.exists() else None


def test_labels_are_brought_once_and_written(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("item,label,person\nk0,Cat,zoe\nk1,Dog,zoe\nk9,Dog,zoe\n")
    for _ in range(2):
        code, end, told = run(folder, do="labels", path=str(path), kind="text", format="csv")
        assert code == 0
        assert told is not None
        assert end["text"] == "2 labels of 3 entries count now; 1 are bad."
        assert told["bad"] == [{"place": "k9", "reason": "there is no such item in the queue"}]
    for which, items, labels in (("answers", 3, 2), ("consensus", 3, 2), ("waiting", 1, 0)):
        code, _, told = run(folder, do="write", format="jsonl", which=which)
        assert code == 0
        assert told is not None
        assert (told["counts"]["items"], told["counts"]["labels"]) == (items, labels)
        assert told["file"] == "labels-jsonl.jsonl"
    code, _, told = run(folder, do="write", format="hugging-face", which="answers")
    assert told is not None
    assert told["file"] == "labels-hugging-face.zip"


def test_labels_of_a_column_come_and_go_in_its_own_queue(folder: Path, tmp_path: Path) -> None:
    project = Project(folder)
    project.labels.column("tone").start(names=["good", "bad"], overlap=1)
    key = next(key for key, _ in project.labels.column("tone").store.answers.contents())
    path = tmp_path / "l.csv"
    path.write_text(f"item,label,person\n{key},good,zoe\nk0,Cat,zoe\n")
    _, end, _ = run(folder, do="labels", path=str(path), kind="text", format="csv", column="tone")
    assert end["text"] == "1 labels of 2 entries count now; 1 are bad."
    for column, labels in (("tone", 1), ("", 0)):
        _, _, told = run(folder, do="write", format="csv", which="answers", column=column)
        assert told is not None
        assert told["counts"]["labels"] == labels


def test_what_cannot_be_done_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 no archive")
    for what in (
        {"do": "labels", "path": str(tmp_path / "x.zip"), "kind": "zip", "format": "yolo"},
        {"do": "labels", "path": str(tmp_path / "gone.csv"), "kind": "text", "format": "csv"},
        {"do": "labels", "path": "x", "kind": "text", "format": "parquet"},
        {"do": "photos", "path": "x", "kind": "zip"},
        {"do": "write", "format": "voc", "which": "answers"},
    ):
        code, end, told = run(folder, **what)
        assert code != 0, end
        assert told is None
        assert end["code"] == code
        assert "fault" not in end["text"].lower()


def test_a_fault_is_in_the_log(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(porter.WORKS, "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(folder, do="write", format="csv", which="answers")
    monkeypatch.setitem(porter.WORKS, "write", _interrupted)
    code, end, _ = run(folder, do="write", format="csv", which="answers")
    assert code == 130
    assert "What was brought is kept" in end["text"]


def _interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


def test_every_format_says_what_its_file_is() -> None:
    from milepost.labels.formats.catalogue import FORMATS

    assert set(porter.TAKES) == set(FORMATS)
    assert {name for name, kind in porter.TAKES.items() if kind == "zip"} == {
        name for name, format in FORMATS.items() if format.folder
    }
