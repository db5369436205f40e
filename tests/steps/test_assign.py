"""Rows for people are drawn once, by unit: no label, and no later row, moves a row to the other side."""

import numpy as np
import polars as pl
import pytest
from tests.labelling import label, pool, truth_of

from milepost import Project
from milepost.steps.labelled import QUEUE, SEAL, keys
from milepost.steps.together import KEY


def sides(project: Project) -> dict[str, bool]:
    entry = project.ledger.rows.last(SEAL, QUEUE)
    assert entry is not None
    frame = project.blobs.get_frame(entry.body["frame"])
    return dict(zip(frame[KEY], frame["sealed"], strict=True))


def test_about_the_share_is_sealed_and_labels_move_nothing(tmp_path) -> None:
    table, truth = pool(400)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    started = project.labels.start()
    before = sides(project)
    assert started.added == 400
    assert 50 <= sum(before.values()) == started.sealed <= 112  # 80 expected, sd 8
    label(project, truth_of(table, truth), {"ann": 1.0}, most=30)
    assert project.labels.start().added == 0
    assert sides(project) == before


def test_rows_that_come_later_leave_the_others_where_they_are(tmp_path) -> None:
    table, _ = pool(120)
    project = Project.new(tmp_path / "p", table.head(80), "y", labels="no,yes")
    project.labels.start()
    before = sides(project)
    table.write_parquet(project.folder / "data.parquet")
    assert Project(project.folder).labels.start().added == 40
    after = sides(project)
    assert {key: after[key] for key in before} == before
    assert len(after) == 120


def test_a_unit_lies_on_one_side(tmp_path) -> None:
    table, _ = pool(300)
    table = table.with_columns(who=pl.Series(np.arange(300) // 6))
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes", group="who")
    project.labels.start()
    drawn = sides(project)
    behind = [drawn[key] for key in keys(table, ["y"])]
    each = table.with_columns(sealed=pl.Series(behind)).group_by("who").agg(pl.col("sealed").n_unique())
    assert each["sealed"].max() == 1
    assert 0 < sum(behind) < 300


def test_in_time_it_is_the_last_window(tmp_path) -> None:
    table, _ = pool(100)
    table = table.with_columns(at=pl.Series(np.arange(100)))
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes", time="at")
    project.labels.start()
    drawn = sides(project)
    behind = [drawn[key] for key in keys(table, ["y"])]
    assert behind == [at >= 80 for at in range(100)]


def test_rows_that_were_sealed_with_a_label_stay_sealed(tmp_path) -> None:
    table, truth = pool(300)
    half = pl.Series("y", [name if at < 150 else None for at, name in enumerate(truth)])
    project = Project.new(tmp_path / "p", table.with_columns(half), "y")
    project.run(until="collect", yes=True)
    made = project.ledger.last("collect")
    assert made is not None
    test = project.blobs.get_frame(made.artifacts["test"])
    project.labels.start()
    drawn = sides(project)
    assert all(drawn[key] for key in keys(test, ["y"]))
    assert project.run(until="collect", yes=True).miles[1].state == "passed"
    again = project.ledger.last("collect")
    assert again is not None
    assert set(project.blobs.get_frame(again.artifacts["test"])["__row__"]) == set(test["__row__"])


def test_a_copy_of_a_sealed_row_is_sealed(tmp_path) -> None:
    table, truth = pool(200)
    copies = pl.concat([table, table.head(100)]).with_columns(
        id=pl.Series([f"n{at}" for at in range(300)]),
        y=pl.Series([*truth, *[None] * 100]),
    )
    project = Project.new(tmp_path / "p", copies, "y")
    assert project.brief.data.keys == ("id",)
    project.run(until="collect", yes=True)
    made = project.ledger.last("collect")
    assert made is not None
    behind = set(project.blobs.get_frame(made.artifacts["test"])["id"])
    assert project.labels.start().added == 100
    drawn = sides(project)
    named = dict(zip(keys(copies, ["y"]), copies["id"], strict=True))
    mine = {named[key]: sealed for key, sealed in drawn.items()}
    assert all(mine[f"n{200 + at}"] == (f"n{at}" in behind) for at in range(100))
    assert 5 < len(behind & {f"n{at}" for at in range(100)}) < 50


def test_rows_that_were_drawn_and_never_asked_for_are_asked_for_the_next_time(tmp_path, monkeypatch) -> None:
    table, _ = pool(40)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")

    def killed(self, items, by, told=None):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("milepost.labels.labels.Labels.add_items", killed)
        with pytest.raises(KeyboardInterrupt):
            project.labels.start()
    before = sides(project)
    assert project.labels.start().added == 40
    assert sides(project) == before
    behind = {key for key, sealed in before.items() if sealed}
    with project.ledger.rows.reading() as connection:
        found = connection.exec_driver_sql("SELECT key FROM label_items WHERE sealed").scalars()
        assert set(found) == behind
    assert project.labels.start().added == 0
