"""Labels of people fill the target of rows that have none; nothing sealed is seen on the way."""

import numpy as np
import polars as pl
import pytest
from tests.labelling import Crowded, label, pool, truth_of

from milepost import Project
from milepost.errors import Sealed
from milepost.labels.answers import Answered
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.migrations import Merge, Rename
from milepost.steps import labelled

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog", "Bird"])


def said(*rows: tuple[int, int, object]) -> Answered:
    items, people, values = zip(*rows, strict=True)
    n = len(rows)
    return Answered(
        np.array(items), np.array(people), tuple(values), np.full(n, np.nan), tuple(f"k{i}" for i in items),
        ("2026-01-01",) * n, (None,) * n, np.ones(n, bool),
    )  # fmt: skip


def test_most_voices_count_and_what_was_settled_stands() -> None:
    found = labelled.truths(
        PETS, said((1, 1, "cat"), (1, 2, "cat"), (1, 3, "dog"), (2, 1, "dog"), (2, 2, "dog")), {2: "bird"}
    )
    assert dict(zip(found.keys, found.values, strict=True)) == {"k1": "Cat", "k2": "Bird"}
    assert found.soft.filter(pl.col(labelled.KEY) == "k2")["Bird"].item() == 1


def test_a_reviewers_word_stands_against_discards_and_for_one() -> None:
    given = said((1, 1, None), (1, 2, None), (2, 1, "cat"), (2, 2, "cat"), (3, 1, "dog"))
    found = labelled.truths(PETS, given, {1: "bird", 2: None, 4: "cat"}, {4: "k4"})
    assert dict(zip(found.keys, found.values, strict=True)) == {"k1": "Bird", "k3": "Dog", "k4": "Cat"}
    assert found.discarded == 1
    alone = labelled.truths(PETS, said((1, 1, None)), {1: "dog"})
    assert (alone.keys, alone.values) == (("k1",), ("Dog",))
    number = LabelSet.start("n", "number")
    counted = labelled.truths(number, said((1, 1, None), (2, 1, 2.0), (2, 2, 4.0)), {1: 7.0})
    assert dict(zip(counted.keys, counted.values, strict=True)) == {"k1": 7.0, "k2": 3.0}


def test_where_two_differ_the_frequent_label_is_taken_not_the_first_of_the_set() -> None:
    rows = [(i, 1, "dog") for i in range(6)] + [(i, 2, "cat" if i < 2 else "dog") for i in range(6)]
    assert labelled.truths(PETS, said(*rows), {}).values == ("Dog",) * 6


def test_of_thousands_of_labels_those_that_nobody_named_cost_nothing() -> None:
    plants = LabelSet.start("plants", "choice", [f"Plant {i}" for i in range(2000)])
    found = labelled.truths(plants, said((1, 1, "plant-7"), (2, 1, "plant-1999")), {2: "plant-3"})
    assert found.values == ("Plant 7", "Plant 3")
    assert set(found.soft.columns) == {labelled.KEY, labelled.SURE, "Plant 3", "Plant 7", "Plant 1999"}


def test_labels_that_came_as_numbers_follow_a_rename(tmp_path) -> None:
    frame = pl.DataFrame({"y": [0, 1, None]})
    with Labels.open(tmp_path / "rows.db") as labels:
        labels.start(LabelSet.start("y", "choice", ["0", "1"]), "ann")
        labels.apply(labels.plan(Rename("0", "healthy")), "ann")
        assert labelled.anew(frame, ["y"], labels)["y"].to_list() == ["healthy", "1", None]


def test_an_item_that_most_discard_has_no_label() -> None:
    found = labelled.truths(PETS, said((1, 1, None), (1, 2, "cat"), (1, 3, None), (2, 1, "dog")), {})
    assert found.keys == ("k2",)
    assert found.discarded == 1


def test_numbers_are_medians_and_each_tag_is_a_question() -> None:
    number = LabelSet.start("n", "number")
    assert labelled.truths(number, said((1, 1, 2.0), (1, 2, 9.0), (1, 3, 3.0)), {}).values == (3.0,)
    vector = LabelSet.start("v", "vector", ["a", "b"])
    assert labelled.truths(vector, said((1, 1, [1.0, 5.0]), (1, 2, [3.0, 7.0])), {}).values == ([2.0, 6.0],)
    tags = LabelSet.start("t", "tags", ["wet", "cold"])
    votes = said((1, 1, ["wet"]), (1, 2, ["cold", "wet"]), (1, 3, ["wet"]), (2, 1, []), (2, 2, []))
    assert labelled.truths(tags, votes, {}).values == (["wet"], [])


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
    found = labelled.Truths((keys[1],), (value,), pl.DataFrame())
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
