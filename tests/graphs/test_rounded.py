"""Coarse numbers lie on grids that a package can hold, and are near what they were."""

import numpy as np
import pytest

from milepost.graphs.rounded import LEVELS, SHARE, coarse, codes, gridded, short, spacing


def test_summed_rounding_errors_are_as_large_as_they_may_be():
    rng = np.random.default_rng(0)
    trees, leaves = 400, 16
    values = rng.normal(size=(trees, leaves)) * rng.uniform(0.5, 2, (trees, 1))
    rows = rng.integers(1, 50, values.shape)
    width = spacing(values.ravel(), rows.ravel(), np.repeat(np.arange(trees), leaves))
    draws = np.array([rng.choice(leaves, 3000, p=one / one.sum()) for one in rows])
    picked = np.take_along_axis(values, draws, axis=1)
    errors = (np.take_along_axis(gridded(values, width), draws, axis=1) - picked).sum(axis=0)
    assert errors.std() == pytest.approx(SHARE * picked.sum(axis=0).std(), rel=0.15)


def test_leaves_that_do_not_differ_stay():
    assert spacing(np.ones(6), np.ones(6), np.repeat([0, 1], 3)) == 0
    assert gridded(np.array([0.1]), 0.0).tolist() == [0.1]


def test_multiples_of_a_step_are_exact_in_float32():
    width = spacing(np.array([0.3, -0.2, 0.1, 0.7]), np.ones(4), np.array([0, 0, 1, 1]))
    values = np.arange(-4096, 4097) * width
    assert np.array_equal(values.astype(np.float32).astype(np.float64), values)


def test_short_numbers_are_no_smaller():
    values = np.exp(np.random.default_rng(0).normal(size=1000) * 9)
    assert np.all(short(values) >= values)
    assert np.all(short(values) <= values * (1 + 2**-11))


def test_a_coarse_matrix_is_read_back_from_bytes():
    rng = np.random.default_rng(1)
    weight = (rng.normal(size=(50, 300)) * np.exp(rng.normal(size=300) * 3)).astype(np.float32)
    weight[:, 7] = 0
    rounded = coarse(weight)
    found = codes(rounded)
    assert found is not None
    whole, scale = found
    assert (whole.dtype, np.abs(whole).max()) == (np.int8, LEVELS)
    assert np.array_equal(whole.astype(np.float32) * scale, rounded)
    assert np.all(np.abs(rounded - weight) <= 0.501 * scale)
    assert np.array_equal(coarse(rounded), rounded)
    assert codes(weight) is None
