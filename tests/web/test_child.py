"""The process of a run writes events that a page can read while it works."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.errors import EnvironmentProblem
from milepost.store import lock
from milepost.web import child
from milepost.web.child import Scribe, held, run


def asked(folder: Path, what: dict[str, object]) -> list[dict[str, object]]:
    """The events of a run in this process."""
    path = folder / ".milepost" / "runs" / "a.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"kind": "begin", "by": "ada", "what": what}) + "\n")
    run(folder, "a")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_step_is_run_with_its_settings(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop, "bought")
    project.run(until="frame", yes=True)
    events = asked(tmp_path / "p", {"step": "collect", "settings": {"share": 0.3}})
    assert [e["kind"] for e in events if e["kind"] != "say"] == ["begin", "here", "done", "done", "end"]
    assert events[-1]["code"] == 0
    made = Project(tmp_path / "p").ledger.last("collect")
    assert made is not None
    assert (made.settings["share"], made.by) == (0.3, "ada")


def test_an_error_is_the_last_word(tmp_path: Path, shop: pl.DataFrame) -> None:
    Project.new(tmp_path / "p", shop, "bought")
    events = asked(tmp_path / "p", {"until": "nowhere"})
    assert events[-1]["code"] == 2
    assert str(events[-1]["text"]).startswith("there is no milepost 'nowhere'.")


def test_ctrl_c_ends_it_with_130(tmp_path: Path, shop: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    Project.new(tmp_path / "p", shop, "bought")

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Project, "run", stopped)
    assert asked(tmp_path / "p", {})[-1]["code"] == 130


def test_a_fault_is_told_and_raised(
    tmp_path: Path, shop: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    Project.new(tmp_path / "p", shop, "bought")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr(Project, "run", broken)
    with pytest.raises(RuntimeError, match="oh"):
        asked(tmp_path / "p", {})
    last = (tmp_path / "p/.milepost/runs/a.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["text"] == "A fault of milepost: RuntimeError('oh')."


def test_words_that_follow_fast_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [10.0]
    monkeypatch.setattr(child.time, "monotonic", lambda: now[0])
    scribe = Scribe(tmp_path / "log", ("frame", "collect"))
    for text in ("one", "two"):
        scribe.say(text, None)
    now[0] += child.EVERY
    scribe.say("three", 0.5)
    said = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [(e["text"], e["share"], e["step"]) for e in said] == [
        ("one", None, "frame"),
        ("three", 0.5, "frame"),
    ]


def test_a_lock_that_somebody_looks_at_is_got_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"

    def look() -> None:
        with lock.file(path):
            time.sleep(0.15)

    looking = threading.Thread(target=look)
    looking.start()
    time.sleep(0.05)
    with held(path), pytest.raises(EnvironmentProblem), lock.file(path):
        pass
    looking.join()
    with lock.file(path):
        pass
