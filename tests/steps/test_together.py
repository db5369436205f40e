"""What people say together, by the kind of their labels."""

import numpy as np
import polars as pl

from milepost.labels.answers import Answered
from milepost.labels.labelset import LabelSet
from milepost.steps import together

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog", "Bird"])


def said(*rows: tuple[int, int, object]) -> Answered:
    items, people, values = zip(*rows, strict=True)
    n = len(rows)
    return Answered(
        np.array(items), np.array(people), tuple(values), np.full(n, np.nan), tuple(f"k{i}" for i in items),
        ("2026-01-01",) * n, (None,) * n, np.ones(n, bool),
    )  # fmt: skip


def test_most_voices_count_and_what_was_settled_stands() -> None:
    found = together.truths(
        PETS, said((1, 1, "cat"), (1, 2, "cat"), (1, 3, "dog"), (2, 1, "dog"), (2, 2, "dog")), {2: "bird"}
    )
    assert dict(zip(found.keys, found.values, strict=True)) == {"k1": "Cat", "k2": "Bird"}
    assert found.soft.filter(pl.col(together.KEY) == "k2")["Bird"].item() == 1


def test_a_reviewers_word_stands_against_discards_and_for_one() -> None:
    given = said((1, 1, None), (1, 2, None), (2, 1, "cat"), (2, 2, "cat"), (3, 1, "dog"))
    found = together.truths(PETS, given, {1: "bird", 2: None, 4: "cat"}, {4: "k4"})
    assert dict(zip(found.keys, found.values, strict=True)) == {"k1": "Bird", "k3": "Dog", "k4": "Cat"}
    assert found.discarded == 1
    alone = together.truths(PETS, said((1, 1, None)), {1: "dog"})
    assert (alone.keys, alone.values) == (("k1",), ("Dog",))
    number = LabelSet.start("n", "number")
    counted = together.truths(number, said((1, 1, None), (2, 1, 2.0), (2, 2, 4.0)), {1: 7.0})
    assert dict(zip(counted.keys, counted.values, strict=True)) == {"k1": 7.0, "k2": 3.0}


def test_where_two_differ_the_frequent_label_is_taken_not_the_first_of_the_set() -> None:
    rows = [(i, 1, "dog") for i in range(6)] + [(i, 2, "cat" if i < 2 else "dog") for i in range(6)]
    assert together.truths(PETS, said(*rows), {}).values == ("Dog",) * 6


def test_of_thousands_of_labels_those_that_nobody_named_cost_nothing() -> None:
    plants = LabelSet.start("plants", "choice", [f"Plant {i}" for i in range(2000)])
    found = together.truths(plants, said((1, 1, "plant-7"), (2, 1, "plant-1999")), {2: "plant-3"})
    assert found.values == ("Plant 7", "Plant 3")
    assert set(found.soft.columns) == {together.KEY, together.SURE, "Plant 3", "Plant 7", "Plant 1999"}


def test_an_item_that_most_discard_has_no_label() -> None:
    found = together.truths(PETS, said((1, 1, None), (1, 2, "cat"), (1, 3, None), (2, 1, "dog")), {})
    assert found.keys == ("k2",)
    assert found.discarded == 1


def test_numbers_are_medians_and_each_tag_is_a_question() -> None:
    number = LabelSet.start("n", "number")
    assert together.truths(number, said((1, 1, 2.0), (1, 2, 9.0), (1, 3, 3.0)), {}).values == (3.0,)
    vector = LabelSet.start("v", "vector", ["a", "b"])
    assert together.truths(vector, said((1, 1, [1.0, 5.0]), (1, 2, [3.0, 7.0])), {}).values == ([2.0, 6.0],)
    tags = LabelSet.start("t", "tags", ["wet", "cold"])
    votes = said((1, 1, ["wet"]), (1, 2, ["cold", "wet"]), (1, 3, ["wet"]), (2, 1, []), (2, 2, []))
    assert together.truths(tags, votes, {}).values == (["wet"], [])


def test_which_of_two_and_likes_are_choices_of_a_few() -> None:
    likes = said((1, 1, True), (1, 2, True), (1, 3, False), (2, 1, False), (2, 2, False), (2, 3, False))
    found = together.truths(LabelSet.start("l", "like"), likes, {})
    assert dict(zip(found.keys, found.values, strict=True)) == {"k1": "true", "k2": "false"}
    pairs = said((1, 1, "a"), (1, 2, "a"), (2, 1, "b"), (2, 2, "b"), (3, 1, "same"))
    found = together.truths(LabelSet.start("p", "pair"), pairs, {3: "b"})
    assert dict(zip(found.keys, found.values, strict=True)) == {"k1": "a", "k2": "b", "k3": "b"}


def test_of_shapes_the_answer_most_like_the_others_is_taken() -> None:
    def box(x: float) -> list:
        return [{"label": "cat", "x": x, "y": 0.0, "w": 10.0, "h": 10.0}]

    given = said((1, 1, box(0.0)), (1, 2, box(1.0)), (1, 3, box(40.0)), (2, 1, box(5.0)))
    found = together.truths(LabelSet.start("b", "boxes", ["Cat"]), given, {2: box(7.0)})
    assert dict(zip(found.keys, [v[0]["x"] for v in found.values], strict=True)) == {"k1": 0.0, "k2": 7.0}
