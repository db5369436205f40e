"""The quick interval agrees with theory, on few rows and on many, with units and without."""

import numpy as np
import pytest

from milepost.statistics.quick import quick_interval, spread, subsample


def mean(values: np.ndarray) -> float:
    return float(values.mean())


@pytest.mark.parametrize("rows", [2_000, 100_000])
def test_the_error_of_a_mean_is_the_textbooks(rows: int) -> None:
    values = np.random.default_rng(0).normal(size=rows)
    value, error = spread(mean, [values])
    assert value == mean(values)
    assert error == pytest.approx(rows**-0.5, rel=0.2)


@pytest.mark.parametrize("rows", [4_000, 100_000])
def test_rows_of_one_unit_count_once(rows: int) -> None:
    rng = np.random.default_rng(1)
    units = np.repeat(np.arange(rows // 20), 20)
    values = rng.normal(size=rows // 20)[units]
    assert spread(mean, [values], units)[1] == pytest.approx((rows / 20) ** -0.5, rel=0.25)


def test_the_interval_covers_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    hits = [quick_interval(mean, [rng.normal(size=300)], seed=n).contains(0.0) for n in range(200)]
    assert 0.90 <= np.mean(hits) <= 0.985


def test_a_subsample_keeps_units_whole() -> None:
    units = np.repeat(np.arange(1000), 7)
    kept = subsample(units, 7000, 700, 0)
    assert 400 < len(kept) <= 700
    assert all(count == 7 for count in np.unique(units[kept], return_counts=True)[1])


def test_a_metric_of_three_arrays_works() -> None:
    truth, a, b = np.random.default_rng(3).normal(size=(3, 500))
    value, error = spread(lambda t, x, y: float((np.abs(t - x) - np.abs(t - y)).mean()), [truth, a, b])
    assert abs(value) < 4 * error
