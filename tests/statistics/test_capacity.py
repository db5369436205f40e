"""Thresholds that keep a promise."""

import math

import numpy as np
import pytest
from scipy.stats import poisson

from milepost.errors import InputError
from milepost.statistics.capacity import capacity_threshold, neyman_pearson_threshold


def test_the_capacity_is_broken_on_at_most_one_day_in_twenty():
    scores = np.random.default_rng(0).uniform(size=50_000)
    found = capacity_threshold(scores, 8280, 200)
    assert found.risk == pytest.approx(0.05, abs=0.005)
    days = np.random.default_rng(1).poisson(8280 * (scores >= found.threshold).mean(), 20_000)
    assert (days > 200).mean() == pytest.approx(0.05, abs=0.01)
    assert poisson.sf(200, found.flagged) <= 0.05
    assert found.next_score < found.threshold


def test_days_that_differ_leave_more_room():
    scores = np.random.default_rng(0).uniform(size=50_000)
    steady, uneven = (capacity_threshold(scores, 8280, 200, dispersion=d) for d in (1.0, 10.0))
    assert uneven.flagged < steady.flagged - 20
    size = uneven.flagged / 9
    days = np.random.default_rng(1).negative_binomial(size, 0.1, 20_000)
    assert (days > 200).mean() == pytest.approx(0.05, abs=0.01)


def test_a_fixed_threshold_for_466_flags_breaks_a_capacity_of_200():
    assert poisson.sf(200, 466) > 0.999


def test_ties_are_flagged_together_or_not_at_all():
    scores = np.repeat([0.1, 0.9], [900, 100])
    assert capacity_threshold(scores, 1000, 150).threshold == 0.9
    nobody = capacity_threshold(scores, 1000, 50)
    assert nobody.flagged == 0
    assert nobody.threshold > 0.9
    everybody = capacity_threshold(scores, 10, 100)
    assert everybody.threshold == 0.1
    assert np.isnan(everybody.next_score)


def test_an_impossible_plan_is_refused():
    for arguments in (([], 10, 5), ([0.1], 0, 5), ([0.1], 10, 0)):
        with pytest.raises(InputError, match="cannot be planned"):
            capacity_threshold(*arguments)


def test_the_rate_of_false_alarms_is_kept_with_confidence():
    generator = np.random.default_rng(0)
    rates = [1 - neyman_pearson_threshold(generator.uniform(size=1000), 0.05, 0.05) for _ in range(2000)]
    assert np.mean(np.array(rates) > 0.05) <= 0.06
    assert np.mean(rates) > 0.03


def test_the_number_of_negatives_needed_is_named():
    assert math.ceil(math.log(0.05) / math.log(0.95)) == 59
    neyman_pearson_threshold(np.arange(59), 0.05, 0.05)
    with pytest.raises(InputError, match="At least 59"):
        neyman_pearson_threshold(np.arange(58), 0.05, 0.05)
