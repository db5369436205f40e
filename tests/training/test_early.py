"""Fits are judged by their beginning only where ranks agree, and then the best third goes on."""

from types import SimpleNamespace

import numpy as np
import pytest

from milepost.learners.base import Point
from milepost.training.early import FIRST, Early, Halted, at
from milepost.training.fit import Config


def ended(i: int, early: float, final: float):
    """A configuration whose loss goes from `early` at round 1 to `final` at round 90, in a straight line."""
    curve = (Point(1, 1.0, early), Point(90, 1.0, final))
    return SimpleNamespace(config=Config("trees", {"n": i}), loss=final, curves=(curve, curve), rounds=90)


def watched(early: Early, losses) -> int:
    """The round at which a fit is halted, or 0."""
    watch = early.judge("trees")
    for step, loss in enumerate(losses, 1):
        try:
            watch(step, loss)
        except Halted as problem:
            return problem.step
    return 0


def test_where_ranks_agree_the_best_third_goes_on() -> None:
    early = Early()
    for i in range(FIRST - 1):
        early.note(ended(i, 1.0 + 0.1 * i, 0.5 + 0.05 * i))
    assert early.steps("trees") == ()
    early.note(ended(9, 1.9, 0.95))
    assert early.steps("trees") == (10, 30)
    assert watched(early, [1.3] * 90) == 10
    assert watched(early, [1.2] * 90) == 30
    assert watched(early, np.linspace(1.0, 0.5, 90)) == 0
    assert early.steps("others") == ()


def test_where_they_do_not_every_fit_runs_to_its_end() -> None:
    early = Early()
    rng = np.random.default_rng(0)
    final = rng.permutation(FIRST + 5)
    for i in range(FIRST + 5):
        early.note(ended(i, 2.0 + i, 0.01 * final[i]))
    assert early.steps("trees") == ()
    assert watched(early, [99.0] * 90) == 0


def test_halted_ones_raise_no_bar_and_count() -> None:
    early = Early()
    for i in range(FIRST):
        early.note(ended(i, 1.0 + 0.1 * i, 0.5 + 0.05 * i))
    for loss in np.linspace(1.5, 3, 20):
        early.halted("trees", Halted(10, float(loss)))
    assert watched(early, [1.3] * 9 + [1.3] + [0.1] * 80) == 0


def test_without_a_curve_there_is_nothing_to_judge() -> None:
    early = Early()
    for i in range(FIRST):
        one = ended(i, 1.0, 0.5 + i)
        one.curves = ((Point(1, 0.5, 0.5),),)
        early.note(one)
    assert early.steps("trees") == ()


def test_a_curve_is_read_between_its_points() -> None:
    curve = (Point(1, 1.0, 2.0), Point(5, 1.0, float("nan")), Point(11, 1.0, 1.0))
    assert at(curve, 6) == pytest.approx(1.5)
    assert at(curve, 50) == 1.0
