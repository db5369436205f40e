"""A run is started, watched and stopped from its page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def settled(visitor: Any, fine: Callable[[Any], bool] = lambda run: run["state"] != "running") -> Any:
    """The run as its page tells of it, as soon as it is as wanted."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        run = visitor.json("/run.json")["run"]
        if fine(run):
            return run
        time.sleep(0.1)
    raise AssertionError(run)


def test_a_run_is_started_watched_and_stopped(young: Any) -> None:
    assert "No run was started" in young.get("/run").text
    assert young.post("/run", yes="1").headers["location"] == "/run"
    going = settled(young, lambda run: bool(run["log"]))
    assert going["by"] == "ada"
    page = young.get("/run").text
    assert "frame: passed" in page
    assert 'action="/run/stop"' in page
    assert young.post("/run").status_code == 400, "one at a time"
    assert young.post("/run/stop").headers["location"] == "/run"
    assert settled(young)["state"] == "stopped"
    assert "What was finished is kept" in young.get("/run").text
    assert young.post("/run/stop").status_code == 400


def test_a_stretch_that_cannot_be_walked_is_refused_at_once(young: Any) -> None:
    for fields in ({"until": "nowhere"}, {"from": "tune", "until": "frame"}, {"until": "monitor"}):
        assert young.send("/run", fields).status_code == 400
    assert young.site.runs.last() is None


def test_a_run_again_from_a_milepost(owner: Any) -> None:
    owner.send("/run", {"from": "measure", "until": "measure"})
    run = settled(owner)
    assert run["state"] == "done"
    spent = [line.split(", ")[1].split(".")[0] for _, line in run["log"]]
    assert spent[:4] == ["unchanged"] * 4
    assert spent[4] != "unchanged"
