"""The score of several labels is estimated from probabilities that are calibrated label by label."""

import numpy as np
import pytest

from milepost.metrics import get
from milepost.statistics.draws import Levels, several


def drawn(rows, seed, harder=1.0):
    rng = np.random.default_rng(seed)
    proba = 1 / (1 + np.exp(-rng.normal([0, -1, -3], 2 * harder, (rows, 3))))
    return proba, (rng.random(proba.shape) < proba).astype(np.int64)


def score(name):
    metric = get(name)
    return lambda t, p, w=None: float(metric(t, p) if w is None else metric(t, p, w))


@pytest.mark.parametrize("name", ["macro_average_precision", "log_loss", "micro_f1"])
@pytest.mark.parametrize("harder", [1.0, 0.5])
def test_the_estimate_is_near_the_real_score(name, harder):
    seen, (new, truth) = drawn(4000, 0), drawn(3000, 1, harder)
    found = several(score(name), seen, new)
    assert found.value == pytest.approx(score(name)(truth, new), abs=0.03)
    assert found.low < found.value < found.high


def test_overconfident_probabilities_are_calibrated_first():
    proba, truth = drawn(5000, 0)
    sharp = 1 / (1 + ((1 - proba) / proba) ** 2)
    made = Levels(sharp, truth)(sharp)
    assert np.abs(made - proba).mean() < 0.03


def test_weights_count_and_bounds_can_be_left_out():
    seen, (new, _) = drawn(2000, 0), drawn(1000, 1)
    found = several(score("log_loss"), seen, new, np.linspace(0.5, 1.5, 2000), bounds=False)
    assert np.isnan(found.low)
    assert found.method == "pape"
