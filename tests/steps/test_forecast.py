"""The promised score: normal where rows are independent, Student's where windows tell."""

import math

import pytest
from scipy import stats

from milepost.statistics.intervals import windows_interval
from milepost.statistics.seal import drop_test, prediction_interval
from milepost.steps.forecast import predict

WINDOWS = (0.70, 0.74, 0.69, 0.73, 0.71)


def test_independent_rows_give_the_normal_interval_and_the_drop_test() -> None:
    made, known = predict(0.92, (0.006, 0.0095), (), "kfold"), prediction_interval(0.92, 0.006, 0.0095)
    assert (made.low, made.high) == (pytest.approx(known.low), pytest.approx(known.high))
    test = drop_test(0.92, 0.006, 0.9, 0.0095)
    assert made.drop(0.9, "higher") == (pytest.approx(0.02), pytest.approx(test.p))
    assert made.detectable() == pytest.approx(test.detectable, rel=1e-3)


def test_windows_widen_it_as_students_t_says() -> None:
    made, known = predict(0.72, (0.005, 0.005), WINDOWS, "rolling"), windows_interval(WINDOWS)
    assert made.high - made.low == pytest.approx(2 * known.halfwidth)
    assert made.freedom == 4
    short, p = made.drop(0.66, "higher")
    assert p == pytest.approx(stats.t.sf(short / made.error, 4))
    assert "5 windows in time" in made.method


def test_steady_windows_do_not_narrow_it() -> None:
    made = predict(0.72, (0.01, 0.01), (0.72, 0.7201, 0.7199), "rolling")
    assert math.isinf(made.freedom)
    assert made == predict(0.72, (0.01, 0.01), (), "rolling")


@pytest.mark.parametrize(
    ("score", "better", "verdict"),
    [
        (0.91, "higher", "as expected"),
        (0.85, "higher", "below"),
        (0.97, "higher", "above"),
        (0.97, "lower", "below"),
        (0.85, "lower", "above"),
    ],
)
def test_verdicts(score: float, better: str, verdict: str) -> None:
    assert predict(0.92, (0.01, 0.01), (), "kfold").verdict(score, better, 0.2) == verdict


def test_too_few_rows_cannot_tell() -> None:
    assert predict(0.92, (0.1, 0.1), (), "kfold").verdict(0.9, "higher", 0.2) == "cannot tell"


def test_a_shifted_promise_is_as_wide() -> None:
    made = predict(0.92, (0.006, 0.0095), (), "kfold")
    lower = made.shifted(-0.01)
    assert (lower.expected, lower.high - lower.low) == pytest.approx((0.91, made.high - made.low))
    assert lower.drop(0.91, "higher") == pytest.approx((0.0, 0.5))
