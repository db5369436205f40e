"""Labels of people fill the target of rows that have none; nothing sealed is seen on the way."""

import numpy as np
import polars as pl
import pytest
from tests.labelling import Crowded, label, pool, truth_of

from milepost import Project
from milepost.errors import Sealed
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.migrations import Merge, Rename
from milepost.steps import labelled, together

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog", "Bird"])


def test_labels_that_came_as_numbers_follow_a_rename(tmp_path) -> None:
    frame = pl.DataFrame({"y": [0, 1, None]})
    with Labels.open(tmp_path / "rows.db") as labels:
        labels.start(LabelSet.start("y", "choice", ["0", "1"]), "ann")
        labels.apply(labels.plan(Rename("0", "healthy")), "ann")
        assert labelled.anew(frame, ["y"], labels)["y"].to_list() == ["healthy", "1", None]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (pl.Series("y", ["a", None], dtype=pl.String), "Cat", ["a", "Cat"]),
        (pl.Series("y", [True, None]), "false", [True, False]),
        (pl.Series("y", [1, None]), "0", [1, 0]),
        (pl.Series("y", [1, None]), 2.5, [1.0, 2.5]),
        (pl.Series("y", ["a;b", None], dtype=pl.String), ["a"], ["a;b", '["a"]']),
        (pl.Series("y", ["a;b", None], dtype=pl.String), [], ["a;b", "[]"]),
    ],
)
def test_a_gap_is_filled_in_the_type_of_the_column(column: pl.Series, value: object, expected: list) -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0], "y": column})
    keys = labelled.keys(frame, ["y"])
    found = together.Truths((keys[1],), (value,), pl.DataFrame())
    assert labelled.filled(frame, ["y"], found)["y"].to_list() == expected


def test_a_key_is_what_the_row_holds_wherever_it_stands() -> None:
    frame = pl.DataFrame({"b": ["u", "v"], "a": [1, 2], "y": ["p", None]})
    other = frame.reverse().select("y", "a", "b").with_columns(y=pl.lit("q"), __row__=pl.lit(3))
    assert labelled.keys(frame, ["y"]) == labelled.keys(other, ["y"])[::-1]


def test_the_state_changes_with_labels_and_with_nothing_else(tmp_path) -> None:
    table, truth = pool(60)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    assert labelled.state(project.ledger) is None
    project.labels.start()
    before = labelled.state(project.ledger)
    store = project.labels.store
    store.write_guidelines("Look twice.", "me")
    assert labelled.state(project.ledger) == before
    label(project, truth_of(table, truth), {"ann": 1.0}, most=3)
    after = labelled.state(project.ledger)
    assert after != before
    assert labelled.state(Project(project.folder).ledger) == after


def test_labels_that_came_with_rows_follow_the_label_set(tmp_path) -> None:
    table, _ = pool(40)
    names = pl.Series("y", (["cat", "dog", "pup"] * 20)[:40]).set(
        pl.Series([i > 35 for i in range(40)]), None
    )
    project = Project.new(tmp_path / "p", table.with_columns(names), "y", labels="cat,dog,pup")
    project.labels.start()
    project.labels.change(Merge(("pup",), "dog"), apply=True)
    project.labels.change(Rename("cat", "Katze"), apply=True)
    changed = labelled.anew(table.with_columns(names), ["y"], project.labels.store)
    assert set(changed["y"].drop_nulls()) == {"Katze", "dog"}


def test_sealed_labels_come_out_for_final_alone(crowded: Crowded) -> None:
    table = crowded.table.with_columns(y=pl.lit(None, pl.String))
    rows = crowded.project.ledger.rows
    shown = labelled.given(crowded.project.brief, rows, table)
    hidden = shown.filter(pl.col("y").is_null())
    assert 0 < hidden.height < table.height
    with pytest.raises(Sealed):
        labelled.revealed(rows, hidden, ["y"], "tune")
    opened = labelled.revealed(rows, hidden, ["y"], "final")
    truth = truth_of(crowded.table, crowded.truth)
    right = [truth[key] == y for key, y in zip(labelled.keys(opened, ["y"]), opened["y"], strict=True)]
    assert opened.height == hidden.height
    assert np.mean(right) > 0.9
