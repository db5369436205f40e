"""Edited label sets meet on their finest common coarsening, where probabilities add up."""

import numpy as np
import pytest

from milepost.statistics.coarsen import coarsening

SAME = [((1, "cat"), (2, "cat")), ((1, "dog"), (2, "dog"))]


def test_equal_label_sets_stay_as_they_are() -> None:
    found = coarsening({1: ["cat", "dog"], 2: ["cat", "dog"]}, SAME)
    assert found.names == ("cat", "dog")
    assert found.codes(1, ["dog", "cat"]).tolist() == found.codes(2, ["dog", "cat"]).tolist() == [1, 0]


def test_a_merger_joins_old_labels_and_their_probabilities() -> None:
    pairs = [((1, "cat"), (2, "pet")), ((1, "dog"), (2, "pet")), ((1, "cow"), (2, "cow"))]
    found = coarsening({1: ["cat", "dog", "cow"], 2: ["pet", "cow"]}, pairs)
    assert found.names == ("pet", "cow")
    sums = found.sums(np.array([[0.2, 0.3, 0.5]]), 1, ["cat", "dog", "cow"])
    assert sums.tolist() == [[pytest.approx(0.5), 0.5]]


def test_a_split_joins_new_labels() -> None:
    pairs = [*SAME, ((1, "bird"), (2, "duck")), ((1, "bird"), (2, "goose"))]
    found = coarsening({1: ["cat", "dog", "bird"], 2: ["cat", "dog", "duck", "goose"]}, pairs)
    assert found.names == ("cat", "dog", "duck or goose")
    assert found.codes(2, ["duck", "goose"]).tolist() == [2, 2]
    assert found.of[1, "bird"] == 2


def test_a_new_class_stands_alone_and_no_old_label_is_in_it() -> None:
    found = coarsening({1: ["cat", "dog"], 2: ["cat", "dog", "newt"]}, SAME)
    new = found.of[2, "newt"]
    assert found.names[new] == "newt"
    assert new not in found.codes(1, ["cat", "dog"])


def test_a_label_that_moves_between_two_joins_them_and_no_more() -> None:
    """Part of the ducks became geese: nothing finer than "duck or goose" is shared."""
    pairs = [((1, "duck"), (2, "duck")), ((1, "duck"), (2, "goose")), ((1, "goose"), (2, "goose"))]
    found = coarsening(
        {1: ["duck", "goose", "hen"], 2: ["duck", "goose", "hen"]}, [*pairs, ((1, "hen"), (2, "hen"))]
    )
    assert len(found.names) == 2


def test_three_editions_are_joined_through_the_middle_one() -> None:
    pairs = [
        ((1, "a"), (2, "x")),
        ((1, "b"), (2, "b")),
        ((2, "x"), (3, "p")),
        ((2, "x"), (3, "q")),
        ((2, "b"), (3, "b")),
    ]
    found = coarsening({1: ["a", "b"], 2: ["x", "b"], 3: ["p", "q", "b"]}, pairs)
    assert found.names == ("p or q", "b")
    assert found.of[1, "a"] == found.of[2, "x"] == found.of[3, "q"]
