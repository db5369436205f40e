"""The metric object: what it reads, refuses and gives back."""

import pickle

import numpy as np
import pytest

from milepost import metrics
from milepost.errors import InputError
from milepost.metrics.base import labels


def test_a_decorated_function_is_a_registered_metric(monkeypatch):
    monkeypatch.setattr(metrics.METRICS, "_items", dict(metrics.METRICS._items))

    @metrics.metric(better="lower", reads="values", tasks=("regression",), says="{value}", perfect=0.0)
    def cubic_error(truth, values, weight=None):
        return float(np.average(np.abs(truth - values) ** 3, weights=weight))

    assert metrics.get("cubic_error") is cubic_error
    assert "cubic_error" in metrics.names("regression")
    assert cubic_error([1.0, 2.0], [1.0, 4.0]) == 4.0
    assert cubic_error.gain(1.0, 3.0) == 2.0


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'roc_auc'"):
        metrics.get("roc-auc")


@pytest.mark.parametrize("name", metrics.names())
def test_metrics_travel_to_other_processes(name):
    assert pickle.loads(pickle.dumps(metrics.get(name))) == metrics.get(name)


def test_a_share_may_be_part_of_the_name():
    truth, scores = np.r_[np.ones(4), np.zeros(96)], np.r_[9.0, 9.0, 0.0, 0.0, np.linspace(1, 8, 96)]
    assert metrics.get("recall_at_2%")(truth, scores) == pytest.approx(0.5)
    assert metrics.get("precision_at_4%")(truth, scores) == pytest.approx(0.5)
    again = pickle.loads(pickle.dumps(metrics.get("recall_at_2%")))
    assert again(truth, scores) == pytest.approx(0.5)


def test_labels_are_read_from_probabilities_and_codes():
    assert labels(np.array([0.49, 0.5])).tolist() == [0, 1]
    assert labels(np.array([[0.2, 0.3, 0.5]])).tolist() == [2]
    assert labels(np.array([2.0, 0.0])).tolist() == [2, 0]
    truth = [0, 1, 1, 0]
    assert metrics.get("accuracy")(truth, [0.2, 0.7, 0.4, 0.1]) == metrics.get("accuracy")(
        truth, [0, 1, 0, 0]
    )


def test_two_columns_of_a_binary_task_read_as_the_second():
    truth, p = np.array([0, 1, 1, 0]), np.array([0.1, 0.8, 0.4, 0.6])
    for name in ("roc_auc", "average_precision", "log_loss", "brier", "recall_at_k"):
        assert metrics.get(name)(truth, np.column_stack([1 - p, p])) == pytest.approx(
            metrics.get(name)(truth, p)
        )


@pytest.mark.parametrize(
    ("truth", "prediction", "words"),
    [
        ([0, 1, 1], [0.1, 0.2], "2 predictions for 3 rows"),
        ([], [], "no row"),
        ([0, 1], [0.1, np.nan], "missing"),
        ([0, np.nan], [0.1, 0.3], "missing"),
        (["no", "yes"], [0.1, 0.3], "codes rather than names"),
        ([0, 3], [[0.1, 0.9], [0.3, 0.7]], "Class codes from 0"),
    ],
)
def test_what_cannot_be_judged_is_refused(truth, prediction, words):
    with pytest.raises(InputError, match=words):
        metrics.get("log_loss")(truth, prediction)


def test_weights_that_cannot_weigh_are_refused():
    for weight in ([1.0], [-1.0, 2.0], [0.0, 0.0]):
        with pytest.raises(InputError, match="weights"):
            metrics.get("rmse")([1.0, 2.0], [1.0, 2.0], weight)


@pytest.mark.parametrize("name", ["log_loss", "brier", "accuracy", "mae", "rmse"])
def test_the_mean_of_weighted_losses_is_the_weighted_metric(name):
    generator = np.random.default_rng(0)
    metric = metrics.get(name)
    truth = generator.integers(0, 2, 50)
    prediction, weight = generator.uniform(size=50), generator.uniform(size=50)
    mean = metric.losses(truth, prediction, weight).mean()
    value = metric(truth, prediction, weight)
    told = {"accuracy": 1 - value, "rmse": value**2}.get(name, value)
    assert mean == pytest.approx(told, rel=1e-9)


def test_metrics_not_made_of_rows_have_no_losses():
    assert metrics.get("roc_auc").losses([0, 1], [0.1, 0.3]) is None
    assert metrics.get("rmse").losses(np.ones((3, 2)), np.zeros((3, 2))) is None


def test_a_sentence_names_the_classes():
    words = metrics.get("roc_auc").sentence(0.83, positive="late flight", negative="flight on time")
    assert words == "it ranks a late flight above a flight on time 83 % of the time"


def test_a_share_is_not_rounded_to_all_or_to_nothing():
    told = metrics.get("roc_auc").sentence(0.9991, span=(0.9962, 1.0))
    assert told.endswith("99.91 % of the time (99.6 % to 100 %)")
    assert metrics.get("hamming_loss").sentence(0.0004) == "of a row's labels 0.04 % are wrong on average"


def test_a_sentence_tells_the_interval_as_the_value():
    words = metrics.get("recall_at_k").sentence(0.4, positive="row with late = yes", span=(0.31, 0.5))
    assert words == "the rows looked at first hold 40 % of all rows with late = yes (31 % to 50 %)"
    assert metrics.get("precision_at_k").sentence(0.4, positive="fraud").endswith("40 % are frauds")
