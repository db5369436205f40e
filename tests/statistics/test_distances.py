"""Distances of columns, their chance levels and the reference numbers."""

import time

import numpy as np
import pytest
from scipy.stats import ks_2samp, norm

from milepost.errors import InputError
from milepost.statistics.distances import (
    benjamini_hochberg,
    column_shift,
    flag_shifts,
    js_distance,
    ks_distance,
    psi,
    total_variation,
    wasserstein_iqr,
)


def test_half_a_standard_deviation():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=200_000), generator.normal(0.5, 1, 200_000)
    assert ks_distance(a, b) == pytest.approx(2 * norm.cdf(0.25) - 1, abs=0.004)
    assert 2 * norm.cdf(0.25) - 1 == pytest.approx(0.1974, abs=5e-5)
    assert psi(a, b) == pytest.approx(0.239, abs=0.01)
    assert wasserstein_iqr(a, b) == pytest.approx(0.5 / 1.349, abs=0.01)


def test_many_rows_reject_a_shift_that_does_not_matter():
    generator = np.random.default_rng(0)
    rejected = []
    for _ in range(20):
        a, b = generator.normal(size=100_000), generator.normal(0.02, 1, 100_000)
        found = ks_2samp(a, b)
        assert found.statistic < 0.02
        rejected.append(found.pvalue < 0.05)
    assert np.mean(rejected) >= 0.9
    assert psi(a, b) < 0.003
    shift = column_shift(a, b, "number")
    assert not shift.flagged
    small = [
        ks_2samp(generator.normal(size=1000), generator.normal(0.02, 1, 1000)).pvalue < 0.05
        for _ in range(20)
    ]
    assert np.mean(small) < 0.4


def test_a_million_rows_reject_always_while_the_distance_is_negligible():
    generator = np.random.default_rng(1)
    a, b = generator.normal(size=1_000_000), generator.normal(0.02, 1, 1_000_000)
    assert ks_2samp(a, b, method="asymp").pvalue < 1e-6
    assert ks_distance(a, b) < 0.01
    assert psi(a, b) < 0.001
    assert not column_shift(a, b, "number").flagged


def test_a_difference_beyond_chance_but_small_is_called_negligible():
    generator = np.random.default_rng(3)
    shift = column_shift(generator.normal(size=20_000), generator.normal(0.07, 1, 20_000), "number")
    assert shift.value > shift.chance
    assert not shift.flagged
    assert "negligible" in shift.says


def test_the_stability_index_of_no_change_is_as_large_as_theory_says():
    generator = np.random.default_rng(0)
    values = [psi(generator.normal(size=200), generator.normal(size=200)) for _ in range(400)]
    assert np.mean(values) == pytest.approx(0.0933, abs=0.006)
    assert pytest.approx(0.09) == 9 * (1 / 200 + 1 / 200)
    assert np.mean(np.array(values) > 0.1) > 0.25
    flags = [
        column_shift(generator.normal(size=200), generator.normal(size=200), "number", resamples=100).flagged
        for _ in range(60)
    ]
    assert np.mean(flags) <= 0.05


def test_categories():
    a, b = (
        np.array(["x"] * 60 + ["y"] * 40, dtype=object),
        np.array(["x"] * 30 + ["y"] * 50 + [None] * 20, dtype=object),
    )
    assert total_variation(a, b) == pytest.approx(0.3)
    assert 0 < js_distance(a, b) < 1
    assert js_distance(a, a) == 0
    shift = column_shift(a, b, "category")
    assert shift.flagged
    assert shift.missing == (0.0, 0.2)


def test_a_column_that_production_leaves_empty_is_flagged():
    x = np.random.default_rng(0).normal(size=500)
    assert column_shift(x, np.full(400, np.nan), "number").flagged
    partly = np.where(np.arange(500) % 3 == 0, np.nan, x)
    shift = column_shift(x, partly, "number")
    assert shift.flagged
    assert "missing in 0 % before and 33 % now" in shift.says


def test_no_change_is_rarely_flagged_and_large_change_always():
    generator = np.random.default_rng(0)
    shifts = {
        str(j): column_shift(generator.normal(size=300), generator.normal(size=300), "number")
        for j in range(40)
    }
    shifts["moved"] = column_shift(generator.normal(size=300), generator.normal(0.8, 1, 300), "number")
    assert flag_shifts(shifts) == ("moved",)


@pytest.mark.alone
def test_it_is_fast():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=100_000), generator.normal(size=100_000)
    start = time.perf_counter()
    column_shift(a, b, "number")
    assert time.perf_counter() - start < 2


def test_false_discoveries_are_controlled():
    p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]
    assert benjamini_hochberg(p).sum() == 2
    assert benjamini_hochberg([]).shape == (0,)
    assert not benjamini_hochberg([0.2, 0.9]).any()


def test_nothing_to_compare_is_refused():
    with pytest.raises(InputError, match="Rows in both"):
        column_shift(np.array([]), np.array([1.0]), "number")
    with pytest.raises(InputError, match="no value"):
        ks_distance(np.array([np.nan]), np.array([1.0]))
