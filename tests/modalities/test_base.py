"""The door: raw columns as tensors and as text."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from milepost.modalities.base import feed, modalities, text


def test_the_four_kinds_are_found():
    assert {"number", "category", "moment", "place"} <= set(modalities)
    assert all(modalities[name].name == name for name in modalities)


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (pl.Series([1, None]), ["1", None]),
        (pl.Series([1.0, -0.0, None, np.nan]), ["1", "0", None, None]),
        (pl.Series([1.0, 0.25, np.nan]), ["1", "0.25", None]),
        (pl.Series([1e17, 1.0]), ["100000000000000000", "1"]),
        (pl.Series([True, None]), ["true", None]),
        (pl.Series(["é", ""]), ["é", ""]),
        (pl.Series([date(2020, 1, 2)]), ["2020-01-02"]),
    ],
)
def test_text(series, words):
    assert text(series).to_list() == words


def test_tensors():
    low = np.iinfo(np.int64).min
    moments = pl.Series([datetime(1970, 1, 1, 0, 0, 5), None, datetime(1969, 12, 31, 23, 59, 59)])
    assert feed(moments, "int64").tolist() == [[5], [low], [-1]]
    assert feed(pl.Series([date(1970, 1, 2)]), "int64").tolist() == [[86400]]
    assert feed(pl.Series([None, "a"]), "string").tolist() == [[""], ["a"]]
    big = feed(pl.Series([2**40 + 1, None]), "double")
    assert big.dtype == np.float64
    assert big[0, 0] == 2**40 + 1
    assert np.isnan(big[1, 0])
    assert feed(pl.Series([1e300]), "float").tolist() == [[np.inf]]
