"""Dates and moments in the forms people write."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.data.moments import parse

DAY = dt.date(2013, 1, 25)


@pytest.mark.parametrize(
    "text",
    [
        "2013-01-25",
        "2013/1/25",
        "25.01.2013",
        "25/01/2013",
        "01/25/2013",
        "25-01-2013",
        "25 Jan 2013",
        "January 25, 2013",
    ],
)
def test_days(text: str) -> None:
    found = parse(pl.Series([text]))
    assert found is not None
    assert found[0].to_list() == [DAY]
    assert found[1] == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2013-01-25 10:30", (10, 30, 0)),
        ("2013-01-25T10:30:15.500", (10, 30, 15, 500_000)),
        ("2013-01-25T10:30:15Z", (10, 30, 15)),
        ("2013-01-25T10:30:15+02:00", (8, 30, 15)),
        ("2013-01-25 10:30:15-0530", (16, 0, 15)),
        ("1/25/2013 1:05 PM", (13, 5, 0)),
        ("1/25/2013 12:05 AM", (0, 5, 0)),
        ("1/25/13 7:05", (7, 5, 0)),
    ],
)
def test_moments(text: str, wanted: tuple[int, ...]) -> None:
    found = parse(pl.Series([text]))
    assert found is not None
    assert found[0].to_list() == [dt.datetime(2013, 1, 25, *wanted)]


def test_mixed_forms_and_zones_are_one_column() -> None:
    found = parse(pl.Series(["2013-01-25", "2013-01-25T10:00:00Z", "2013-01-25 10:00:00+01:00"]))
    assert found is not None
    assert [m.hour for m in found[0].to_list()] == [0, 10, 9]
    assert "taken as UTC" in found[1][0]


def test_ambiguous_days_are_said() -> None:
    found = parse(pl.Series(["01/02/2013"]))
    assert found is not None
    assert found[0].to_list() == [dt.date(2013, 1, 2)]
    assert "month before day" in found[1][0]
    german = parse(pl.Series(["01.02.2013"]))
    assert german is not None
    assert german == (german[0], ())
    assert german[0].to_list() == [dt.date(2013, 2, 1)]


def test_what_is_no_date() -> None:
    assert parse(pl.Series(["10:30", "x"])) is None
    assert parse(pl.Series(["25/13/2013", "13/25/2013"])) is None
    found = parse(pl.Series(["2013-02-30"]))
    assert found is not None
    assert found[0].to_list() == [None]


@given(st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9998, 1, 1)))
def test_iso_round_trip(moment: dt.datetime) -> None:
    found = parse(pl.Series([moment.isoformat(sep=" ")]))
    assert found is not None
    assert found[0].to_list() == [moment]
