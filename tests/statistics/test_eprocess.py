"""False alarms over all time stay below alpha, and real changes are found as soon as the literature says."""

from __future__ import annotations

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.eprocess import change, first, localise, promise

CLASSIC = (0.05, 0.1, 0.2, 0.3, 0.4)


def coins(seed, *parts):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.random(n) < p for n, p in parts]).astype(float)


def test_a_promise_that_holds_raises_few_alarms_over_4000_looks() -> None:
    for bets in (CLASSIC, None):
        extra = {"bets": bets} if bets else {}
        alarms = [first(promise(coins(s, (4000, 0.1)), 0.1, **extra), 20) is not None for s in range(300)]
        assert np.mean(alarms) <= 0.05


def test_a_broken_promise_is_found_after_some_72_labels() -> None:
    delays = [first(promise(coins(s, (4000, 0.2)), 0.1, CLASSIC), 20) for s in range(100)]
    assert None not in delays
    assert 55 <= np.median(delays) <= 90


def test_small_bets_find_a_small_worsening() -> None:
    classic = [first(promise(coins(s, (20_000, 0.12)), 0.1, CLASSIC), 20) for s in range(40)]
    ours = [first(promise(coins(s, (20_000, 0.12)), 0.1), 20) for s in range(40)]
    assert sum(d is None for d in ours) <= 1 < sum(d is None for d in classic)


def test_a_change_at_an_unknown_moment_is_found_after_some_76_labels() -> None:
    early, delays = 0, []
    for seed in range(100):
        at = first(change(coins(seed, (2000, 0.1), (2000, 0.2)), 0.1, CLASSIC), 10_000)
        assert at is not None
        early += at < 2000
        if at >= 2000:
            delays.append(at - 2000)
    assert early <= 20  # the average run length is 10,000 at least
    assert 60 <= np.median(delays) <= 95


def test_the_detector_is_the_recursion_of_shiryaev_and_roberts() -> None:
    losses, bets = coins(5, (300, 0.2)), np.array(CLASSIC)
    wealth, seen = np.zeros(len(bets)), []
    for loss in losses:
        wealth = (wealth + 1) * (1 + (bets / 0.1) * (loss - 0.1))
        seen.append(wealth.mean())
    assert np.exp(change(losses, 0.1, CLASSIC)) == pytest.approx(seen)


def test_the_moment_of_a_change_is_localised() -> None:
    inside = 0
    for seed in range(40):
        found = localise(coins(seed, (1000, 0.1), (500, 0.25)))
        assert found is not None
        inside += found.low <= 1000 <= found.high
        assert found.before < 0.14 < found.after
    assert inside >= 34
    assert localise(np.zeros(30)) is None
    assert localise(np.repeat([1.0, 0.0], 50)) is None  # it fell


def test_what_is_no_loss_or_no_promise_is_refused() -> None:
    with pytest.raises(InputError, match="Losses between 0 and 1"):
        promise([0.5, 1.5], 0.1)
    with pytest.raises(InputError, match="promise of 0"):
        change([0.5], 0.0)
    assert len(change([], 0.5)) == len(promise([], 0.5)) == 0
