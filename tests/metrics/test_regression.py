"""Metrics of regression."""

import numpy as np
import pytest
from sklearn import metrics as oracle

from milepost import metrics
from milepost.metrics import regression
from milepost.testing.metrics import check_metric

OURS = [name for name, item in vars(regression).items() if isinstance(item, metrics.Metric)]


@pytest.mark.parametrize("name", OURS)
def test_the_properties_of_every_metric_hold(name):
    check_metric(metrics.get(name))


def test_values_by_hand():
    truth, values = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])
    assert metrics.get("mae")(truth, values) == pytest.approx(1)
    assert metrics.get("rmse")(truth, values) == pytest.approx(np.sqrt(5 / 3))
    assert metrics.get("squared_error")(truth, values) == pytest.approx(5 / 3)
    assert metrics.get("median_absolute_error")(truth, values) == pytest.approx(1)
    assert metrics.get("mape")(truth, values) == pytest.approx((0 + 0.5 + 0.5) / 3)
    assert metrics.get("r2")(truth, values) == pytest.approx(1 - 5 / (14 / 3))
    assert metrics.get("pinball")(truth, values) == pytest.approx((0 + 0.1 + 1.8) / 3)


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("shape", [(400,), (400, 2)])
def test_values_are_those_of_scikit_learn(shape, weighed):
    generator = np.random.default_rng(0)
    truth = 1e4 * generator.normal(size=shape)
    values, weight = truth + generator.normal(size=shape), generator.uniform(size=400) if weighed else None
    for name, expected in {
        "rmse": oracle.root_mean_squared_error(truth, values, sample_weight=weight),
        "mae": oracle.mean_absolute_error(truth, values, sample_weight=weight),
        "mape": oracle.mean_absolute_percentage_error(truth, values, sample_weight=weight),
        "r2": oracle.r2_score(truth, values, sample_weight=weight),
        "pinball": oracle.mean_pinball_loss(truth, values, sample_weight=weight, alpha=0.9),
    }.items():
        assert metrics.get(name)(truth, values, weight) == pytest.approx(expected, rel=1e-13), name


def test_a_vector_counts_its_outputs_alike():
    truth, values = np.zeros((4, 2)), np.column_stack([np.full(4, 3.0), np.full(4, 1.0)])
    assert metrics.get("rmse")(truth, values) == pytest.approx(2)
    assert metrics.get("mae")(truth, values) == pytest.approx(2)
    assert metrics.get("mae").losses(truth, values).tolist() == [2.0] * 4


def test_a_target_without_variance_has_no_r2():
    assert np.isnan(metrics.get("r2")([1.0, 1.0], [0.0, 1.0]))
