"""Columns that cannot divide rows are refused; rows without a value keep a place of their own."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from milepost.data.divide import divides, groups, times
from milepost.errors import InputError

FRAME = pl.DataFrame(
    {
        "day": [dt.date(2024, 1, 1), None, dt.date(2023, 1, 1)],
        "week": ["week 1", "week 2", None],
        "late": [True, False, True],
        "none": pl.Series([None, None, None], dtype=pl.String),
    }
)


@pytest.mark.parametrize(
    ("column", "what", "says"),
    [
        ("dya", "time", "Did you mean 'day'"),
        ("late", "time", "also what is predicted"),
        ("late", "group", "also what is predicted"),
        ("none", "group", "holds no value"),
        ("week", "time", "such as 'week 1'"),
    ],
)
def test_what_cannot_divide_is_refused(column: str, what: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        divides(FRAME, column, what, ["late"])


def test_truth_values_have_no_order_in_time() -> None:
    with pytest.raises(InputError, match="truth values"):
        divides(FRAME, "late", "time")


def test_dates_order_and_words_group() -> None:
    divides(FRAME, "day", "time", ["late"])
    divides(FRAME, "week", "group", ["late"])
    assert times(FRAME, "day").tolist() == [2, 0, 1]


def test_rows_without_a_group_stand_alone() -> None:
    found = groups(pl.DataFrame({"g": [None, "a", None, "a", None]}), "g")
    assert found[1] == found[3]
    assert len(np.unique(found)) == 4
    assert len(np.unique(groups(pl.DataFrame({"g": pl.Series([None] * 3, dtype=pl.String)}), "g"))) == 3
