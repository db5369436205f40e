"""What ships is fitted once on all rows, for the folds' rounds, within the time left."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from milepost.steps.clock import Clock
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.refit import ENOUGH, members, predicted, refit, unrefitted
from milepost.steps.tune import Findings, Tune
from milepost.training.pace import refit_rounds

TRIALS = {"budget": {"seconds": 20.0, "threads": 1, "trials": 3}}


@pytest.fixture
def scene(road, related):
    bench = road(related(), **TRIALS)
    for step in (Prepare(), Protocol(), Tune(families=("lightgbm", "linear"))):
        bench.run(step)
    work = bench.work(Tune())
    return work, material(work), work.found("tune", Findings)


def test_members_are_fitted_on_all_rows_for_scaled_rounds(scene) -> None:
    work, data, tuned = scene
    made = refit(work, data, tuned)
    assert made.rows == data.frame.height
    assert made.cut == ()
    chosen = members(tuned)
    assert [m.config.learner for m in made.model.members] == [t.learner for t in chosen]
    assert sum(m.weight for m in made.model.members) == pytest.approx(1)
    for tried, member in zip(chosen, made.model.members, strict=True):
        assert member.model.rounds == refit_rounds(tried.learner, tried.rounds, 1.25)
    assert predicted(work, data, tuned) > 0


def test_the_twin_learns_from_further_rows_and_leaves_the_first_as_it_is(scene) -> None:
    work, data, tuned = scene
    before, extra = refit(work, data, tuned), data.frame.head(40)
    twin = refit(work, data, tuned, extra=extra)
    assert twin.rows == before.rows + 40
    again = refit(work, data, tuned)
    assert (again.model.predict(extra) == before.model.predict(extra)).all()
    assert (twin.model.predict(extra) != before.model.predict(extra)).any()


def test_the_clock_waits_for_most_of_the_rounds(scene, monkeypatch) -> None:
    work, data, tuned = scene
    whole = refit(work, data, tuned)
    work.brief = work.brief.changed({"budget.trials": None})
    work.clock = Clock(0.0, 20.0)
    monkeypatch.setattr("milepost.steps.refit.START", 0.0)
    monkeypatch.setattr("milepost.steps.refit.PATIENCE", 0.0)
    timed = replace(tuned, trials=None)
    made = refit(work, data, timed)
    for cut, full in zip(made.model.members, whole.model.members, strict=True):
        assert cut.model.rounds == math.ceil(ENOUGH * full.model.rounds)
    assert set(made.cut) == {m.config.name for m in whole.model.members if m.model.rounds > 1}


def test_without_the_refit_it_knows_one_folds_rows(scene) -> None:
    work, data, tuned = scene
    made = unrefitted(work, data, tuned)
    assert made.rows == max(len(fold.train) for fold in data.folds)
