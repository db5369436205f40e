"""Thresholds come from windows of the past: in its order where it has one, at random else."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost import metrics
from milepost.data.infer import infer_schema
from milepost.errors import InputError
from milepost.monitors.base import Reference, Window
from milepost.steps.normal import drawn, past, reference, signals
from milepost.tasks.infer import infer


class Quiet:
    """As much of a running step as is needed."""

    seed = 0

    def say(self, *_):
        pass


def rows(count, seed, wave=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=count) + wave * np.sin(np.arange(count) / 150)
    p = 1 / (1 + np.exp(-2 * x))
    return pl.DataFrame({"x": x, "z": rng.normal(size=count)}), (rng.random(count) < p).astype(int), p


def normal(frame, truth, p):
    task, _ = infer(pl.DataFrame({"y": truth}), "binary", "1")
    return Reference(task, metrics.get("roc_auc"), infer_schema(frame), frame, truth, p, None, 0.5)


def test_fresh_windows_cry_no_more_often_than_stated_and_a_change_is_found() -> None:
    made = normal(*rows(4000, 0))
    found = past(Quiet(), made, 200, False, 0.05)
    assert (found.how, found.thresholds.rate) == ("random", 0.05)
    limits, false, right = found.thresholds, 0, 0
    for seed in range(30):
        frame, truth, p = rows(200, 100 + seed)
        seen = signals(Window("w", frame, p, truth, np.arange(200), past=True), made)
        false += any(s.size >= limits.limit(s.name, s.least) for s in seen)
        moved = frame.with_columns(z=pl.col("z") + 1.0)
        shifted = {s.name: s for s in signals(Window("w", moved, p, past=True), made)}
        right += shifted["drift z"].size >= limits.limits["drift z"]
    assert false <= 5  # 30 windows at 5 %
    assert right == 30


def test_what_moves_in_the_past_may_move_later_too() -> None:
    made = normal(*rows(3000, 0, wave=2.0))
    ordered = past(Quiet(), made, 150, True, 0.05)
    mixed = past(Quiet(), made, 150, False, 0.05)
    assert ordered.how == "time"
    assert ordered.thresholds.limits["drift x"] > 2 * mixed.thresholds.limits["drift x"]
    assert ordered.thresholds.rate > 0.05  # it holds some 13 windows apart
    assert "rows before it" in ordered.says


def test_a_past_too_short_for_its_order_is_drawn_from_at_random() -> None:
    found = past(Quiet(), normal(*rows(400, 0)), 150, True, 0.1)
    assert found.how == "random"
    assert "too few windows" in found.says


@pytest.mark.parametrize("rows_are_copies", [True, False])
def test_copies_of_the_past_raise_no_false_alarm(rows_are_copies: bool) -> None:
    rng = np.random.default_rng(3)
    words = np.array([f"w{i}" for i in range(400)])

    def window(count, times=1, extra=""):
        texts = [" ".join(rng.choice(words, 12)) + extra for _ in range(count)]
        return pl.DataFrame({"said": texts * times})

    frame, truth = window(120, 2), np.tile(rng.integers(0, 2, 120), 2)
    made = normal(frame, truth, np.full(240, 0.5))
    schema = infer_schema(frame, roles={"said": {"modality": "text"}})
    units = np.tile(np.arange(120), 2) if rows_are_copies else None
    made = replace(made, schema=schema, units=units)
    limits = past(Quiet(), made, 60, False, 0.05).thresholds

    def loud(extra=""):
        found = (
            signals(Window("w", window(60, extra=extra), np.full(60, 0.5), past=True), made)
            for _ in range(10)
        )
        return sum(any(s.size >= limits.limit(s.name, s.least) for s in each) for each in found)

    assert loud() <= 2
    assert loud(" win a prize now") >= 9


def test_a_past_of_a_few_rows_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="only 11 rows of the past were judged"):
        past(Quiet(), normal(*rows(11, 0)), 30, False, 0.1)
    assert past(Quiet(), normal(*rows(45, 0)), 30, False, 0.1).how == "random"


def test_what_belongs_together_is_drawn_together() -> None:
    rng = np.random.default_rng(0)
    units = np.repeat(np.arange(50), 4)
    before, window = drawn(units, 38, rng)
    assert len(window) == 38
    assert not {*units[before]} & {*units[window]}
    assert len(before) == 200 - 40
    before, window = drawn(np.repeat([0, 1], 100), 60, rng)
    assert (len(before), len(window)) == (100, 60)
    before, window = drawn(np.zeros(200), 60, rng)  # one group: each row for itself
    assert (len(before), len(window)) == (140, 60)


def test_the_reference_is_the_development_rows_with_their_out_of_fold_predictions(staged) -> None:
    stage = staged("binary")
    made, days = reference(stage.work("monitor", data__time=""))
    assert days is None
    assert made.frame.height == len(made.truth) == len(made.prediction) == 400
    assert made.own == pytest.approx(metrics.get("roc_auc")(made.truth, made.prediction))
    assert made.score == 0.9  # on sealed rows
    assert made.part(np.arange(100)).score != 0.9
    timed, days = reference(stage.work("monitor", data__time="day"))
    assert (np.diff(days) >= 0).all()
    assert timed.frame["day"].is_sorted()
    limited, _ = reference(stage.work("monitor", constraints__latency_ms=7.0))
    assert limited.limits == {"latency_ms": 7.0}
