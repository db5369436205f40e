"""Facts of columns."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from milepost.data.facts import distinct, facts_of
from milepost.modalities.base import Facts


@pytest.mark.parametrize(
    ("series", "facts"),
    [
        (pl.Series("x", [1.5, None, np.nan, 3.0, np.inf]), Facts("x", "float", 5, 2, 3, 1.5, 3.0)),
        (pl.Series("x", [5, 5, None]), Facts("x", "int", 3, 1, 1, 5, 5)),
        (pl.Series("x", [True, False, None]), Facts("x", "bool", 3, 1, 2)),
        (pl.Series("x", ["a", "", None, "abc"]), Facts("x", "text", 4, 2, 2, length=2.0, words=1.0)),
        (pl.Series("x", [date(2020, 1, 1)] * 2), Facts("x", "date", 2, 0, 1)),
        (pl.Series("x", [datetime(2020, 1, 1), None]), Facts("x", "datetime", 2, 1, 1)),
        (pl.Series("x", [None, None]), Facts("x", "text", 2, 2, 0)),
        (pl.Series("x", [None, None], dtype=pl.Float64), Facts("x", "float", 2, 2, 0)),
        (pl.Series("x", ["a"], dtype=pl.Categorical), Facts("x", "text", 1, 0, 1, length=1.0, words=1.0)),
    ],
)
def test_facts(series, facts):
    assert facts_of(series) == facts


@pytest.mark.parametrize("rows", [0, 1, 400, 60_000])
def test_distinct_values_of_few_and_many_rows(rows):
    rng = np.random.default_rng(0)
    part = np.where(rng.random(rows) < 0.2, np.nan, rng.integers(0, 90, rows) / 7)
    for column in (pl.Series(rng.integers(-50, 50, rows)), pl.Series(part), pl.Series(part.astype(str))):
        assert distinct(column) == column.n_unique()
