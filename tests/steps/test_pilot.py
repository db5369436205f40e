"""How many rows the search trains on follows from short fits, once and for all; never without a clock."""

from __future__ import annotations

import math
import time
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from milepost.steps import pilot
from milepost.steps.material import material
from milepost.steps.pilot import Rate, beforehand, held, sampled
from milepost.steps.pilot import pilot as begun
from milepost.steps.portfolio import FAMILIES
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.tune import Tune
from milepost.training.fit import Config


@pytest.fixture
def scene(road, related):
    bench = road(related(3000))
    bench.run(Prepare())
    bench.run(Protocol())
    work = bench.work(Tune())
    return work, material(work)


JUDGED = 2.0
"""What a row that judges each round takes, in rows that train."""


@pytest.fixture
def slow(monkeypatch):
    """A fit of the wanted rounds takes a millisecond a training row, two a judged one; rows of pilots."""
    seen: list[int] = []
    clock = [1000.0]

    def train(prepared, fit):
        seen.append(len(prepared.train.x))
        wanted = pilot.WANTED / fit.config.params["learning_rate"]
        clock[0] += 1e-3 * (seen[-1] + JUDGED * len(prepared.valid.x)) * fit.rounds / wanted

    monkeypatch.setattr(pilot, "train", train)
    monkeypatch.setattr(pilot.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(pilot, "START", 100)
    monkeypatch.setattr(pilot, "LEAST", 50)
    monkeypatch.setattr(pilot, "FLAT", 0.0)
    monkeypatch.setattr(pilot, "DOUBT", math.inf)
    return seen


def test_a_fit_on_the_rows_that_are_drawn_takes_its_part_of_the_time(scene, slow) -> None:
    work, data = scene
    waves, judged = -(-len(data.folds) // work.engine.workers), len(data.folds[0].valid)
    most = 1e-3 * (1000 + JUDGED * judged)  # seconds of a fit on a thousand rows
    found = sampled(work, data, FAMILIES, None, time.monotonic() + waves * most / pilot.PART)
    assert found.of == max(len(fold.train) for fold in data.folds)
    assert found.rows == pytest.approx(1000, abs=2)
    assert found.most == pytest.approx(waves * most)
    assert found.seconds == pytest.approx(waves * 1e-3 * (found.of + JUDGED * judged))
    assert slow == [25, 100], "the pilots are short beside what they decide on"


def test_all_rows_are_taken_where_a_fit_on_them_ends_in_time(scene, slow) -> None:
    work, data = scene
    found = sampled(work, data, FAMILIES, None, time.monotonic() + 1e4)
    assert (found.rows, found.why) == (0, "")


def test_what_was_decided_once_counts_however_fast_the_machine_is_then(scene, slow, monkeypatch) -> None:
    work, data = scene
    first = sampled(work, data, FAMILIES, None, time.monotonic() + 10.0)
    assert 0 < first.rows < first.of
    monkeypatch.setattr(pilot, "pilot", lambda *_: pytest.fail("tried again"))
    assert sampled(work, data, FAMILIES, None, time.monotonic() + 1e4) == first


def test_without_a_clock_only_settings_and_memory_decide(scene, monkeypatch) -> None:
    work, data = scene
    monkeypatch.setattr(pilot, "pilot", lambda *_: pytest.fail("the clock was asked"))
    assert sampled(work, data, FAMILIES, None, math.inf).rows == 0
    assert sampled(work, data, FAMILIES, 700, math.inf).rows == 700
    assert sampled(work, data, FAMILIES, 700, time.monotonic()).rows == 700
    assert sampled(work, data, FAMILIES, 10**6, math.inf).rows == 0
    monkeypatch.setattr(pilot, "CELLS", 2000 * max(pilot_widths(work)))
    assert held(work, 10**6) == 2000
    assert sampled(work, data, FAMILIES, None, math.inf).rows == 2000


def pilot_widths(work) -> list[int]:
    return list(work.evidence["prepare"].findings["widths"].values())


def test_small_tables_are_not_asked(scene, monkeypatch) -> None:
    work, data = scene
    monkeypatch.setattr(pilot, "pilot", lambda *_: pytest.fail("a pilot was begun"))
    assert sampled(work, data, FAMILIES, None, time.monotonic() + 0.01).rows == 0


def test_first_models_tell_whether_pilots_are_worth_their_time(scene, slow, monkeypatch) -> None:
    work, data = scene
    folds = len(data.folds)
    waves = -(-folds // work.engine.workers)
    first = SimpleNamespace(name="lightgbm", seconds=1.0 * folds, rows=0, cut=False)
    found, evidence = type(work).found, dict(work.evidence)
    monkeypatch.setattr(work, "evidence", {**evidence, "baseline": None})
    monkeypatch.setattr(
        type(work),
        "found",
        lambda self, step, kind: (
            SimpleNamespace(answers=[first]) if step == "baseline" else found(self, step, kind)
        ),
    )
    assert beforehand(work, Config("lightgbm")) == 1.0
    assert beforehand(work, Config("catboost")) is None
    assert sampled(work, data, FAMILIES, None, time.monotonic() + 1.1 * waves / pilot.PART).rows == 0
    assert not slow
    first.cut = True
    assert beforehand(work, Config("lightgbm")) == math.inf
    assert sampled(work, data, ("lightgbm",), None, time.monotonic() + 0.9 * waves / pilot.PART).rows > 0
    assert slow


def test_rows_that_train_are_those_that_the_seconds_leave_beside_the_judged() -> None:
    rate = Rate(1e-6, 1e-5, 0.1, 10_000)
    assert rate.seconds(0) == pytest.approx(0.11)
    assert rate.seconds(rate.rows(2.0, 10**6)) == pytest.approx(2.0, rel=0.01)
    assert rate.rows(0.1, 10**6) == pilot.LEAST
    assert rate.rows(0.1, 500) == 500
    assert rate.rows(1e9, 10**6) == 10**6


def test_a_pilot_is_a_short_fit_scaled_to_what_is_wanted(scene, monkeypatch) -> None:
    _, data = scene
    fits = []
    monkeypatch.setattr(pilot, "START", 500)
    monkeypatch.setattr(pilot, "train", lambda prepared, fit: fits.append((len(prepared.train.x), fit)))
    found = begun(data, Config("lightgbm", {"learning_rate": 0.1}), 2.0, 0)
    assert found.judged == len(data.folds[0].valid)
    assert 0 < found.makes < 1e-2
    begun(data, Config("linear", {"C": 1.0}), 2.0, 0)
    assert [rows for rows, _ in fits] == [125, 500, 125, 500]
    assert [fit.rounds for _, fit in fits] == [pilot.ROUNDS, pilot.ROUNDS, None, None]
    assert all(fit.seconds == 2.0 for _, fit in fits)


def test_a_large_table_ends_in_time_on_a_sample_that_beats_few_rounds_on_all(road, monkeypatch) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120_000, 10))
    score = 2 * np.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.3 * rng.logistic(size=len(x))
    frame = pl.DataFrame({f"x{i}": x[:, i] for i in range(10)} | {"y": np.where(score > 0, "yes", "no")})
    monkeypatch.setattr(pilot, "START", 4_000)
    monkeypatch.setattr(pilot, "LEAST", 4_000)
    monkeypatch.setattr(pilot, "PART", 0.02)
    bench = road(frame, seconds=8.0)
    bench.run(Prepare())
    bench.run(Protocol())
    start = time.process_time()
    found = bench.run(Tune(families=("lightgbm",))).findings
    assert time.process_time() - start < 16.0  # two workers for the whole budget
    assert 0 < found.sample.rows < found.sample.of
    assert found.naive > 0.8
