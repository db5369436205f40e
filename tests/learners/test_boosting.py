"""LightGBM passes the checks, and its graph sends every row where LightGBM does."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from milepost.graphs.forest import floor32
from milepost.learners.base import Batch, Job, learners
from milepost.learners.boosting import LightGBM
from milepost.testing.learners import check_learner, graph_gap, make_toy

LIGHT = {"num_leaves": 7, "learning_rate": 0.2, "min_data_in_leaf": 10, "feature_fraction": 0.8}


def test_passes_the_checks(heads):
    check_learner(LightGBM(), heads, LIGHT)


def test_is_registered():
    assert learners["lightgbm"].view == "trees"
    assert learners["lightgbm"].capacity in LIGHT


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_graph_is_exact_on_thresholds_and_neighbours(heads, share):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(2000, 4)).astype(np.float32)
    x[:, 3] = rng.integers(-3, 3, 2000)
    x[rng.random(x.shape) < share] = np.nan
    y = (np.nan_to_num(x[:, 0], nan=2.0) + np.nan_to_num(x[:, 3]) > 0.1).astype(float)
    job = Job({"num_leaves": 31, "learning_rate": 0.3}, heads[0], rounds=20)
    model = LightGBM().fit(Batch(x, y), None, job)
    rows = []
    trees = model.forest().trees
    splits = {(f, t) for tree in trees for f, t in zip(tree.feature, tree.threshold, strict=True)}
    for feature, threshold in sorted(splits):
        at = floor32(np.array([threshold]))[0]
        above, below = np.nextafter(at, np.float32(9)), np.nextafter(at, np.float32(-9))
        for value in (at, above, below, np.nan, np.inf, -np.inf, 0.0, 1e-35, -1e-35, 1e-40, -1e-40):
            row = x[len(rows) % 2000].copy()
            row[feature] = value
            rows.append(row)
    hard = np.array(rows, np.float32)
    hard[::70] = np.nan
    assert graph_gap(model, hard, 1) < 1e-5


def test_missing_values_at_nodes_that_saw_none(heads):
    toy = make_toy(heads[0], missing=False)
    model = LightGBM().fit(toy.train, None, Job(LIGHT, heads[0], rounds=15))
    holes = toy.valid.x.copy()
    holes[np.random.default_rng(0).random(holes.shape) < 0.3] = np.nan
    assert graph_gap(model, holes, 1) < 1e-5


def test_nothing_to_split_gives_the_constant(heads):
    x, y = np.zeros((50, 2), np.float32), np.r_[np.ones(10), np.zeros(40)]
    model = LightGBM().fit(Batch(x, y), Batch(x, y), Job({}, heads[0]))
    assert model.raw(x)[0, 0] == pytest.approx(np.log(10 / 40))
    assert graph_gap(model, x, 1) < 1e-6
    one = LightGBM().fit(Batch(x, np.zeros(50)), None, Job({}, heads[0], rounds=3))
    assert np.isfinite(one.raw(x)).all()
    assert graph_gap(one, x, 1) < 1e-5
    assert one.raw(x[:0]).shape == (0, 1)


def test_a_class_that_has_no_rows(heads):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 3)).astype(np.float32), rng.integers(0, 2, 300)
    model = LightGBM().fit(Batch(x, y), None, Job(LIGHT, heads[1], rounds=5))
    assert (model.raw(x).argmax(axis=1) < 2).all()
    assert graph_gap(model, x, 3) < 1e-5
    # Its probability is that of half a row, as other learners have it, not one in 10^15.
    assert 0.1 / 300 < heads[1].predict(model.raw(x))[:, 2].mean() < 1 / 300


def test_a_single_answer_leaves_room_for_the_other(heads):
    x = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    model = LightGBM().fit(Batch(x, np.zeros(200)), Batch(x, np.ones(200)), Job(LIGHT, heads[0]))
    np.testing.assert_allclose(heads[0].predict(model.raw(x)), 0.5 / 201)
    assert model.curve[-1].valid == pytest.approx(-np.log(0.5 / 201))
    assert graph_gap(model, x, 1) < 1e-6


def test_parallel_threads_give_what_serial_gives(heads):
    toy = make_toy(heads[1], missing=True)
    jobs = [Job({**LIGHT, "bagging_fraction": 0.7}, heads[1], seed=seed) for seed in range(4)]

    def fit(job):
        return LightGBM().fit(toy.train, toy.valid, job).raw(toy.valid.x)

    serial = [fit(job) for job in jobs]
    with ThreadPoolExecutor(2) as pool:
        parallel = list(pool.map(fit, jobs))
    assert all(np.array_equal(a, b) for a, b in zip(serial, parallel, strict=True))
    assert not np.array_equal(serial[0], serial[1])


def test_portfolio_fits_the_rows(heads):
    small, large = (LightGBM().portfolio(rows, 20, heads[0]) for rows in (200, 100_000))
    assert 6 <= len(large) <= 8
    assert max(params["num_leaves"] for params in small) <= 4
    assert max(params["num_leaves"] for params in large) == 255
    assert len({str(params) for params in small}) == len(small)


def test_ladder_ends_in_overfitting(heads):
    toy = make_toy(heads[0], missing=False)
    rungs = LightGBM().ladder(600, 6, heads[0])
    leaves = [params["num_leaves"] for params in rungs]
    assert leaves == sorted(leaves)
    job = Job({**rungs[3], "rounds": 150}, heads[0], stop_early=False)
    curve = LightGBM().fit(toy.train, toy.valid, job).curve
    lowest = min(curve, key=lambda point: point.valid)
    assert lowest.step < curve[-1].step == 150
    assert curve[-1].valid > 1.2 * lowest.valid
    assert curve[-1].train < 0.1 * curve[0].train


@pytest.mark.parametrize("at", range(5))
def test_it_says_how_often_it_asks_for_a_feature(heads, at):
    train = make_toy(heads[at], False).train
    x = np.column_stack([train.x, np.zeros(len(train.x), np.float32)])
    job = Job({"num_leaves": 4}, heads[at], rounds=5)
    model = learners["lightgbm"].fit(replace(train, x=x), None, job)
    uses = model.uses(x.shape[1])
    assert uses[-1] == 0
    assert uses.sum() == sum(len(tree.feature) for tree in model.forest().trees)


def test_refit_keeps_rounds(heads):
    toy = make_toy(heads[2], missing=True)
    chosen = LightGBM().fit(toy.train, toy.valid, Job(LIGHT, heads[2]))
    refit = LightGBM().fit(toy.train, None, replace(Job(LIGHT, heads[2]), rounds=chosen.rounds))
    assert np.array_equal(chosen.raw(toy.valid.x), refit.raw(toy.valid.x))


def test_a_label_that_training_rows_lack_keeps_its_constant(heads):
    toy = make_toy(heads[4], missing=True)
    y = toy.train.y.copy()
    y[:, 1] = 0.0
    model = LightGBM().fit(replace(toy.train, y=y), toy.valid, Job(LIGHT, heads[4]))
    raw = model.raw(toy.valid.x)
    assert np.ptp(raw[:, 1]) == 0
    assert raw[0, 1] < -4
    assert graph_gap(model, toy.valid.x, 3) < 1e-5
    still = LightGBM().fit(replace(toy.train, y=y * 0), toy.valid, Job(LIGHT, heads[4]))
    assert graph_gap(still, toy.valid.x, 3) < 1e-5
    assert model.curve[0].valid > 0
