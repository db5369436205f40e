"""The few types that remain."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from milepost.data.plain import plain
from milepost.errors import InputError


@pytest.mark.parametrize(
    ("series", "dtype", "values", "noted"),
    [
        (pl.Series([Decimal("1.25")]), "Float64", [1.25], False),
        (pl.Series([2**63], dtype=pl.UInt64), "Float64", [2.0**63], True),
        (pl.Series([None]), "String", [None], True),
        (pl.Series([""]), "String", [None], False),
        (pl.Series([dt.time(10, 5)]), "String", ["10:05:00"], True),
        (pl.Series([dt.timedelta(minutes=2)]), "Float64", [120.0], True),
        (pl.Series([{"a": 1}]), "String", ['{"a": 1}'], True),
        (
            pl.Series([dt.datetime(2020, 1, 1)], dtype=pl.Datetime("ns")),
            "Datetime(time_unit='us', time_zone=None)",
            None,
            False,
        ),
        (pl.Series(["a"], dtype=pl.Enum(["a"])), "String", ["a"], False),
        (pl.Series([float("nan")]), "Float64", [None], False),
    ],
)
def test_types(series: pl.Series, dtype: str, values: list[object] | None, noted: bool) -> None:
    frame, notes = plain(pl.DataFrame({"x": series}))
    assert str(frame["x"].dtype) == dtype
    assert values is None or frame["x"].to_list() == values
    assert bool(notes) == noted


def test_bytes_are_refused() -> None:
    with pytest.raises(InputError, match="'x' holds Binary"):
        plain(pl.DataFrame({"x": [b"a"]}))
