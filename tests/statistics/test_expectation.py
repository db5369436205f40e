"""The sentence a stakeholder reads, with its reference numbers."""

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.expectation import (
    Outcomes,
    Traffic,
    daily_counts,
    dispersion,
    precision_at,
    scenarios,
)

FRAUD = Outcomes(tp=950, fn=50, fp=750, tn=29_250)
SHOP = Traffic(per_day=8280, prevalence=(28_000, 828_000))


def near(count, mean, low, high):
    assert count.mean == pytest.approx(mean, abs=2)
    assert count.low == pytest.approx(low, abs=2)
    assert count.high == pytest.approx(high, abs=2)


def test_the_fraud_sentence_with_its_intervals():
    day = daily_counts(FRAUD, SHOP)
    near(day.caught, 265.9, 234, 299)
    near(day.missed, 14.1, 7, 23)
    near(day.false, 200.1, 170, 232)
    near(day.flagged, 465.9, 422, 512)
    assert day.precision == pytest.approx(0.5708, abs=0.002)
    assert day.prevalence == pytest.approx(0.0338164, abs=2e-5)


def test_the_fraud_sentence_at_twice_the_prevalence():
    day = scenarios(FRAUD, SHOP)["twice as many"]
    near(day.caught, 531.7, 486, 578)
    near(day.missed, 28.3, 16, 42)
    near(day.false, 193.1, 163, 224)
    near(day.flagged, 724.8, 670, 781)


def test_the_numbers_follow_from_rates():
    assert pytest.approx(266) == 8280 * 280 / 8280 * 0.95
    assert pytest.approx(200) == 8000 * 0.025
    assert precision_at(0.95, 0.025, 280 / 8280) == pytest.approx(266 / 466)


@pytest.mark.parametrize(("prevalence", "precision"), [(0.01, 0.2774), (0.0338164, 0.5708), (0.07, 0.7409)])
def test_precision_moves_with_prevalence(prevalence, precision):
    assert precision_at(0.95, 0.025, prevalence) == pytest.approx(precision, abs=5e-5)
    day = daily_counts(Outcomes(95e6, 5e6, 25e6, 975e6), Traffic(1e5, prevalence), simulations=2000)
    assert day.precision == pytest.approx(precision, abs=0.005)


def test_days_that_differ_widen_the_interval():
    wide = daily_counts(FRAUD, Traffic(8280, (28_000, 828_000), dispersion=20.0), simulations=20_000)
    narrow = daily_counts(FRAUD, SHOP, simulations=20_000)
    assert wide.flagged.mean == pytest.approx(narrow.flagged.mean, rel=0.01)
    assert wide.flagged.high - wide.flagged.low > 1.15 * (narrow.flagged.high - narrow.flagged.low)


def test_few_test_rows_widen_the_interval():
    few = daily_counts(Outcomes(19, 1, 15, 585), SHOP, simulations=20_000)
    many = daily_counts(FRAUD, SHOP, simulations=20_000)
    assert few.caught.high - few.caught.low > 1.3 * (many.caught.high - many.caught.low)


def test_dispersion_of_a_history():
    generator = np.random.default_rng(0)
    assert dispersion(generator.poisson(500, 400)) == pytest.approx(1, abs=0.2)
    assert dispersion(generator.negative_binomial(50, 0.1, 400)) == pytest.approx(10, rel=0.3)
    assert dispersion([1, 100, 3]) == 1.0


@pytest.mark.parametrize(
    ("tested", "traffic"),
    [
        (Outcomes(0, 0, 5, 5), SHOP),
        (Outcomes(5, 5, 0, 0), SHOP),
        (FRAUD, Traffic(0, 0.1)),
        (FRAUD, Traffic(10, 1.1)),
        (FRAUD, Traffic(10, (5, 0))),
        (FRAUD, Traffic(10, (7, 5))),
    ],
)
def test_the_impossible_is_refused(tested, traffic):
    with pytest.raises(InputError):
        daily_counts(tested, traffic)
