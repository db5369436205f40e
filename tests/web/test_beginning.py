"""A project is made of what was sent: every kind of file finds its place, and nothing is written over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from milepost.data.files import silent
from milepost.errors import BriefError, InputError
from milepost.web.beginning import begin


def sent(folder: Path, name: str, data: bytes, kind: str, kept: str) -> dict[str, Any]:
    """An upload as the form describes it."""
    (folder / "up").mkdir()
    (folder / "up" / kept).write_bytes(data)
    return {"path": str(folder / "up" / kept), "name": name, "kind": kind}


def test_the_file_keeps_the_ending_by_which_it_is_read(tmp_path: Path) -> None:
    rows = "\n".join(f'{{"a": {i}, "b": "{"xy"[i % 2]}"}}' for i in range(40)).encode()
    asked = sent(tmp_path, "log.2026.jsonl", rows, "json", "upload.json")
    made, bad = begin(tmp_path / "p", {**asked, "target": "b", "why": "to know"}, silent)
    assert made.brief.data.source == "data.jsonl"
    assert made.brief.problem.why == "to know"
    assert bad == []


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "data.csv").write_text("mine")
    asked = sent(tmp_path, "rows.csv", b"a,b\n1,2\n", "text", "upload.csv")
    with pytest.raises(InputError, match="holds something called 'data'"):
        begin(tmp_path / "p", {**asked, "target": "b"}, silent)
    assert (tmp_path / "p" / "data.csv").read_text() == "mine"


def test_an_option_that_cannot_be_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    rows = b"a,b\n" + b"1,x\n2,y\n" * 30
    asked = sent(tmp_path, "rows.csv", rows, "text", "upload.csv")
    with pytest.raises(BriefError):
        begin(tmp_path / "p", {**asked, "target": "b", "budget": "soon"}, silent)
    assert list((tmp_path / "p").iterdir()) == []
