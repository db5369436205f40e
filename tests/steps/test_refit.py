"""What ships is fitted once on all rows, for the folds' rounds, within the time left."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.data.recipe import Recipe
from milepost.learners.base import learners
from milepost.steps import refit as module
from milepost.steps.clock import Clock
from milepost.steps.fits import ENOUGH, members
from milepost.steps.material import material
from milepost.steps.refit import SEEDS, afforded, predicted, refit, seeds, unrefitted
from milepost.steps.sampled import Sampled
from milepost.steps.seek import LAST
from milepost.steps.tune import Findings, Tune
from milepost.training.pace import refit_rounds
from milepost.training.subsample import thinned


@pytest.fixture
def scene(searched, again):
    bench = again(searched[0])
    work = bench.work(Tune())
    return work, material(work), work.found("tune", Findings)


def test_members_are_fitted_on_all_rows_for_scaled_rounds(scene) -> None:
    work, data, tuned = scene
    made = refit(work, data, tuned)
    assert made.rows == data.frame.height
    assert made.cut == ()
    many = seeds(work, data, tuned)
    chosen = [t for t in members(tuned) for _ in range(many[t.name])]
    assert [m.config.name for m in made.model.members] == [t.name for t in chosen]
    assert sum(m.weight for m in made.model.members) == pytest.approx(1)
    ratio = len(data.frame) / np.mean([len(fold.train) for fold in data.folds])
    for tried, member in zip(chosen, made.model.members, strict=True):
        assert member.model.rounds == refit_rounds(tried.learner, tried.rounds, ratio)
    assert predicted(work, data, tuned) > 0


def test_the_twin_learns_from_further_rows_and_leaves_the_first_as_it_is(scene) -> None:
    work, data, tuned = scene
    before, extra = refit(work, data, tuned), data.frame.head(40)
    twin = refit(work, data, tuned, extra=extra)
    assert twin.rows == before.rows + 40
    again = refit(work, data, tuned)
    assert (again.model.predict(extra) == before.model.predict(extra)).all()
    assert (twin.model.predict(extra) != before.model.predict(extra)).any()


def test_the_twin_keeps_groups_together_and_weighs_further_rows(scene, monkeypatch) -> None:
    work, data, tuned = scene
    data = replace(data, groups=np.arange(len(data.frame)) // 2, weight=np.ones(len(data.frame)))
    extra, seen = data.frame.head(40), []
    plain = Recipe.fit

    def fit(self, *given, **settings):
        seen.append(settings)
        return plain(self, *given, **settings)

    monkeypatch.setattr(Recipe, "fit", fit)
    monkeypatch.setattr(module, "weights", lambda frame, brief: np.arange(float(frame.height)))
    refit(work, data, tuned, extra=extra)
    groups, weight = seen[0]["groups"], seen[0]["weight"]
    assert (groups[: len(data.frame)] == data.groups).all()
    assert len(np.unique(groups[len(data.frame) :])) == 40
    assert groups[len(data.frame) :].min() > data.groups.max()
    assert weight[-40:].tolist() == list(range(40))
    named = {"kind": np.arange(len(data.frame)) % 7}
    data = replace(data, frame=data.frame.with_columns(**named), groups=np.arange(len(data.frame)))
    extra = extra.with_columns(kind=pl.lit(3, pl.Int64))
    work.brief = work.brief.changed({"data.group": "kind"})
    refit(work, data, tuned, extra=extra)
    codes = seen[-1]["groups"]
    assert (codes[len(data.frame) :] == codes[3]).all()
    assert len(np.unique(codes)) == 7


def test_the_clock_waits_for_most_of_the_rounds(scene, monkeypatch) -> None:
    work, data, tuned = scene
    whole = refit(work, data, tuned)
    work.brief = work.brief.changed({"budget.trials": None})
    work.clock = Clock(0.0, 20.0)
    monkeypatch.setattr("milepost.steps.fits.START", 0.0)
    monkeypatch.setattr("milepost.steps.fits.PATIENCE", 0.0)
    timed = replace(tuned, trials=None)
    made = refit(work, data, timed)
    full = {m.config.name: m.model.rounds for m in whole.model.members}
    assert [m.config.name for m in made.model.members] == list(full)  # there is no time for further seeds
    for cut in made.model.members:
        assert cut.model.rounds == math.ceil(ENOUGH * full[cut.config.name])
    assert set(made.cut) == {m.config.name for m in whole.model.members if m.model.rounds > 1}


def test_trees_of_few_rows_are_fitted_with_several_seeds(scene, monkeypatch) -> None:
    work, data, tuned = scene
    random = {t.name: learners[t.learner].random(t.params) for t in members(tuned)}
    assert seeds(work, data, tuned) == {name: SEEDS if some else 1 for name, some in random.items()}
    assert any(random.values())
    name = next(name for name, some in random.items() if some)
    made = refit(work, data, tuned)
    same = [m for m in made.model.members if m.config.name == name]
    answers = [m.model.raw(m.transform.matrix(data.frame)) for m in same]
    assert (answers[0] != answers[1]).any()
    assert sum(m.weight for m in same) == pytest.approx(next(t.weight for t in tuned.tried if t.name == name))
    work.brief = work.brief.changed({"constraints.size_mb": 5.0})
    assert set(seeds(work, data, tuned).values()) == {1}
    work.brief = work.brief.changed({"constraints.size_mb": None})
    monkeypatch.setattr("milepost.steps.refit.FEW", data.frame.height - 1)
    assert set(seeds(work, data, tuned).values()) == {1}


def test_without_the_refit_it_knows_one_folds_rows(scene) -> None:
    work, data, tuned = scene
    made = unrefitted(work, data, tuned)
    assert made.rows == max(len(fold.train) for fold in data.folds)


@pytest.fixture
def sample(scene):
    """The same search as if every fold had trained on 100 of its rows, with the clock on."""
    work, data, tuned = scene
    work.brief = work.brief.changed({"budget.trials": None})
    part = replace(tuned, sample=Sampled(100, 240, 9.0, 3.0, 1e-9), trials=None)
    return work, thinned(data, 100), part


def clocked(work, seconds: float) -> None:
    """So much time for the refit, beside what the last step keeps for the seal."""
    work.clock = Clock(seconds + LAST * 20.0, 20.0)


def test_after_a_sample_a_refit_takes_as_many_rows_as_the_time_allows(sample) -> None:
    work, data, tuned = sample
    need = [predicted(work, data, tuned, rows=rows) for rows in (100, 200, data.frame.height)]
    assert need == sorted(need)
    clocked(work, need[2] + 1.0)
    assert afforded(work, data, tuned) == (data.frame.height, "")
    clocked(work, need[1])
    rows, why = afforded(work, data, tuned)
    assert 100 <= rows <= 200
    assert why.startswith(f"Fitted on {rows} of {data.frame.height} rows because")
    clocked(work, 0.0)
    assert afforded(work, data, tuned)[0] == 100, "never fewer than a fit of the search had"
    counted = replace(tuned, trials=3)
    assert afforded(work, data, counted) == (data.frame.height, "")


def test_its_rounds_and_its_rows_are_those_that_it_says(sample, monkeypatch) -> None:
    work, data, tuned = sample
    monkeypatch.setattr("milepost.steps.refit.afforded", lambda *_: (180, "Told why."))
    made = refit(work, data, tuned)
    assert (made.rows, made.why) == (180, "Told why.")
    for tried in members(tuned):
        member = next(m for m in made.model.members if m.config.name == tried.name)
        assert member.model.rounds == refit_rounds(tried.learner, tried.rounds, 1.8)
    twin = refit(work, data, tuned, extra=data.frame.head(40), after=made)
    assert (twin.rows, twin.why) == (220, "Told why.")


def test_memory_bounds_the_rows_whatever_the_time(scene, monkeypatch) -> None:
    work, data, tuned = scene
    monkeypatch.setattr("milepost.steps.refit.held", lambda work, rows: min(rows, 150))
    made = refit(work, data, tuned)
    assert made.rows == 150
    assert "memory holds no more" in made.why
