"""Members of what ships keep to the time of a refit and to the size of the package."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from milepost.steps.within import AROUND, GROWTH, TAIL, Within, weight
from milepost.steps.work import Talk
from milepost.training.evaluate import Evaluated
from milepost.training.fit import Config


def tried(learner: str, size: int, seconds: float = 1.0, features: int = 100) -> Evaluated:
    some = np.zeros(4)
    config = Config(learner, {"size": size})
    return Evaluated(config, some, some, (0.0,), 0.0, 1, seconds, False, ((),), (1,), size, features)


@pytest.fixture
def within():
    """Two networks of one view and a line of another, judged on a holdout of half the rows."""
    fold = SimpleNamespace(train=np.arange(50))
    recipe = SimpleNamespace(view=lambda name: name)
    data = SimpleNamespace(frame=range(100), folds=[fold], recipe=recipe, more=2.0)
    all_of_them = [tried("deep", 5000), tried("deep", 1000), tried("linear", 10, 0.01)]
    return Within(all_of_them, data, 2)  # type: ignore[arg-type]


def test_features_of_one_view_count_once(within) -> None:
    assert within.bytes([0, 1]) == pytest.approx(GROWTH * 6100)
    assert within.bytes([0, 2]) == pytest.approx(GROWTH * 5210)


def test_a_model_that_was_not_weighed_is_weighed_by_its_rounds(within) -> None:
    trees = Config("lightgbm", {"num_leaves": 31})
    guess = replace(within.tried[0], config=trees, rounds=100, bytes=0)
    assert weight(within.tried[0]) == 5000
    assert weight(replace(guess, rounds=200)) == 2 * weight(guess) > 100 * 31


def test_without_limits_all_may_ship(within) -> None:
    assert within.alone().tolist() == [0, 1, 2]
    weights, why = within.trim(np.array([0.5, 0.3, 0.2]))
    assert weights.tolist() == [0.5, 0.3, 0.2]
    assert why == ""


def test_what_is_too_large_may_not_ship(within) -> None:
    small = replace(within, room=1500.0)
    assert small.alone().tolist() == [1, 2]
    weights, why = small.trim(np.array([0.0, 0.7, 0.3]))
    assert weights.tolist() == [0.0, 0.7, 0.3]
    weights, why = replace(within, room=1200.0).trim(np.array([0.0, 0.7, 0.3]))
    assert weights.tolist() == [0.0, 1.0, 0.0]
    assert "larger than the brief allows" in why
    assert replace(within, room=5.0).alone().tolist() == [2]


def test_what_answers_too_slowly_may_not_ship(within) -> None:
    slow, quick, line = within.tried
    views = [replace(slow, ms=3.0, view_ms=1.0), replace(quick, ms=1.0, view_ms=1.0), replace(line, ms=0.5)]
    timed = replace(within, tried=views)
    assert timed.milliseconds([0, 1]) == pytest.approx(TAIL * (AROUND + 5.0)), "one view is made once"
    assert timed.milliseconds([1, 2]) == pytest.approx(TAIL * (AROUND + 2.5))
    assert timed.missed == ""
    hurried = replace(timed, most=4.0)
    assert hurried.alone().tolist() == [1, 2]
    assert "more slowly" in hurried.missed
    weights, why = hurried.trim(np.array([0.0, 0.6, 0.4]))
    assert (weights.tolist(), why) == ([0.0, 0.6, 0.4], "")
    weights, why = replace(timed, most=3.5).trim(np.array([0.0, 0.6, 0.4]))
    assert weights.tolist() == [0.0, 1.0, 0.0]
    assert "an answer would take longer than the brief allows" in why
    assert replace(timed, most=0.01).alone().tolist() == [2], "the quickest stays where none is quick enough"


def test_what_takes_too_long_may_not_ship_but_the_best_stays(within) -> None:
    quick = replace(within, seconds=0.5)
    assert quick.alone().tolist() == [0, 2]


@pytest.mark.slow
def test_the_road_ships_what_is_small_enough(make, monkeypatch) -> None:
    monkeypatch.setattr("milepost.steps.features.LEAST", 10_000)  # no new columns are tried: others test them
    rng = np.random.default_rng(3)
    x = rng.normal(size=(700, 6)).round(3)
    score = 2 * np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + rng.logistic(size=700) * 0.3
    table = pl.DataFrame({f"x{i}": x[:, i] for i in range(6)} | {"y": np.where(score > 0, "yes", "no")})
    free = make(table, "y")
    small = make(table, "y", constraints__size_mb=0.072)
    for project in (free, small):
        project.ledger.set("tune", {"trials": 5, "families": ["linear", "lightgbm"]})
        project.run(until="ship", talk=Talk(yes=True))
    sizes = [project.found("ship").bytes for project in (free, small)]
    assert sizes[0] > 72_000, "the test says nothing where the free model is small already"
    assert sizes[1] <= 72_000
    assert not small.found("ship").objections
    assert "larger than the brief allows" in small.found("tune").choice
