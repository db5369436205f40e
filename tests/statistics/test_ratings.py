import math

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.ratings import from_table, ratings


def test_labels_become_codes_in_the_order_of_items() -> None:
    found = ratings(["b", "a", "b"], ["ann", "ann", "bob"], ["yes", "no", "no"])
    assert found.items.tolist() == ["a", "b"]
    assert found.people.tolist() == ["ann", "bob"]
    assert found.item.tolist() == [0, 1, 1]
    assert found.values[found.value].tolist() == ["no", "yes", "no"]
    assert found.per("person").tolist() == [2, 1]


def test_only_items_with_two_labels_are_shared() -> None:
    shared = ratings([1, 2, 2], [0, 0, 1], [5, 5, 6]).shared()
    assert shared.items[shared.item].tolist() == [2, 2]
    assert shared.items.tolist() == [1, 2]


def test_a_table_and_its_lines_are_one() -> None:
    table = np.array([[1, math.nan, 3], [2, 2, math.nan]])
    found = from_table(table)
    back = found.table()
    assert np.array_equal(np.isnan(back), np.isnan(table))
    assert np.array_equal(found.values[found.value], table[~np.isnan(table)])


def test_classes_that_nobody_named_are_counted_too() -> None:
    assert ratings([1], ["a"], ["x"], classes=["z", "x"]).counts().tolist() == [[0, 1]]
    with pytest.raises(InputError, match="'x'"):
        ratings([1], ["a"], ["x"], classes=["z"])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="'ann' gave the item 'b' more than one label"):
        ratings(["b", "b"], ["ann", "ann"], [1, 2])
    with pytest.raises(InputError, match="2, 1 and 1"):
        ratings([1, 2], [1], [1])
    with pytest.raises(InputError, match="at least one label"):
        ratings([], [], [])
    with pytest.raises(InputError, match="1 axes"):
        from_table([1.0])
