"""Sizes do not grow with the number of rows, and nothing is seen where nothing changed."""

import numpy as np
import pytest
from scipy.stats import norm

from milepost.statistics.effect import ks_excess, rate_excess, share_excess


@pytest.mark.parametrize("rows", [100, 1000, 30_000])
def test_no_change_is_about_no_size_whatever_the_rows(rows) -> None:
    rng = np.random.default_rng(0)
    sizes = [ks_excess(np.sort(rng.normal(size=5000)), rng.normal(size=rows)) for _ in range(30)]
    assert np.mean(sizes) < 0.6 / np.sqrt(rows)
    p = np.array([0.5, 0.3, 0.15, 0.05])
    told = [share_excess(p, rng.multinomial(rows, p) / rows, 1e9, rows) for _ in range(30)]
    assert np.mean(told) < 0.3 / np.sqrt(rows)


@pytest.mark.parametrize("rows", [2000, 50_000])
def test_half_a_standard_deviation_has_its_known_size(rows) -> None:
    rng = np.random.default_rng(1)
    found = ks_excess(np.sort(rng.normal(size=rows)), rng.normal(0.5, 1, rows))
    assert found == pytest.approx(2 * norm.cdf(0.25) - 1, abs=0.04)


def test_shares_and_rates() -> None:
    p, q = np.array([0.8, 0.2, 0.0]), np.array([0.5, 0.2, 0.3])
    assert share_excess(p, q, 1e9, 1e9) == pytest.approx(0.3, abs=1e-3)
    assert rate_excess(0.1, 0.3, 1e9, 1e9) == pytest.approx(0.2, abs=1e-3)
    assert rate_excess(0.3, 0.1, 1e9, 1e9) == 0.0
    assert ks_excess(np.empty(0), np.ones(3)) == 0.0


def test_values_within_the_slack_are_equal() -> None:
    random = np.random.default_rng(0)
    low = np.sort(random.uniform(0, 0.005, 3_000))
    assert ks_excess(low, low / 4) > 0.5
    assert ks_excess(low, low / 4, slack=0.02) == 0.0
    x = np.sort(random.normal(size=3_000))
    assert ks_excess(x, x + 1, slack=0.02) == pytest.approx(ks_excess(x, x + 0.98), abs=0.01)
    assert ks_excess(x, x - 1, slack=0.02) > 0.3
