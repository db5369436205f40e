"""The checks catch learners that break a promise."""

from dataclasses import dataclass

import numpy as np
import pytest

from milepost.learners.base import Learner, Model, Point, learners
from milepost.learners.loss import constant
from milepost.learners.space import Knob
from milepost.tasks.heads import SigmoidHead
from milepost.testing.learners import check_learner, check_space, make_toy


@dataclass
class Slope(Model):
    """One weight on the first feature."""

    weight: float
    shift: float = 0.0
    rounds: int = 1
    curve: tuple = (Point(1, 0.5, 0.5),)

    def raw(self, x):
        return self.weight * np.nan_to_num(x[:, :1])

    def emit(self, builder, features):
        first = builder.node("Slice", features, *(builder.const(np.array([v])) for v in (0, 1, 1)))
        scaled = builder.node("Mul", first, builder.const(np.float32(self.weight)))
        return builder.node("Add", scaled, builder.const(np.float32(self.shift)))


class Toyish(Learner):
    """Knows the toy's weight; faults are put in by name."""

    name = "toyish"
    title = "toyish"
    view = "dense"
    fault = ""
    fits = 0

    def portfolio(self, rows, features, head):  # noqa: ARG002
        return ({},)

    def fit(self, train, valid, job):  # noqa: ARG002
        self.fits += 1
        weight = 4.0
        if self.fault == "useless":
            weight = -1.0
        if self.fault == "random":
            weight += 0.1 * self.fits
        if self.fault == "weightless" and (train.weight == 0).any():
            weight = 40.0
        return Slope(
            weight,
            shift=0.01 if self.fault == "graph" else 0.0,
            rounds=5 if self.fault == "rounds" else 1,
            curve=() if self.fault == "curve" else (Point(1, 0.4, 0.4),),
        )


def test_an_honest_learner_passes():
    check_learner(Toyish(), (SigmoidHead(),))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("useless", "best constant"),
        ("graph", "its graph differ"),
        ("random", "two models for one seed"),
        ("rounds", "was to run 3 rounds"),
        ("curve", "no curve"),
        ("weightless", "weight 0 matter"),
    ],
)
def test_faults_are_named(fault, words):
    learner = Toyish()
    learner.fault = fault
    with pytest.raises(AssertionError, match=words):
        check_learner(learner, (SigmoidHead(),))


@pytest.mark.parametrize("name", list(learners))
def test_every_space_holds_its_portfolio_and_trains_everywhere(name):
    check_space(learners[name], SigmoidHead())


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ((Knob("size", 1, 9), Knob("size", 1, 9)), "two knobs"),
        ((Knob("rate", 0.1, 1.0),), "no knob of its space"),
        ((Knob("size", 9, 1),), "no two ends"),
        ((Knob("size", 0, 9, log=True),), "in ratios from 0"),
        ((Knob("size", 1, 9, when=("kind", 1)),), "hangs on no choice"),
        ((Knob("size", values=(5, 9)),), "a default of toyish"),
    ],
)
def test_faults_of_a_space_are_named(space, words):
    learner = Toyish()
    learner.space = lambda rows, features, head: space  # type: ignore[method-assign]
    learner.capacity, learner.defaults = "size", {"size": 2, "rate": 0.5}
    with pytest.raises(AssertionError, match=words):
        check_space(learner, SigmoidHead())


def test_toys_hold_what_is_asked():
    toy = make_toy(SigmoidHead(), missing=True)
    assert 0.05 < np.isnan(toy.train.x).mean() < 0.15
    assert not np.isnan(make_toy(SigmoidHead(), missing=False).train.x).any()
    assert abs(constant(toy.train, "sigmoid", 1)[0]) < 1.5
