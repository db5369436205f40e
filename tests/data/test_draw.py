from __future__ import annotations

import numpy as np
import pytest

from milepost.data.draw import MANY, begins, codes_of, cut, deal_groups, draw, fill
from milepost.errors import InputError

RANDOM = np.random.default_rng(0)


def test_a_draw_fills_the_quota_of_each_stratum_exactly_where_rows_are_single() -> None:
    kinds = np.repeat([0, 1, 2], [700, 250, 50])
    test = draw(np.arange(1000), kinds, np.ones(1000, int), 0.2, np.random.default_rng(1))
    assert np.bincount(kinds[test]).tolist() == [140, 50, 10]


def test_the_last_row_of_a_class_is_never_drawn() -> None:
    kinds = np.repeat([0, 1], [9, 1])
    for seed in range(30):
        assert not draw(np.arange(10), kinds, np.ones(10, int), 0.5, np.random.default_rng(seed))[9]


def test_every_group_is_as_likely_to_be_drawn_as_its_share() -> None:
    size = np.array([1] * 10 + [2] * 20 + [5] * 20)
    codes, kinds = np.repeat(np.arange(50), size), np.zeros(size.sum(), int)
    drawn = np.zeros(50)
    for seed in range(200):
        test = draw(codes, kinds, size, 0.2, np.random.default_rng(seed))
        drawn += np.bincount(codes[test], minlength=50) > 0
    assert drawn[size == 5].mean() / 200 == pytest.approx(0.2, abs=0.05)
    assert drawn[size == 2].mean() / 200 == pytest.approx(0.2, abs=0.05)
    assert drawn[size > 1].min() > 0


def test_begins_is_the_first_time_of_the_group() -> None:
    assert begins(np.array([5, 3, 4]), None).tolist() == [5, 3, 4]
    assert begins(np.array([5, 3, 4]), np.array(["a", "b", "a"])).tolist() == [4, 3, 4]


def test_cut_lies_between_distinct_times_and_keeps_older_groups_out() -> None:
    time = np.array([1, 1, 2, 2, 2, 3])
    assert cut(time, 0.2, None)[0].tolist() == [False] * 5 + [True]
    inside, kept = cut(time, 0.5, np.array([0, 1, 2, 3, 4, 0]))
    assert inside.tolist() == [False, False, True, True, True, False]
    assert kept == 1
    with pytest.raises(InputError, match="same time"):
        cut(np.zeros(5), 0.2, None)
    with pytest.raises(InputError, match="no time after which whole groups begin"):
        cut(np.arange(4), 0.2, np.zeros(4))


@pytest.mark.parametrize("groups", [60, MANY + 500])
def test_dealt_groups_are_whole_and_folds_alike(groups: int) -> None:
    codes = codes_of(np.repeat(np.arange(groups), RANDOM.integers(2, 6, groups)))
    kinds = (RANDOM.random(groups) < 0.3).astype(int)[codes]
    judged = deal_groups(codes, kinds, 5, np.random.default_rng(0))
    assert all(len(np.unique(judged[codes == g])) == 1 for g in range(60))
    assert np.bincount(judged).min() > 0.7 * len(codes) / 5
    rates = [kinds[judged == k].mean() for k in range(5)]
    assert max(rates) - min(rates) < 0.1


def test_rare_strata_raise_no_alarm(recwarn: pytest.WarningsRecorder) -> None:
    codes = np.repeat(np.arange(20), 2)
    deal_groups(codes, np.r_[np.zeros(36, int), [1, 1, 2, 3]], 5, np.random.default_rng(0))
    assert not recwarn.list


@pytest.mark.parametrize("rows", [0, 1, 4, 9, 100])
def test_fill_evens_out(rows: int) -> None:
    have = np.array([3, 0, 1])
    after = have + np.bincount(fill(have, have, rows), minlength=3)
    assert after.sum() == rows + 4
    assert after.max() - after.min() <= max(1, 3 - after.min())
