"""Associations against the libraries, and against known relations."""

import numpy as np
import pytest
from scipy.stats import contingency, spearmanr

from milepost.statistics.association import codes, correlation_ratio, cramers_v, pairs

RNG = np.random.default_rng(0)


def test_spearman_is_scipys_on_the_rows_that_have_both():
    x = RNG.normal(size=400)
    y = x + RNG.normal(size=400)
    x[RNG.random(400) < 0.2] = np.nan
    both = np.isfinite(x)
    (pair,) = pairs({"x": x, "y": y})
    assert pair.measure == "Spearman"
    assert pair.value == pytest.approx(spearmanr(x[both], y[both]).statistic, abs=0.01)


def test_cramers_v_is_near_scipys_and_zero_without_a_relation():
    a = RNG.integers(0, 4, 5000)
    b = np.where(RNG.random(5000) < 0.6, a, RNG.integers(0, 4, 5000))
    table = contingency.crosstab(a, b).count
    assert cramers_v(a, b) == pytest.approx(contingency.association(table, method="cramer"), abs=0.01)
    free = [cramers_v(RNG.integers(0, 20, 500), RNG.integers(0, 20, 500)) for _ in range(20)]
    assert np.mean(free) < 0.06


def test_the_correlation_ratio_is_one_for_a_step_and_zero_by_chance():
    group = np.repeat(np.arange(5), 100)
    assert correlation_ratio(group, group * 10.0) == pytest.approx(1.0)
    free = [correlation_ratio(RNG.integers(0, 30, 500), RNG.normal(size=500)) for _ in range(20)]
    assert np.mean(free) < 0.1


def test_the_closest_pairs_come_first_whatever_their_kind():
    x = RNG.normal(size=1000)
    city = np.array(["a", "b", "c"], dtype=object)[np.digitize(x, [-0.5, 0.5])]
    found = pairs({"x": x, "twice": 2 * x, "city": city, "noise": RNG.normal(size=1000)}, most=3)
    assert [(p.one, p.other) for p in found] == [("x", "twice"), ("city", "x"), ("city", "twice")]


def test_few_rows_constants_and_gaps_relate_to_nothing():
    assert all(p.value == 0 for p in pairs({"a": np.arange(10.0), "b": np.arange(10.0)}))
    empty = np.full(100, np.nan)
    assert all(p.value == 0 for p in pairs({"a": empty, "b": np.arange(100.0), "c": np.ones(100)}))
    assert cramers_v(np.full(50, -1), np.zeros(50, np.int64)) == 0


def test_rare_categories_count_as_one():
    made = codes(np.array([f"c{n % 500}" for n in range(5000)] + [None], dtype=object))
    assert made.max() == 99
    assert made[-1] == -1
