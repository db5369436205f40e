"""Moments: the graph agrees with Polars' calendar."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.data.facts import facts_of
from milepost.modalities.moment import MISSING, Moment
from milepost.testing.modalities import check_modality, features

MOMENT = Moment()


def fit(series, view):
    frame = pl.DataFrame({"t": series})
    return MOMENT.vectorizer(view, {"t": facts_of(frame["t"])}).fit(frame, None, None)


def answer(form, rows):
    return features(form, pl.DataFrame({"t": rows}), {"t": "int64"})


def hours(count, step=7, start=datetime(1968, 3, 1)):
    return pl.Series([start + timedelta(hours=step * at, minutes=at % 60) for at in range(count)])


def test_trees_see_calendar_parts():
    series = hours(3000)
    form = fit(series, "trees")
    assert form.features == (
        "t elapsed days",
        "t year",
        "t month",
        "t day of month",
        "t day of week",
        "t day of year",
        "t hour",
        "t minute of day",
    )
    got = answer(form, series)
    parts = series.dt
    expected = [
        parts.year(),
        parts.month(),
        parts.day(),
        parts.weekday() - 1,
        parts.ordinal_day(),
        parts.hour(),
        parts.hour().cast(pl.Int32) * 60 + parts.minute().cast(pl.Int32),
    ]
    for at, part in enumerate(expected):
        np.testing.assert_array_equal(got[:, at + 1], part.to_numpy())
    middle = np.sort(series.dt.epoch("s").to_numpy())[1500]
    np.testing.assert_allclose(got[:, 0], (series.dt.epoch("s").to_numpy() - middle) / 86400, rtol=1e-6)


def test_elapsed_time_keeps_its_seconds():
    start = datetime(2024, 5, 1)
    series = pl.Series([start + timedelta(seconds=at) for at in range(100)])
    got = answer(fit(series, "trees"), series)[:, 0]
    np.testing.assert_allclose(np.diff(got) * 86400, 1, rtol=1e-4)


def test_constant_parts_are_left_out():
    days = pl.Series([date(2023, 5, 1) + timedelta(days=at) for at in range(20)])
    form = fit(days, "trees")
    assert form.features == ("t elapsed days", "t day of month", "t day of week", "t day of year")
    assert fit(hours(50, 1), "trees").features[-1] == "t minute of day"
    whole = pl.Series([datetime(2023, 5, 1) + timedelta(hours=at) for at in range(50)])
    assert fit(whole, "trees").features[-1] == "t hour"


def test_missing_moments():
    series = hours(500)
    with_gaps = pl.concat([series, pl.Series([None] * 20, dtype=series.dtype)])
    assert np.isnan(answer(fit(series, "trees"), with_gaps)[500:]).all()
    form = fit(with_gaps, "dense")
    got = answer(form, with_gaps)
    assert form.features[-1] == "t is missing"
    assert got[:, -1].tolist() == [0] * 500 + [1] * 20
    assert "t is missing" not in fit(series, "dense").features


def test_dense_cycles_are_sines_and_cosines():
    series = hours(2000)
    form = fit(series, "dense")
    got = dict(zip(form.features, answer(form, series).T, strict=True))
    weekday = series.dt.weekday().to_numpy() - 1.0
    for harmonic in (1, 2, 3):
        angle = 2 * np.pi * harmonic * weekday / 7
        np.testing.assert_allclose(got[f"t day of week sin{harmonic}"], np.sin(angle), atol=2e-6)
        np.testing.assert_allclose(got[f"t day of week cos{harmonic}"], np.cos(angle), atol=2e-6)
    minute = series.dt.hour().to_numpy() * 60.0 + series.dt.minute().to_numpy()
    np.testing.assert_allclose(got["t minute of day cos2"], np.cos(4 * np.pi * minute / 1440), atol=2e-6)


def test_zones_come_in_as_utc():
    zoned = pl.Series([datetime(2024, 7, 1, 12)]).dt.replace_time_zone("America/New_York")
    plain = pl.Series([datetime(2024, 7, 1, 16)])
    form = fit(hours(3000), "trees")
    np.testing.assert_array_equal(answer(form, zoned), answer(form, plain))


def test_summary_and_examples():
    summary = MOMENT.summarize(pl.Series([date(2020, 1, 1), date(2020, 1, 11), None]))
    assert (summary["rows"], summary["missing"], summary["distinct"]) == (3, 1, 2)
    assert summary["low"].startswith("2020-01-01")
    assert sum(summary["histogram"]["counts"]) == 2
    examples = MOMENT.examples(pl.Series([datetime(2020, 1, 1)]))
    assert any(example and example.year < 1970 for example in examples)
    assert MOMENT.recognize(facts_of(pl.Series("t", [date(2020, 1, 1)])))[0] > 0.9
    assert MOMENT.recognize(facts_of(pl.Series("t", ["x"])))[0] == 0


@pytest.mark.parametrize("second", [MISSING + 1, 2**62, -(2**62)])
def test_seconds_beyond_any_calendar_stay_finite(second):
    form = fit(hours(100), "dense")
    assert np.isfinite(answer(form, pl.Series([second]))).all()


moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
days = st.lists(st.none() | st.dates(), min_size=1, max_size=20).map(lambda v: pl.Series(v, dtype=pl.Date))
times = st.lists(st.none() | moments, min_size=1, max_size=20).map(
    lambda v: pl.Series(v, dtype=pl.Datetime("us"))
)


@settings(max_examples=12, deadline=None)
@given(days | times)
def test_any_moments(series):
    check_modality(MOMENT, pl.DataFrame({"t": series}))


def test_a_moment_in_words_is_in_utc():
    second = int(datetime(2024, 2, 29, 12, tzinfo=UTC).timestamp())
    assert MOMENT.summarize(pl.Series([second]))["low"] == "2024-02-29 12:00:00"
