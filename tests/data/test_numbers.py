"""Written numbers."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.data.numbers import parse


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8, unique=True))
def test_thousands_round_trip(values: list[int]) -> None:
    found = parse(pl.Series([f"{value:,}" for value in values]))
    assert found is not None
    assert found[0].to_list() == [float(value) for value in values]


@given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)), min_size=1, max_size=8, unique=True))
def test_european_round_trip(values: list[float]) -> None:
    swap = str.maketrans(",.", ".,")
    found = parse(pl.Series([f"{value:,.2f}".translate(swap) for value in values]))
    assert found is not None
    assert found[0].to_list() == pytest.approx(values)


@pytest.mark.parametrize("values", [["1,2,3"], ["12,34", "1,234.5"], ["a1"], ["5%", "6"], ["1-2"], ["$"], []])
def test_other_texts_are_refused(values: list[str]) -> None:
    assert parse(pl.Series(values, dtype=pl.String)) is None


def test_marks() -> None:
    swiss = parse(pl.Series(["CHF 1'234.50"]))
    assert swiss is not None
    assert swiss[0].to_list() == [1234.5]
    assert "currency CHF" in swiss[1]
    share = parse(pl.Series(["0", "12,5 %"]))
    assert share is not None
    assert share[0].to_list() == [0.0, 12.5]
