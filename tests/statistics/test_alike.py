import math

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.alike import alike
from milepost.statistics.alpha import alpha
from milepost.statistics.ratings import from_table


def test_with_equal_or_not_it_is_nominal_alpha() -> None:
    """On items with two labels each, chance being all pairs of labels of different items."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 200)
    said = np.where(rng.random((200, 2)) < 0.8, truth[:, None], rng.integers(0, 3, (200, 2)))
    same = (said[:, 0] == said[:, 1]).astype(float)
    flat, item = said.ravel(), np.repeat(np.arange(200), 2)
    one, other = np.nonzero(item[:, None] != item)
    chance = (flat[one] == flat[other]).astype(float)
    found = alike(np.arange(200), same, chance, resamples=50)
    known = alpha(from_table(said), resamples=1000)
    assert found.beyond.value == pytest.approx(known.value, abs=0.005)
    assert found.mean.value == pytest.approx(same.mean())


def test_intervals_are_those_of_alpha() -> None:
    rng = np.random.default_rng(1)
    said = rng.integers(0, 2, (100, 1)) ^ (rng.random((100, 2)) < 0.1)
    same = (said[:, 0] == said[:, 1]).astype(float)
    found = alike(np.arange(100), same, rng.integers(0, 2, 4000).astype(float)).beyond.interval
    known = alpha(from_table(said)).interval
    assert [found.low, found.high] == pytest.approx([known.low, known.high], abs=0.06)


def test_each_item_counts_once_however_many_people_had_it() -> None:
    found = alike(np.array([0, 0, 0, 1]), np.array([0.9, 0.9, 0.9, 0.1]), np.empty(0))
    assert found.mean.value == pytest.approx(0.5)
    assert found.enough.value == pytest.approx(0.5)
    assert found.mean.n == 2
    assert math.isnan(found.beyond.value)
    assert math.isnan(found.beyond.interval.low)


def test_without_pairs_there_is_nothing_to_tell() -> None:
    with pytest.raises(InputError, match="Raise the overlap"):
        alike(np.empty(0, np.int64), np.empty(0), np.empty(0))
