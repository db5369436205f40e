"""What counts as one unit among test rows."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from milepost.brief import Brief
from milepost.steps.units import stretches, units

DAYS = pl.DataFrame({"at": [datetime(2024, 1, 1) + timedelta(hours=6 * i) for i in range(80)]})


def brief(**data: str) -> Brief:
    return Brief.of({"data": data})


def test_rows_of_a_day_are_one_unit() -> None:
    assert len(np.unique(units(brief(time="at"), DAYS))) == 20


def test_a_group_is_one_unit_where_there_are_ten() -> None:
    rows = pl.DataFrame({"g": [f"g{i % 12}" for i in range(60)], "h": ["a", "b", "c"] * 20})
    assert len(np.unique(units(brief(group="g"), rows))) == 12
    assert len(np.unique(units(brief(group="h"), rows))) == 60


def test_numbered_times_are_cut_into_stretches_in_their_order() -> None:
    rows = pl.DataFrame({"t": list(range(400))[::-1]})
    assert len(np.unique(units(brief(time="t"), rows))) == 400
    found = stretches(brief(time="t"), rows)
    assert np.bincount(found).tolist() == [10] * 40
    assert found[0] == 39
    assert found[-1] == 0


def test_few_days_are_cut_into_stretches_too_and_rows_without_time_stay_alone() -> None:
    assert len(np.unique(stretches(brief(time="at"), DAYS[:20]))) == 10
    assert len(np.unique(stretches(brief(), DAYS))) == 80
