"""The status says for each milepost how it stands, and which command comes next."""

from pathlib import Path

import polars as pl

from milepost import Project
from milepost.project.status import MARKS
from milepost.steps.workflow import BEYOND, ROAD


def test_a_new_project_has_everything_before_it(tmp_path: Path, shop: pl.DataFrame) -> None:
    status = Project.new(tmp_path / "p", shop, "bought").status()
    assert {mile.state for mile in status.miles} == {"todo"}
    assert not status.done
    assert status.code == 0
    assert status.next == f"milepost run {tmp_path / 'p'}"


def test_plain_status_holds_code_and_every_mile(finished: Project) -> None:
    plain = finished.status().plain()
    assert plain["done"] is True
    assert plain["code"] == 0
    assert len(plain["miles"]) == 13
    assert all(mile["state"] in MARKS for mile in plain["miles"])


def test_what_waits_comes_next_with_its_command(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop, "bought")
    status = project.run(until="frame")
    assert f"milepost answer {tmp_path / 'p'} frame.ethics.harm VALUE" in status.next


def test_a_printed_status_is_a_line_a_milepost(finished: Project) -> None:
    lines = str(finished.status()).splitlines()
    assert len(lines) == len(ROAD) + len(BEYOND) + 1
    assert lines[0].startswith("frame       passed   Binary classification")
    assert lines[-1].startswith("next: milepost serve")
