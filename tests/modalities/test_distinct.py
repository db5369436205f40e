"""Codes stand for the values of the column."""

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from milepost.modalities.distinct import distinct, texts


@pytest.mark.parametrize(
    "series",
    [
        pl.Series(["b", None, "a", "b", ""]),
        pl.Series([3, None, -1, 3]),
        pl.Series([0.5, None, 2.0, 0.5]),
        pl.Series([0.5, None, 2.0, 0.5], dtype=pl.Float32),
        pl.Series([-128, 127, None, -128], dtype=pl.Int8),
        pl.Series([2**64 - 1, 0, None, 2**64 - 1, 2**63], dtype=pl.UInt64),
        pl.Series([2**64 - 1, 2**64 - 2, 2**64 - 1], dtype=pl.UInt64),
        pl.Series([-(2**63), 2**63 - 1, None, 7]),
        pl.Series([2**53, 2**53 + 1, None]),
        pl.Series([2**100, None, 1, 2**100], dtype=pl.Int128),
        pl.Series([Decimal("1.5"), None, Decimal("1.5")]),
        pl.Series([b"a", None, b"", b"a"]),
        pl.Series([datetime(2020, 1, 1, 12), None, datetime(2020, 1, 1, 12)]),
        pl.Series([None, "a", None, "b", "a"]),
        pl.Series([True, None, False, True]),
        pl.Series([date(2020, 1, 1), None, date(2020, 1, 1)]),
        pl.Series(["b", None, "a", "b"], dtype=pl.Categorical),
        pl.Series(["b", None, "a"], dtype=pl.Enum(["a", "b"])),
        pl.Series([None, None]),
        pl.Series([], dtype=pl.String),
    ],
)
def test_codes_give_the_column_back(series):
    codes, values = distinct(series)
    assert values.gather(codes).to_list() == series.to_list()
    assert len(values) == series.n_unique()
    assert list(dict.fromkeys(codes.tolist())) == list(range(len(values)))


def test_chunks_share_one_dictionary():
    series = pl.concat([pl.Series(["a", "b"]), pl.Series(["b", "c"])], rechunk=False)
    codes, values = distinct(series)
    assert codes.tolist() == [0, 1, 1, 2]
    assert len(values) == 3


def test_texts_join_what_reads_alike():
    codes, words = texts(pl.Series([0.0, -0.0, None, np.nan, 1.5]))
    assert [words[code] for code in codes] == ["0", "0", "", "", "1.5"]
    assert len(words) == 3
    codes, words = texts(pl.Series(["", None, "a"]))
    assert [words[code] for code in codes] == ["", "", "a"]
    assert len(words) == 2
