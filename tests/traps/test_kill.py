"""Killed in each step, at the worst moment, and run again: nothing is lost, nothing is done twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.steps.workflow import ROAD

NAMES = tuple(step.name for step in ROAD)
DYING = """
import os, signal, sys
from milepost.cli import app, run
from milepost.ledger import Ledger
from milepost.steps import workflow

folder = sys.argv[1]
record = Ledger.record

def dying(self, evidence):
    if evidence.step == last:  # all its work is done, nothing of it is recorded
        os.kill(os.getpid(), signal.SIGKILL)
    return record(self, evidence)

Ledger.record = dying
for line in sys.stdin:  # every run is a process of its own; only what they import is read once
    last = line.strip()
    child = os.fork()
    if not child:
        os._exit(run(["run", folder, "--yes", "--no-input", "--waive-all", "a toy"]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
CLI = (sys.executable, "-m", "milepost")


def start(*words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def begun(process: subprocess.Popen[str], step: str) -> None:
    """Waits until a running road tells of a step."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.split()[1:2] == [step]:
            return
    pytest.fail(f"the road ended before '{step}'")


@pytest.fixture
def project(tmp_path: Path, shop: pl.DataFrame) -> Project:
    return Project.new(tmp_path / "p", shop.head(300), "bought", budget="4s", threads=1)


def finish(project: Project) -> int:
    return subprocess.run(
        [*CLI, "run", project.folder, "--yes", "--waive-all", "a toy"], check=False
    ).returncode


def intact(project: Project) -> None:
    """What holds at the end, whatever happened on the way."""
    status = project.status()
    assert status.done, status
    counts = Counter(e.step for e in project.ledger.all() if e.verdict != "waived")
    assert counts == dict.fromkeys(NAMES, 1)
    assert status.openings == 1
    looks = [(look["step"], look["name"], look["loss"]) for look in project.looks()]
    assert len(looks) == len(set(looks))
    finished = Counter(e.key for e in project.ledger.rows.select("fit") if not e.body["cut"])
    assert set(finished.values()) <= {1}, "a finished fit was made again"
    assert project.verify().passed


@pytest.mark.slow
def test_killed_before_the_evidence_of_each_step(project: Project, dying) -> None:
    with dying(DYING, project.folder) as kill:
        for number, step in enumerate(NAMES):
            kill(step)
            recorded = [e.step for e in project.ledger.all() if e.verdict != "waived"]
            assert recorded == list(NAMES[:number])
    assert finish(project) == 0
    intact(project)


@pytest.mark.slow
def test_stopped_and_killed_at_any_moment_and_never_run_by_two_at_once(project: Project) -> None:
    with start(*CLI, "run", project.folder, "--yes", "--waive-all", "a toy") as first:
        begun(first, "protocol")
        second = subprocess.run([*CLI, "run", str(project.folder)], capture_output=True, text=True)
        assert second.returncode == 1
        assert "another run is at work on this project" in second.stderr
        assert f"pid {first.pid}" in second.stderr
        first.send_signal(signal.SIGINT)
        told = first.communicate(timeout=60)[1]
        assert first.returncode == 130
        assert told.splitlines()[-1] == "stopped. What was finished is kept: the same command goes on."
    for step in ("overfit", "tune"):
        with start(*CLI, "run", project.folder, "--yes", "--waive-all", "a toy") as another:
            begun(another, step)
            time.sleep(0.2)
            another.kill()
    assert finish(project) == 0
    intact(project)
