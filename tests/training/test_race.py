"""Configurations that are surely behind are dropped; what BBC then says of the rest stays honest."""

import time

import numpy as np
import pytest

from milepost.engines.base import Engine
from milepost.engines.local import Local
from milepost.statistics.optimism import bbc_losses
from milepost.store.blobs import Blobs
from milepost.store.rows import Rows
from milepost.training.early import Early, Halted
from milepost.training.evaluate import Evaluated, evaluate
from milepost.training.fit import Config, Fit
from milepost.training.memory import Remembered
from milepost.training.race import Dropped, Race, behind, waves

GOOD = Config("lightgbm", {"num_leaves": 8, "learning_rate": 0.1})
BAD = Config("lightgbm", {"num_leaves": 4, "learning_rate": 0.02, "rounds": 2})


@pytest.fixture
def scene(make, tmp_path):
    material = make(600, parts=6)
    memory = Remembered(Rows(tmp_path / "rows.db"), Blobs(tmp_path / "blobs"))
    failed: list[str] = []
    race = Race(material, Local(2), memory, Early(), lambda config, why: failed.append(config.name))
    return material, memory, race, failed


def test_one_that_is_surely_behind_is_dropped_and_its_folds_are_remembered(scene) -> None:
    material, memory, race, _ = scene
    (rival,) = evaluate(material, [Fit(GOOD, 0)], Local(2))
    (found,) = race.run([Fit(BAD, 0)], {"lightgbm": rival})
    assert isinstance(found, Dropped)
    assert 3 <= found.folds < 6
    assert found.loss > rival.loss
    assert f"after {found.folds} folds" in found.why
    assert len(memory.rows.select("fit")) == found.folds


def test_equals_end_with_what_an_evaluation_gives(scene, monkeypatch) -> None:
    material, _, race, failed = scene
    (rival,) = evaluate(material, [Fit(GOOD, 0)], Local(1))
    found = list(race.run([Fit(GOOD, 0), Fit(Config("linear", {"C": 1.0}), 0)], {"lightgbm": rival}))
    same = next(e for e in found if e.config == GOOD)
    assert isinstance(same, Evaluated)
    assert (same.prediction == rival.prediction).all()
    assert len(found) == 2
    assert not failed

    def never(*args, **kwargs):
        raise AssertionError("fitted again")

    monkeypatch.setattr("milepost.training.fit.train", never)
    again = list(race.run([Fit(GOOD, 0)], {}))
    assert again[0].loss == same.loss


def test_failures_are_told_and_time_ends_a_race(scene) -> None:
    _, _, race, failed = scene
    wrong = Config("lightgbm", {"num_leaves": 1})
    found = list(race.run([Fit(wrong, 0), Fit(GOOD, 0)], {}, until=time.monotonic() - 1))
    assert failed == [wrong.name]
    assert isinstance(found[0], Dropped)
    assert "time was up after 3 folds" in found[0].why


@pytest.mark.parametrize("learner", ["lightgbm", "catboost"])
def test_a_fit_whose_beginning_is_bad_is_halted(scene, monkeypatch, learner) -> None:
    _, _, race, failed = scene

    def judge(name):
        def watch(step, loss):
            if step == 3:
                raise Halted(step, loss)

        return watch

    monkeypatch.setattr(race.early, "judge", judge)
    (found,) = race.run([Fit(Config(learner, {"iterations": 20} if learner == "catboost" else {}), 0)], {})
    assert isinstance(found, Dropped)
    assert "halted after 3 rounds" in found.why
    assert found.folds == 0
    assert not failed


def test_what_is_halted_is_told_in_order_whichever_ended_first(scene, monkeypatch) -> None:
    class Backwards(Engine):
        workers = 2

        def map(self, function, jobs):
            yield from reversed([(job, function(job)) for job in jobs])

    def watch(step, loss):
        raise Halted(step, loss)

    race = scene[2]
    monkeypatch.setattr(race, "engine", Backwards())
    monkeypatch.setattr(race.early, "judge", lambda _: watch)
    configs = [Config("lightgbm", {"num_leaves": leaves}) for leaves in (3, 4, 5)]
    found = race.run([Fit(config, 0) for config in configs], {})
    assert [one.config for one in found] == configs


def test_waves_end_at_the_last_fold() -> None:
    for folds in range(1, 12):
        assert [fold for wave in waves(folds) for fold in wave] == list(range(folds))


def test_level_of_the_test_and_its_power(scene) -> None:
    """Of equals few are dropped, of clearly worse ones many: simulated fold losses."""
    material = scene[0]
    rng = np.random.default_rng(0)

    class Rival:
        fold_losses = (0.5,) * 6

    worse = np.mean([behind(material, 0.53 + 0.01 * rng.normal(size=4), Rival()) < 0.05 for _ in range(300)])
    equal = np.mean([behind(material, 0.5 + 0.01 * rng.normal(size=4), Rival()) < 0.05 for _ in range(300)])
    assert equal < 0.06
    assert worse > 0.6
    assert behind(material, [0.9, 0.9], Rival()) == 1.0
    assert behind(material, [0.9] * 3, None) == 1.0


def test_the_correction_stays_honest_where_losers_were_dropped() -> None:
    """60 candidates of 500 rows with errors in common; those behind after three of five folds are gone."""
    bias, naive = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        level = 0.5 + 0.02 * rng.normal(size=60)
        losses = level + np.sqrt(0.5) * 0.5 * (rng.normal(size=(500, 1)) + rng.normal(size=(500, 60)))
        folds = losses.reshape(5, 100, 60).mean(axis=1)
        kept = [0]
        for i in range(1, 60):
            best = min(kept, key=lambda j: losses[:, j].mean())
            gap = folds[:3, i] - folds[:3, best]
            error = np.sqrt((1 / 3 + 1 / 4) * gap.var(ddof=1))
            if gap.mean() / error < 2.92:
                kept.append(i)
        found = bbc_losses(losses[:, kept], resamples=200, seed=seed)
        true = level[kept[found.best]]
        bias.append(found.corrected - true)
        naive.append(found.raw - true)
    assert np.mean(naive) < -0.015
    assert abs(np.mean(bias)) < 0.01
