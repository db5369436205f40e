"""Configurations are judged on all folds, remembered, and dropped alone when they fail."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from milepost.engines.local import Local
from milepost.learners.base import Learner, learners
from milepost.ledger import Ledger
from milepost.store.blobs import Blobs
from milepost.store.rows import Rows
from milepost.training import evaluate as module
from milepost.training.evaluate import evaluate, narrow, remembered
from milepost.training.fit import Config, Fit
from milepost.training.memory import Remembered

LINEAR, TREES = Config("linear", {"C": 1.0}), Config("lightgbm", {"num_leaves": 4, "rounds": 20})


class Slow(Learner):
    """Goes on until it is told to stop."""

    name, title, view = "slow", "slow", "dense"

    def __init__(self) -> None:
        self.started, self.stopped = threading.Event(), threading.Event()

    def portfolio(self, rows, features, head):  # noqa: ARG002
        return ({},)

    def fit(self, train, valid, job):  # noqa: ARG002
        self.started.set()
        try:
            for _ in range(2000):
                job.watch(0, 0.0)
                time.sleep(0.01)
        except BaseException:
            self.stopped.set()
            raise
        raise ArithmeticError("never told to stop")


class Broken(Learner):
    """Cannot fit."""

    name, title, view = "broken", "broken", "dense"

    def portfolio(self, rows, features, head):  # noqa: ARG002
        return ({},)

    def fit(self, train, valid, job):  # noqa: ARG002
        raise ArithmeticError("it does not converge")


@pytest.fixture
def register(monkeypatch):
    def add(learner):
        assert "linear" in learners  # loads the real ones first
        monkeypatch.setitem(learners._items, learner.name, learner)
        return learner

    return add


def test_every_row_is_predicted_by_models_that_did_not_see_it(make) -> None:
    material = make()
    (found,) = evaluate(material, [Fit(LINEAR, 0)], Local(1))
    truth = material.truth[material.scored]
    assert found.prediction.shape == truth.shape
    assert found.losses == pytest.approx(material.task.losses(truth, found.prediction), rel=1e-3)
    assert found.loss == pytest.approx(found.losses.mean())
    parts = [found.losses[material.fold_of == i].mean() for i in range(3)]
    assert found.fold_losses == pytest.approx(parts)
    assert found.loss < material.task.losses(truth, np.full(len(truth), truth.mean())).mean()


def test_numbers_far_from_0_keep_what_tells_them_apart(make) -> None:
    near = make(target="spent")
    far = replace(near, truth=near.truth + 1e10, key="far")
    (one,), (other,) = (evaluate(data, [Fit(LINEAR, 0)], Local(1)) for data in (near, far))
    assert one.prediction.dtype == np.float32
    np.testing.assert_allclose(other.prediction - 1e10, one.prediction, atol=1e-4)
    assert narrow(np.array([1e9, 1e9 + 1])[:, None] * [1.0, 0.0]).dtype == np.float64
    assert narrow(np.array([0.5, 0.5 + 1e-9])).dtype == np.float32  # probabilities are single


@pytest.mark.parametrize("long", [0.0, 1e9])
def test_what_was_finished_is_recalled(make, tmp_path, monkeypatch, long: float) -> None:
    """Both ways of remembering: fit by fit, and a configuration of quick fits at once."""
    monkeypatch.setattr(module, "LONG", long)
    ledger = Ledger(Rows(tmp_path / "rows.db"))
    memory = Remembered(ledger.rows, Blobs(tmp_path / "blobs"))
    material, fits = make(), [Fit(LINEAR, 0), Fit(TREES, 0)]
    first = sorted(evaluate(material, fits, Local(2), memory), key=lambda e: e.config.name)

    def never(*args, **kwargs):
        raise AssertionError("fitted again")

    monkeypatch.setattr("milepost.training.fit.train", never)
    again = sorted(evaluate(material, fits, Local(2), memory), key=lambda e: e.config.name)
    for one, other in zip(first, again, strict=True):
        assert one.config == other.config
        assert (one.prediction == other.prediction).all()
        assert (one.rounds, one.fold_rounds, one.curves) == (other.rounds, other.fold_rounds, other.curves)


def test_a_fit_that_time_cut_off_is_fitted_again_only_with_clearly_more_time(make, tmp_path) -> None:
    memory = Remembered(Rows(tmp_path / "rows.db"), Blobs(tmp_path / "blobs"))
    material = make()
    assert not remembered(material, Fit(TREES, 0), memory)
    (found,) = evaluate(material, [Fit(TREES, 0, seconds=0.0)], Local(1), memory)
    assert found.cut
    assert remembered(material, Fit(TREES, 0), memory)
    (again,) = evaluate(material, [Fit(TREES, 0, seconds=1e-9)], Local(1), memory)
    assert (again.prediction == found.prediction).all()
    assert again.seconds == found.seconds
    (longer,) = evaluate(material, [Fit(TREES, 0)], Local(1), memory)
    assert not longer.cut
    assert longer.train_loss < found.train_loss
    (known,) = evaluate(material, [Fit(TREES, 0, seconds=0.0)], Local(1), memory)
    assert not known.cut


def test_quick_folds_are_remembered_beside_ones_that_time_cut_off(make, tmp_path, monkeypatch) -> None:
    memory = Remembered(Rows(tmp_path / "rows.db"), Blobs(tmp_path / "blobs"))
    material, real = make(), module.run

    def hurried(material, fit, *rest):
        return real(material, replace(fit, seconds=0.0) if fit.fold == 1 else fit, *rest)

    monkeypatch.setattr(module, "run", hurried)
    (found,) = evaluate(material, [Fit(TREES, 0)], Local(1), memory)
    assert found.cut
    assert len(memory.rows.select("fit")) == 3
    assert remembered(material, Fit(TREES, 0), memory)
    (again,) = evaluate(material, [Fit(TREES, 0)], Local(1), memory)
    assert again.loss == found.loss
    assert len(memory.rows.select("fit")) == 3, "what is recalled is not written once more"


def test_a_configuration_that_fails_is_told_of_once_and_the_others_go_on(make, register) -> None:
    register(Broken())
    told = []
    fits = [Fit(Config("broken"), 0), Fit(LINEAR, 0)]
    found = list(
        evaluate(make(), fits, Local(2), None, lambda config, why: told.append((config.name, str(why))))
    )
    assert [e.config.learner for e in found] == ["linear"]
    assert told == [(Config("broken").name, "it does not converge")]
    with pytest.raises(ArithmeticError, match="converge"):
        list(evaluate(make(), fits, Local(1)))


def test_running_fits_stop_when_the_search_is_left(make, register) -> None:
    slow = register(Slow())
    search = evaluate(
        make(), [Fit(LINEAR, 0), *(Fit(Config("slow", {"n": i}), 0) for i in range(3))], Local(2)
    )
    next(search)
    assert slow.started.wait(10)
    search.close()
    assert slow.stopped.wait(10)
