"""The command: the same facts as the library's, in words or as JSON, and exit codes that say how it ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from milepost import Project
from milepost.cli.renew import FIELDS, HINTS


def test_every_setting_of_the_step_is_an_option(milepost: Callable[..., Any]) -> None:
    assert set(FIELDS) == set(HINTS)
    said = milepost("renew", "--help")
    assert all(f"--{name}" in said.out for name in FIELDS)


@pytest.fixture
def fresh(table, tmp_path: Path) -> Path:
    path = tmp_path / "fresh.csv"
    table(600, 1, -1.0).write_csv(path)
    return path


def test_a_decision_ends_well_and_is_told_as_json_and_in_words(
    milepost: Callable[..., Any], challenged: Project, fresh: Path
) -> None:
    words = ("renew", challenged.folder, "--data", fresh, "--yes", "--waive-all", "a toy")
    said = milepost(*words, "--json", "--most", "5", "--share", "0.25")
    assert said.code == 0
    told = json.loads(said.out)
    assert (told["generation"], told["promoted"], told["code"]) == (2, True, 0)
    assert told["findings"]["rows"] == 150
    assert [mile["step"] for mile in told["miles"]][-2:] == ["ship", "renew"]
    again = milepost(*words, "--share", "0.25")
    assert again.code == 0
    assert told["reason"] in again.out
    assert "next: milepost serve" in again.out
    assert "renew" in milepost("status", challenged.folder).out


def test_a_question_ends_with_4_and_says_how_to_answer(
    milepost: Callable[..., Any], challenged: Project, table, tmp_path: Path
) -> None:
    import polars as pl

    table(300, 2).with_columns(z=pl.lit(1)).write_csv(tmp_path / "more.csv")
    said = milepost("renew", challenged.folder, "--data", tmp_path / "more.csv", "--no-input")
    assert said.code == 4
    assert "renew.column.z" in said.out
    assert "milepost answer" in said.out


def test_bad_input_is_one_sentence_and_2(
    milepost: Callable[..., Any], challenged: Project, fresh: Path
) -> None:
    for options in (
        ("--data", "nowhere.csv"),
        ("--data", fresh, "--rule", "best"),
        ("--data", fresh, "--share", "x"),
    ):
        said = milepost("renew", challenged.folder, *options)
        assert said.code == 2
        assert "Traceback" not in said.err
        assert len(said.err.strip().splitlines()) == 1
