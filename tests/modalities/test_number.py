"""Numbers: the graph agrees with numpy and scipy, and nothing breaks it."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from milepost.data.facts import facts_of
from milepost.modalities.number import Number
from milepost.testing.modalities import check_modality, features

NUMBER = Number()


def fitted(series, view):
    frame = pl.DataFrame({"x": series})
    facts = {"x": facts_of(frame["x"])}
    return NUMBER.vectorizer(view, facts).fit(frame, None, None), {"x": NUMBER.wire(facts["x"])}


def answer(series, view, rows):
    form, wires = fitted(series, view)
    return features(form, pl.DataFrame({"x": pl.Series(rows, dtype=series.dtype)}), wires)


def test_trees_keep_the_number_and_nan():
    series = pl.Series([1.5, None, -2.0])
    assert answer(series, "trees", [0.1, None, np.inf]).tolist() == [
        [np.float32(0.1)],
        [pytest.approx(np.nan, nan_ok=True)],
        [np.inf],
    ]


@pytest.mark.parametrize("offset", [1_700_000_000.0, 2.0**40])
def test_large_numbers_keep_their_small_differences(offset):
    series = pl.Series(offset + np.arange(101.0))
    form, wires = fitted(series, "trees")
    assert wires == {"x": "double"}
    assert features(form, pl.DataFrame({"x": series}), wires)[:, 0].tolist() == list(range(-50, 51))


def test_dense_is_robust_scaling_with_a_smooth_clip():
    rng = np.random.default_rng(0)
    values = rng.normal(50, 7, 1000)
    series = pl.Series([None, *values, *[None] * 4])
    form, _ = fitted(series, "dense")
    assert form.features == ("x", "x is missing")
    rows = [None, 50.0, 57.0, -1e30, 1e300, float("inf"), float("nan")]
    got = answer(series, "dense", rows)
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    z = (np.array([middle, 50.0, 57.0]) - middle) / (high - low)
    assert got[:3, 0] == pytest.approx(z / np.sqrt(1 + (z / 8) ** 2), abs=1e-6)
    assert got[3:, 0] == pytest.approx([-8, 8, 8, 0], abs=1e-5)
    assert got[:, 1].tolist() == [1, 0, 0, 0, 0, 0, 1]


def test_no_indicator_for_a_handful_of_rows():
    """What a few rows bear is learnt by heart: it says nothing of the next row that bears it."""
    assert fitted(pl.Series([None] * 4 + [1.0, 2.0] * 50), "dense")[0].features == ("x",)
    assert fitted(pl.Series([None] * 5 + [1.0, 2.0] * 50), "dense")[0].features == ("x", "x is missing")


def test_no_indicator_without_missing_values():
    assert fitted(pl.Series([1.0, 2.0, 3.0]), "dense")[0].features == ("x",)


def test_heavy_tails_are_laid_out_by_rank():
    values = np.random.default_rng(0).lognormal(0, 3, 5000)
    got = answer(pl.Series(values), "dense", values)[:, 0]
    exact = norm.ppf(rankdata(values) / 5001)
    assert np.abs(got - exact)[np.abs(exact) < 2].max() < 0.05
    assert np.corrcoef(rankdata(got), rankdata(values))[0, 1] > 0.9999
    ends = answer(pl.Series(values), "dense", [0.0, -1e30, 1e30, np.inf])[:, 0]
    assert np.isfinite(ends).all()
    assert np.abs(ends).max() < 4


def test_mostly_zero_numbers_are_told_apart():
    values = np.r_[np.zeros(900), np.arange(1.0, 101)]
    got = answer(pl.Series(values), "dense", [0.0, 1.0, 50.0, 100.0])[:, 0]
    assert (np.diff(got) > 0.1).all()


def test_a_constant_and_nothing_at_all():
    assert np.isfinite(answer(pl.Series([4.0] * 5), "dense", [4.0, None, 9.0])).all()
    empty = pl.Series([None, None], dtype=pl.Float64)
    assert np.isfinite(answer(empty, "dense", [4.0, None, 9.0])).all()


def test_integers_beyond_float32_are_carried_as_double():
    assert NUMBER.wire(facts_of(pl.Series("x", [1, 2**24]))) == "float"
    assert NUMBER.wire(facts_of(pl.Series("x", [1, 2**24 + 1]))) == "double"
    assert NUMBER.wire(facts_of(pl.Series("x", [1e6, 1e6 + 1]))) == "double"
    assert NUMBER.wire(facts_of(pl.Series("x", [-5.0, 1e6]))) == "float"


def test_summary_counts_and_codes():
    ages = np.random.default_rng(0).integers(18, 80, 990).astype(float)
    summary = NUMBER.summarize(pl.Series([*ages, *[-999.0] * 10, None]))
    assert (summary["rows"], summary["missing"], summary["low"]) == (1001, 1, -999)
    assert summary["codes"] == [{"value": -999.0, "share": pytest.approx(0.01)}]
    counts = summary["histogram"]
    assert sum(counts["counts"]) + counts["below"] + counts["above"] == 1000
    assert NUMBER.summarize(pl.Series(ages))["codes"] == []
    assert NUMBER.summarize(pl.Series([0.0, 1.0] * 50))["codes"] == []


def test_examples_lie_beyond_both_ends():
    for column in (pl.Series([1.0, 7.5]), pl.Series([1, 7])):
        examples = NUMBER.examples(column)
        assert examples[0] is None
        assert min(examples[1:]) < 1
        assert max(examples[1:]) > 7.5
        assert len(pl.Series(examples, dtype=column.dtype)) == len(examples)


floats = st.lists(st.none() | st.floats(width=64), min_size=1, max_size=30).map(
    lambda v: pl.Series(v, dtype=pl.Float64)
)
ints = st.lists(st.none() | st.integers(-(2**62), 2**62), min_size=1, max_size=30).map(
    lambda v: pl.Series(v, dtype=pl.Int64)
)


@settings(max_examples=12, deadline=None)
@given(floats | ints)
def test_any_numbers(series):
    check_modality(NUMBER, pl.DataFrame({"x": series}))
