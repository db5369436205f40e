from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from milepost.errors import InputError
from milepost.tasks.checks import counter, learnable, numbers, single, whole, wordy


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["a"] * 20, "nothing to learn"),
        ([7.0] * 20, "'7' in all 20 rows"),
        ([f"id{i}" for i in range(20)], "identifier"),
        (list(range(100, 120)), "identifier"),
        (list(range(120, 100, -1)), "identifier"),
        ([1, 2] * 4, "8 labelled rows"),
        ([1, 2, None] * 8, "missing in 8 rows"),
    ],
)
def test_what_cannot_be_learnt_is_refused_with_a_way_out(values: list[object], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        learnable(pl.Series("y", values))
    assert caught.value.todo


@pytest.mark.parametrize(
    "values", [[3, 1, 2, 9, 4, 7, 5, 8, 6, 0, 12, 11], [0.5 * i for i in range(11)], [True, False] * 6]
)
def test_what_can_be_learnt_passes(values: list[object]) -> None:
    learnable(pl.Series("y", values))


def test_kinds_of_columns() -> None:
    assert whole(pl.Series([1, 2]))
    assert not whole(pl.Series([1.5]))
    assert not whole(pl.Series(["1"]))
    assert wordy(pl.Series(["a"], dtype=pl.Categorical))
    assert not wordy(pl.Series([1]))
    assert counter(pl.Series([1.0, 5.0]))
    assert not counter(pl.Series([1, 1]))
    assert not counter(pl.Series([1]))


def test_numbers_reads_numbers_only() -> None:
    assert numbers(pl.Series("y", [1, 2])).dtype == pl.Float64
    assert numbers(pl.Series("y", [True, False])).to_list() == [1.0, 0.0]
    with pytest.raises(InputError, match="holds text, such as 'a'"):
        numbers(pl.Series("y", ["a"]))
    with pytest.raises(InputError, match="moments or durations"):
        numbers(pl.Series("y", [dt.date(2020, 1, 1)]))
    with pytest.raises(InputError, match="missing or infinite in 2 rows"):
        numbers(pl.Series("y", [1.0, float("inf"), None]))


def test_single_names_the_columns_found() -> None:
    assert single(pl.DataFrame({"y": [1]}), "binary").name == "y"
    with pytest.raises(InputError, match="'a', 'b'"):
        single(pl.DataFrame({"a": [1], "b": [2]}), "binary")
