"""Holidays in the graph agree with a count of days by hand, and are unknown beyond the last known one."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from milepost.data.facts import facts_of
from milepost.modalities.holidays import FAR, Near
from milepost.modalities.moment import AWAY, FEASTS, Moment
from milepost.testing.modalities import check_modality, features

FEAST_DAYS = [date(2023, 1, 1), date(2023, 4, 7), date(2023, 4, 10), date(2023, 12, 25), date(2023, 12, 26)]
KNOWN = tuple((day - date(1970, 1, 1)).days for day in FEAST_DAYS)
YEAR = pl.Series([datetime(2023, 1, 1, 23) + timedelta(days=at) for at in range(360)])


def fit(view, rows=YEAR, holidays=KNOWN):
    facts = {"t": replace(facts_of(rows.alias("t")), holidays=holidays)}
    return Moment().vectorizer(view, facts).fit(pl.DataFrame({"t": rows}), None, None)


def answer(form, rows):
    columns = features(form, pl.DataFrame({"t": rows}), {"t": "int64"}).T
    return dict(zip(form.features, columns, strict=True))


def by_hand(day):
    since = min((day - feast).days for feast in FEAST_DAYS if feast <= day)
    until = min((feast - day).days for feast in FEAST_DAYS if feast >= day)
    return min(since, FAR), min(until, FAR)


def test_trees_see_how_far_holidays_are():
    got = answer(fit("trees"), YEAR)
    expected = np.array([by_hand(moment.date()) for moment in YEAR])
    np.testing.assert_array_equal(np.stack([got[f"t {title}"] for title in AWAY], axis=1), expected)
    assert {0, 1, FAR} <= set(expected.ravel())


def test_others_see_holidays_and_the_days_beside_them():
    got = answer(fit("dense"), YEAR)
    feast = [moment.date() in FEAST_DAYS for moment in YEAR]
    np.testing.assert_array_equal(got["t is a holiday"], feast)
    for title, away in (("t day after a holiday", 1), ("t day before a holiday", -1)):
        beside = [moment.date() - timedelta(days=away) in FEAST_DAYS for moment in YEAR]
        np.testing.assert_array_equal(got[title], np.array(beside) & ~np.array(feast))


@pytest.mark.parametrize("moment", [datetime(2022, 12, 31, 23, 59), datetime(2023, 12, 27), None])
def test_days_that_no_table_reaches_are_unknown(moment):
    rows = pl.Series([moment], dtype=pl.Datetime("us"))
    assert all(np.isnan(answer(fit("trees"), rows)[f"t {title}"]) for title in AWAY)
    assert not any(answer(fit("dense"), rows)[f"t {title}"] for title in FEASTS)


def test_a_missing_moment_is_no_holiday_though_the_median_is():
    rows = pl.Series([datetime(2023, 4, 6), datetime(2023, 4, 7), datetime(2023, 4, 8), None])
    got = answer(fit("dense", rows), rows)
    assert got["t is a holiday"].tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("days", [[100], [400, 500], []])
def test_holidays_that_tell_no_rows_apart_are_left_out(days):
    rows = pl.Series([datetime(2023, 1, 1) + timedelta(days=at) for at in days], dtype=pl.Datetime("us"))
    assert not {f"t {title}" for title in (*AWAY, *FEASTS)} & set(fit("trees", rows).features)
    assert fit("dense", rows).near is None


def test_the_order_of_holidays_and_doubled_ones_do_not_matter():
    table, same = Near.of(KNOWN), Near.of([*reversed(KNOWN), KNOWN[0]])
    assert table.first == same.first
    np.testing.assert_array_equal(table.away, same.away)


class Observed(Moment):
    """Moments of a country whose holidays are `KNOWN`."""

    def vectorizer(self, view, facts):
        return super().vectorizer(view, {name: replace(one, holidays=KNOWN) for name, one in facts.items()})


def test_what_holds_for_all_modalities_holds_with_holidays():
    check_modality(Observed(), pl.DataFrame({"t": YEAR}))
