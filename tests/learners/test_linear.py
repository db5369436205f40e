"""Linear models pass the checks and agree with scikit-learn's."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from milepost.learners.base import Batch, Job, learners
from milepost.learners.linear import Linear
from milepost.tasks.heads import SoftmaxHead
from milepost.testing.learners import check_learner, graph_gap, make_toy


def test_passes_the_checks(heads):
    check_learner(Linear(), heads)


def test_is_registered():
    assert learners["linear"].view == "dense"


@pytest.mark.parametrize("c", [0.01, 1.0])
def test_logistic_agrees_with_scikit_learn(heads, c):
    for head in heads[:2]:
        toy = make_toy(head, missing=False)
        weight = toy.train.weight / toy.train.weight.mean()
        other = LogisticRegression(C=c, tol=1e-8, max_iter=1000)
        other.fit(toy.train.x.astype(float), toy.train.y, sample_weight=weight)
        # Columns that spread more than 1 are scaled first, here by a per cent or so.
        raw = Linear().fit(toy.train, None, Job({"C": c}, head)).raw(toy.valid.x)
        theirs = other.decision_function(toy.valid.x.astype(float)).reshape(len(raw), -1)
        assert np.abs((raw - raw.mean(axis=1, keepdims=True) * (head.width > 1)) - theirs).max() < 0.05


def test_ridge_agrees_with_scikit_learn(heads):
    toy = make_toy(heads[3], missing=False)
    x = toy.train.x / np.maximum(1.0, toy.train.x.std(axis=0) * 1.1)
    plain = Batch(x.astype(np.float32), toy.train.y)
    other = Ridge(alpha=2 * 1 / (2 * 0.01)).fit(x, toy.train.y)
    model = Linear().fit(plain, None, Job({"C": 0.01}, heads[3]))
    assert np.abs(model.slope - other.coef_.T).max() < 1e-4
    assert np.abs(model.intercept - other.intercept_).max() < 1e-4


def test_scale_and_offset_of_columns_do_no_harm(heads):
    toy = make_toy(heads[0], missing=False)
    moved = Batch(
        (toy.train.x * [1e3, 1, 1, 1, 1, 1] + 500).astype(np.float32), toy.train.y, toy.train.weight
    )
    model = Linear().fit(moved, None, Job({"C": 1.0}, heads[0]))
    straight = Linear().fit(toy.train, None, Job({"C": 1.0}, heads[0]))
    assert np.abs(model.raw(moved.x) - straight.raw(toy.train.x)).max() < 0.05


def test_degenerate_columns(heads):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    x = np.column_stack([x, x[:, 0], np.zeros(200), np.ones(200)]).astype(np.float32)
    y = (x[:, 0] + rng.normal(size=200) > 0).astype(float)
    model = Linear().fit(Batch(x, y), None, Job({"C": 1e4}, heads[0]))
    assert np.isfinite(model.slope).all()
    assert model.slope[0] == pytest.approx(model.slope[3], abs=1e-3)
    assert graph_gap(model, x, 1) < 1e-5
    alone = Linear().fit(Batch(x, np.zeros(200)), None, Job({"C": 1.0}, heads[0]))
    assert (alone.raw(x) < -3).all()


def test_a_class_that_has_no_rows_keeps_the_share_of_half_a_row(heads):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 3)).astype(np.float32), rng.choice([0, 2], 300)
    watched = Batch(x, rng.integers(0, 3, 300))
    model = Linear().fit(Batch(x, y), watched, Job({"C": 1.0}, heads[1]))
    said = heads[1].predict(model.raw(x))
    assert 0.2 / 300 < said[:, 1].mean() < 1 / 300
    pair = Linear().fit(Batch(x, y // 2), None, Job({"C": 1.0}, SoftmaxHead(2)))
    np.testing.assert_allclose(
        said[:, 2] / (1 - said[:, 1]), SoftmaxHead(2).predict(pair.raw(x))[:, 1], atol=1e-5
    )
    assert graph_gap(model, x, 3) < 1e-5
    one = Linear().fit(Batch(x, np.full(300, 2)), Batch(x, np.zeros(300, int)), Job({"C": 1.0}, heads[1]))
    assert (heads[1].predict(one.raw(x))[:, 2] > 0.99).all()


def test_more_columns_than_rows_and_very_many(heads):
    rng = np.random.default_rng(0)
    for columns in (300, 2500):
        x = rng.normal(size=(150, columns)).astype(np.float32)
        y = (x[:, 0] > 0).astype(float)
        model = Linear().fit(Batch(x, y), Batch(x, y), Job({"C": 1.0}, heads[0]))
        assert ((model.raw(x)[:, 0] > 0) == (y > 0)).all()
        assert model.curve[-1].train < 0.05


def test_ladder_climbs(heads):
    toy = make_toy(heads[1], missing=False)
    rungs = Linear().ladder(600, 6, heads[1])
    ends = [Linear().fit(toy.train, toy.valid, Job(p, heads[1])).curve[-1].train for p in rungs]
    assert ends == sorted(ends, reverse=True)
    assert ends[0] > 1.05
    assert ends[-1] < 0.7


@pytest.mark.alone
def test_deadline_leaves_what_there_is(heads):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50_000, 100)).astype(np.float32)
    y = rng.integers(0, 3, 50_000)
    start = time.monotonic()
    model = Linear().fit(Batch(x, y), None, Job({"C": 1e4}, heads[1], deadline=start))
    assert time.monotonic() - start < 2
    assert len(model.curve) == 1


def test_parallel_threads_give_what_serial_gives(heads):
    toy = make_toy(heads[1], missing=False)

    def fit(c):
        return Linear().fit(toy.train, toy.valid, Job({"C": c}, heads[1])).raw(toy.valid.x)

    strengths = [0.01, 0.1, 1.0, 10.0]
    serial = [fit(c) for c in strengths]
    with ThreadPoolExecutor(2) as pool:
        parallel = list(pool.map(fit, strengths))
    assert all(np.array_equal(a, b) for a, b in zip(serial, parallel, strict=True))


def test_each_label_is_fitted_as_it_would_be_alone(heads):
    toy = make_toy(heads[4], missing=False)
    whole = Linear().fit(toy.train, None, Job({"C": 0.05}, heads[4])).raw(toy.valid.x)
    for i in range(3):
        one = replace(toy.train, y=toy.train.y[:, i])
        alone = Linear().fit(one, None, Job({"C": 0.05}, heads[0])).raw(toy.valid.x)
        np.testing.assert_allclose(whole[:, i], alone[:, 0], atol=0.02)
