"""Which metric is proposed and which refused."""

import numpy as np
import pytest

from milepost import metrics
from milepost.errors import InputError
from milepost.metrics import Facts


@pytest.mark.parametrize(
    ("task", "truth", "name"),
    [
        ("binary", np.r_[np.ones(40), np.zeros(60)], "roc_auc"),
        ("binary", np.r_[np.ones(4), np.zeros(996)], "average_precision"),
        ("multiclass", np.arange(90) % 3, "log_loss"),
        ("multiclass", np.r_[np.zeros(500), np.ones(500), np.full(20, 2)], "balanced_accuracy"),
        ("multiclass", np.r_[np.zeros(500), np.ones(500), np.full(3, 2)], "log_loss"),
        ("regression", np.arange(50.0), "rmse"),
        ("regression", np.ones((50, 3)), "rmse"),
    ],
)
def test_the_default_is_the_one_of_the_task_and_fits(task, truth, name):
    facts = metrics.facts(task, truth)
    metric, reason = metrics.default(task, facts)
    assert metric.name == name
    assert reason.endswith(".")
    assert metrics.unfit(metric, task, facts) is None


def test_accuracy_at_four_in_a_thousand_is_refused_with_the_better_metric():
    why = metrics.unfit(metrics.get("accuracy"), "binary", Facts(1000, counts=(996, 4)))
    assert why is not None
    assert "99.6 %" in why
    assert "average_precision" in why
    assert metrics.unfit(metrics.get("accuracy"), "binary", Facts(1000, counts=(600, 400))) is None


def test_relative_errors_of_zeros_are_refused():
    assert "2 target values are 0" in str(
        metrics.unfit(metrics.get("mape"), "regression", metrics.facts("regression", [0.0, 0.0, 5.0]))
    )
    assert metrics.unfit(metrics.get("mape"), "regression", metrics.facts("regression", [1.0, 5.0])) is None


def test_a_metric_of_another_task_is_refused_and_fitting_ones_named():
    why = metrics.unfit(metrics.get("rmse"), "binary", Facts(100, counts=(50, 50)))
    assert "roc_auc" in str(why)


def test_few_rows_of_a_class_cannot_carry_a_mean_over_classes():
    facts = Facts(1000, counts=(500, 496, 4))
    assert "4 rows" in str(metrics.unfit(metrics.get("macro_f1"), "multiclass", facts))


def test_one_class_or_no_variance_is_refused():
    assert "one class" in str(metrics.unfit(metrics.get("roc_auc"), "binary", Facts(5, counts=(5, 0))))
    constant = metrics.facts("regression", [3.0, 3.0])
    assert "does not vary" in str(metrics.unfit(metrics.get("r2"), "regression", constant))


def test_tuning_uses_a_proper_score():
    assert metrics.proper("binary").name == "log_loss"
    assert metrics.proper("regression").name == "squared_error"


def test_an_unknown_task_is_named():
    with pytest.raises(InputError, match="Did you mean 'binary'"):
        metrics.names("binari")
