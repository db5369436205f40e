"""Runs that a page starts: their progress outlives reloads and servers, and they can be stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.errors import UsageError
from milepost.web.runs import TAIL, Progress, Runs, _events

LONG = 60.0


@pytest.fixture
def runs(tmp_path: Path, shop: pl.DataFrame) -> Iterator[Runs]:
    Project.new(tmp_path / "p", shop, "bought", budget="60s")
    made = Runs(tmp_path / "p")
    yield made
    made.close()


def until(runs: Runs, fine: Callable[[Progress], bool]) -> Progress:
    """The run's progress as soon as it is as wanted."""
    deadline = time.monotonic() + LONG
    while time.monotonic() < deadline:
        last = runs.last()
        assert last is not None
        if fine(last):
            return last
        time.sleep(0.05)
    raise AssertionError(f"not in time: {last}")


def test_a_run_tells_how_it_goes_and_how_it_ended(runs: Runs) -> None:
    assert runs.last() is None
    name = runs.start("ada", {"until": "annotate", "yes": True})
    with pytest.raises(UsageError, match="a run is going already"):
        runs.start("ada", {})
    ended = until(runs, lambda run: not run.going)
    assert (ended.id, ended.state, ended.code, ended.by) == (name, "done", 0, "ada")
    assert [line.partition(":")[0] for _, line in ended.log[:3]] == ["frame", "collect", "annotate"]
    last = Project(runs.folder).ledger.last("annotate")
    assert last is not None
    assert last.by == "ada"


def test_a_run_that_waits_says_so(runs: Runs) -> None:
    runs.start("ada", {})
    ended = until(runs, lambda run: not run.going)
    assert (ended.state, ended.code) == ("waits for a person", 4)
    assert "frame.ethics" in ended.text


def test_a_wrong_wish_ends_with_its_error(runs: Runs) -> None:
    runs.start("ada", {"step": "tune", "settings": {"trials": "many"}})
    ended = until(runs, lambda run: not run.going)
    assert ended.state == "failed"
    assert ended.code != 0
    assert ended.text


def test_a_run_is_stopped_and_the_next_goes_on(runs: Runs) -> None:
    runs.start("ada", {"yes": True})
    until(runs, lambda run: any(line.startswith("protocol") for _, line in run.log))
    runs.stop()
    ended = until(runs, lambda run: not run.going)
    assert (ended.state, ended.code) == ("stopped", 130)
    assert "What was finished is kept" in ended.text
    with pytest.raises(UsageError, match="no run is going"):
        runs.stop()
    runs.start("ada", {"yes": True, "until": "protocol"})
    again = until(runs, lambda run: not run.going)
    assert all("unchanged" in line for _, line in again.log[:7])


def test_another_server_finds_the_run_and_can_stop_it(runs: Runs) -> None:
    name = runs.start("ada", {"yes": True})
    until(runs, lambda run: bool(run.log))
    other = Runs(runs.folder)
    found = other.last()
    assert found is not None
    assert found.going
    with pytest.raises(UsageError, match="a run is going already"):
        other.start("bob", {})
    assert other.stop() == name
    until(other, lambda run: run.state == "stopped")


def test_a_run_that_was_killed_died(runs: Runs) -> None:
    runs.start("ada", {"yes": True})
    until(runs, lambda run: bool(run.log))
    assert runs._child is not None
    os.kill(runs._child.pid, signal.SIGKILL)
    ended = until(runs, lambda run: not run.going)
    assert (ended.state, ended.code) == ("died", -signal.SIGKILL)
    assert ended.text.startswith("The process ended without a word.")


def test_the_end_of_the_server_ends_the_run(runs: Runs) -> None:
    runs.start("ada", {"yes": True})
    until(runs, lambda run: bool(run.log))
    runs.close()
    assert runs._child is not None
    assert runs._child.returncode == 130


def test_a_long_log_is_read_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    lines = [
        '{"kind": "begin"}',
        *(f'{{"kind": "say", "n": {i}, "pad": "{"x" * 100}"}}' for i in range(9000)),
    ]
    path.write_text("\n".join(lines) + '\n{"kind": "sa')
    assert path.stat().st_size > 3 * TAIL
    events = _events(path)
    assert events[0]["kind"] == "begin"
    assert events[-1]["n"] == 8999
    assert len(events) < 3000
    assert _events(tmp_path / "none") == []
