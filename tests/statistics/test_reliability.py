"""Calibration in numbers."""

import numpy as np
import pytest
from scipy.special import expit

from milepost.errors import InputError
from milepost.statistics.reliability import reliability


def drawn(rows, factor=1.0, seed=0):
    generator = np.random.default_rng(seed)
    true = generator.normal(size=rows)
    return expit(factor * true), (generator.uniform(size=rows) < expit(true)).astype(int)


def test_honest_probabilities():
    report = reliability(*drawn(20_000))
    assert report.slope == pytest.approx(1, abs=0.06)
    assert report.intercept == pytest.approx(0, abs=0.06)
    assert report.ece_debiased < 0.006
    inside = sum(b.lower <= b.said <= b.upper for b in report.bins)
    assert inside >= len(report.bins) - 3
    assert sum(b.rows for b in report.bins) == 20_000


def test_overconfidence_has_a_slope_below_1():
    report = reliability(*drawn(20_000, factor=2))
    assert report.slope == pytest.approx(0.5, abs=0.04)
    assert report.ece_debiased > 0.05


def test_the_brier_score_falls_apart_exactly():
    p, y = drawn(3000, factor=1.7)
    report = reliability(p, y)
    assert report.brier == pytest.approx(np.mean((p - y) ** 2))
    parts = report.miscalibration - report.resolution + report.uncertainty + report.within
    assert parts == pytest.approx(report.brier)
    discrete = np.round(p, 1)
    exact = reliability(discrete, y, bins=len(np.unique(discrete)) * 50)
    assert exact.within == pytest.approx(0, abs=1e-12)


def test_few_rows_bias_the_plain_error_and_not_the_mended_one():
    reports = [reliability(*drawn(200, seed=seed)) for seed in range(40)]
    plain, mended = np.mean([r.ece for r in reports]), np.mean([r.ece_debiased for r in reports])
    assert plain > 0.06
    assert mended < 0.4 * plain
    true = np.mean([reliability(*drawn(200, 3, seed)).ece_debiased for seed in range(40)])
    assert true == pytest.approx(reliability(*drawn(50_000, 3)).ece, abs=0.02)


def test_ties_stay_in_one_bin():
    report = reliability(np.repeat([0.2, 0.8], 100), np.tile([0, 1], 100))
    assert [(b.low, b.high, b.rows) for b in report.bins] == [(0.2, 0.2, 100), (0.8, 0.8, 100)]


def test_a_truth_without_variance_has_no_line():
    assert np.isnan(reliability([0.2, 0.4, 0.5], [0, 0, 0]).slope)


def test_shapes_are_checked():
    with pytest.raises(InputError, match="One row each"):
        reliability([0.2, 0.4], [1])
