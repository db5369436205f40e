"""Weights for covariate shift and known margins."""

import numpy as np
import pytest
from scipy.special import expit

from milepost.errors import InputError
from milepost.statistics.weights import (
    density_ratio_weights,
    design_effect,
    kish,
    post_stratification,
    raking,
)


def test_effective_sample_size():
    assert kish(np.ones(50)) == pytest.approx(50)
    assert kish([1, 1, 0, 0]) == pytest.approx(2)
    assert design_effect([1, 1, 0, 0]) == pytest.approx(2)
    assert kish([0, 0]) == 0


def test_the_density_ratio_moves_the_mean_to_production():
    generator = np.random.default_rng(0)
    x = generator.normal(size=20_000)
    p = expit(0.5 * x - 0.125 + np.log(2))  # production: mean .5, twice as many rows
    weights = density_ratio_weights(p, 20_000, 40_000)
    assert weights.values.mean() == pytest.approx(1)
    assert np.average(x, weights=weights.values) == pytest.approx(0.5, abs=0.04)
    assert weights.ess / 20_000 == pytest.approx(np.exp(-0.25), abs=0.05)
    assert weights.clipped == pytest.approx(0.01, abs=0.001)
    assert weights.correctable


def test_where_there_are_no_rows_weights_cannot_help():
    x = np.random.default_rng(0).normal(size=5000)
    far = density_ratio_weights(expit(3 * x - 4.5), 5000, 5000, quantile=1.0)
    assert not far.correctable
    assert "collect rows there" in far.says
    assert not density_ratio_weights(np.full(100, 0.5), 10, 10, auc=0.97).correctable
    with pytest.raises(InputError, match="no weights"):
        density_ratio_weights([1.2], 1, 1)


def test_raking_reaches_the_margins_and_keeps_the_odds_ratio():
    counts = np.array([[40, 30], [20, 10]])
    first = np.repeat(["a", "a", "b", "b"], counts.ravel())
    second = np.repeat(["x", "y", "x", "y"], counts.ravel())
    found = raking([(first, {"a": 50, "b": 50}), (second, {"x": 60, "y": 40})], trim=None)
    table = np.array(
        [[found.values[(first == r) & (second == c)].sum() for c in ("x", "y")] for r in ("a", "b")]
    )
    assert table.sum(axis=1) == pytest.approx([50, 50], abs=1e-9)
    assert table.sum(axis=0) == pytest.approx([60, 40], abs=1e-9)
    odds = table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0])
    assert odds == pytest.approx(40 * 10 / (30 * 20), abs=1e-9)
    assert odds == pytest.approx(0.6667, abs=5e-5)


def test_trimming_bounds_the_weights():
    rows = np.repeat(["rare", "common"], [10, 990])
    found = raking([(rows, {"rare": 0.5, "common": 0.5})])
    assert found.clipped == pytest.approx(0.01)
    exact = raking([(rows, {"rare": 0.5, "common": 0.5})], trim=None)
    assert found.ess > 2 * exact.ess
    assert exact.values.max() == pytest.approx(50)


def test_sampling_weights_are_a_start():
    rows = np.repeat(["a", "b"], 50)
    start = np.linspace(1, 2, 100)
    found = raking([(rows, {"a": 0.5, "b": 0.5})], initial=start, trim=None)
    assert found.values[10] / found.values[5] == pytest.approx(start[10] / start[5])


def test_margins_that_cannot_be_met_are_refused():
    first = np.array(["a", "a", "b", "b"])
    with pytest.raises(InputError, match="contradict"):
        raking([(first, {"a": 0.9, "b": 0.1}), (first, {"a": 0.5, "b": 0.5})], trim=None)
    with pytest.raises(InputError, match="no target share for 'b'"):
        raking([(first, {"a": 1.0})])
    with pytest.raises(InputError, match="no row for 'c'"):
        raking([(first, {"a": 0.5, "b": 0.3, "c": 0.2})])
    with pytest.raises(InputError, match="no margin"):
        raking([])


def test_cells_get_their_share_or_ask_for_raking():
    cells = np.repeat([0, 1, 2], [20, 30, 150])
    found = post_stratification(cells, {0: 0.2, 1: 0.3, 2: 0.5})
    sums = np.array([found.values[cells == c].sum() for c in (0, 1, 2)])
    assert sums / sums.sum() == pytest.approx([0.2, 0.3, 0.5])
    with pytest.raises(InputError, match=r"cell '0' has 20 rows.*Rake"):
        post_stratification(cells, {0: 0.2, 1: 0.3, 2: 0.5}, least=25)
