from __future__ import annotations

from milepost.learners.base import Point
from milepost.steps.rungs import Rung, joined, sized, turned


def rung(capacity: str, rise: float, error: float) -> Rung:
    return Rung(capacity, {}, 0.1, 0.5, 0.5 - rise, 20, 100, rise, error, 1.0)


def test_curves_of_folds_are_averaged_where_they_are() -> None:
    one = [Point(1, 4.0, 5.0), Point(3, 2.0, 3.0)]
    other = [Point(1, 2.0, 3.0), Point(2, 1.0, 2.0)]
    assert joined([one, other]) == ((1, 3.0, 4.0), (2, 2.5, 3.5), (3, 1.5, 2.5))
    assert joined([[Point(1, 1.0, float("nan"))]]) == ()
    assert joined([]) == ()


def test_sizes_are_told_in_words() -> None:
    assert sized({"num_leaves": 8, "rounds": 9}) == "8 leaves"
    assert sized({"width": 64, "depth": 2}) == "2 x 64 units"
    assert sized({"channels": 16, "depth": 2}) == "16 channels"
    assert sized({"C": 0.1}) == "C 0.1"
    assert sized({"leaf": 3, "share": 0.5}) == "leaf 3, share 0.5"
    assert sized({"width": 64, "dropout": 0.0}) == "1 x 64 units"


def test_a_turn_is_told_by_what_showed_it() -> None:
    rungs = [rung("small", 0.0, 0.0), rung("large", 0.2, 0.01)]
    assert "after step 20 of 100 its loss rises by 0.2" in turned(rungs, 1, "small")
    flat = [rung("small", 0.0, 0.0), rung("large", 0.001, 0.01)]
    assert "clearly above a smaller model's" in turned(flat, 1, "small")
    assert turned(rungs, 1, "small").endswith(
        "small is the smallest size within one standard error of the best."
    )
