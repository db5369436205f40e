"""Histograms and codes of numbers."""

import json

import numpy as np
import polars as pl
import pytest

from milepost.modalities.numeric import QUANTILES, codes, finite, histogram, quartiles, summary


def test_counts_agree_with_numpy():
    values = np.random.default_rng(0).normal(size=1000)
    made = histogram(values)
    assert made["counts"] == np.histogram(values, 40)[0].tolist()
    assert (made["below"], made["above"]) == (0, 0)


def test_far_values_are_counted_beside_the_bins():
    values = np.r_[np.random.default_rng(0).normal(size=1000), 1e6]
    made = histogram(values)
    assert made["edges"][-1] < 10
    assert made["above"] >= 1
    assert sum(made["counts"]) + made["below"] + made["above"] == 1001


def test_few_whole_numbers_get_a_bin_each():
    made = histogram(np.repeat([1.0, 2.0, 4.0], [5, 3, 2]))
    assert made["edges"] == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert made["counts"] == [5, 3, 0, 2]


@pytest.mark.parametrize(
    "values",
    [[1e308, -1e308, 5.0], [1.8e16], [0.0], [5e-324, 1.0], [2**53, 2**53 + 2], [float("inf"), 1.0, 1.0]],
)
def test_any_summary_is_plain_json(values):
    made = summary(pl.Series(values, dtype=pl.Float64))
    json.dumps(made, allow_nan=False)
    counts = made["histogram"]
    known = len(finite(pl.Series(values, dtype=pl.Float64)))
    assert sum(counts["counts"]) + counts["below"] + counts["above"] == known


def test_codes_stand_apart_and_are_shared():
    rest = np.random.default_rng(0).normal(50, 10, 1000)
    assert [code["value"] for code in codes(np.r_[rest, [9999.0] * 30, [-1e4] * 10])] in (
        [9999.0, -1e4],
        [9999.0],
    )
    assert [code["value"] for code in codes(np.r_[rest, [9999.0] * 30])] == [9999.0]
    assert codes(np.r_[rest, 9999.0]) == []
    assert codes(rest) == []


def test_nothing_known():
    assert summary(pl.Series([None, None], dtype=pl.Float64)) == {"rows": 2, "missing": 2, "distinct": 0}


def test_one_sort_serves_all_facts_as_numpy_has_them():
    rng = np.random.default_rng(1)
    for values in (
        rng.normal(size=900),
        np.r_[rng.normal(size=900), 1e7, -1e6],
        rng.integers(0, 3, 500).astype(float),
        np.r_[np.full(40, -999.0), rng.integers(0, 90, 500)],
        np.repeat([0.1, 0.7], 9),
        np.array([3.0]),
    ):
        made = summary(pl.Series(rng.permutation(values)))
        assert list(made["quantiles"].values()) == np.quantile(values, QUANTILES).tolist()
        edges = np.array(made["histogram"]["edges"])
        assert made["histogram"]["counts"] == np.histogram(values, edges)[0].tolist()
        assert made["histogram"]["below"] == (values < edges[0]).sum()
        assert made["histogram"]["above"] == (values > edges[-1]).sum()
        assert made["distinct"] == len(set(values.tolist()))
        assert made["codes"] == codes(values)
    assert codes(np.r_[np.full(40, -999.0), np.arange(90.0)])[0]["share"] == pytest.approx(40 / 130)


def test_quartiles_are_those_of_numpy():
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 50, 777):
        for values in (np.sort(1e9 * rng.normal(size=size)), np.sort(rng.integers(0, 4, size) / 3)):
            assert list(quartiles(values)) == np.quantile(values, [0.25, 0.5, 0.75]).tolist()
