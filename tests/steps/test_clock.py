"""The budget is shared over the steps, and unused time moves on."""

import time

import pytest

from milepost.steps.clock import SHARES, Clock


def test_the_shares_are_the_whole() -> None:
    assert abs(sum(SHARES.values()) - 1) < 1e-12


def test_unused_time_moves_on_and_overdrawn_time_is_taken_off() -> None:
    assert Clock.of("tune", 100, {"prepare": 0, "baseline": 0, "overfit": 0}, None).seconds == 80
    late = Clock.of("tune", 100, {"prepare": 2, "protocol": 3, "baseline": 20, "overfit": 25}, None)
    assert late.seconds == 30
    above = {"frame": 0.5, "collect": 2.5, "annotate": 1, "understand": 5, "measure": 1}
    assert Clock.of("tune", 100, {**above, "prepare": 2, "explain": 9}, None).seconds == 68
    assert Clock.of("final", 100, {**above, "tune": 70}, None).seconds == 20
    assert Clock.of("protocol", 100, above, None).seconds == Clock.of("protocol", 100, {}, None).seconds


def test_growing_models_takes_no_more_than_its_share_however_much_is_left() -> None:
    assert Clock.of("overfit", 100, {"prepare": 0, "baseline": 0}, None).seconds == 10
    assert Clock.of("overfit", 100, {"prepare": 2, "protocol": 3, "baseline": 15}, None).seconds < 5.01
    assert Clock.of("overfit", 100, {}, 40.0).seconds == 40


def test_what_many_columns_take_is_taken_off_the_steps_before_the_search_too() -> None:
    above = {"collect": 10.0, "understand": 30.0}
    used = {"prepare": 2.0, "protocol": 3.0}
    assert Clock.of("baseline", 100, {**above, **used}, None).seconds == pytest.approx(6)
    assert Clock.of("overfit", 100, {**above, **used}, None).seconds == 6
    assert Clock.of("overfit", 100, {"understand": 95.0}, None).seconds == 2.5


def test_a_step_never_gets_nothing_and_its_own_budget_counts() -> None:
    assert Clock.of("final", 100, {"tune": 500}, None).seconds == 5
    assert Clock.of("tune", 100, {"baseline": 90}, 7.0).seconds == 7
    assert Clock.of("explain", 100, {}, None).seconds == 100


def test_time_runs() -> None:
    clock = Clock.of("tune", 100, {}, 0.01)
    time.sleep(0.02)
    assert clock.left == 0
    assert clock.deadline < time.monotonic()
