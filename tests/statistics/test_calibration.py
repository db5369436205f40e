"""The choice of a calibrator."""

import numpy as np
import pytest
from scipy.special import expit

from milepost.statistics.calibration import choose_calibrator


def drawn(rows, seed=0, factor=1.0):
    generator = np.random.default_rng(seed)
    true = generator.normal(-0.5, 1.2, rows)
    return expit(factor * true), (generator.uniform(size=rows) < expit(true)).astype(int)


def test_honest_probabilities_are_left_alone():
    names = [choose_calibrator(*drawn(2000, seed)).calibrator.name for seed in range(5)]
    assert names.count("identity") >= 4


def test_a_wrong_temperature_is_mended_by_one_parameter():
    names = [choose_calibrator(*drawn(2000, seed, 2.5)).calibrator.name for seed in range(5)]
    assert names.count("temperature") >= 4


def test_a_bent_curve_needs_a_table():
    generator = np.random.default_rng(0)
    p = generator.uniform(0.02, 0.98, 8000)
    bent = np.where(p < 0.3, 0.1, np.where(p < 0.7, 0.5, 0.55))
    choice = choose_calibrator(p, generator.uniform(size=8000) < bent)
    assert choice.calibrator.name in ("venn_abers", "isotonic")
    assert choice.calibrator([0.2, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.55], abs=0.05)
    assert "lowers the log loss" in choice.reason


def test_floors_of_rows_and_classes():
    p, y = drawn(400)
    assert {trial.name for trial in choose_calibrator(p, y).trials} == {
        "identity",
        "temperature",
        "platt",
        "beta",
    }
    p, y = drawn(700)
    assert "venn_abers" in {trial.name for trial in choose_calibrator(p, y).trials}
    p, y = drawn(3000)
    y[np.flatnonzero(y)[60:]] = 0
    assert "isotonic" not in {trial.name for trial in choose_calibrator(p, y).trials}
    few = choose_calibrator(p[:40], y[:40])
    assert few.calibrator.name == "identity"
    assert "too few" in few.reason


def test_trials_are_ordered_and_the_best_is_not_behind():
    trials = choose_calibrator(*drawn(1500, factor=2)).trials
    assert [t.parameters for t in trials] == sorted(t.parameters for t in trials)
    assert min(t.behind for t in trials) == 0
    assert all(t.behind >= 0 for t in trials)


def test_groups_stay_together_and_widen_the_error():
    p, y = drawn(300, factor=2)
    group = np.repeat(np.arange(300), 5)
    alone = choose_calibrator(np.repeat(p, 5), np.repeat(y, 5)).trials
    together = choose_calibrator(np.repeat(p, 5), np.repeat(y, 5), groups=group).trials
    assert max(t.se for t in together) > 1.5 * max(t.se for t in alone)


def test_the_same_seed_gives_the_same_choice():
    p, y = drawn(800, factor=1.5)
    weight = np.random.default_rng(0).uniform(0.5, 2, 800)
    assert choose_calibrator(p, y, seed=3, weight=weight) == choose_calibrator(p, y, seed=3, weight=weight)


def test_several_classes_choose_between_identity_and_temperature():
    generator = np.random.default_rng(0)
    scores = generator.normal(size=(2000, 3))
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    y = np.array([generator.choice(3, p=row) for row in p])
    assert choose_calibrator(p, y).calibrator.name == "identity"
    sharp = p**3 / (p**3).sum(axis=1, keepdims=True)
    assert choose_calibrator(sharp, y).calibrator.name == "temperature"
