"""Words that name no project belong to the present one; what ends a run is told once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from milepost import Project
from milepost.cli.common import HERE, end, shift
from milepost.steps.workflow import BEYOND, ROAD


@pytest.fixture
def inside(finished: Project) -> Iterator[Path]:
    """The present folder is a project's."""
    before = Path.cwd()
    os.chdir(finished.folder)
    yield finished.folder
    os.chdir(before)


@pytest.mark.usefixtures("inside")
def test_words_that_name_no_project_belong_to_the_present_one() -> None:
    assert shift(Path("explain.threshold"), "0.3", "") == (HERE, ("explain.threshold", "0.3"))
    assert shift(Path("final"), "") == (HERE, ("final",))
    assert shift(Path("ship"), "") == (HERE, ("ship",)), "a folder of the project, and a milepost"


def test_a_project_is_taken_as_one(inside: Path) -> None:
    assert shift(HERE, "a", "b") == (HERE, ("a", "b"))
    assert shift(inside, "a", "") == (inside, ("a", ""))


def test_outside_of_a_project_nothing_is_shifted() -> None:
    assert shift(Path("nowhere"), "a", "") == (Path("nowhere"), ("a", ""))


def test_the_end_of_a_run_shows_road_report_and_what_comes_next(
    finished: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    end(finished.status(), Path("r.html"), following="have a rest")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(ROAD) + len(BEYOND) + 3
    assert lines[-2:] == ["report: r.html", "next: have a rest"]
