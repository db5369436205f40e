"""Smoothed means: the amount of smoothing is found, and helps."""

import numpy as np
import pytest

from milepost.modalities.statistics import DEFAULT, even, learn, prior_rows, smoothed, sums, two


def made(levels, each, spread, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, spread, levels)
    codes = np.repeat(np.arange(levels), each)
    target = truth[codes] + rng.normal(size=len(codes))
    return truth, codes, target[:, None]


def test_sums_with_and_without_weights():
    codes, target = np.array([0, 0, 2]), np.array([[1.0, 10.0], [2.0, 20.0], [5.0, 50.0]])
    mass, first, second = sums(codes, 3, target, None)
    assert mass.tolist() == [2, 0, 1]
    assert first.tolist() == [[3, 30], [0, 0], [5, 50]]
    assert second[:, 0].tolist() == [5, 0, 25]
    mass, first, _ = sums(codes, 3, target, np.array([2.0, 1.0, 0.5]))
    assert mass.tolist() == [3, 0, 0.5]
    assert first[:, 0].tolist() == [4, 0, 2.5]


@pytest.mark.parametrize("spread", [0.3, 1.0])
def test_rows_are_the_ratio_of_the_variances(spread):
    found = [
        prior_rows(*sums(codes, 400, target, None))[0]
        for _, codes, target in (made(400, 10, spread, seed) for seed in range(20))
    ]
    assert np.median(found) == pytest.approx(max(1 / spread**2, 1), rel=0.15)


def test_levels_that_do_not_differ_get_much_smoothing():
    found = [
        prior_rows(*sums(c, 400, t, None))[0] for _, c, t in (made(400, 10, 0.0, seed) for seed in range(9))
    ]
    assert np.median(found) > 300


def test_smoothing_comes_nearer_to_the_truth_than_plain_means():
    truth, codes, target = made(500, 4, 0.5)
    mass, first, second = sums(codes, 500, target, None)
    rows = prior_rows(mass, first, second)
    close = smoothed(mass, first, target.mean(0), rows)[:, 0]
    plain = (first / mass[:, None])[:, 0]
    assert ((close - truth) ** 2).mean() < 0.6 * ((plain - truth) ** 2).mean()


def test_each_level_once_and_one_level():
    _, codes, target = made(50, 1, 1.0)
    assert prior_rows(*sums(codes, 50, target, None)).tolist() == [DEFAULT]
    assert prior_rows(*sums(np.zeros(9, int), 1, target[:9], None)).tolist() == [DEFAULT]


def test_a_target_without_noise_is_hardly_smoothed():
    codes = np.repeat(np.arange(10), 5)
    assert prior_rows(*sums(codes, 10, codes[:, None].astype(float), None)).tolist() == [1.0]


def test_a_table_is_filled_in_its_last_columns():
    _, codes, target = made(10, 30, 1.0)
    statistics = learn(codes, 11, target, None, scaled=False)
    table = statistics.filled(np.ones((11, 2), np.float32), codes, target, None)
    assert (table[:, 0] == 1).all()
    assert table[10, 1] == pytest.approx(float(target.mean()), abs=1e-6)
    assert np.corrcoef(table[:10, 1], np.bincount(codes, target[:, 0]))[0, 1] > 0.99
    assert statistics.named("shop") == ["shop target mean"]
    several = learn(codes, 11, np.hstack([target, -target]), None, scaled=True)
    assert several.named("shop") == ["shop target mean 1", "shop target mean 2"]
    scaled = several.filled(np.zeros((11, 2), np.float32), codes, np.hstack([target, -target]), None)
    assert np.allclose(scaled[10], 0, atol=1e-6)
    assert scaled[:10].std(0) == pytest.approx([1, 1], abs=0.05)


def test_weights_count_as_rows_and_targets_are_columns():
    assert even(np.array([1.0, 3.0])).tolist() == [0.5, 1.5]
    assert even(None) is None
    assert even(np.zeros(2)) is None
    assert two(np.zeros(3)).shape == (3, 1)
