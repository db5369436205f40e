"""Ageing that was planted is found with its pace; where there is none, none is."""

import math

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.lifetime import lifetime


def table(rate, noise, seed, slices=8, ages=6):
    rng = np.random.default_rng(seed)
    level = rng.normal(0.8, 0.05, (slices, 1))
    made = level - rate * np.arange(ages) + noise * rng.normal(size=(slices, ages))
    made[np.add.outer(np.arange(slices), -np.arange(ages)) < 0] = math.nan  # old models need old rows
    return made


def test_a_planted_pace_is_found_though_slices_differ() -> None:
    found = lifetime(table(0.01, 0.003, 0), 0.3, 0.03)
    assert found.rate == pytest.approx(0.01, abs=0.002)
    assert found.rate_low < 0.01 < found.rate_high
    assert found.ages_at_all
    assert found.half == pytest.approx(15, abs=3)
    assert found.renew == pytest.approx(3, abs=0.6)
    assert [a.age for a in found.ages] == [2, 3, 4, 5, 6]
    assert all(a.low <= a.loss <= a.high for a in found.ages)


def test_where_nothing_ages_no_date_is_made_up() -> None:
    told = [lifetime(table(0.0, 0.01, seed), 0.3, 0.03).ages_at_all for seed in range(40)]
    assert np.mean(told) < 0.2
    found = lifetime(table(0.0, 0.01, 1), 0.3, 0.03)
    assert found.half == found.renew == math.inf
    assert found.seen == 6


def test_too_few_slices_are_refused() -> None:
    with pytest.raises(InputError, match="2 slices"):
        lifetime([[0.9, 0.8]] * 2, 0.3, 0.03)
