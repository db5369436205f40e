"""The classifier two-sample test."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from milepost.errors import InputError
from milepost.statistics.shift import Setting, _out_of_fold, _pooled, c2st, effect
from milepost.statistics.univariate import auc

LINE = Setting(learner="logistic")


def test_half_a_standard_deviation_gives_the_area_of_the_closed_formula():
    generator = np.random.default_rng(0)
    found = c2st(generator.normal(size=(5000, 1)), generator.normal(0.5, 1, (5000, 1)), setting=LINE)
    assert norm.cdf(0.5 / np.sqrt(2)) == pytest.approx(0.6382, abs=5e-5)
    assert found.auc == pytest.approx(0.6382, abs=0.015)
    assert found.effect == "slight"
    assert found.different
    assert found.p < 1e-6
    assert found.se == pytest.approx(0.0055, abs=0.0005)


def test_the_null_spreads_a_little_wider_than_the_formula():
    generator = np.random.default_rng(0)
    areas = []
    for seed in range(150):
        a, b = generator.normal(size=(300, 5)), generator.normal(size=(300, 5))
        pool = _pooled(a, b, None, Setting(learner="logistic", seed=seed))
        p, _ = _out_of_fold(pool, pool.second, LINE)
        areas.append(auc(pool.second.astype(float), p))
    assert np.mean(areas) == pytest.approx(0.498, abs=0.008)
    assert np.std(areas) == pytest.approx(0.0266, abs=0.005)
    assert np.sqrt(601 / (12 * 300 * 300)) == pytest.approx(0.0236, abs=1e-4)


def test_equal_samples_are_not_told_apart():
    generator = np.random.default_rng(1)
    p = [
        c2st(
            generator.normal(size=(100, 4)), generator.normal(size=(100, 4)), setting=Setting("logistic", s)
        ).p
        for s in range(4)
    ]
    assert np.mean(np.array(p) < 0.05) <= 0.25
    assert np.mean(p) > 0.2
    large = c2st(generator.normal(size=(3000, 4)), generator.normal(size=(3000, 4)))
    assert large.effect == "negligible"
    assert not large.different


def test_the_column_that_moved_is_named():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(1500, 6)), generator.normal(size=(1500, 6))
    b[:, 3] += 1.5
    found = c2st(a, b)
    assert found.effect == "strong"
    assert found.importance.argmax() == 3
    assert found.importance[3] > 10 * np.delete(found.importance, 3).max()


def test_columns_are_asked_only_where_the_samples_are_far_enough_apart():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(600, 4)), generator.normal(size=(600, 4))
    b[:, 2] += 1
    whole = c2st(a, b)
    far, near = (c2st(a, b, setting=Setting(asked=whole.auc + step)) for step in (1e-9, -1e-9))
    assert not far.importance.any()
    np.testing.assert_array_equal(near.importance, whole.importance)
    assert near.p == far.p == whole.p


def test_a_change_in_missing_values_is_seen():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(1000, 3)), generator.normal(size=(1000, 3))
    b[generator.uniform(size=1000) < 0.5, 1] = np.nan
    found = c2st(a, b)
    assert found.different
    assert found.importance.argmax() == 1


def test_a_change_of_correlation_alone_is_seen():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(3000, 1))
    a = np.hstack([x, x + 0.3 * generator.normal(size=(3000, 1))])
    b = generator.permuted(a, axis=0)
    assert c2st(a, b).effect in ("marked", "strong")


def test_few_rows_use_permutations():
    generator = np.random.default_rng(0)
    found = c2st(generator.normal(size=(100, 2)), generator.normal(1, 1, (100, 2)), setting=LINE)
    assert found.p == pytest.approx(1 / 200)
    assert found.different


def test_without_permutations_few_rows_take_the_formula():
    generator = np.random.default_rng(4)
    a, b = generator.normal(size=(150, 2)), generator.normal(0.1, 1, (150, 2))
    quick = c2st(a, b, setting=replace(LINE, permutations=0))
    assert quick.p == pytest.approx(norm.sf((quick.auc - 0.5) / np.sqrt(301 / (12 * 150 * 150))))
    assert quick.auc == c2st(a, b, setting=LINE).auc


def test_rows_of_a_group_are_not_evidence_each():
    generator = np.random.default_rng(0)
    group = np.repeat(np.arange(40), 30)
    centre = generator.normal(size=(40, 2))[group]
    rows = centre + 0.1 * generator.normal(size=(1200, 2))
    a, b = rows[:600], rows[600:]
    naive = c2st(a, b)
    grouped = c2st(a, b, groups=(group[:600], group[600:]))
    assert naive.p < 1e-6
    assert grouped.p > 0.01
    assert grouped.se > 2 * naive.se


def test_the_larger_sample_is_thinned_and_rows_are_named():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(5000, 2)), generator.normal(size=(500, 2))
    found = c2st(a, b, setting=LINE)
    assert found.second.sum() == 500
    assert len(found.probabilities) == len(found.rows) == 1000
    kept = c2st(a, b, setting=Setting("logistic", balance=False))
    assert len(kept.probabilities) == 5500


def test_the_same_seed_gives_the_same_answer():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(700, 3)), generator.normal(0.1, 1, (700, 3))
    first, second = c2st(a, b), c2st(a, b)
    assert (first.probabilities == second.probabilities).all()
    assert first.p == second.p


def test_words_of_effect():
    words = [effect(area) for area in (0.5, 0.5499, 0.55, 0.65, 0.8, 0.99)]
    assert words == ["negligible", "negligible", "slight", "marked", "strong", "strong"]


def test_tables_have_to_agree():
    with pytest.raises(InputError, match="same columns"):
        c2st(np.zeros((30, 2)), np.zeros((30, 3)))
    with pytest.raises(InputError, match="20 rows"):
        c2st(np.zeros((30, 2)), np.zeros((10, 2)))
