"""Two models' answers meet under labels that both know; what only one knows is told apart."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost.steps.generation import Dataset
from milepost.steps.ground import Contender, ground, shared

FIRST = Dataset(1, 0, "d", "p", "t", (10, 0, 5), "random", "drawn", "c", "s", labels=("bird", "cat", "dog"))


def model(generation: int, labels: tuple[str, ...], refit: str = "development") -> Any:
    """A contender as far as its task is asked for; its answers are given."""
    name = "binary" if len(labels) == 2 else "multiclass"
    plain = {"name": name, "targets": ["y"], "labels": list(labels)}
    manifest = SimpleNamespace(task=plain, cuts={}, lineage={"refit": refit})
    return Contender(SimpleNamespace(manifest=manifest), generation)  # type: ignore[arg-type]


def table(*labels: str) -> pl.DataFrame:
    return pl.DataFrame({"y": list(labels)})


def test_equal_labels_are_compared_as_they_are() -> None:
    pair = [model(1, FIRST.labels), model(2, FIRST.labels)]
    answers = [np.eye(3), np.full((3, 3), 1 / 3)]
    known = {1: FIRST, 2: replace(FIRST, generation=2, base=1)}
    found = ground(table("dog", "cat", "bird"), 2, known, pair, answers)
    assert found is not None
    assert found.truth.tolist() == [2, 1, 0]
    assert found.champion is answers[0]
    assert found.task.labels == FIRST.labels


def test_a_split_class_is_compared_whole_and_its_parts_are_told() -> None:
    labels = ("cat", "dog", "duck", "goose")
    relation = (("bird", "duck"), ("bird", "goose"))
    known = {1: FIRST, 2: replace(FIRST, generation=2, base=1, labels=labels, relation=relation)}
    old = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1]])
    new = np.array([[0.1, 0.1, 0.5, 0.3], [0.2, 0.1, 0.4, 0.3], [0.7, 0.1, 0.1, 0.1]])
    found = ground(
        table("duck", "goose", "cat"), 2, known, [model(1, FIRST.labels), model(2, labels)], [old, new]
    )
    assert found is not None
    assert set(found.task.labels) == {"duck or goose", "cat", "dog"}
    bird = found.task.labels.index("duck or goose")
    assert found.truth.tolist() == [bird, bird, found.task.labels.index("cat")]
    assert found.champion[:, bird].tolist() == pytest.approx([0.8, 0.6, 0.1])
    assert found.candidate[:, bird].tolist() == pytest.approx([0.8, 0.7, 0.2])
    assert found.parts == {"duck or goose": (2, 1)}, "the goose was taken for a duck"


def test_a_new_class_is_left_out_of_the_comparison_and_its_recall_told() -> None:
    labels = (*FIRST.labels, "newt")
    known = {1: FIRST, 2: replace(FIRST, generation=2, base=1, labels=labels)}
    old = np.full((4, 3), 1 / 3)
    new = np.array([[0.1, 0.1, 0.1, 0.7], [0.7, 0.1, 0.1, 0.1], [0.3, 0.1, 0.1, 0.5], [0.0, 0.5, 0.0, 0.5]])
    rows = table("newt", "newt", "bird", "cat")
    found = ground(rows, 2, known, [model(1, FIRST.labels), model(2, labels)], [old, new])
    assert found is not None
    assert found.rows.tolist() == [2, 3]
    assert found.fresh == {"newt": (2, 1)}
    assert found.candidate[0].tolist() == pytest.approx([0.6, 0.2, 0.2]), "given that it is no newt"
    assert found.candidate.sum(axis=1).tolist() == pytest.approx([1, 1])


def test_old_test_rows_are_compared_under_the_labels_that_both_have() -> None:
    labels = ("bird", "pet")
    known = {
        1: FIRST,
        2: replace(FIRST, generation=2, base=1, labels=labels, relation=(("cat", "pet"), ("dog", "pet"))),
    }
    plain = {"name": "multiclass", "targets": ["y"], "labels": list(labels)}
    newer = model(2, FIRST.labels)
    newer.package.manifest.task = plain
    old, new = np.array([[0.2, 0.5, 0.3]]), np.array([[0.4, 0.6]])
    found = ground(table("dog"), 1, known, [model(1, FIRST.labels), newer], [old, new])
    assert found is not None
    pet = found.task.labels.index("pet")
    assert found.truth.tolist() == [pet]
    assert found.champion[0, pet] == pytest.approx(0.8)
    assert shared(known).names == ("bird", "pet")


def test_a_renamed_positive_class_is_the_same_class() -> None:
    first = replace(FIRST, labels=("no", "yes"))
    known = {
        1: first,
        2: replace(first, generation=2, base=1, labels=("no", "ja"), relation=(("yes", "ja"),)),
    }
    pair = [model(1, ("no", "yes")), model(2, ("no", "ja"))]
    answers = [np.array([0.2, 0.9]), np.array([0.3, 0.8])]
    for edition, words in ((1, ("no", "yes")), (2, ("no", "ja"))):
        found = ground(table(*words), edition, known, pair, answers)
        assert found is not None
        assert found.truth.tolist() == [0, 1]


def test_without_a_class_that_both_know_nothing_is_compared() -> None:
    relation = (("bird", "all"), ("cat", "all"), ("dog", "all"))
    known = {
        1: FIRST,
        2: replace(FIRST, generation=2, base=1, labels=("all", "newt", "toad"), relation=relation),
    }
    pair = [model(1, FIRST.labels), model(2, ("all", "newt", "toad"))]
    assert ground(table("all", "newt"), 2, known, pair, [np.full((2, 3), 1 / 3)] * 2) is None


def test_a_twin_that_learnt_from_its_sealed_rows_says_so() -> None:
    assert model(1, FIRST.labels, refit="all").all
    assert not model(1, FIRST.labels).all


def test_labels_that_both_know_are_compared_where_a_row_bears_several() -> None:
    def knows(generation: int, *labels: str) -> Contender:
        left = [name for name in "abc" if name not in labels]
        plain = {"name": "multilabel", "targets": ["a", "b", "c"], "labels": list(labels), "left": left}
        cuts = dict.fromkeys(labels, 0.1 * generation)
        manifest = SimpleNamespace(task={**plain, "form": ""}, cuts=cuts)
        return Contender(SimpleNamespace(manifest=manifest), generation)  # type: ignore[arg-type]

    pair = [knows(1, "a", "b"), knows(2, "a", "b", "c")]
    rows = pl.DataFrame({"a": [0, 1], "b": [1, 1], "c": [0, 1]})
    answers = [np.full((2, 2), 0.1), np.array([[0.1, 0.2, 0.3]] * 2)]
    known = {1: replace(FIRST, labels=("a", "b")), 2: replace(FIRST, generation=2, labels=("a", "b", "c"))}
    found = ground(rows, 2, known, pair, answers)
    assert found is not None
    assert found.task.labels == ("a", "b")
    assert found.truth.tolist() == [[0, 1], [1, 1]]
    assert found.candidate.tolist() == [[0.1, 0.2], [0.1, 0.2]]
    assert pair[1].cut(found.task) == (0.2, 0.2)
    assert ground(rows, 2, known, [knows(1, "a"), knows(2, "b")], answers) is None
