"""CBPE is right under a shift of the inputs, and blind to a changed relation: both are held to be so."""

from __future__ import annotations

import numpy as np
import pytest

from milepost import metrics
from milepost.errors import InputError
from milepost.statistics.cbpe import Isotonic, cbpe, expected, importance, reach
from milepost.statistics.shift import Setting, c2st

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
    for seed in range(60):
        prediction, truth = drawn(np.random.default_rng(100 + seed), rows=400)
        found = cbpe(accuracy, seen, prediction, seed=seed)
        held += found.low <= accuracy(truth, prediction) <= found.high
    assert held >= 52  # of 60, at 95 %


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
    apart = c2st(x0, x1, setting=Setting(most=4000))
    assert apart.auc > 0.6
    weight = importance(apart.second, apart.probabilities)
    used = apart.rows[apart.second == 0]
    plain = cbpe(accuracy, (p0, y0), p1)
    mended = cbpe(accuracy, (p0[used], y0[used]), p1, weight)
    real = accuracy(y1, p1)
    assert abs(mended.value - real) < 0.25 * abs(plain.value - real)
    assert (plain.method, mended.method) == ("cbpe", "pape")


def test_nothing_to_calibrate_on_is_refused() -> None:
    with pytest.raises(InputError, match="no row to calibrate"):
        Isotonic(np.empty(0), np.empty(0))
