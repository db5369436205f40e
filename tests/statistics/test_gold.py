"""Gold items: shrunk accuracies, the sequential test's reference lengths, and signs of guessing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.gold import accuracies, course, sequential, suspicion


def test_who_answered_little_is_drawn_to_the_team() -> None:
    few, many, none = accuracies([1, 50, 0], [2, 100, 0])
    assert few.value == pytest.approx(0.5, abs=0.02)
    assert few.interval.low < many.interval.low < many.interval.high < few.interval.high
    assert none.value == pytest.approx(0.5, abs=0.01)
    perfect, *_ = accuracies([5, 70, 72, 75], [5, 100, 100, 100])
    assert 0.7 < perfect.value < 0.95


def test_unlike_labellers_are_drawn_together_less() -> None:
    alike = accuracies([8] + [70] * 10, [10] + [100] * 10)[0]
    unlike = accuracies([8] + [50, 99] * 5, [10] + [100] * 10)[0]
    assert abs(alike.value - 0.8) > abs(unlike.value - 0.8)


def test_shrinking_brings_estimates_nearer_and_intervals_cover() -> None:
    rng = np.random.default_rng(0)
    misses, inside = np.zeros(2), 0
    for _ in range(100):
        truth = rng.beta(16, 4, 20)
        answered = rng.integers(3, 25, 20)
        right = rng.binomial(answered, truth)
        found = accuracies(right, answered)
        values = np.array([a.value for a in found])
        misses += ((values - truth) ** 2).sum(), ((right / answered - truth) ** 2).sum()
        inside += sum(a.interval.contains(t) for a, t in zip(found, truth, strict=True))
    assert misses[0] < 0.6 * misses[1]
    assert 0.9 < inside / 2000 < 0.98


@pytest.mark.parametrize(("accuracy", "answers", "stopped"), [(0.9, 13.1, 0.028), (0.6, 10.9, 0.959)])
def test_the_reference_lengths(accuracy: float, answers: float, stopped: float) -> None:
    known = course(accuracy)
    assert known.answers == pytest.approx(answers, abs=0.35)
    assert known.stopped == pytest.approx(stopped, abs=0.005)
    rng = np.random.default_rng(0)
    seen = [sequential(rng.random(400) < accuracy) for _ in range(3000)]
    assert np.mean([trial.answers for trial in seen]) == pytest.approx(known.answers, abs=0.5)
    assert np.mean([trial.verdict == "stop" for trial in seen]) == pytest.approx(known.stopped, abs=0.015)


def test_a_verdict_stands() -> None:
    trial = sequential([False, False, False, True, True, True, True, True, True, True])
    assert trial.verdict == "stop"
    assert trial.answers == 3
    assert trial.score >= trial.bounds[1] == pytest.approx(2.944, abs=0.001)
    assert sequential([]).verdict == "undecided"
    assert sequential([True, False]).answers == 2


def test_signs_of_guessing() -> None:
    rng = np.random.default_rng(0)
    honest = suspicion(rng.choice(3, 200), rng.lognormal(1.6, 0.3, 200), 5.0, np.full(200, 0.1))
    assert honest.reasons == ()
    hasty = suspicion(rng.choice(3, 200), np.full(200, 1.0), 5.0)
    assert len(hasty.reasons) == 1
    assert "quarter" in hasty.reasons[0]
    lazy = suspicion([*rng.choice(3, 150), *[1] * 25], np.full(175, 5.0), 5.0)
    assert lazy.run >= 25
    assert "in a row" in lazy.reasons[0]
    wrong = suspicion(rng.choice(3, 200), np.full(200, 5.0), 5.0, np.full(200, 0.6))
    assert "contradicts 60%" in wrong.reasons[0]
    assert math.isnan(lazy.differs)


def test_chance_is_not_blamed_for_runs() -> None:
    rng = np.random.default_rng(0)
    p = np.array([suspicion(rng.choice(2, 80, p=[0.9, 0.1]), np.ones(80), 1.0).run_p for _ in range(1000)])
    assert (p < 0.05).mean() < 0.06
    assert suspicion([1] * 30, np.ones(30), 1.0).reasons == ()
    assert suspicion([], [], 1.0).run == 0


def test_few_answers_give_no_reason() -> None:
    assert suspicion([1, 1, 1], [0.1] * 3, 5.0).reasons == ()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="right <= answered"):
        accuracies([3], [2])
    with pytest.raises(InputError, match="stop < keep"):
        sequential([True], keep=0.5, stop=0.6)
