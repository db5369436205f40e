"""Scores of single columns."""

import time

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from milepost.errors import InputError
from milepost.statistics.univariate import Univariate, auc, univariate_score


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0)


def test_noise_scores_chance(noise):
    y = noise.integers(0, 2, 5000)
    assert univariate_score(noise.normal(size=5000), y, "binary") == pytest.approx(0.5, abs=0.03)
    identifiers = np.array([f"row {i}" for i in range(5000)], dtype=object)
    assert univariate_score(identifiers, y, "binary") == pytest.approx(0.5, abs=0.03)
    many = noise.integers(0, 2000, 5000).astype(str).astype(object)
    assert univariate_score(many, y, "binary") == pytest.approx(0.5, abs=0.03)
    assert univariate_score(noise.normal(size=5000), noise.integers(0, 4, 5000), "multiclass") < 0.53
    assert univariate_score(noise.normal(size=5000), noise.normal(size=5000), "regression") < 0.02


def test_a_curved_relation_is_seen(noise):
    x = noise.normal(size=4000)
    assert univariate_score(x, (np.abs(x) > 1).astype(int), "binary") > 0.97
    assert univariate_score(x, np.abs(x), "regression") > 0.95


def test_heavy_tails_do_not_hide_a_copy(noise):
    y = noise.standard_cauchy(4000)
    assert univariate_score(3 * y + 1, y, "regression") > 0.99


def test_of_a_vector_the_best_output_counts(noise):
    y = noise.normal(size=(3000, 2))
    assert univariate_score(y[:, 1], y, "regression") > 0.99


def test_categories_of_a_multiclass_target(noise):
    y = noise.integers(0, 5, 3000)
    names = np.array(["a", "b", "c", "d", "e"], dtype=object)[y]
    assert univariate_score(names, y, "multiclass") > 0.99


def test_missing_values_have_a_bin_of_their_own(noise):
    y = noise.integers(0, 2, 2000)
    x = np.where((y == 1) & (noise.uniform(size=2000) < 0.8), np.nan, noise.normal(size=2000))
    assert univariate_score(x, y, "binary") > 0.85


def test_one_target_scores_column_after_column_as_each_alone(noise):
    for task, y in (
        ("binary", noise.integers(0, 2, 60_000)),
        ("multiclass", noise.integers(0, 3, 900)),
        ("regression", noise.normal(size=(700, 2))),
    ):
        target, columns = Univariate(y, task, seed=3), [noise.normal(size=len(y)), np.arange(len(y)) % 7]
        assert [target.score(x) for x in columns] == [univariate_score(x, y, task, seed=3) for x in columns]
    with pytest.raises(InputError, match="6 and a target of 700 rows"):
        target.score(np.zeros(6))


def test_groups_stay_together(noise):
    group = np.repeat(np.arange(200), 10)
    y = np.repeat(noise.integers(0, 2, 200), 10)
    x = group.astype(str).astype(object)
    assert univariate_score(x, y, "binary") > 0.95
    assert univariate_score(x, y, "binary", groups=group) == pytest.approx(0.5, abs=0.1)


def test_the_area_is_that_of_scikit_learn(noise):
    y, scores = noise.integers(0, 2, 500), noise.integers(0, 20, 500).astype(float)
    assert auc(y.astype(float), scores) == pytest.approx(roc_auc_score(y, scores))


@pytest.mark.alone
def test_it_is_fast_enough_for_every_column(noise):
    x, y = noise.normal(size=50_000), noise.integers(0, 2, 50_000)
    start = time.perf_counter()
    univariate_score(x, y, "binary")
    assert time.perf_counter() - start < 0.6


def test_wrong_input_is_refused():
    with pytest.raises(InputError, match="The same rows"):
        univariate_score(np.zeros(3), np.zeros(4), "binary")
    with pytest.raises(InputError, match="no task 'ranking'"):
        univariate_score(np.zeros(30), np.zeros(30), "ranking")


def test_the_best_label_of_several_counts() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random((2000, 3)) < 0.3).astype(np.int64)
    column = y[:, 1] + rng.normal(0, 0.1, 2000)
    assert univariate_score(column, y, "multilabel") > 0.99
    assert univariate_score(rng.normal(size=2000), y, "multilabel") < 0.56
