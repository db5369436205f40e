"""Scores of single columns."""

import time

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from milepost.errors import InputError
from milepost.statistics.univariate import Univariate, auc, factorize, univariate_score


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


def plain(x, y, seed):
    """The score of a column against classes, fold by fold and row by row."""
    part = np.random.default_rng(seed).permutation(np.arange(len(y)) % 5)
    areas = []
    for name in np.unique(y):
        target, lifts = (y == name).astype(float), np.empty(len(y))
        for fold in range(5):
            train, held = np.flatnonzero(part != fold), part == fold
            values, codes = np.unique(x[~np.isnan(x)], return_inverse=True)
            slots = np.full(len(x), len(values))
            slots[~np.isnan(x)] = codes
            if len(values) > 64:
                counts = np.bincount(slots[train], minlength=len(values) + 1)[:-1]
                share = (np.cumsum(counts) - counts / 2) / counts.sum()
                slots = np.append(np.minimum((share * 64).astype(int), 63), 64)[slots]
            away = target[train] - target[train].mean()
            groups = {slot: away[slots[train] == slot] for slot in np.unique(slots[train])}
            rows = np.array([len(group) for group in groups.values()])
            explained = sum(len(group) * group.mean() ** 2 for group in groups.values())
            within = ((away**2).sum() - explained) / max(len(train) - len(rows), 1)
            typical = (len(train) - (rows**2).sum() / len(train)) / max(len(rows) - 1, 1)
            between = (explained / max(len(rows) - 1, 1) - within) / max(typical, 1e-9)
            keeps = np.clip(within / max(between, 1e-12), 0.5, 1e6)
            lift = {slot: group.sum() / (len(group) + keeps) for slot, group in groups.items()}
            lifts[held] = [lift.get(slot, 0.0) if len(rows) > 1 else 0.0 for slot in slots[held]]
        areas.append(auc(target, lifts.round(12)))
    return np.mean(areas)


def test_all_folds_at_once_score_as_one_by_one(noise):
    y = noise.integers(0, 3, 800)
    gaps = noise.uniform(size=800) < 0.1
    for x in (noise.normal(y), noise.integers(0, 9, 800) + 1.0 * y, np.ones(800), 1.0 * (y == 1)):
        for column in (x, np.where(gaps, np.nan, x)):
            assert univariate_score(column, y, "multiclass", seed=1) == pytest.approx(
                plain(column, y, 1), abs=0.002
            )


def test_values_are_numbered_in_their_order_whether_few_or_many(noise):
    for distinct in (1, 5, 64, 65, 400):
        x = np.where(noise.uniform(size=3000) < 0.1, np.nan, noise.integers(0, distinct, 3000) / 7)
        missing = np.isnan(x)
        values, codes = factorize(x, missing)
        wanted = np.unique(x[~missing], return_inverse=True)
        assert np.array_equal(values, wanted[0])
        assert np.array_equal(codes[~missing], wanted[1])
        assert (codes[missing] == -1).all()
    assert [len(part) for part in factorize(np.array([np.nan]), np.array([True]))] == [0, 1]


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
