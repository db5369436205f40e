"""The commands along the road, from the first question to the report."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from milepost import Project
from milepost.steps.workflow import ROAD

Milepost = Callable[..., Any]
NAMES = [step.name for step in ROAD]


def test_run_waits_is_answered_in_the_present_folder_and_goes_on(
    milepost: Milepost, young: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(young)
    said = milepost("run", "--until", "collect", "--json")
    assert (said.code, said.json["code"]) == (4, 4)
    assert [question["name"] for question in said.json["waiting"]] == [
        "frame.ethics.harm",
        "frame.ethics.consent",
    ]
    assert "? frame" in said.err, "progress goes to standard error"
    waits = milepost("answer")
    assert waits.code == 0
    assert "milepost answer . frame.ethics.harm 'not answered'" in waits.out
    first = milepost("answer", "frame.ethics.harm", "a late parcel", "--by", "Ada", "--because", "we asked")
    assert first.code == 0
    assert "Recorded: frame.ethics.harm = a late parcel" in first.out
    assert "frame.ethics.consent" in first.out, "the other question still waits"
    second = milepost("answer", ".", "frame.ethics.consent", "yes", "--json")
    assert second.json == {"answered": "frame.ethics.consent", "waiting": []}
    said = milepost("run", "--until", "collect", "--no-input")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "next: milepost run ."
    assert Project(young).ledger.answers()["frame.ethics.harm"]["by"] == "Ada"
    assert Project(young).ledger.answers()["frame.ethics.harm"]["because"] == "we asked"


def test_a_question_without_a_value_says_how(milepost: Milepost, young: Path) -> None:
    said = milepost("answer", young, "frame.ethics.harm")
    assert said.code == 2
    assert "no value for 'frame.ethics.harm'" in said.err


def test_status_as_a_table_and_as_json(milepost: Milepost, finished: Project) -> None:
    said = milepost("status", finished.folder)
    assert said.code == 0
    assert [line.split()[1] for line in said.out.splitlines()[:13]] == NAMES
    assert said.out.splitlines()[-1].startswith("next: milepost serve")
    facts = milepost("status", finished.folder, "--json").json
    assert [mile["step"] for mile in facts["miles"]] == NAMES
    assert facts["done"] is True
    assert facts["openings"] == 1


def test_next_is_one_line(milepost: Milepost, young: Path) -> None:
    assert milepost("next", young).out == f"milepost run {young}\n"
    assert milepost("next", young, "--json").json == {"next": f"milepost run {young}"}


def rare(project: Path, shop: pl.DataFrame) -> None:
    """A positive class so rare that accuracy is unfit."""
    few = pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("yes")).otherwise(pl.lit("no"))
    shop.with_columns(bought=few).write_csv(project.parent / "shop.csv")


def test_a_failed_gate_ends_the_run_until_it_is_waived(
    milepost: Milepost, csv: Path, tmp_path: Path, shop: pl.DataFrame
) -> None:
    project = tmp_path / "p"
    milepost("new", project, "--data", csv, "--target", "bought", "--metric", "accuracy", "--budget", "4s")
    rare(project, shop)
    said = milepost("run", project, "--yes", "--until", "measure")
    assert said.code == 3
    assert f'milepost waive {project} measure --because "..."' in said.out
    assert milepost("tune", project, "--json").json["code"] == 3, "a step behind it says so"
    assert milepost("waive", project, "measure").code == 2
    assert "needs a reason" in milepost("waive", project, "measure", "--because", " ").err
    assert "Did you mean 'measure'" in milepost("waive", project, "mesure", "--because", "x").err
    assert "Name it" in milepost("waive", project, "--because", "x").err
    os.chdir(project)
    said = milepost("waive", "measure", "--because", "the buyer insists", "--by", "Ada", "--json")
    assert said.json["verdict"] == "waived"
    said = milepost("run", "--yes", "--until", "prepare")
    assert said.code == 0
    assert "Waived by Ada: the buyer insists" in said.out
    os.chdir(tmp_path)


def test_waive_all_needs_a_reason_and_records_one_at_each_failed_gate(
    milepost: Milepost, csv: Path, tmp_path: Path, shop: pl.DataFrame
) -> None:
    project = tmp_path / "p"
    milepost("new", project, "--data", csv, "--target", "bought", "--metric", "accuracy", "--budget", "4s")
    rare(project, shop)
    assert "needs a reason" in milepost("run", project, "--waive-all", " ").err
    said = milepost("run", project, "--yes", "--waive-all", "a trial", "--until", "prepare")
    assert said.code == 0
    assert [waiver["because"] for waiver in Project(project).ledger.waivers()] == ["a trial"]


def test_from_runs_again_what_stands(milepost: Milepost, young: Path) -> None:
    milepost("run", young, "--yes", "--until", "annotate")
    assert "unchanged" in milepost("run", young, "--until", "annotate").err
    said = milepost("run", young, "--from", "annotate", "--until", "annotate")
    assert [line.split()[1] for line in said.err.splitlines() if "unchanged" not in line] == ["annotate"]
    assert len([e for e in Project(young).ledger.all() if e.step == "annotate"]) == 2


def test_looks_and_report(milepost: Milepost, finished: Project, tmp_path: Path) -> None:
    assert len(milepost("looks", finished.folder, "--json").json) == len(finished.looks())
    assert milepost("looks", finished.folder).out.endswith("looks at validation rows.\n")
    out = tmp_path / "deep" / "r.html"
    assert milepost("report", finished.folder, "--out", out, "--json").json == {"report": str(out)}
    assert out.read_text().count("<html") == 1
