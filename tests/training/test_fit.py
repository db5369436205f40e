"""The one job that trains: told apart by all that decides its result, and stopped by who watches."""

import numpy as np
import pytest

from milepost.learners.base import learners
from milepost.training.fit import Config, Fit, Stopped, identity, run, train

TREES = Config("lightgbm", {"num_leaves": 4, "rounds": 30})


def test_time_and_threads_do_not_change_what_a_fit_is(make) -> None:
    material = make(100)
    one = identity(material, Fit(TREES, 0))
    assert identity(material, Fit(TREES, 0, seconds=3.0, threads=2)) == one
    for other in (Fit(TREES, 1), Fit(TREES, 0, seed=1), Fit(TREES, 0, rounds=3), Fit(TREES, 0, rows=50)):
        assert identity(material, other) != one


def test_a_learner_that_has_changed_fits_anew(make, monkeypatch) -> None:
    before = identity(material := make(100), Fit(TREES, 0))
    monkeypatch.setattr(type(learners["lightgbm"]), "version", 99)
    assert identity(material, Fit(TREES, 0)) != before


def test_a_plug_in_that_has_changed_fits_anew(make, monkeypatch) -> None:
    material = make(100)
    found = []
    for module in ("milepost_plugin_mine_1", "milepost_plugin_mine_2"):
        monkeypatch.setattr(type(learners["lightgbm"]), "__module__", module)
        found.append(identity(material, Fit(TREES, 0)))
    assert found[0] != found[1]


def test_names_are_short_and_stable() -> None:
    assert TREES.name == Config("lightgbm", {"rounds": 30, "num_leaves": 4}).name
    assert TREES.name.startswith("lightgbm-")


def test_a_fit_predicts_its_validation_rows(make) -> None:
    material = make(200)
    found = run(material, Fit(TREES, 1, rounds=12))
    assert found.prediction.shape == (len(material.folds[1].valid),)
    assert found.rounds == 12
    assert not found.cut
    assert np.isfinite(found.train_loss)


def test_who_watches_can_stop_it(make) -> None:
    def stop(step: int, loss: float) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        run(make(100), Fit(TREES, 0), watch=stop)


@pytest.mark.parametrize(("problem", "stays"), [(Stopped(), True), (ValueError("broken"), False)])
def test_a_checkpoint_outlives_an_interruption_but_no_failure(make, tmp_path, problem, stays) -> None:
    state = tmp_path / "one.state"
    state.write_bytes(b"so far")

    def end(step: int, loss: float) -> None:
        raise problem

    with pytest.raises(type(problem)):
        train(make(100).prepared(0, "trees"), Fit(TREES, 0), end, state)
    assert state.exists() == stays
