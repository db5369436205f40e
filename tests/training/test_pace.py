"""Costs are learnt from finished fits, and more effort costs more."""

from types import SimpleNamespace

import pytest

from milepost.training.fit import Config
from milepost.training.pace import CAUTION, PLANNED, SCALED, WARM, Pace, effort, refit_rounds, refit_seconds

SMALL = Config("lightgbm", {"num_leaves": 16, "learning_rate": 0.1})
LARGE = Config("lightgbm", {"num_leaves": 64, "learning_rate": 0.05})


def done(config: Config, seconds: float):
    return SimpleNamespace(config=config, seconds=seconds, learnt="")


def test_a_finished_fit_corrects_the_guess() -> None:
    pace = Pace(cells=1e5, folds=5, workers=2)
    assert not pace.known(SMALL)
    pace.note(done(SMALL, 10.0))
    assert pace.known(LARGE)
    assert pace.of(SMALL) == pytest.approx(2.0)
    assert pace.of(LARGE) == pytest.approx(2.0 * effort(LARGE.params) / effort(SMALL.params))
    assert pace.wall(SMALL) == pytest.approx(3 * 2.0 * CAUTION)


def test_a_slow_fit_is_not_forgotten_at_once() -> None:
    pace = Pace(cells=1e5, folds=1, workers=1)
    for seconds in (1.0, 10.0, 1.0):
        pace.note(done(SMALL, seconds))
    assert pace.of(SMALL) == pytest.approx(7.0)


def test_networks_cost_more_the_wider_they_are_and_unknown_learners_cost_something() -> None:
    assert effort({"width": 256, "depth": 2}) > effort({"width": 64, "depth": 1}) > 0
    assert effort({"width": 64, "members": 4}) > effort({"width": 64})
    assert Pace(1e6, 1, 1).of(Config("mine")) > 0


def test_a_refit_on_more_rows_takes_more_rounds_and_time() -> None:
    assert refit_rounds("lightgbm", 100, 1.0) == 100
    assert refit_rounds("catboost", 100, 100.0) == 300
    assert refit_rounds("linear", 1, 2.0) == 1
    assert refit_rounds("deep", 20, 1.25) == 20
    assert refit_rounds("deep", 20, 1.25, warm=True) == round(WARM * 20)
    assert refit_seconds(done(SMALL, 10.0), 5, 1.25) == pytest.approx(2.0 * 1.25 * 1.12)


def test_deep_networks_cost_more_the_more_channels_and_blocks_they_have() -> None:
    costs = [
        effort({"channels": channels, "depth": depth, "width": 64})
        for channels, depth in ((8, 1), (16, 1), (16, 3), (64, 3))
    ]
    assert costs == sorted(set(costs))
    assert "deep" in PLANNED
    assert "deep" not in SCALED, "its epochs stay in a refit"


def test_outputs_of_a_network_share_its_work() -> None:
    net, trees = Config("network", {"width": 64, "members": 4}), Config("lightgbm", {"num_leaves": 31})
    one, six = Pace(1e6, 1, 1, 5_000), Pace(6e6, 1, 1, 5_000, outputs=6)
    assert six.guess(net) == one.guess(net)
    assert six.guess(trees) > 3 * one.guess(trees)


def test_fine_tuning_costs_by_rows_epochs_and_blocks() -> None:
    costs = [
        effort({"blocks": blocks, "epochs": epochs}) for blocks, epochs in ((1, 2), (1, 8), (4, 8), (4, 24))
    ]
    assert costs == sorted(set(costs))
    tuned = Config("finetune", {"blocks": 4, "epochs": 8})
    few, many = (Pace(1e4, 5, 2, rows).guess(tuned) for rows in (500, 5_000))
    assert many > 5 * few
    assert Pace(1e4, 5, 2, 5_000).guess(SMALL) == Pace(1e4, 5, 2).guess(SMALL)
    assert "finetune" in PLANNED
