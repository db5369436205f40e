"""The stump finds the column and the threshold that were put in."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

from milepost.learners.base import Batch, Job, learners
from milepost.learners.stump import Stumps, best_split
from milepost.testing.learners import check_learner, graph_gap


def test_passes_the_checks(heads):
    check_learner(Stumps(), heads)


def test_is_registered():
    assert learners["stump"].view == "trees"


def test_finds_what_was_put_in(heads):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 30, size=(3000, 8)).astype(np.float32)
    y = (rng.random(3000) < np.where(x[:, 5] <= 11, 0.9, 0.2)).astype(float)
    model = Stumps().fit(Batch(x, y), Batch(x, y), Job({}, heads[0]))
    assert model.split.feature == 5
    assert 11 <= model.split.threshold < 12
    left = x[:, 5] <= 11
    rate = 1 / (1 + np.exp(-model.raw(x)[:, 0]))
    assert rate[left] == pytest.approx(y[left].mean(), abs=0.001)
    assert graph_gap(model, x, 1) < 1e-6


def test_missing_values_go_to_the_better_side(heads):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 3)).astype(np.float32)
    x[rng.random(2000) < 0.3, 1] = np.nan
    gone = np.isnan(x[:, 1])
    y = (gone | (x[:, 1] > 0.5)).astype(float)
    model = Stumps().fit(Batch(x, y), None, Job({}, heads[0]))
    assert model.split.feature == 1
    assert not model.split.missing_left
    assert ((model.raw(x)[:, 0] > 0) == (y > 0)).mean() > 0.97
    only = Stumps().fit(Batch(x, gone * 1.0), None, Job({}, heads[0]))
    assert ((only.raw(x)[:, 0] > 0) == gone).all()
    assert graph_gap(only, x, 1) < 1e-6


def test_agrees_with_a_tree_of_depth_one(heads):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 40, size=(1000, 1)).astype(np.float32)
    y = np.column_stack([np.sin(x[:, 0] / 9), x[:, 0] ** 0.5]) + rng.normal(size=(1000, 2)) * 0.1
    other = DecisionTreeRegressor(max_depth=1).fit(x, y)
    split = best_split(Batch(x, y), 0, heads[3])
    assert split.raw(x) == pytest.approx(other.predict(x), abs=1e-9)


def test_no_column_helps(heads):
    x = np.zeros((60, 2), np.float32)
    x[:, 1] = np.nan
    model = Stumps().fit(Batch(x, np.arange(60) % 3), None, Job({}, heads[1]))
    assert model.split.feature == -1
    assert np.ptp(model.raw(x), axis=0).max() == 0
    assert graph_gap(model, x, 3) < 1e-6


def test_noise_is_not_preferred_to_the_constant(heads):
    kept = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(90, 3)).astype(np.float32), rng.integers(0, 2, 90) * 1.0
        kept += Stumps().fit(Batch(x, y), None, Job({}, heads[0])).split.feature == -1
    assert kept >= 8


def test_very_few_rows(heads):
    x = np.array([[0.0], [1.0]], np.float32)
    model = Stumps().fit(Batch(x, np.array([0.0, 1.0])), None, Job({}, heads[0]))
    assert np.isfinite(model.raw(x)).all()
