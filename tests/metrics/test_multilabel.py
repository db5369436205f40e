"""Metrics of several labels agree with scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as sk

from milepost import metrics
from milepost.errors import InputError
from milepost.metrics import get
from milepost.testing.metrics import check_metric

RNG = np.random.default_rng(0)
TRUTH = (RNG.random((300, 4)) < [0.5, 0.3, 0.1, 0.05]).astype(np.int64)
PROBA = np.clip(0.5 * TRUTH + 0.6 * RNG.random((300, 4)) - 0.05, 0.01, 0.99)
SAID = (PROBA >= 0.5).astype(np.int64)
WEIGHT = RNG.integers(1, 4, 300).astype(float)
THEIRS = {
    "macro_average_precision": lambda w: sk.average_precision_score(TRUTH, PROBA, sample_weight=w),
    "micro_average_precision": lambda w: sk.average_precision_score(
        TRUTH, PROBA, average="micro", sample_weight=w
    ),
    "roc_auc": lambda w: sk.roc_auc_score(TRUTH, PROBA, sample_weight=w),
    "macro_f1": lambda w: sk.f1_score(TRUTH, SAID, average="macro", sample_weight=w),
    "micro_f1": lambda w: sk.f1_score(TRUTH, SAID, average="micro", sample_weight=w),
    "hamming_loss": lambda w: sk.hamming_loss(TRUTH, SAID, sample_weight=w),
    "subset_accuracy": lambda w: sk.accuracy_score(TRUTH, SAID, sample_weight=w),
    "label_ranking_average_precision": lambda w: sk.label_ranking_average_precision_score(
        TRUTH, PROBA, sample_weight=w
    ),
    "log_loss": lambda w: np.mean([sk.log_loss(TRUTH[:, i], PROBA[:, i], sample_weight=w) for i in range(4)]),
}


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_values_are_those_of_scikit_learn(name, weight):
    assert get(name)(TRUTH, PROBA, weight) == pytest.approx(THEIRS[name](weight), abs=1e-12)
    assert "multilabel" in get(name).tasks


@pytest.mark.parametrize("name", THEIRS)
def test_the_properties_of_metrics_hold(name):
    check_metric(get(name))


def test_decisions_at_thresholds_of_their_own_are_read_as_they_are():
    said = (PROBA >= [0.3, 0.4, 0.5, 0.6]).astype(np.int64)
    assert get("macro_f1")(TRUTH, said) == pytest.approx(sk.f1_score(TRUTH, said, average="macro"))
    assert get("subset_accuracy")(TRUTH, said) == pytest.approx((said == TRUTH).all(axis=1).mean())


def test_a_label_that_no_row_bears_is_passed_over():
    none = TRUTH.copy()
    none[:, 3] = 0
    rest = sk.average_precision_score(none[:, :3], PROBA[:, :3])
    assert get("macro_average_precision")(none, PROBA) == pytest.approx(rest)
    assert np.isnan(get("macro_average_precision")(none * 0, PROBA))
    assert np.isnan(get("roc_auc")(none * 0, PROBA))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="shaped"):
        get("macro_f1")(TRUTH, PROBA[:, :2])
    with pytest.raises(InputError, match="0 or 1"):
        get("log_loss")(TRUTH + 1, PROBA)


def test_the_default_and_what_is_unfit():
    facts = metrics.facts("multilabel", TRUTH)
    assert facts.counts == tuple(TRUTH.sum(axis=0))
    chosen, why = metrics.default("multilabel", facts)
    assert chosen.name == "macro_average_precision"
    assert "each of the 4 labels counts the same" in why
    assert metrics.proper("multilabel").name == "log_loss"
    assert "accuracy" not in metrics.names("multilabel")
    assert "hamming_loss" in metrics.names("multilabel")
    assert metrics.unfit(chosen, "multilabel", facts) is None
    rare = metrics.facts("multilabel", TRUTH[:, 2:])
    assert "one answer for all" in str(metrics.unfit(get("hamming_loss"), "multilabel", rare))
    wide = metrics.facts("multilabel", np.tile(TRUTH, (1, 3)))
    assert "right at once" in str(metrics.unfit(get("subset_accuracy"), "multilabel", wide))
    assert "in all rows or in none" in str(
        metrics.unfit(chosen, "multilabel", metrics.facts("multilabel", TRUTH * 0))
    )
