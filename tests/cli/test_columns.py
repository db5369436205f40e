"""Columns beside the target by command: asked for, looked at, out and back, changed."""

import csv

import pytest
from tests.project.test_columns import begun, by_key, table


@pytest.fixture
def folder(tmp_path):
    return begun(tmp_path / "p", table(60)).folder


def test_from_asking_to_a_filled_column(milepost, folder, tmp_path) -> None:
    frame = table(60)
    asked = milepost(
        "labels", "start", folder, "--column", "colour", "--overlap", 2, "--gold", 0, "--price", 0.1
    )
    assert asked.code == 0, asked.err
    assert "'colour': 20 items to label (choice)" in asked.out
    assert "labels: blue, green, red" in asked.out
    new = milepost("labels", "start", folder, "--column", "tone", "--labels", "good,bad", "--most", 10)
    assert "'tone': 10 items to label (choice)" in new.out
    assert "[columns.tone] available = true" in new.out
    assert (
        milepost("labels", "export", folder, tmp_path / "todo.csv", "--todo", "--column", "colour").code == 0
    )
    with open(tmp_path / "todo.csv", newline="") as stream:
        keys = [row["item"] for row in csv.DictReader(stream)]
    assert len(keys) == 20
    known = by_key(frame, frame["true"].to_list())
    lines = [f"{key},{known[key]},{who},2" for key in keys for who in ("ann", "ben")]
    (tmp_path / "done.csv").write_text("\n".join(["item,label,person,seconds", *lines]) + "\n")
    brought = milepost("labels", "import", folder, tmp_path / "done.csv", "--column", "colour")
    assert "40 labels of 40 entries count" in brought.out
    status = milepost("labels", "status", folder)
    assert "'colour' (choice): 40 labels on 20 rows; 0 of 20 items still want labels" in status.out
    assert "'tone' (choice): 0 labels" in status.out
    said = milepost("labels", "status", folder, "--json").json["columns"]
    assert (said["colour"]["left"], said["tone"]["left"]) == (0, 10)
    assert milepost("labels", "status", folder, "--column", "colour", "--json").json[
        "spent"
    ] == pytest.approx(4)
    assert "ann and ben" in milepost("labels", "agree", folder, "--column", "colour").out
    assert milepost("labels", "set", folder, "--column", "tone", "--add", "fair", "--yes").code == 0
    assert "fair: 0 labels" in milepost("labels", "set", folder, "--column", "tone").out


def test_what_cannot_be_is_said(milepost, folder) -> None:
    assert "what is predicted" in milepost("labels", "start", folder, "--column", "y").err
    assert "for a column" in milepost("labels", "start", folder, "--kind", "number").err
    assert "--column 'tone'" in milepost("labels", "status", folder, "--column", "tone").err
