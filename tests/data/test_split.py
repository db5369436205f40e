from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.data.split import Fold, commitment, folds, join_groups, seal, sparse, verify_commitment
from milepost.errors import InputError

Array = np.ndarray[Any, Any]


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, Array, Array, Array]:
    """Rows with strata, groups (some of several rows) and times with ties."""
    rows = draw(st.integers(30, 120))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    groups = random.integers(0, draw(st.integers(15, 200)), rows)
    return rows, random.integers(0, 3, rows), groups, random.integers(0, 25, rows)


def apart(left: Array, right: Array, groups: Array) -> bool:
    return not set(groups[left].tolist()) & set(groups[right].tolist())


@settings(max_examples=60, deadline=None)
@given(tables(), st.integers(0, 99), st.booleans())
def test_a_seal_is_complete_disjoint_whole_and_repeatable(
    table: tuple[int, Array, Array, Array], seed: int, grouped: bool
) -> None:
    rows, strata, groups, _ = table
    split = seal(rows, 0.2, strata, groups if grouped else None, None, seed)
    assert sorted([*split.development, *split.test]) == list(range(rows))
    assert apart(split.development, split.test, groups if grouped else np.arange(rows))
    again = seal(rows, 0.2, strata, groups if grouped else None, None, seed)
    assert (split.test == again.test).all()
    assert abs(len(split.test) - 0.2 * rows) <= (1 if not grouped else 2 + np.bincount(groups).max())


@settings(max_examples=60, deadline=None)
@given(tables())
def test_a_seal_by_time_holds_nothing_that_began_before(table: tuple[int, Array, Array, Array]) -> None:
    rows, _, groups, time = table
    plain = seal(rows, 0.2, time=time)
    assert time[plain.test].min() > time[plain.development].max()
    try:
        split = seal(rows, 0.2, groups=groups, time=time)
    except InputError:
        return
    assert split.how == "time"
    assert apart(split.development, split.test, groups)
    start = time[split.test].min()
    late = split.development[time[split.development] >= start]
    older = set(groups[time < start].tolist())
    assert all(group in older for group in groups[late])
    assert (f"{len(late):,} rows of that window" in split.reason) == bool(len(late))


@settings(max_examples=60, deadline=None)
@given(
    tables(), st.sampled_from(["kfold", "repeated", "holdout", "rolling"]), st.booleans(), st.integers(0, 9)
)
def test_folds_never_divide_a_group_and_are_repeatable(
    table: tuple[int, Array, Array, Array], kind: Any, grouped: bool, seed: int
) -> None:
    rows, strata, groups, time = table
    given_groups = groups if grouped else None

    def make() -> tuple[Fold, ...]:
        return folds(
            rows,
            kind=kind,
            folds=3,
            repeats=2,
            strata=strata,
            groups=given_groups,
            time=time if kind == "rolling" else None,
            seed=seed,
        )

    try:
        found = make()
    except InputError:
        assert kind == "rolling"
        return
    for fold, again in zip(found, make(), strict=True):
        assert (fold.valid == again.valid).all()
        assert len(fold.train) > 0
        assert len(fold.valid) > 0
        assert apart(fold.train, fold.valid, groups if grouped else np.arange(rows))
        if kind == "rolling":
            assert time[fold.train].max() < time[fold.valid].min()
    if kind in ("kfold", "repeated"):
        for repeat in {fold.repeat for fold in found}:
            judged = np.concatenate([fold.valid for fold in found if fold.repeat == repeat])
            assert sorted(judged) == list(range(rows))
    assert len(found) == {"kfold": 3, "repeated": 6, "holdout": 2, "rolling": 3}[kind]


def test_kfold_keeps_classes_in_proportion_and_repeats_differ() -> None:
    strata = np.repeat([0, 1], [90, 10])
    found = folds(100, kind="repeated", folds=5, repeats=2, strata=strata)
    assert [np.bincount(strata[fold.valid]).tolist() for fold in found] == [[18, 2]] * 10
    assert found[0].valid.tolist() != found[5].valid.tolist()
    assert (
        found[0].valid.tolist() != folds(100, kind="kfold", folds=5, strata=strata, seed=1)[0].valid.tolist()
    )


def test_rolling_windows_follow_one_another_to_the_end() -> None:
    time = np.random.default_rng(0).permutation(np.repeat(np.arange(50), 4))
    found = folds(200, kind="rolling", folds=4, time=time)
    for earlier, later in pairwise(found):
        assert time[earlier.valid].max() < time[later.valid].min()
        assert set(earlier.train) | set(earlier.valid) == set(later.train)
    assert set(found[-1].train) | set(found[-1].valid) == set(range(200))
    uneven = folds(100, kind="rolling", folds=3, time=np.r_[np.zeros(90), [1, 2, 3], np.full(7, 4)])
    assert len(uneven) == 3


def test_one_group_is_left_out_at_a_time() -> None:
    groups = np.array(["b", "a", "b", "c"])
    assert [fold.valid.tolist() for fold in folds(4, kind="groups", groups=groups)] == [[1], [0, 2], [3]]


def test_holdout_by_time_is_the_last_window() -> None:
    (fold,) = folds(10, kind="holdout", time=np.arange(10), fraction=0.3)
    assert fold.valid.tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    ("rows", "how", "says"),
    [
        (3, {"folds": 5}, "3 rows cannot be divided into 5 folds"),
        (20, {"groups": np.arange(20) // 10, "folds": 3}, "2 groups cannot be divided into 3"),
        (
            20,
            {"kind": "rolling", "folds": 5, "time": np.arange(20) // 10},
            "2 distinct times cannot make 5 windows",
        ),
        (20, {"kind": "rolling"}, "need the time"),
        (20, {"kind": "groups"}, "1 groups cannot be left out"),
        (20, {"kind": "kfolds"}, "Did you mean 'kfold'"),
    ],
)
def test_impossible_folds_are_refused(rows: int, how: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        folds(rows, **how)


@pytest.mark.parametrize(
    ("rows", "how", "says"),
    [
        (10, {"share": 1.5}, "share to seal is 1.5"),
        (1, {}, "cannot be divided"),
        (10, {"groups": np.zeros(10)}, "one group"),
        (10, {"time": np.zeros(10)}, "same time"),
    ],
)
def test_impossible_seals_are_refused(rows: int, how: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        seal(rows, **how)


def test_two_groups_are_still_divided() -> None:
    split = seal(100, 0.2, groups=np.repeat([0, 1], [80, 20]))
    assert len(split.test) == 20
    assert split.how == "group"


def test_many_groups_are_divided_in_time() -> None:
    groups = np.random.default_rng(0).integers(0, 150_000, 200_000)
    strata = np.random.default_rng(1).integers(0, 2, 200_000)
    assert len(seal(200_000, 0.2, strata, groups).test) == pytest.approx(40_000, abs=200)
    found = folds(200_000, kind="kfold", strata=strata, groups=groups)
    assert max(len(f.valid) for f in found) - min(len(f.valid) for f in found) < 20


def test_a_commitment_holds_for_these_rows_only() -> None:
    promised = commitment(np.array([3, 1, 2]), "salt")
    assert verify_commitment(np.array([1, 2, 3]), "salt", promised)
    assert not verify_commitment(np.array([1, 2, 4]), "salt", promised)
    assert not verify_commitment(np.array([1, 2, 3]), "pepper", promised)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**16))
def test_joined_groups_are_the_finest_that_hold_both(seed: int) -> None:
    random = np.random.default_rng(seed)
    one, two = random.integers(0, 12, 20), random.integers(0, 12, 20)
    joined = join_groups(one, two)
    reach = (one[:, None] == one) | (two[:, None] == two)
    for _ in range(5):
        reach = reach @ reach
    assert ((joined[:, None] == joined) == reach).all()
    assert joined[0] == 0
    assert set(joined) == set(range(joined.max() + 1))


def test_groupings_of_different_length_are_refused() -> None:
    with pytest.raises(InputError, match="one value a row"):
        join_groups(np.zeros(2), np.zeros(3))
    assert join_groups(np.array(["x", "y"])).tolist() == [0, 1]


def test_fewer_rows_judge_in_the_shares_of_their_folds() -> None:
    drawn = [Fold(np.arange(10), np.arange(10, 50)), Fold(np.arange(50), np.arange(50, 70))]
    few = sparse(drawn, 30, 0)
    assert [len(fold.valid) for fold in few] == [20, 10]
    assert all(set(a.valid) <= set(b.valid) for a, b in zip(few, drawn, strict=True))
    assert [len(fold.train) for fold in few] == [10, 50]
    assert (sparse(drawn, 30, 0)[0].valid == few[0].valid).all()
    assert (np.diff(few[0].valid) > 0).all()
    assert sparse(drawn, 60, 0)[0] is drawn[0]
