import numpy as np
import pytest

from milepost.statistics.days import Days, days_of
from milepost.statistics.expectation import dispersion


def test_even_days_are_even():
    rng = np.random.default_rng(0)
    day = np.sort(rng.integers(0, 100, 20_000))
    member = rng.random(20_000) < 0.1
    found = days_of(day, np.arange(20_000), {"late": member})
    assert found.number == 98
    assert found.per_day == pytest.approx(200, rel=0.01)
    assert found.dispersion == pytest.approx(1, abs=0.35)
    low, high = found.spread["late"]
    assert 0.4 < low < 0.8 < 1.2 < high < 1.7


def test_days_that_differ_are_named_with_how_much():
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.gamma(4, 25, 200))
    day = np.repeat(np.arange(200), counts)
    found = days_of(
        day, np.arange(len(day)), {"all": np.ones(len(day), bool), "none": np.zeros(len(day), bool)}
    )
    assert found.dispersion == pytest.approx(dispersion(counts[1:-1]))
    assert found.uneven == {"all": found.dispersion}
    assert set(found.spread) == {"all"}
    inside = (counts[1:-1] >= found.spread["all"][0] * found.per_day) & (
        counts[1:-1] <= found.spread["all"][1] * found.per_day
    )
    assert inside.mean() == pytest.approx(0.95, abs=0.02)


def test_the_first_and_the_last_day_do_not_count():
    day = np.repeat(np.arange(12), [1, *[50] * 10, 2])
    found = days_of(day, np.arange(len(day)), {})
    assert (found.number, found.per_day, found.dispersion) == (10, 50.0, 0.0)


def test_few_days_tell_nothing():
    assert days_of(np.repeat(np.arange(9), 10), np.arange(90), {}) is None
    assert days_of(np.zeros(0, int), np.zeros(0, int), {}) is None
    short = days_of(np.repeat(np.arange(20), 10), np.arange(200), {"all": np.ones(200, bool)})
    assert short.spread == {}


def test_unequal_days_are_as_unequal_at_any_scale():
    days = Days(100, 50.0, 3.0, {}, {})
    assert days.scaled(50) == 3.0
    assert days.scaled(500) == 21.0
    assert Days(100, 50.0, 0.5, {}, {}).scaled(100) == 1.0
