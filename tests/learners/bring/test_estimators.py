from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from milepost.errors import MilepostError, UsageError
from milepost.learners.base import Batch, Job, Learner
from milepost.learners.bring.fitted import Converted, Estimated
from milepost.tasks.heads import IdentityHead, SigmoidHead, SigmoidsHead, SoftmaxHead
from milepost.testing.learners import check_learner, graph_gap, make_toy

LOGISTIC = """
from sklearn.linear_model import LogisticRegression
from milepost.learners.bring import from_sklearn
from milepost.learners.space import Knob

@from_sklearn("logistic", space=(Knob("C", 0.01, 100.0, log=True),))
def build(params):
    return LogisticRegression(C=params["C"])
"""
OWN = """
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from milepost.learners.bring import from_sklearn

class Means(ClassifierMixin, BaseEstimator):
    def fit(self, x, y):
        self.classes_ = np.unique(y)
        self.means_ = np.stack([x[y == c].mean(axis=0) for c in self.classes_])
        return self

    def predict_proba(self, x):
        near = np.exp(-((x[:, None] - self.means_) ** 2).sum(axis=2))
        return near / near.sum(axis=1, keepdims=True)

    def predict(self, x):
        return self.classes_[self.predict_proba(x).argmax(axis=1)]

@from_sklearn("means")
def build(params):
    return Means()
"""
TREES = """
from sklearn.ensemble import RandomForestRegressor
from milepost.learners.bring import from_sklearn

@from_sklearn("trees")
def build(params):
    return RandomForestRegressor(10, min_samples_leaf=5)
"""
SLOW = """import time

class Slow(LogisticRegression):
    def fit(self, x, y):
        end = time.thread_time() + len(x) * 1e-4
        while time.thread_time() < end:
            pass
        return super().fit(x, y)

@from_sklearn"""
Load = Callable[[str, str], Learner]
MANY = (SigmoidHead(1), SoftmaxHead(3), SigmoidsHead(3))


@pytest.mark.parametrize("head", MANY, ids=lambda head: head.link)
def test_an_estimator_passes_every_check_of_a_learner(plugin: Load, head: SigmoidHead) -> None:
    pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    learner = plugin("logistic", LOGISTIC)
    check_learner(learner, (head,), tolerance=1e-3)
    toy = make_toy(head, missing=False)
    assert isinstance(learner.fit(toy.train, None, Job({}, head)), Converted)


def test_without_skl2onnx_an_estimator_is_python_only_and_says_why(
    plugin: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("milepost.learners.bring.estimators.find_spec", lambda name: None)
    head = SoftmaxHead(3)
    toy = make_toy(head, missing=False)
    model = plugin("logistic", LOGISTIC).fit(toy.train, toy.valid, Job({}, head))
    assert isinstance(model, Estimated)
    assert "pip install 'milepost[sklearn]'" in model.why
    assert graph_gap(model, toy.valid.x, 3) < 1e-6


def test_trees_answer_by_their_graph_near_thresholds_too(plugin: Load) -> None:
    pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    head = IdentityHead.fit(np.random.default_rng(0).normal(size=(50, 2)))
    toy = make_toy(head, missing=False)
    model = plugin("trees", TREES).fit(toy.train, toy.valid, Job({}, head))
    assert isinstance(model, Converted)
    assert graph_gap(model, toy.train.x, 2) < 1e-5  # training rows lie as near to thresholds as rows can


def test_an_own_estimator_that_cannot_be_converted_is_python_only(plugin: Load) -> None:
    pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    head = SoftmaxHead(3)
    toy = make_toy(head, missing=False)
    learner = plugin("means", OWN)
    model = learner.fit(toy.train, toy.valid, Job({}, head))
    assert isinstance(model, Estimated)
    assert model.why.startswith("skl2onnx cannot convert Means: ")
    assert graph_gap(model, toy.valid.x, 3) < 1e-6
    check_learner(learner, (head,))


def test_a_class_that_no_training_row_has_keeps_a_small_probability(plugin: Load) -> None:
    head = SoftmaxHead(3)
    toy = make_toy(head, missing=False)
    kept = toy.train.y != 1
    train = Batch(toy.train.x[kept], toy.train.y[kept])
    model = plugin("logistic", LOGISTIC).fit(train, None, Job({}, head))
    found = head.predict(model.raw(toy.valid.x))
    assert found.shape == (300, 3)
    assert 0 < found[:, 1].max() < 0.01
    assert graph_gap(model, toy.valid.x, 3) < 1e-4


def test_what_cannot_end_in_time_is_not_begun(plugin: Load) -> None:
    head = SigmoidHead(1)
    toy = make_toy(head, missing=False)
    many = Batch(np.repeat(toy.train.x, 20, axis=0), np.repeat(toy.train.y, 20))
    slow = LOGISTIC.replace("@from_sklearn", SLOW).replace("return LogisticRegression(", "return Slow(")
    with pytest.raises(MilepostError, match="would take about .* seconds on 12,000 rows"):
        plugin("logistic", slow).fit(many, None, Job({}, head, deadline=time.monotonic() + 0.9))


def test_an_estimator_of_another_kind_or_none_at_all_is_refused(plugin: Load) -> None:
    number = IdentityHead.fit(np.arange(5.0))
    learner = plugin("logistic", LOGISTIC)
    assert learner.objection(10, 3, number) == "it is a classifier, and the target is a number."
    assert learner.objection(10, 3, SigmoidHead(1)) == ""
    broken = plugin("logistic", LOGISTIC.replace('LogisticRegression(C=params["C"])', "3"))
    toy = make_toy(SigmoidHead(1), missing=False)
    with pytest.raises(UsageError, match="gives a int. It returns a scikit-learn estimator"):
        broken.fit(toy.train, None, Job({}, SigmoidHead(1)))


def test_seed_and_threads_reach_the_estimator(plugin: Load) -> None:
    head = IdentityHead.fit(np.arange(5.0))
    learner = plugin("trees", TREES)
    made = learner.made({}, replace(Job({}, head), seed=7, threads=2))  # type: ignore[attr-defined]
    assert (made.random_state, made.n_jobs) == (7, 2)
