"""Holidays that the brief names reach the package, are told, and are refused in plain sentences."""

import sys
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.errors import BriefError, InputError, MissingExtra
from milepost.steps.holidays import AHEAD, EPOCH, public
from milepost.steps.work import Talk

EASTER_MONDAYS = [date(2020, 4, 13), date(2021, 4, 5), date(2022, 4, 18), date(2023, 4, 10), date(2024, 4, 1)]


def days(*given):
    return np.array([day.toordinal() - EPOCH for day in given])


def visits(first: date, count: int, seed: int = 0) -> pl.DataFrame:
    """Visits a day: fewer on holidays of Bavaria and, by half, on the day before."""
    dates = [first + timedelta(days=at) for at in range(count)]
    feasts = set(public("DE-BY", days(*dates)))
    chance = np.random.default_rng(seed)
    busy = [
        100 - 60 * (int(day) in feasts) - 30 * (int(day) + 1 in feasts) + 5 * chance.standard_normal()
        for day in days(*dates)
    ]
    return pl.DataFrame({"day": dates, "wind": chance.standard_normal(count), "visits": busy})


def project(tmp_path, rows, **column) -> Project:
    made = Project.new(tmp_path / "p", rows, "visits", budget="15s")
    brief = {"columns.day": {"holidays": "DE-BY", **column}, "budget.trials": 3}
    made.brief.changed(brief).write(made.folder)
    return Project(made.folder)


def test_holidays_of_years_to_come_are_foretold(tmp_path):
    made = project(tmp_path, visits(date(2017, 1, 1), 1500))
    assert made.run(yes=True, waive_all="a toy").done
    fresh = visits(date(2024, 1, 1), 366, seed=1)
    told = made.predict(fresh.drop("visits"))["prediction"].to_numpy()
    low = np.isin(days(*fresh["day"]), public("DE-BY", days(date(2024, 1, 1))))
    assert low.sum() == 12
    assert told[low].mean() < 55 < 85 < told[~low].mean()


def test_holidays_are_told_in_the_report(tmp_path):
    made = project(tmp_path, visits(date(2021, 1, 1), 365))
    made.run(until="prepare", talk=Talk(yes=True))
    found = Project(made.folder).found("prepare")
    assert (found.calendars["day"].first, found.calendars["day"].last) == (2020, 2021 + AHEAD)
    assert found.calendars["day"].share == pytest.approx(13 / 365, abs=0.02)
    assert "lie on a public holiday of DE-BY" in made.report().read_text(encoding="utf-8")


def test_movable_feasts_are_known():
    found = public("DE", days(EASTER_MONDAYS[0], EASTER_MONDAYS[-1]))
    assert set(days(*EASTER_MONDAYS)) <= set(found)
    assert set(days(date(2021, 1, 6))) - set(found)
    assert set(days(date(2021, 1, 6))) <= set(public("DE-BY", days(date(2021, 6, 1))))


def test_never_written_as_a_far_date_takes_no_time():
    found = public("US", days(date(2020, 1, 1), date(9999, 12, 31)))
    assert max(found) < days(date(2101, 1, 1))[0]


@pytest.mark.parametrize(
    ("place", "said"),
    [("XX", "no public holidays of 'XX' are known"), ("DE-ZZ", "One of the parts of DE: BB, BE")],
)
def test_places_that_nobody_knows_are_refused(place, said):
    with pytest.raises(InputError) as caught:
        public(place, days(date(2021, 1, 1)))
    assert said in str(caught.value)


def test_years_without_holidays_are_refused():
    with pytest.raises(InputError, match="are known for 1900 to"):
        public("KZ", days(date(1850, 1, 1)))


@pytest.mark.parametrize("column", ["wind", "visits"])
def test_a_column_of_something_else_is_refused(tmp_path, column):
    made = Project.new(tmp_path / "p", visits(date(2021, 1, 1), 200), "visits", budget="15s")
    made.brief.changed({f"columns.{column}": {"holidays": "DE"}}).write(made.folder)
    with pytest.raises(InputError, match="names holidays, but"):
        Project(made.folder).run(until="prepare", talk=Talk(yes=True))


def test_a_word_that_is_no_code_is_refused(tmp_path):
    made = Project.new(tmp_path / "p", visits(date(2021, 1, 1), 50), "visits")
    with pytest.raises(BriefError, match="the code of a country"):
        made.brief.changed({"columns.day": {"holidays": "Germany"}})


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(MissingExtra, match="holidays"):
        public("DE", days(date(2021, 1, 1)))
