"""Slices of time."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from milepost.data.trends import slices

RNG = np.random.default_rng(0)
DAYS = pl.Series([datetime(2020, 1, 1) + timedelta(hours=7 * n) for n in range(1200)])


def test_rows_and_level_by_month() -> None:
    rising = (RNG.random(1200) < np.linspace(0.1, 0.6, 1200)).astype(int)
    found = slices(DAYS, rising)
    assert found.unit == "1mo"
    assert sum(found.rows) == 1200
    assert found.times[0] == "2020-01-01T00:00:00"
    assert found.level[-1] > found.level[0] + 0.2
    assert all(a < m < b for a, m, b in zip(found.low, found.level, found.high, strict=True))
    assert found.p < 1e-6


def test_no_trend_is_no_trend() -> None:
    p = [slices(DAYS, RNG.random(1200) < 0.3).p for _ in range(60)]
    assert np.mean(np.array(p) < 0.05) < 0.17


def test_numbers_are_time_too_and_gaps_are_left_out() -> None:
    time = pl.Series([*range(999), None])
    found = slices(time, np.arange(1000.0))
    assert len(found.times) == 40
    assert sum(found.rows) == 999
    assert found.unit == ""
    years = slices(pl.Series(np.repeat([2018, 2019, 2020], 50)), np.zeros(150))
    assert years.times == (2018.0, 2019.0, 2020.0)
    assert years.p == 1.0


def test_slices_with_few_rows_have_no_level() -> None:
    time = pl.Series([1] * 100 + [2] * 5)
    assert slices(time, np.ones(105)).level == (1.0, None)
    one = slices(pl.Series([datetime(2020, 1, 1)] * 30), np.arange(30) % 2)
    assert len(one.times) == 1
