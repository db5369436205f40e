"""The sealed rows: only `final` reads them, they are those that were sealed, and an opening is counted."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.digest import Digest
from milepost.errors import Corrupt, Sealed
from milepost.steps.clock import Clock
from milepost.steps.divided import ROW
from milepost.steps.final import Final
from milepost.steps.opening import open_seal
from milepost.steps.run import current
from milepost.steps.work import Work
from milepost.steps.workflow import BEYOND, ROAD
from milepost.store.blobs import Blobs


def work(project: Project, step: str) -> Work:
    """The surroundings of a step, with the evidence of the whole road."""
    road = project.road
    kinds = {kind.name: kind.findings for kind in road.kinds}
    clock, evidence = Clock(30.0, 30.0), current(road)
    return Work(step, road.folder, road.brief, road.ledger, road.blobs, road.engine, clock, evidence, kinds)


OPENING = ("final", "renew")
"""Who may: once each, the model that is to ship, and two models on the rows of a later generation."""


@pytest.mark.parametrize("step", [kind.name for kind in (*ROAD, *BEYOND) if kind.name not in OPENING])
def test_every_other_step_is_refused(finished: Project, step: str) -> None:
    with pytest.raises(Sealed, match=step):
        work(finished, step).rows("test")


@pytest.mark.slow
def test_on_the_whole_road_only_final_fetches_the_sealed_rows(
    shop: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spy on the store, below everything that could go round the lock."""
    read: list[tuple[str, Digest]] = []
    now = [""]
    put = {name: getattr(Blobs, name) for name in ("get", "get_frame")}
    for kind in ROAD:

        def run(self, work, kind=kind, inner=kind.run):
            now[0] = kind.name
            return inner(self, work)

        monkeypatch.setattr(kind, "run", run)
    for name, inner in put.items():

        def spy(self, digest, inner=inner):
            read.append((now[0], digest))
            return inner(self, digest)

        monkeypatch.setattr(Blobs, name, spy)
    project = Project.new(tmp_path / "p", shop.head(300), "bought", budget="5s", threads=1)
    assert project.run(yes=True, waive_all="a toy").done
    test = project.ledger.last("collect").artifacts["test"]
    assert {step for step, digest in read if digest == test} == {"final"}
    assert len(read) >= 10


def test_an_opening_is_counted_once_however_often_the_road_is_run(copied: Project) -> None:
    assert len(copied.ledger.openings(1)) == 1
    copied.run(yes=True, waive_all="a toy")
    assert len(copied.ledger.openings(1)) == 1
    assert copied.status().openings == 1


def test_the_promise_was_written_before_the_rows_were_read(finished: Project) -> None:
    (opening,) = finished.ledger.openings(1)
    found = finished.found("final")
    assert (opening["low"], opening["high"]) == (found.low, found.high)
    assert opening["model"] == finished.ledger.last("tune").result
    assert opening["at"].timestamp() < _moment(finished.ledger.last("final").at)


@pytest.mark.slow
def test_opening_again_on_purpose_spends_the_seal(copied: Project) -> None:
    status = copied.run(until="final", start="final", yes=True, waive_all="a toy")
    assert status.openings == 2
    evidence = copied.ledger.last("final")
    assert evidence.verdict in ("noted", "failed", "waived")
    assert "spent" in evidence.reason
    assert "opened 2 times" in evidence.reason
    assert copied.found("final").others == 0


def test_an_opening_that_was_cut_off_is_taken_up_again(copied: Project) -> None:
    model = copied.ledger.last("tune").result
    copied.ledger.opened(1, {"model": model, "low": 0.0, "high": 1.0})  # and then the process was killed
    copied.ledger.rows.append("note", "later", {})
    opening = open_seal(work(copied, "final"), {"model": model, "low": 0.0, "high": 1.0})
    assert opening.count == 2
    assert opening.others == 0


def test_another_model_before_is_told(copied: Project) -> None:
    opening = open_seal(work(copied, "final"), {"model": "another", "low": 0.0, "high": 1.0})
    assert (opening.count, opening.others) == (2, 1)


def test_rows_that_were_exchanged_are_found(copied: Project) -> None:
    busy = work(copied, "final")
    sealed, other = busy.rows("test"), work(copied, "tune").rows("development")
    wrong = pl.concat([sealed.head(sealed.height - 1), other.head(1)])
    collect = busy.evidence["collect"]
    kept = {**collect.artifacts, "test": busy.keep(wrong)}
    busy.evidence = {**busy.evidence, "collect": replace(collect, artifacts=kept)}
    assert sorted(wrong[ROW]) != sorted(sealed[ROW])
    with pytest.raises(Corrupt, match="commitment"):
        Final().run(busy)


def test_bytes_that_were_changed_are_found(copied: Project, tmp_path: Path) -> None:
    path = copied.blobs.path(copied.ledger.last("collect").artifacts["test"])
    other = copied.blobs.path(copied.ledger.last("collect").artifacts["development"])
    path.chmod(0o644)
    shutil.copyfile(other, path)
    with pytest.raises(Corrupt):
        work(Project(copied.folder), "final").rows("test")


def _moment(at: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(at).timestamp() + 0.001
