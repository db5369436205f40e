"""Fewer training rows: the shares of classes stay, no class is forgotten, and who judges stays the same."""

from dataclasses import replace

import numpy as np

from milepost.training.subsample import drawn, fewer, only, thinned


def test_folds_train_on_fewer_rows_and_are_judged_by_the_same(make) -> None:
    data = make(300)
    thin = thinned(data, 60)
    for before, after in zip(data.folds, thin.folds, strict=True):
        assert len(after.train) == 60
        assert set(after.train) <= set(before.train)
        assert (after.valid == before.valid).all()
        share = data.truth[before.train].mean()
        assert abs(data.truth[after.train].mean() - share) <= 1 / 60
    assert thin.key != data.key
    assert thin.thinned
    assert thinned(data, 60).key == thin.key
    assert all((a.train == b.train).all() for a, b in zip(thinned(data, 60).folds, thin.folds, strict=True))


def test_where_there_are_no_more_rows_nothing_changes(make) -> None:
    data = make(300)
    assert thinned(data, 0) is data
    assert thinned(data, 200) is data
    assert not data.thinned


def test_a_refit_of_a_sample_has_at_least_its_rows_and_else_all(make) -> None:
    data = make(300)
    assert data.more == 1.5
    assert thinned(data, 60).more == 1.0


def test_a_rare_class_keeps_a_row_and_a_draw_without_classes_is_plain() -> None:
    strata = np.array([0] * 999 + [1])
    rows = drawn(np.arange(1000), 10, strata, (0, 0))
    assert 999 in rows
    assert (np.diff(rows) > 0).all()
    assert len(drawn(np.arange(1000), 10, None, (0, 0))) == 10
    assert len(drawn(np.arange(5), 10, None, (0, 0))) == 5
    assert (drawn(np.arange(1000), 10, None, (0, 0)) != drawn(np.arange(1000), 10, None, (0, 1))).any()


def test_a_fit_that_nothing_judges_has_the_rows_alone(make) -> None:
    data = make(300)
    data = replace(data, weight=np.arange(300.0), groups=np.arange(300))
    few = fewer(data, 100)
    assert few.frame.height == len(few.truth) == len(few.weight) == len(few.groups) == 100
    assert (few.truth == data.truth[few.groups]).all()
    assert len(few.folds[0].train) == 100
    assert not len(few.folds[0].valid)
    assert fewer(data, 300) is data
    assert (only(data, np.array([3, 5])).weight == [3.0, 5.0]).all()
