"""Metrics of classification against closed formulas and scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as oracle

from milepost import metrics
from milepost.metrics import classification
from milepost.testing.metrics import check_metric

OURS = [name for name, item in vars(classification).items() if isinstance(item, metrics.Metric)]


@pytest.mark.parametrize("name", [*OURS, "recall_at_5%"])
def test_the_properties_of_every_metric_hold(name):
    check_metric(metrics.get(name))


@pytest.fixture(scope="module")
def binary():
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 2, 300)
    return truth, np.clip(0.3 * truth + generator.uniform(size=300) * 0.7, 0, 1), generator.uniform(size=300)


def test_binary_values_are_those_of_scikit_learn(binary):
    truth, p, weight = binary
    for name, expected in {
        "roc_auc": oracle.roc_auc_score(truth, p, sample_weight=weight),
        "average_precision": oracle.average_precision_score(truth, p, sample_weight=weight),
        "log_loss": oracle.log_loss(truth, p, sample_weight=weight),
        "brier": oracle.brier_score_loss(truth, p, sample_weight=weight),
        "f1": oracle.f1_score(truth, p >= 0.5, sample_weight=weight),
        "mcc": oracle.matthews_corrcoef(truth, p >= 0.5, sample_weight=weight),
    }.items():
        assert metrics.get(name)(truth, p, weight) == pytest.approx(expected, abs=1e-12), name


def test_multiclass_values_are_those_of_scikit_learn():
    generator = np.random.default_rng(1)
    truth, weight = generator.integers(0, 4, 300), generator.uniform(size=300)
    p = generator.dirichlet(np.ones(4), 300)
    for name, expected in {
        "log_loss": oracle.log_loss(truth, p, sample_weight=weight, labels=range(4)),
        "accuracy": oracle.accuracy_score(truth, p.argmax(axis=1), sample_weight=weight),
        "balanced_accuracy": oracle.balanced_accuracy_score(truth, p.argmax(axis=1), sample_weight=weight),
        "macro_f1": oracle.f1_score(truth, p.argmax(axis=1), sample_weight=weight, average="macro"),
        "mcc": oracle.matthews_corrcoef(truth, p.argmax(axis=1), sample_weight=weight),
    }.items():
        assert metrics.get(name)(truth, p, weight) == pytest.approx(expected, rel=1e-12), name


def test_multiclass_auc_is_the_mean_of_one_against_the_rest():
    generator = np.random.default_rng(1)
    truth = generator.integers(0, 3, 200)
    p = generator.dirichlet(np.ones(3), 200) + 0.5 * np.eye(3)[truth]
    p /= p.sum(axis=1, keepdims=True)
    expected = oracle.roc_auc_score(truth, p, multi_class="ovr", average="macro")
    assert metrics.get("roc_auc")(truth, p) == pytest.approx(expected)


def test_normalised_entropy_of_the_base_rate_is_1():
    truth = np.r_[np.ones(20), np.zeros(980)].astype(int)
    entropy = -0.02 * np.log(0.02) - 0.98 * np.log(0.98)
    assert entropy == pytest.approx(0.098039, abs=1e-6)
    assert metrics.get("normalised_entropy")(truth, np.full(1000, 0.02)) == pytest.approx(1)
    assert metrics.get("log_loss")(truth, np.full(1000, 0.02)) == pytest.approx(0.098039, abs=1e-6)


@pytest.mark.parametrize("name", ["roc_auc", "normalised_entropy"])
def test_one_class_has_no_value(name):
    assert np.isnan(metrics.get(name)([1, 1], [0.2, 0.3]))


def test_single_precision_probabilities_raise_no_warning(recwarn):
    p = np.random.default_rng(0).dirichlet(np.ones(7), 500).astype(np.float32)
    metrics.get("log_loss")(np.arange(500) % 7, p)
    assert not recwarn.list


def test_a_sure_and_wrong_answer_costs_a_finite_loss():
    assert 30 < metrics.get("log_loss")([1, 1], [0.0, 0.0]) < 40


def test_ties_at_the_border_count_by_their_expectation():
    truth = np.array([1, 0, 1, 0] * 25)
    assert metrics.get("recall_at_10%")(truth, np.zeros(100)) == pytest.approx(0.1)
    assert metrics.get("precision_at_10%")(truth, np.zeros(100)) == pytest.approx(0.5)


def test_the_shares_of_the_top_are_counted():
    truth = np.r_[np.ones(50), np.zeros(950)].astype(int)
    scores = np.r_[np.full(30, 2.0), np.zeros(20), np.full(20, 2.0), np.zeros(930)]
    assert metrics.get("recall_at_k")(truth, scores) == pytest.approx(30 / 50)
    assert metrics.get("precision_at_k")(truth, scores) == pytest.approx(30 / 50)
