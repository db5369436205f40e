"""Thresholds by cost and by metric."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import confusion_matrix, f1_score

from milepost.errors import InputError
from milepost.statistics.threshold import (
    Costs,
    best_threshold_by_cost,
    best_threshold_by_metric,
    elkan_threshold,
    tradeoff_curve,
)


def drawn(rows, seed=0, shift=-2.0):
    generator = np.random.default_rng(seed)
    p = expit(generator.normal(shift, 1.5, rows))
    return p, (generator.uniform(size=rows) < p).astype(int)


def test_costs_of_5_and_95_flag_from_five_in_a_hundred():
    assert float(elkan_threshold(Costs(5.0, 95.0))) == pytest.approx(0.05)


def test_amounts_give_each_row_its_threshold():
    amount = np.array([10.0, 100.0, 1000.0])
    threshold = elkan_threshold(Costs(fp=5.0, fn=amount, tp=5.0))
    assert threshold[1] == pytest.approx(5 / 100)
    assert (np.diff(threshold) < 0).all()


def test_costs_that_reward_errors_are_refused():
    with pytest.raises(InputError, match="being wrong costs less"):
        elkan_threshold(Costs(fp=1.0, fn=1.0, tn=2.0))


def test_the_curve_counts_as_scikit_learn_does():
    p, y = drawn(500)
    curve = tradeoff_curve(p, y, points=1000)
    for place in (0, 10, 250, 500):
        tn, fp, fn, tp = confusion_matrix(y, p >= curve.thresholds[place], labels=[0, 1]).ravel()
        assert (curve.tp[place], curve.fp[place], curve.fn[place], curve.tn[place]) == (tp, fp, fn, tn)
    assert curve.tp[0] == curve.fp[0] == 0
    assert curve.fn[-1] == curve.tn[-1] == 0


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    p, y = drawn(20_000)
    curve = tradeoff_curve(p, y)
    assert 150 <= len(curve.thresholds) <= 202
    assert curve.tp[0] == 0
    assert curve.tp[-1] == y.sum()
    for place in (0, 60, 199):
        assert curve.tp[place] == y[p >= curve.thresholds[place]].sum()


def test_the_lowest_cost_lies_near_the_closed_formula():
    p, y = drawn(20_000)
    found = best_threshold_by_cost(p, y, Costs(fp=5.0, fn=95.0), resamples=200)
    assert found.value == pytest.approx(0.05, abs=0.02)
    assert found.interval.contains(0.05)
    assert found.flat[0] <= found.value <= found.flat[1]
    fresh, truth = drawn(200_000, seed=9)
    cost = np.where(fresh >= found.value, 5.0 * (truth == 0), 95.0 * (truth == 1)).mean()
    assert found.score_interval.contains(cost)


def test_the_cost_to_expect_is_not_that_of_the_rows_chosen_on():
    naive, honest, true = [], [], []
    fresh, truth = drawn(100_000, seed=999)
    for seed in range(30):
        p, y = drawn(80, seed)
        found = best_threshold_by_cost(p, y, Costs(fp=20.0, fn=80.0), resamples=100, seed=seed)
        curve = tradeoff_curve(p, y)
        naive.append(float((20 * curve.fp + 80 * curve.fn).min() / 80))
        honest.append(found.score)
        true.append(np.where(fresh >= found.value, 20.0 * (truth == 0), 80.0 * (truth == 1)).mean())
    assert np.mean(naive) < np.mean(true)
    assert abs(np.mean(honest) - np.mean(true)) < 0.5 * abs(np.mean(naive) - np.mean(true))


def test_a_flat_cost_gives_the_middle():
    p = np.r_[np.full(200, 0.1), np.full(200, 0.9), np.linspace(0.2, 0.8, 5)]
    y = np.r_[np.zeros(200), np.ones(200), [0, 1, 0, 1, 0]].astype(int)
    found = best_threshold_by_cost(p, y, Costs(1.0, 1.0), resamples=100)
    assert 0.2 < found.value < 0.8
    assert ((p >= found.value) != y).sum() == 2, "no threshold makes fewer mistakes"


def test_when_alarms_cost_too_much_nobody_is_flagged():
    p, y = drawn(2000, shift=-4.0)
    found = best_threshold_by_cost(p, y, Costs(fp=1e6, fn=1.0), resamples=50)
    assert (p >= found.value).mean() < 0.002


def test_costs_by_row_move_the_threshold():
    p, y = drawn(5000)
    amount = np.random.default_rng(0).gamma(2, 100, 5000)
    low = best_threshold_by_cost(p, y, Costs(fp=5.0, fn=amount), resamples=50)
    high = best_threshold_by_cost(p, y, Costs(fp=50.0, fn=amount), resamples=50)
    assert low.value < high.value
    assert low.score < high.score


def test_groups_widen_the_interval():
    p, y = drawn(300)
    p, y, group = np.repeat(p, 8), np.repeat(y, 8), np.repeat(np.arange(300), 8)
    alone = best_threshold_by_cost(p, y, Costs(5.0, 50.0))
    together = best_threshold_by_cost(p, y, Costs(5.0, 50.0), groups=group)
    assert together.score_interval.halfwidth > 1.8 * alone.score_interval.halfwidth


def test_the_best_f1_is_found():
    p, y = drawn(5000)
    found = best_threshold_by_metric(p, y, "f1", resamples=100)
    best = max(f1_score(y, p >= t) for t in np.quantile(p, np.linspace(0, 0.999, 200)))
    assert f1_score(y, p >= found.value) > best - 0.02
    assert found.score_interval.low < found.score < found.score_interval.high


def test_classes_that_lie_apart_are_cut_in_the_middle_of_the_gap():
    p, y = np.repeat([0.01, 0.2, 0.8, 0.99], 20), np.repeat([0, 0, 1, 1], 20)
    for found in (
        best_threshold_by_metric(p, y, "f1", resamples=50),
        best_threshold_by_metric(p, y, "balanced_accuracy", resamples=50),
        best_threshold_by_cost(p, y, Costs(5.0, 50.0), resamples=50),
    ):
        assert found.value == pytest.approx(0.5)
        assert found.flat == (0.2, 0.8)


def test_balanced_accuracy_and_accuracy_want_other_thresholds():
    p, y = drawn(5000)
    balanced = best_threshold_by_metric(p, y, "balanced_accuracy", resamples=50).value
    plain = best_threshold_by_metric(p, y, "accuracy", resamples=50).value
    assert balanced == pytest.approx(y.mean(), abs=0.08)
    assert plain == pytest.approx(0.5, abs=0.12)
    with pytest.raises(InputError, match="roc_auc"):
        best_threshold_by_metric(p, y, "roc_auc")


def test_shapes_are_checked():
    with pytest.raises(InputError, match="One row each"):
        tradeoff_curve([0.1, 0.2], [1])
