"""A renewal killed at its worst moments: nothing is lost or done twice, and the champion serves on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from milepost import Project
from milepost.shipping.manifest import open_package

DYING = """
import os, signal, sys
from milepost.cli import run
from milepost.ledger import Ledger
from milepost.project import renew
from milepost.steps import workflow

folder, data = sys.argv[1:]
record, settled, merged = Ledger.record, renew.settle, renew.merge
calls = []

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def recording(self, evidence):
    die() if evidence.step == last else None
    return record(self, evidence)

def settling(home):
    calls.append(1)
    die() if last == "promotion" and len(calls) == 2 else None
    return settled(home)

Ledger.record, renew.settle = recording, settling
for line in sys.stdin:  # every renewal is a process of its own; only what they import is read once
    last = line.strip()
    child = os.fork()
    if not child:
        renew.merge = die if last == "seal" else merged
        os._exit(run(["renew", folder, "--data", data, "--yes", "--no-input", "--waive-all", "a toy"]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
MOMENTS = ("seal", "collect", "final", "ship", "renew", "promotion")


@pytest.mark.slow
def test_killed_at_its_worst_moments(challenged: Project, table, dying, tmp_path: Path) -> None:
    data = tmp_path / "fresh.csv"
    table(900, 1, -1.0).write_csv(data)
    before = open_package(challenged.package).manifest.digest
    with dying(DYING, challenged.folder, data) as kill:
        for moment in MOMENTS:
            kill(moment)
            assert open_package(challenged.package).manifest.digest == before
            assert challenged.predict(table(3, 5)).height == 3, "the champion answers all the while"
    made = challenged.renew(data, yes=True, waive_all="a toy")
    assert (made.generation, made.promoted) == (2, True), made.reason
    assert open_package(challenged.package).manifest.digest == made.findings["candidate"] != before
    second = [e for e in challenged.ledger.all() if e.generation == 2 and e.verdict != "waived"]
    assert set(Counter(e.step for e in second).values()) == {1}
    assert len(challenged.ledger.rows.select("sealing")) == 1
    assert len(challenged.ledger.rows.select("dataset", "2")) == 1
    assert len(challenged.ledger.openings(2)) == 2, "once by final, once to compare"
    assert challenged.verify().passed
    assert challenged.status().done
