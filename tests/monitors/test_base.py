"""The reference gives numbers by one code, and parts of itself; monitors are found."""

import numpy as np
import polars as pl
import pytest

from milepost.monitors.base import calendar, floats, monitors, shares


def test_there_are_these_monitors() -> None:
    assert set(monitors) == {"content", "drift", "health", "quality"}


def test_rows_become_numbers_by_the_code_of_the_reference(normal, window) -> None:
    table = normal.table(normal.frame)
    assert table.shape == (4000, 5)  # x, z, c, hour and weekday
    other = window(c=pl.lit("never"), z=pl.lit("words")).frame
    seen = normal.table(other)
    assert np.isnan(seen[:, 1:3]).all()
    assert np.isnan(normal.table(other.drop("at"))[:, 3:]).all()
    assert sorted(set(table[:, 2])) == [0.0, 1.0, 2.0]
    assert float((table[:, 2] == 0).mean()) == pytest.approx(0.6, abs=0.03)


def test_a_part_keeps_what_belongs_to_its_rows(normal) -> None:
    part = normal.part(np.arange(100))
    assert part.frame.height == len(part.truth) == 100
    assert part.memory == {}
    assert part.score == pytest.approx(normal.score, abs=0.15)
    assert normal.gain == pytest.approx(normal.score - 0.5)


def test_columns_as_shares_numbers_and_calendar() -> None:
    found = shares(pl.Series(["a", None, "a", "b"]))
    assert found.rows() == [("a", 0.5), ("", 0.25), ("b", 0.25)]
    assert np.isnan(floats(pl.Series(["1", "x", None]))).tolist() == [False, True, True]
    assert [part.tolist() for part in calendar(pl.Series(["2024-01-03"]).str.to_date())] == [[0.0], [3.0]]
