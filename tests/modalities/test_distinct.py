"""Codes stand for the values of the column."""

from datetime import date

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
