"""The seconds of a configuration decide between folds and a holdout, and few rows keep their folds longer."""

from __future__ import annotations

import pytest
from tests.steps.test_probe import waves

from milepost.statistics.protocol import choose
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.situation import WANTING, situation_of


def situation(road, rows: int, seconds: float, timed: bool = False, noise: float = 0.0):
    bench = road(waves(rows, noise), seconds=seconds)
    bench.run(Prepare())
    return situation_of(bench.work(Protocol()), bench.frame, (None, timed), 0.01)


def test_little_time_makes_a_holdout_of_folds(road) -> None:
    assert choose(situation(road, 14_000, 600.0)).folds == 5
    hurried = choose(situation(road, 14_000, 5.0))
    assert hurried.kind == "holdout"
    assert "exceed the budget" in hurried.reason


def test_where_a_holdout_would_judge_badly_folds_may_take_longer(road) -> None:
    large, small = situation(road, 14_000, 60.0), situation(road, 2_000, 60.0)
    assert small.budget == pytest.approx(WANTING * large.budget)
    assert small.fit_seconds < large.fit_seconds


def test_windows_in_time_cost_no_probe(road, monkeypatch) -> None:
    monkeypatch.setattr("milepost.steps.situation.tree_seconds", lambda *_: pytest.fail("nothing is fitted"))
    assert situation(road, 2_000, 60.0, timed=True).fit_seconds == 0


def test_the_tolerance_of_a_loss_is_a_share_of_the_naive_answers(road, related) -> None:
    bench = road(related(500, kind="number"), task="regression", metric="rmse")
    bench.run(Prepare())
    work = bench.work(Protocol())
    found = situation_of(work, bench.frame, (None, False), 0.02)
    truth = work.task.encode(bench.frame.select("y"))
    losses = work.task.losses(truth, work.task.repeat(work.task.naive(truth), len(truth)))
    assert found.metric == "loss"
    assert found.rarest is None
    assert found.tolerance == pytest.approx(0.02 * losses.mean())
    assert found.spread == pytest.approx(losses.std())
