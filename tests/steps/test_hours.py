"""What 50 more hours would buy: known courses of a search, known learning curves, costs from the brief."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from milepost import metrics
from milepost.statistics.invest import HOURS
from milepost.steps.grow import Grown
from milepost.steps.hours import exchange, hours
from milepost.steps.overfit import Findings as Grew

ROWS = 400
SIZES = (50, 100, 200, 400, 800, 1600, 3200)


def work(steep: bool, seconds: float = 30.0, **value):
    """A step's surroundings: folds of 400 rows, a learning curve that is steep or flat, costs."""
    rng = np.random.default_rng(0)
    falls = 3.0 if steep else 0.0
    losses = tuple(tuple(0.3 + falls * n**-0.5 + 0.002 * rng.normal(size=5)) for n in SIZES)
    grown = Grown("lightgbm", SIZES, losses, (), (), "power", (), "", "", "")
    arrays = {"units": np.arange(ROWS), "folds": np.where(np.arange(ROWS) % 2 == np.arange(2)[:, None], 2, 1)}
    costs = {"cost_unit": "", "label_cost": None, "hour_cost": None, **value}
    return SimpleNamespace(
        seed=0, engine=SimpleNamespace(workers=2), brief=SimpleNamespace(value=SimpleNamespace(**costs)),
        found=lambda step, kind: Grew((), None, grown, ()), has=lambda step: True,
        array=lambda step, name: arrays[name],
    )  # fmt: skip


def course(falls: float, seconds: float = 30.0):
    """A search whose losses fall by a half-life of four configurations, and their scores: twice the fall."""
    rng = np.random.default_rng(1)
    common = 0.1 * rng.normal(size=ROWS)
    means = 0.5 + falls * 0.5 ** (np.arange(16) / 4)
    tried = [
        SimpleNamespace(losses=m + common + 0.01 * rng.normal(size=ROWS), loss=m, seconds=seconds)
        for m in means
    ]
    return tried, [0.9 - 2 * m for m in means]


METRIC = metrics.get("roc_auc")


def test_rows_are_recommended_where_the_curve_is_steep_and_the_search_flat() -> None:
    found = hours(work(True), METRIC, *course(0.0001))
    assert found.choice == "data"
    assert found.rows == SIZES[-1]
    assert found.rows_low <= 2 * 3 * (3200**-0.5 - 6400**-0.5) * 1.1
    assert found.rows_high >= 2 * 3 * (3200**-0.5 - 6400**-0.5) * 0.9
    assert "3,200 more rows" in found.says
    assert "equally dear" in found.says


def test_tuning_is_recommended_where_the_search_still_falls_and_the_curve_is_flat() -> None:
    found = hours(work(False), METRIC, *course(0.3, 40_000.0))
    assert found.choice == "model"
    left = 2 * 0.3 * 0.5 ** (15 / 4)
    assert found.tuning_low < 1.5 * left
    assert found.tuning_high > 0.5 * left


def test_costs_decide_how_many_rows_the_hours_would_pay() -> None:
    found = hours(work(True, label_cost=2.0, hour_cost=10.0, cost_unit="EUR"), METRIC, *course(0.0001))
    assert found.rows == HOURS * 10 / 2
    assert "at 500 EUR for the rows and 500 EUR for the hours" in found.says
    many = hours(work(True, label_cost=0.001, hour_cost=10.0), METRIC, *course(0.0001))
    assert many.rows == 3 * SIZES[-1]


def test_without_a_learning_curve_or_a_course_nothing_is_recommended() -> None:
    bare = work(True)
    bare.has = lambda step: False
    found = hours(bare, METRIC, *course(0.01))
    assert (found.rows, found.choice) == (0, "")
    assert "cannot be told" in found.says
    tried, scores = course(0.01)
    assert hours(bare, METRIC, tried[:5], scores[:5]) is None


def test_losses_become_units_of_the_metric() -> None:
    rng = np.random.default_rng(0)
    losses = np.linspace(0.4, 0.5, 12)
    low, high = exchange(losses, 0.9 - 1.5 * losses + 0.002 * rng.normal(size=12), 0)
    assert low <= 1.5 <= high
    assert high < 2.5
    assert exchange([0.4] * 6, [0.8] * 6, 0) == (0.0, 0.0)
    assert not math.isnan(exchange([0.4, 0.4, 0.4, 0.5], [0.8] * 4, 0)[0])
    assert exchange([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], 0) == pytest.approx((1.0, 1.0))
