"""CatBoost passes the checks, and its graph sends every row where CatBoost does."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from milepost.learners.base import Batch, Job, learners
from milepost.learners.oblivious import CatBoost
from milepost.testing.learners import check_learner, graph_gap, make_toy

LIGHT = {"depth": 4, "learning_rate": 0.2, "iterations": 120}


def test_passes_the_checks(heads):
    check_learner(CatBoost(), heads, LIGHT)


def test_is_registered():
    assert learners["catboost"].view == "trees"
    assert learners["catboost"].capacity in LIGHT


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_graph_is_exact_on_borders_and_neighbours(heads, share):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(1500, 4)).astype(np.float32)
    x[:, 3] = rng.integers(-3, 3, 1500)
    x[rng.random(x.shape) < share] = np.nan
    y = (np.nan_to_num(x[:, 0], nan=2.0) + np.nan_to_num(x[:, 3]) > 0.1).astype(float)
    model = CatBoost().fit(Batch(x, y), None, Job({**LIGHT, "depth": 6}, heads[0], rounds=20))
    trees = model.forest.trees
    splits = {(f, t) for tree in trees for f, t in zip(tree.feature, tree.threshold, strict=True)}
    rows = []
    for feature, border in sorted(splits):
        at = np.float32(border)
        assert float(at) == border
        above, below = np.nextafter(at, np.float32(9)), np.nextafter(at, np.float32(-9))
        for value in (at, above, below, np.nan, np.inf, -np.inf, 0.0, 1e-40, -1e-40):
            row = x[len(rows) % 1500].copy()
            row[feature] = value
            rows.append(row)
    hard = np.array(rows, np.float32)
    hard[::70] = np.nan
    assert graph_gap(model, hard, 1) < 1e-5


def test_missing_values_where_training_had_none(heads):
    toy = make_toy(heads[1], missing=False)
    model = CatBoost().fit(toy.train, None, Job(LIGHT, heads[1], rounds=15))
    holes = toy.valid.x.copy()
    holes[np.random.default_rng(0).random(holes.shape) < 0.3] = np.nan
    assert graph_gap(model, holes, 3) < 1e-5


def test_borders_beside_infinity_can_be_written(heads):
    x = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    y = (x[:, 0] > 0).astype(float)
    x[:, 1] = np.where(y, x[:, 1], -np.inf)
    x[::3, 0] = np.where(x[::3, 0] > 0, np.float32(3e38), np.float32(-3e38))
    x[::7] = np.nan
    model = CatBoost().fit(Batch(x, y), None, Job(LIGHT, heads[0], rounds=15))
    assert np.isfinite(model.raw(x)).all()
    assert graph_gap(model, x, 1) < 1e-5


def test_nothing_to_learn_gives_the_constant(heads):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 2)).astype(np.float32)
    for head, y in ((heads[0], np.ones(50)), (heads[1], np.full(50, 2)), (heads[2], np.full((50, 1), 0.5))):
        model = CatBoost().fit(Batch(x, y), Batch(x, y), Job(LIGHT, head))
        assert np.ptp(model.raw(x), axis=0).max() == 0
        assert graph_gap(model, x, head.width) < 1e-6
    flat = CatBoost().fit(Batch(np.zeros_like(x), x[:, 0] > 0), None, Job(LIGHT, heads[0], rounds=3))
    assert graph_gap(flat, x, 1) < 1e-5


def test_a_class_or_an_output_without_anything_to_learn(heads):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 3)).astype(np.float32), rng.choice([0, 2], 300)
    watched = Batch(x, rng.integers(0, 3, 300))
    model = CatBoost().fit(Batch(x, y), watched, Job(LIGHT, heads[1]))
    assert np.isfinite(model.raw(x)).all()
    assert (model.raw(x).argmax(axis=1) != 1).all()
    assert graph_gap(model, x, 3) < 1e-5
    pair = np.column_stack([x[:, 0], np.full(300, 0.25)])
    both = CatBoost().fit(Batch(x, pair), Batch(x, pair), Job(LIGHT, heads[3]))
    assert (both.raw(x)[:, 1] == 0.25).all()
    assert np.mean((both.raw(x)[:, 0] - x[:, 0]) ** 2) < 0.2
    assert graph_gap(both, x, 2) < 1e-5


def test_parallel_threads_give_what_serial_gives(heads):
    toy = make_toy(heads[0], missing=True)
    jobs = [Job({**LIGHT, "subsample": 0.7}, heads[0], seed=seed) for seed in range(3)]

    def fit(job):
        return CatBoost().fit(toy.train, toy.valid, job).raw(toy.valid.x)

    serial = [fit(job) for job in jobs]
    with ThreadPoolExecutor(2) as pool:
        parallel = list(pool.map(fit, jobs))
    assert all(np.array_equal(a, b) for a, b in zip(serial, parallel, strict=True))
    assert not np.array_equal(serial[0], serial[1])


def test_portfolio_and_objection(heads):
    assert len(CatBoost().portfolio(1000, 5, heads[0])) == 4
    assert all(params["iterations"] <= 1000 for params in CatBoost().portfolio(50_000, 5, heads[0]))
    assert CatBoost().objection(10_000, 5, heads[1]) == ""
    assert "3 outputs" in CatBoost().objection(1_000_000, 5, heads[1])


def test_ladder_ends_in_overfitting(heads):
    toy = make_toy(heads[0], missing=False)
    job = Job(CatBoost().ladder(600, 6, heads[0])[3], heads[0], stop_early=False)
    curve = CatBoost().fit(toy.train, toy.valid, job).curve
    lowest = min(curve, key=lambda point: point.valid)
    assert lowest.step < curve[-1].step == 400
    assert curve[-1].valid > 1.2 * lowest.valid


def test_a_label_that_training_rows_lack_keeps_its_constant(heads):
    toy = make_toy(heads[4], missing=True)
    y = toy.train.y.copy()
    y[:, 1] = 0.0
    model = CatBoost().fit(replace(toy.train, y=y), toy.valid, Job({"iterations": 20}, heads[4]))
    raw = model.raw(toy.valid.x)
    assert np.ptp(raw[:, 1]) == 0
    assert np.ptp(raw[:, 0]) > 0
    assert graph_gap(model, toy.valid.x, 3) < 1e-5
