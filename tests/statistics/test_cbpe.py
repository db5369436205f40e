"""CBPE is right under a shift of the inputs, and blind to a changed relation: both are held to be so."""

from __future__ import annotations

import numpy as np
import pytest

from milepost import metrics
from milepost.errors import InputError
from milepost.statistics.cbpe import Isotonic, apart, cbpe, expected, importance, reach

ROWS = 20_000


def accuracy(truth, said, weight=None):
    return float(np.average(truth == (said >= 0.5), weights=weight))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def drawn(rng, rows=ROWS, move=0.0, slope=1.5, flips=0.0):
    """Rows of a logistic truth, and what a model that knows slope 1.5 says of them, overconfidently."""
    x = rng.normal(move, 1, rows)
    truth = (rng.random(rows) < sigmoid(slope * x)).astype(int)
    truth = np.where(rng.random(rows) < flips, 1 - truth, truth)
    return sigmoid(2.2 * x), truth


@pytest.fixture(scope="module")
def seen():
    return drawn(np.random.default_rng(0))


@pytest.mark.parametrize("move", [0.0, 1.0, -1.5])
def test_the_estimate_is_right_under_a_shift_of_the_inputs(seen, move) -> None:
    prediction, truth = drawn(np.random.default_rng(1), move=move)
    found = cbpe(accuracy, seen, prediction)
    assert found.value == pytest.approx(accuracy(truth, prediction), abs=0.01)
    assert found.low < accuracy(truth, prediction) < found.high
    area = metrics.get("roc_auc")
    assert cbpe(area, seen, prediction).value == pytest.approx(area(truth, prediction), abs=0.01)


@pytest.mark.parametrize("changed", [{"slope": 0.3}, {"flips": 0.15}])
def test_the_estimate_fails_under_a_changed_relation(seen, changed) -> None:
    prediction, truth = drawn(np.random.default_rng(2), **changed)
    found = cbpe(accuracy, seen, prediction)
    assert found.value - accuracy(truth, prediction) > 0.05
    assert accuracy(truth, prediction) < found.low


def test_the_interval_holds_the_real_score_of_a_window_as_often_as_it_says(seen) -> None:
    held = 0
    for seed in range(30):
        prediction, truth = drawn(np.random.default_rng(100 + seed), rows=400)
        found = cbpe(accuracy, seen, prediction, seed=seed)
        held += found.low <= accuracy(truth, prediction) <= found.high
    assert held >= 25  # of 30, at 95 %


def test_expected_counts_make_every_metric(seen) -> None:
    prediction, _ = seen
    chances = np.column_stack([1 - prediction, prediction])
    brier = metrics.get("brier")
    assert expected(brier, chances, prediction) == pytest.approx(
        float((prediction * (1 - prediction)).mean())
    )
    told = expected(metrics.get("log_loss"), chances, prediction)
    logs = prediction * np.log(prediction) + (1 - prediction) * np.log(1 - prediction)
    assert told == pytest.approx(-float(logs.mean()), rel=1e-6)
    spread = reach(accuracy, chances, prediction)
    certain = np.maximum(prediction, 1 - prediction)
    assert spread == pytest.approx(np.sqrt((certain * (1 - certain)).sum()) / len(prediction), rel=0.35)


def test_several_classes_are_calibrated_together() -> None:
    rng = np.random.default_rng(3)
    chances = rng.dirichlet([1, 2, 3], 5000)
    truth = (rng.random((5000, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    made = Isotonic(chances**2 / (chances**2).sum(axis=1, keepdims=True), truth)
    told = made(chances**2 / (chances**2).sum(axis=1, keepdims=True))
    assert told.sum(axis=1) == pytest.approx(np.ones(5000))
    assert np.abs(told - chances).mean() < 0.04
    found = cbpe(metrics.get("accuracy"), (chances, truth), chances)
    assert found.value == pytest.approx(metrics.get("accuracy")(truth, chances), abs=0.02)


def test_weights_of_a_classifier_mend_a_calibration_that_hangs_on_where_rows_lie() -> None:
    """In one part of the inputs the model is far too sure; production lies there (PAPE, arXiv 2401.08348)."""
    rng = np.random.default_rng(4)

    def part(rows, share):
        lost = rng.random(rows) < share
        p = rng.uniform(0.5, 1, rows)
        truth = (rng.random(rows) < np.where(lost, 0.5, p)).astype(int)
        return np.column_stack([lost, p]).astype(float), p, truth

    x0, p0, y0 = part(8000, 0.1)
    x1, p1, y1 = part(8000, 0.9)
    area, chances = apart(x0, x1)
    assert area == pytest.approx(0.9, abs=0.02)
    weight = importance(np.repeat([0, 1], 8000), chances)
    plain = cbpe(accuracy, (p0, y0), p1)
    mended = cbpe(accuracy, (p0, y0), p1, weight)
    real = accuracy(y1, p1)
    assert abs(mended.value - real) < 0.25 * abs(plain.value - real)
    assert (plain.method, mended.method) == ("cbpe", "pape")


def test_samples_of_one_source_cannot_be_told_apart_and_shifted_ones_as_theory_says() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(2000, 5))
    assert apart(x[:1000], x[1000:])[0] == pytest.approx(0.5, abs=0.04)
    moved = rng.normal(size=(4000, 1)) + 0.5
    assert apart(rng.normal(size=(4000, 1)), moved)[0] == pytest.approx(0.6382, abs=0.03)


def test_nothing_to_calibrate_on_is_refused() -> None:
    with pytest.raises(InputError, match="no row to calibrate"):
        Isotonic(np.empty(0), np.empty(0))
