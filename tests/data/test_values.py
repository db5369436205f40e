"""How text becomes numbers, moments, truth values, or stays text."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from milepost.data.values import typed


def one(values: list[str | None], **options: bool) -> tuple[list[object], str]:
    frame, notes = typed(pl.DataFrame({"x": pl.Series(values, dtype=pl.String)}), **options)
    return frame["x"].to_list(), " ".join(notes)


@pytest.mark.parametrize(
    ("values", "wanted", "said"),
    [
        (["1", "-2", None], [1, -2, None], ""),
        (["1", "2.5"], [1.0, 2.5], ""),
        ([" 1", "2 "], [1, 2], ""),
        (["1", "NA", "n/a"], [1, None, None], "2 value(s) ('NA', 'n/a') were taken as missing"),
        (["1", "inf"], [1.0, None], "1 infinite"),
        (["1", "nan"], [1.0, None], ""),
        (["007", "010"], ["007", "010"], "leading zeros"),
        (["1,234.50", "5"], [1234.5, 5.0], "'1,234.50' is read as 1234.5"),
        (["€5", "€1,000"], [5.0, 1000.0], "currency €"),
        (["12 %", "5%"], [12.0, 5.0], "percent"),
        (["(5.00)", "$7"], [-5.0, 7.0], "currency $"),
        (["€5", "$5"], ["€5", "$5"], ""),
        (["1.234,50", "7,1"], [1234.5, 7.1], "read as"),
        (["1 234,5", "2"], [1234.5, 2.0], "read as"),
        (["192.168.1", "10.0.0"], ["192.168.1", "10.0.0"], ""),
        (["true", "False", None], [True, False, None], ""),
        (["yes", "no"], ["yes", "no"], ""),
        (["12345678901234567890"] * 2, ["12345678901234567890"] * 2, "more than 18 digits"),
        ([None, None], [None, None], "holds no value"),
        (["a", "?", "NA", "None"], ["a", None, "NA", "None"], "1 value(s) ('?')"),
        ([" a", " b"], ["a", "b"], "space before"),
        (["a", " ", "b"], ["a", None, "b"], ""),
    ],
)
def test_columns(values: list[str | None], wanted: list[object], said: str) -> None:
    got, notes = one(values)
    assert got == wanted
    assert said in notes
    assert bool(said) or not notes


def test_lone_comma_depends_on_the_file() -> None:
    assert one(["1,234", "5,678"])[0] == [1234.0, 5678.0]
    assert one(["1,234", "5,678"], comma=True)[0] == [1.234, 5.678]
    assert one(["0,123", "5,678"])[0] == [0.123, 5.678]


def test_a_few_bad_values_are_named_and_nothing_is_lost() -> None:
    values = [str(i) for i in range(99)] + ["twelve"]
    got, notes = one(values)
    assert got == values
    assert "looks like numbers, but 'twelve' is none" in notes
    days = [f"2013-01-{d:02d}" for d in range(1, 30)] + ["2013-02-30"]
    got, notes = one(days)
    assert got == days
    assert "'2013-02-30' cannot be one" in notes


def test_missing_words_of_number_columns_hold_for_text_columns() -> None:
    frame, _ = typed(pl.DataFrame({"n": ["1", "NA"], "t": ["NA", "x"]}))
    assert frame["t"].to_list() == [None, "x"]
    frame, _ = typed(pl.DataFrame({"n": ["1", "2"], "t": ["NA", "x"]}))
    assert frame["t"].to_list() == ["NA", "x"]


def test_dates_in_whole_numbers_need_the_name() -> None:
    frame, notes = typed(
        pl.DataFrame({"order_date": ["20130105", "20131231"], "n": ["20130105", "20131231"]})
    )
    assert frame["order_date"].to_list() == [dt.date(2013, 1, 5), dt.date(2013, 12, 31)]
    assert frame["n"].to_list() == [20130105, 20131231]
    assert len(notes) == 1


def test_without_guessing_only_dates_are_found() -> None:
    assert one(["1", "2"], guess=False)[0] == ["1", "2"]
    assert one(["2013-01-05", None], guess=False)[0] == [dt.date(2013, 1, 5), None]
