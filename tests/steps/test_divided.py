"""The seal divides labelled rows; where people label, as it was drawn before they began."""

import polars as pl
from tests.labelling import Crowded, label, pool, truth_of

from milepost import Project
from milepost.steps.divided import unlike


def test_labels_fill_both_sides_and_the_sealed_targets_are_not_shown(crowded: Crowded) -> None:
    crowded.project.run(until="collect", yes=True)
    made = crowded.project.ledger.last("collect")
    assert made is not None
    blobs = crowded.project.blobs
    development, test = (blobs.get_frame(made.artifacts[part]) for part in ("development", "test"))
    assert development.height + test.height == 240
    assert development["y"].null_count() == 0
    assert test["y"].null_count() == test.height > 20
    assert not set(development["__row__"]) & set(test["__row__"])


def test_what_is_not_labelled_is_in_the_pool_unless_it_is_sealed(tmp_path) -> None:
    table, truth = pool(150)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    started = project.labels.start()
    label(project, truth_of(table, truth), {"ann": 1.0}, most=100)
    project.run(until="collect", yes=True)
    found = project.found("collect")
    assert found.development + found.sealed == 100
    assert found.pool + found.hidden == 50
    assert found.hidden == started.sealed - found.sealed


def test_more_labels_make_the_steps_stale_and_seal_the_same_rows(tmp_path) -> None:
    table, truth = pool(200)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    project.labels.start()
    known = truth_of(table, truth)
    label(project, known, {"ann": 1.0}, most=120)
    assert project.run(until="collect", yes=True).miles[1].state == "passed"
    first = project.found("collect")
    assert project.status().miles[1].state == "passed"
    label(project, known, {"ben": 1.0}, most=40)
    assert project.status().miles[1].state == "stale"
    project.run(until="collect", yes=True)
    second = project.found("collect")
    assert second.sealed >= first.sealed
    assert second.development + second.sealed == 160


def test_rows_that_came_since_take_no_part_until_they_are_drawn(tmp_path) -> None:
    table, truth = pool(150)
    project = Project.new(tmp_path / "p", table.head(120), "y", labels="no,yes")
    project.labels.start()
    label(project, truth_of(table, truth), {"ann": 1.0})
    table.with_columns(y=pl.Series([None] * 120 + truth[120:], dtype=pl.String)).write_parquet(
        project.folder / "data.parquet"
    )
    project = Project(project.folder)
    project.run(until="collect", yes=True)
    found = project.found("collect")
    assert found.labelled == 120
    assert any("30 rows came" in note for note in found.notes)
    project.labels.start()
    project.run(until="collect", yes=True)
    assert project.found("collect").labelled == 150


def test_names_and_weights_may_differ_between_copies(finished) -> None:
    brief = finished.brief.changed({"columns.city": {"role": "weight"}})
    assert unlike(brief) == {"city", *brief.data.keys}
