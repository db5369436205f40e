"""Answers without the model are scored on the sealed rows with intervals that hold."""

import numpy as np
import pytest

from milepost import metrics
from milepost.steps.held import held
from milepost.steps.margin import margin


def beside(name, truth, model, other, seed=0):
    metric, units = metrics.get(name), np.arange(len(truth))
    return held(
        metric,
        model,
        {"existing solution": other},
        lambda p: float(metric(truth, p)),
        lambda shown: margin(metric, truth, shown, units, seed)[1],
    )


def test_scores_and_paired_gains_have_intervals() -> None:
    """A rule of known error: 200 made seal openings hold the truth in their intervals as often as said."""
    inside = np.zeros(2)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=400)
        model, rule = truth + rng.normal(0, 0.5, 400), truth + rng.normal(0, 1.0, 400)
        (one,) = beside("mae", truth, model, rule, seed)
        assert one.gain == pytest.approx(one.score - np.abs(model - truth).mean())
        mean = np.sqrt(2 / np.pi)
        inside += [one.low < mean < one.high, one.gain_low < 0.5 * mean < one.gain_high]
    assert (inside / 200 > 0.9).all()


def test_an_answer_without_spread_has_no_width() -> None:
    truth = np.arange(100) % 2
    model = np.where(truth == 1, 0.7, 0.3) + np.linspace(-0.3, 0.3, 100)
    (one,) = beside("roc_auc", truth, model, np.full(100, 0.5))
    assert (one.score, one.low, one.high) == (0.5, 0.5, 0.5)
    assert 0 < one.gain_low < one.gain < one.gain_high


def test_what_cannot_be_scored_is_left_out() -> None:
    metric = metrics.get("roc_auc")
    model = np.linspace(0, 1, 10)
    assert held(metric, model, {"naive answer": model}, lambda _: float("nan"), lambda _: 0.1) == ()
