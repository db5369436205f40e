"""Rounds that the judging rows had no say in."""

import numpy as np
import pytest

from milepost.engines.local import Local
from milepost.training.evaluate import evaluate
from milepost.training.fit import Config, Fit
from milepost.training.rounds import flattery, honest, others, stops_early

TREES = Config("lightgbm", {"num_leaves": 8, "learning_rate": 0.2})


def test_each_fold_takes_the_median_of_the_others(make) -> None:
    assert others(make(parts=3), [10, 20, 40]) == [30, 25, 15]


def test_folds_of_another_repeat_have_judged_the_same_rows(make) -> None:
    material = make(parts=2, repeats=2)
    assert [fold.repeat for fold in material.folds] == [0, 0, 1, 1]
    assert others(material, [10, 20, 50, 70]) == [20, 10, 70, 50]


def test_honest_rounds_cost_the_loss_that_luck_had_gained(make) -> None:
    material = make(400)
    (found,) = evaluate(material, [Fit(TREES, 0)], Local(1))
    assert stops_early(found)
    assert len(set(found.fold_rounds)) > 1
    prediction = honest(material, found, Local(1), None, 0)
    truth = material.truth[material.scored]
    gap = material.task.losses(truth, prediction).mean() - found.loss
    assert gap > 0
    assert flattery(material, found) == pytest.approx(gap, rel=0.05)


def test_a_model_without_rounds_stays_as_it_is(make) -> None:
    material = make(100)
    (found,) = evaluate(material, [Fit(Config("linear", {"C": 1.0}), 0)], Local(1))
    assert not stops_early(found)
    assert flattery(material, found) is None
    assert np.shares_memory(honest(material, found, Local(1), None, 0), found.prediction)
