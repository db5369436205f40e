import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics import invest
from milepost.statistics.curves import fit_learning_curve
from milepost.statistics.intervals import Interval

SIZES = np.geomspace(50, 3000, 8).round()


def errors(c: float, a: float, b: float) -> np.ndarray:
    means = c + a * SIZES**-b
    return np.asarray(means[:, None] * (1 + 0.02 * np.random.default_rng(0).normal(size=(8, 10))))


def test_gain_of_rows_is_that_of_the_curve() -> None:
    steep = fit_learning_curve(SIZES, errors(0.02, 2, 0.5))
    found = invest.data_gain(steep, 3000)
    assert found.low <= 2 * (3000**-0.5 - 6000**-0.5) * 1.02
    assert found.high >= 2 * (3000**-0.5 - 6000**-0.5) * 0.98
    with pytest.raises(InputError, match="asked for"):
        invest.data_gain(steep, 10_000)


def test_gain_of_tuning_is_that_of_the_decay() -> None:
    hours = np.arange(1, 13) / 2
    best = 0.2 + 0.1 * np.exp(-0.4 * hours) + 0.0005 * np.random.default_rng(1).normal(size=12)
    found = invest.model_gain(hours, best)
    true = 0.1 * (np.exp(-0.4 * 6) - np.exp(-0.4 * 7))
    assert found.low <= true * 1.3
    assert found.high >= true * 0.7
    assert found.high < 3 * true
    stalled = invest.model_gain(hours, np.where(hours < 2, 0.3, 0.2))
    assert stalled.high < 0.005
    with pytest.raises(InputError, match="do not grow"):
        invest.model_gain(hours[::-1], best)
    with pytest.raises(InputError, match="holds 4"):
        invest.model_gain(hours[:4], best[:4])


def test_the_clearly_better_buy_is_recommended() -> None:
    large, small = Interval(0.02, 0.03), Interval(0.001, 0.002)
    assert invest.data_or_model(large, 1, small, 1).choice == "data"
    assert invest.data_or_model(small, 1, large, 1).choice == "model"
    assert invest.data_or_model(large, 100, small, 1).choice == "model"
    assert invest.data_or_model(large, 15, small, 1).choice == "undecided"
    scaled = invest.data_or_model(large, 2, small, 1, value=1000)
    assert (scaled.data.low, scaled.data.high) == (10, 15)
    with pytest.raises(InputError, match="Costs of 0"):
        invest.data_or_model(large, 0, small, 1)


def test_a_flat_curve_never_recommends_rows() -> None:
    flat = fit_learning_curve(SIZES, errors(0.2, 0.0, 0.5))
    rows = invest.data_gain(flat, 3000)
    assert invest.data_or_model(rows, 1, Interval(0.03, 0.04), 1).choice == "model"


@pytest.mark.parametrize(
    ("train", "validation", "falling", "said"),
    [
        (0.30, 0.31, True, "model or features"),
        (0.02, 0.30, True, "data"),
        (0.02, 0.30, False, "features or labels"),
        (0.02, 0.09, True, "good enough"),
    ],
)
def test_reading_of_bias_and_variance(train: float, validation: float, falling: bool, said: str) -> None:
    assert invest.reading(train, validation, 0.1, falling) == said
