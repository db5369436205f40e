"""The error of numbers is estimated where it hangs on the inputs, and not where the relation changed."""

from __future__ import annotations

import numpy as np
import pytest

from milepost import metrics
from milepost.errors import InputError
from milepost.statistics.dle import Sizes, dle

RMSE, MAE = metrics.get("rmse"), metrics.get("mae")


def drawn(seed, rows=4000, low=0.0, high=1.0, off=0.0):
    """The noise grows with x; the model says 2x."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(low, high, (rows, 2))
    truth = (2 + off) * x[:, 0] + (0.2 + 2 * x[:, 0]) * rng.normal(size=rows)
    return x, 2 * x[:, 0], truth


@pytest.fixture(scope="module")
def sizes():
    return Sizes(*drawn(0))


@pytest.mark.parametrize("span", [(0.0, 1.0), (0.7, 1.0), (0.0, 0.3)])
def test_the_error_follows_the_inputs(sizes, span) -> None:
    x, said, truth = drawn(1, low=span[0], high=span[1])
    for metric in (RMSE, MAE):
        found = dle(metric, sizes, x, said)
        assert found.value == pytest.approx(metric(truth, said), rel=0.08)
        assert found.low < found.value < found.high


def test_the_error_of_a_changed_relation_is_not_seen(sizes) -> None:
    x, said, truth = drawn(2, off=3.0)
    assert dle(RMSE, sizes, x, said).high < 0.8 * RMSE(truth, said)


def test_several_outputs_and_few_rows() -> None:
    x, said, truth = drawn(3, rows=1000)
    both = np.column_stack([said, said]), np.column_stack([truth, truth + 1])
    made = Sizes(x, *both)
    assert made(x, both[0]).shape == (1000, 2)
    assert np.isfinite(dle(lambda t, p, w: float(np.abs(t - p).mean()), made, x, both[0]).value)
    with pytest.raises(InputError, match="99 rows"):
        Sizes(x[:99], said[:99], truth[:99])
