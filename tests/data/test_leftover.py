"""What is left is clean of the fold it is judged on, and keys explain the share that is in them."""

import numpy as np
import polars as pl
import pytest

from milepost.data.leftover import DENSE, Rows, bins, often, together

ROWS = 5000


def planted(seed=0):
    """A target whose variance is one third a single column's, one third a key's, one third noise."""
    rng = np.random.default_rng(seed)
    single, key, other = (rng.integers(0, levels, ROWS) for levels in (20, 60, 60))
    target = rng.normal(size=20)[single] + rng.normal(size=60)[key] + rng.normal(size=ROWS)
    rows = Rows(target[:, None], np.ones(ROWS), rng.permutation(ROWS) % 5)
    return rows, single, key, other


def left_of(rows, single):
    return rows.residuals([rows.means(single)], [(single, None)])


def test_a_key_explains_its_share_of_what_a_single_column_leaves_and_another_none():
    rows, single, key, other = planted()
    left = left_of(rows, single)
    share, z = rows.gain(key, left)
    held = np.bincount(key, rows.target[:, 0], 60) / np.bincount(key)
    assert share == pytest.approx(held[key].var() / (held[key].var() + 1), abs=0.05)
    assert z > 20
    assert rows.gain(other, left)[1] < 3
    assert rows.gain(key, list(rows.remains(key, left)))[1] < 3


def test_what_is_left_for_a_fold_does_not_know_the_answers_of_that_fold():
    rows, single, _, _ = planted()
    inside = rows.fold == 0
    changed = rows.target.copy()
    changed[inside] += np.random.default_rng(1).normal(0, 9, (inside.sum(), 1))
    other = Rows(changed, rows.weight, rows.fold)
    outside = ~inside
    assert np.allclose(left_of(rows, single)[0][outside], left_of(other, single)[0][outside])
    assert not np.allclose(left_of(rows, single)[1][outside], left_of(other, single)[1][outside])


def test_rows_without_weight_say_nothing():
    rows, single, key, _ = planted()
    half = np.arange(ROWS) < ROWS // 2
    weight = np.where(half, 2.0, 0.0)
    mixed = np.where(half[:, None], rows.target, 1e3)
    heavy = Rows(mixed, weight, rows.fold)
    assert rows.gain(key, left_of(rows, single))[0] == pytest.approx(
        heavy.gain(key, left_of(heavy, single))[0], abs=0.05
    )


def test_a_curve_through_bins_leaves_nothing_of_a_line():
    rng = np.random.default_rng(0)
    number = rng.normal(size=ROWS)
    codes, between = bins(pl.Series(number).set(pl.Series(np.arange(ROWS) % 50 == 0), None))
    known = np.arange(ROWS) % 50 != 0
    assert len(set(codes[~known])) == 1
    assert set(codes[~known]).isdisjoint(codes[known])
    rows = Rows((3 * number)[:, None], np.ones(ROWS), rng.permutation(ROWS) % 5)
    left = rows.residuals([rows.means(codes, between)], [(codes, between)])
    near = known & (np.abs(number) < 1.5)
    assert all((rest[near] ** 2).mean() < 0.02 * rows.target[near].var() for rest in left)


def test_keys_are_numbered_alike_whether_counted_or_sorted():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 30, ROWS), rng.integers(0, 40, ROWS)
    key = together(first, second)
    assert len(np.unique(key)) == len(set(zip(first.tolist(), second.tolist(), strict=True)))
    sparse = key * 1_000_003
    assert key.max() < DENSE * ROWS < sparse.max()
    assert np.array_equal(often(key), often(sparse))
    lonely = np.append(key, key.max() + 1)
    assert often(lonely)[-1] == 0
    assert (often(lonely) == 0).sum() == (np.bincount(lonely) == 1).sum()
