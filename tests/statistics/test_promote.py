"""The rule of promotion keeps its error rate, and flips are counted on both sides."""

import math

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.compare import mcnemar
from milepost.statistics.comparison import student
from milepost.statistics.power import required_rows_accuracy
from milepost.statistics.promote import flips, needed, promotion, right


def judged(gain: float, error: float, rope: float = 0.01):
    return student(gain, error, math.inf, rope, "z")


@pytest.mark.parametrize(
    ("gain", "error", "rule", "worn", "promoted", "verdict"),
    [
        (0.03, 0.01, "better", False, True, "better"),
        (0.01, 0.01, "better", False, False, "as good"),
        (0.001, 0.002, "better", False, False, "as good"),
        (0.001, 0.002, "better", True, True, "as good"),
        (0.001, 0.002, "equal", False, True, "as good"),
        (-0.003, 0.002, "equal", False, True, "as good"),
        (-0.03, 0.01, "equal", True, False, "worse"),
        (0.0, 0.03, "equal", True, False, "not better"),
    ],
)
def test_the_rule_as_it_is_stated(gain, error, rule, worn, promoted, verdict) -> None:
    found = promotion(judged(gain, error), rule, worn)
    assert (found.promoted, found.verdict) == (promoted, verdict)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(InputError, match="no rule 'best'"):
        promotion(judged(0.0, 0.01), "best")


def test_a_candidate_that_is_no_better_is_promoted_once_in_twenty() -> None:
    """Two models right on 80 % of the rows, independently: 1,000 renewals of 400 rows."""
    rng = np.random.default_rng(0)
    right_ = rng.random((1000, 2, 400)) < 0.8
    promoted = [promotion(mcnemar(new, old, rope=0.01)).promoted for new, old in right_]
    assert np.mean(promoted) == pytest.approx(0.05, abs=0.02)


def test_the_rows_said_to_be_needed_show_the_gain_eight_times_in_ten() -> None:
    """Models that disagree on 10 % of the rows with a gain of 0.02 need 1,960 rows (Connor 1987)."""
    rng = np.random.default_rng(1)
    rows = required_rows_accuracy(0.10, 0.02)
    assert rows == 1960
    cell = rng.choice(3, size=(200, rows), p=[0.06, 0.04, 0.9])
    found = [mcnemar(c == 0, c == 1) for c in cell]
    assert np.mean([test.p_two < 0.05 and test.gain > 0 for test in found]) == pytest.approx(0.8, abs=0.08)
    asked = [needed(test, rows, rows) for test in found if test.gain > 0]
    assert np.median(asked) == pytest.approx(rows, rel=0.1)


def test_no_gain_needs_no_rows() -> None:
    assert needed(judged(-0.01, 0.01), 100, 100) is None
    assert needed(judged(0.02, 0.01), 100, 300) == pytest.approx(300 * (2.8016 * 0.01 / 0.02) ** 2, rel=0.02)


def test_flips_are_counted_on_both_sides() -> None:
    old, new = np.array([1, 1, 1, 0, 0, 0]), np.array([1, 0, 0, 1, 0, 0])
    found = flips(old, new)
    assert (found.negative, found.positive, found.net, found.rows) == (2, 1, -1, 6)
    assert found.rate == pytest.approx(1 / 3)
    assert found.low < found.rate < found.high


def test_a_number_is_right_within_the_usual_error_of_the_champion() -> None:
    truth = np.zeros(4)
    old, new = right(truth, np.array([1.0, 2.0, 3.0, 4.0]), np.array([4.0, 1.0, 0.0, 9.0]))
    assert old.tolist() == [True, True, False, False]
    assert new.tolist() == [False, True, True, False]
