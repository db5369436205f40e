"""The small point gets coarser numbers where its price, with theirs, stays within what may be given up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from milepost.graphs.slim import packed
from milepost.steps.alternatives import part
from milepost.steps.coarser import coarser, moved, rounding, shipping
from milepost.steps.final import Final
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.refit import refit
from milepost.steps.search import Findings
from milepost.steps.tune import Tune
from milepost.tasks.classification import Binary, Multiclass
from milepost.tasks.multilabel import Multilabel
from milepost.tasks.regression import Regression


@pytest.fixture(scope="module")
def searched(lasting, related):
    way = lasting(related(rows=600), metric="log_loss", budget={"seconds": 20.0, "threads": 1, "trials": 1})
    for step in (Prepare(), Protocol(), Tune(families=("lightgbm",))):
        way.run(step)
    return way


@pytest.fixture
def scene(searched, again):
    """One boosted model, fitted on all development rows."""
    way = again(searched)
    work = way.work(Final())
    tuned, data = work.found("tune", Findings), material(work)
    return work, data, tuned, refit(work, data, tuned).model


def test_the_small_point_is_rounded_where_it_may(scene) -> None:
    work, data, tuned, model = scene
    assert [point.name for point in tuned.points] == ["ensemble", "small"]
    found, shift, rounded = coarser(work, data, tuned, model)
    assert rounded is not None
    assert rounded.graph() == part(model, found.points[1], found).graph()
    assert found.points == (tuned.points[0], replace(tuned.points[1], rounded=True))
    assert shift == 0
    sizes = [len(packed(part(model, point, found).graph())) for point in found.points]
    assert sizes[1] < 0.9 * sizes[0]
    assert shipping(model, found) is model

    found, shift, _ = coarser(work, data, replace(tuned, point="small"), model)
    assert 0 < abs(shift) < 0.001
    apart = np.abs(shipping(model, found).predict(data.frame) - model.predict(data.frame))
    assert 0 < apart.max() < 0.05

    other = replace(tuned.points[1], weights={"other": 1.0})
    strange = replace(tuned, points=(tuned.points[0], other))
    assert coarser(work, data, strange, model) == (strange, 0.0, None)
    work.brief = work.brief.changed({"constraints.loss": 1e-9})
    assert coarser(work, data, tuned, model) == (tuned, 0.0, None)


def test_numbers_that_cost_too_much_are_kept(scene) -> None:
    work, data, tuned, model = scene
    for steps, kept in ((30, False), (0.3, True)):
        rough = replace(model, members=[replace(m, model=Rough(m.model, steps)) for m in model.members])
        found, *_ = coarser(work, data, tuned, rough)
        assert (found == tuned) is kept


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("stiff", "ValueError: its numbers cannot be rounded"),
        ("coarse mute", "ValueError: there are no nodes for this"),
        ("coarse crooked", "its graph is up to"),
    ],
)
def test_numbers_that_cannot_be_rounded_or_proven_are_kept_and_told(refitted, mood, why) -> None:
    work, data, exam, stands = refitted(mood, small=True)
    work.brief = work.brief.changed({"constraints.loss": 0.5})
    for point in ("ensemble", "small"):
        tuned = replace(stands.tuned, point=point)
        found, shift, (missing,) = rounding(work, data, tuned, stands.fitted.model, exam)
        assert (found, shift) == (tuned, 0.0)
        assert missing.name == "coarser numbers of the point 'small'"
        assert missing.why.startswith(why)


def test_numbers_that_can_be_rounded_and_proven_are(refitted) -> None:
    work, data, exam, stands = refitted("coarse", small=True)
    work.brief = work.brief.changed({"constraints.loss": 0.5})
    found, _, missing = rounding(work, data, stands.tuned, stands.fitted.model, exam)
    assert (found.points[1].rounded, missing) == (True, ())


class Rough:
    """A model whose raw scores are rounded to so many steps."""

    def __init__(self, model, steps, on=False):
        self.model, self.steps, self.on = model, steps, on

    def raw(self, x):
        raw = self.model.raw(x)
        return np.round(raw * self.steps) / self.steps if self.on else raw

    def rounded(self):
        return Rough(self.model, self.steps, True)


def test_predictions_move_as_those_of_the_model_do() -> None:
    values = np.array([1.0, 2.0, 5.0])
    task = Regression(("y",), (1.0,))
    assert moved(task, values, np.zeros(3), np.full(3, 0.5)).tolist() == [1.5, 2.5, 5.5]
    shown, before, after = np.array([0.5, 0.9, 1.0]), np.array([0.5, 0.2, 0.3]), np.array([0.6, 0.2, 0.3])
    found = moved(Binary(("y",), ("a", "b")), shown, before, after)
    assert found == pytest.approx([0.6, 0.9, 1.0])
    rng = np.random.default_rng(0)
    three = [rng.dirichlet(np.ones(3), 4) for _ in range(3)]
    found = moved(Multiclass(("y",), ("a", "b", "c")), *three)
    assert found.sum(axis=1) == pytest.approx(np.ones(4))
    odds = [np.log(one[:, 1] / one[:, 0]) for one in (found, *three)]
    assert odds[0] == pytest.approx(odds[1] + odds[3] - odds[2])
    found = moved(Multilabel(("y",), ("a", "b", "c")), *three)
    assert logit(found) == pytest.approx(logit(three[0]) + logit(three[2]) - logit(three[1]))
