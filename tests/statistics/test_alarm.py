"""Many signals cry wolf no more often than the stated rate, and a planted change is found."""

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.alarm import thresholds

NAMES = [f"s{i}" for i in range(30)]


def window(rng, scale):
    return dict(zip(NAMES, np.abs(rng.normal(size=len(NAMES))) * scale, strict=True))


@pytest.mark.parametrize("kept", [19, 60])
def test_all_signals_together_keep_the_rate(kept) -> None:
    rng = np.random.default_rng(0)
    scale = np.linspace(0.05, 0.5, len(NAMES))
    false = []
    for _ in range(120):
        found = thresholds([window(rng, scale) for _ in range(kept)], dict.fromkeys(NAMES, 0.01), 0.05)
        assert found.rate == 0.05
        fresh = [window(rng, scale) for _ in range(40)]
        false.append(np.mean([any(w[n] > found.limits[n] for n in NAMES) for w in fresh]))
    assert np.mean(false) == pytest.approx(0.04, abs=0.02)
    assert np.mean(false) <= 0.055


def test_a_short_past_says_what_it_can_promise() -> None:
    found = thresholds([{"a": 0.1}] * 9, {"a": 0.2}, 0.01)
    assert found.rate == pytest.approx(0.1)
    assert found.wanted == 0.01
    assert found.windows == 9
    assert thresholds([{"a": 0.1}] * 40, {"a": 0.2}, 0.05, apart=4).rate == pytest.approx(0.2)


def test_no_threshold_is_below_what_matters() -> None:
    found = thresholds([{"a": 0.001, "b": 0.3}] * 30, {"a": 0.1, "b": 0.1}, 0.05)
    assert found.limits["a"] >= 0.1
    assert found.limits["b"] >= 0.3
    assert found.limit("new", 0.4) == 0.4


def test_without_a_past_there_is_no_rate() -> None:
    with pytest.raises(InputError, match="0 windows"):
        thresholds([], {"a": 0.1})
