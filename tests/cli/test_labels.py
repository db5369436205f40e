"""The commands of labelling: ask, look, bring in, take out, change."""

import csv

import pytest
from tests.labelling import pool, truth_of

from milepost import Project


@pytest.fixture
def folder(tmp_path):
    table, _ = pool(40)
    return Project.new(tmp_path / "p", table, "y", labels="no,yes").folder


def test_from_asking_to_agreement(milepost, folder, tmp_path) -> None:
    table, truth = pool(40)
    asked = milepost(
        "labels", "start", folder, "--who", "crowd", "--price", 0.1, "--people", 2, "--overlap", 2
    )
    assert asked.code == 0
    assert "40 items to label" in asked.out
    assert milepost("labels", "export", folder, tmp_path / "todo.csv", "--todo").code == 0
    known = truth_of(table, truth)
    with open(tmp_path / "todo.csv", newline="") as stream:
        keys = [row["item"] for row in csv.DictReader(stream)]
    lines = [f"{key},{known[key]},{who},2" for key in keys for who in ("ann", "ben")]
    (tmp_path / "done.csv").write_text("\n".join(["item,label,person,seconds", *lines, "x,yes,ann,1"]) + "\n")
    brought = milepost("labels", "import", folder, tmp_path / "done.csv", "--format", "csv")
    assert "80 labels of 81 entries count" in brought.out
    assert "no such item" in brought.out
    status = milepost("labels", "status", folder, "--json").json
    assert (status["left"], status["items"], status["spent"]) == (0, 40, pytest.approx(8.0))
    assert "two people say the same: 1" in milepost("labels", "agree", folder).out
    assert "ann and ben" in milepost("labels", "agree", folder).out
    assert milepost("labels", "plan", folder, "--width", 0.05, "--json").json["hours"] > 0
    assert f"milepost run {folder}" in milepost("labels", "status", folder).out


def test_what_is_missing_is_said(milepost, folder) -> None:
    assert "nobody was asked to label yet" in milepost("labels", "status", folder).err
    milepost("labels", "start", folder)
    assert "no file was named" in milepost("labels", "import", folder).err
