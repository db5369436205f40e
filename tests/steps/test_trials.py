"""Suggestions follow the portfolio, go on after a kill, end on noise, and repeat by their seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.seek import Search
from milepost.steps.trials import Trials, recorded
from milepost.steps.tune import Tune

QUICK = ("linear", "lightgbm")


@pytest.fixture
def scene(road, related):
    def made(frame=None, seconds: float = 40.0):
        way = road(related() if frame is None else frame, seconds=seconds)
        way.run(Prepare())
        way.run(Protocol())
        return way

    return made


def tried(way, trials, families=("linear",)):
    work = way.work(Tune())
    search = Search(work, material(work), families, trials)
    search.portfolio()
    Trials(search).run()
    return search


def test_suggestions_follow_the_portfolio_and_repeat(scene) -> None:
    assert tried(scene(), 3).suggested == 0
    many, again = tried(scene(), 14), tried(scene(), 14)
    assert many.count == 14
    assert many.suggested == 14 - many.queue.total == 11
    assert [e.config for e in many.tried] == [e.config for e in again.tried]
    assert [d.config for d in many.dropped] == [d.config for d in again.dropped]
    assert len(many.work.ledger.looks()) == 14
    strengths = [e.config.params["C"] for e in many.tried]
    assert len(set(strengths)) == len(strengths)


def test_a_search_that_was_killed_takes_up_its_suggestions(scene, monkeypatch) -> None:
    way = scene()
    first = tried(way, 9)
    suggested = recorded(way.ledger.looks(), first.data.key)
    assert len(suggested) == 6

    def never(*args, **kwargs):
        raise AssertionError("fitted again")

    monkeypatch.setattr("milepost.training.fit.train", never)
    search = Search(way.work(Tune()), first.data, ("linear",), None)
    search.portfolio()
    trying = Trials(search)
    trying._resume()
    assert {e.config.name for e in search.tried} | {d.config.name for d in search.dropped} == first.names
    assert len(way.ledger.looks()) == 9
    assert trying.given == {"linear": 6}


def test_the_search_ends_where_its_noise_exceeds_its_gain(scene, monkeypatch) -> None:
    monkeypatch.setattr("milepost.steps.trials.EACH", 100)
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({f"x{i}": rng.normal(size=90) for i in range(4)} | {"y": rng.choice(["a", "b"], 90)})
    search = tried(scene(frame), 60)
    assert "noise of the search exceeds its gain" in search.ended
    assert 31 <= search.count < 60


def test_no_family_far_behind_gets_a_suggestion_and_none_more_than_its_knobs_deserve(scene) -> None:
    way = scene()
    search = Search(way.work(Tune()), material(way.work(Tune())), QUICK, 4)
    search.portfolio()
    trying = Trials(search)
    assert set(trying.best) == set(QUICK)
    trying.given = {"linear": 15}
    assert trying._next([], 0.0).learner == "lightgbm"
    trying.best["lightgbm"] = replace(trying.best["lightgbm"], losses=trying.best["linear"].losses * 2)
    assert trying._next([], 0.0) is None
    trying.given = {}
    assert trying._next([], 0.0).learner == "linear"


def test_without_time_nothing_is_suggested(scene) -> None:
    way = scene(seconds=40.0)
    search = Search(way.work(Tune()), material(way.work(Tune())), ("linear",), None)
    search.portfolio()
    search.queue.deadline = 0.0
    assert Trials(search)._batch() == []
