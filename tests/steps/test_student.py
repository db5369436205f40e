"""A student learns from truth and teacher, and is small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from milepost.graphs.slim import packed
from milepost.learners.base import Batch
from milepost.steps import student as module
from milepost.steps.final import Final
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.search import Findings
from milepost.steps.sound import sound
from milepost.steps.student import soften, taught, teach
from milepost.steps.tune import Tune
from milepost.tasks.heads import IdentityHead, SigmoidHead, SoftmaxHead

X = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_a_row_of_two_classes_comes_twice_with_its_shares() -> None:
    made = soften(SigmoidHead(1), Batch(X, np.zeros(3)), np.array([0.25, 1.0, 0.0]))
    assert made.x[:, 0].tolist() == [0, 0, 2, 4]
    assert made.y.tolist() == [0, 1, 1, 0]
    assert made.weight.tolist() == [0.75, 0.25, 1, 1]


def test_classes_and_weights_multiply() -> None:
    shares = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.2, 0.3, 0.5]])
    made = soften(SoftmaxHead(3), Batch(X, np.zeros(3), np.array([1.0, 2.0, 10.0])), shares)
    assert made.y.tolist() == [0, 1, 2, 0, 1, 2]
    assert made.weight == pytest.approx([0.5, 0.5, 2, 2, 3, 5])


def test_values_are_learnt_as_they_are() -> None:
    made = soften(
        IdentityHead.fit(np.array([0.0, 2.0, 4.0])), Batch(X, np.zeros(3)), np.array([2.0, 2.0, 4.0])
    )
    assert made.y[:2].ravel() == pytest.approx([0, 0])
    assert len(made.x) == 3


@pytest.mark.parametrize("head", [IdentityHead.fit(np.array([0.0, 1.0])), SigmoidHead(1)])
def test_directions_are_passed_on(head) -> None:
    given = Batch(X, np.zeros(3), monotone=(1, 0))
    assert soften(head, given, np.array([0.25, 1.0, 0.0])).monotone == (1, 0)


@pytest.mark.parametrize(("kind", "task", "metric"), [("multiclass", "multiclass", "log_loss")])
def test_a_student_of_the_road_is_small_and_near_its_teacher(road, related, kind, task, metric) -> None:
    budget = {"seconds": 20.0, "threads": 1, "trials": 1}
    way = road(related(rows=400, kind=kind), task, metric, budget=budget)
    for step in (Prepare(), Protocol(), Tune(families=("lightgbm",))):
        way.run(step)
    work = way.work(Final())
    tuned, data = work.found("tune", Findings), material(work)
    mixed = work.array("tune", "raw").astype(np.float64)
    model = teach(work, data, tuned, mixed)
    assert model is not None
    losses = data.task.losses(data.truth, model.predict(data.frame))
    naive = data.task.losses(data.truth, data.task.repeat(data.task.naive(data.truth), len(data.truth)))
    assert losses.mean() < 0.9 * naive.mean()
    leaves = np.concatenate([tree.leaf_value for tree in model.members[0].model.forest().trees])
    assert len(np.unique(leaves)) < len(leaves) / 4
    assert len(packed(model.graph())) < 180_000
    assert teach(work, data, replace(tuned, point="small"), mixed) is None


def test_time_is_asked_for_every_copy_of_a_row_and_the_clock_ends_it(road, related, monkeypatch) -> None:
    way = road(
        related(rows=400, kind="multiclass"), "multiclass", "log_loss", budget={"seconds": 20.0, "threads": 1}
    )
    for step in (Prepare(), Protocol(), Tune(families=("linear",))):
        way.run(step)
    work = way.work(Final())
    tuned, data = work.found("tune", Findings), material(work)
    mixed = work.array("tune", "raw").astype(np.float64)
    full = teach(work, data, tuned, mixed)
    assert full is not None
    monkeypatch.setattr(module, "LATE", 0.0)
    short = teach(work, data, tuned, mixed)
    assert short is not None
    assert short.members[0].model.rounds < full.members[0].model.rounds
    monkeypatch.setattr(module, "copies", lambda *_: 10**9)
    assert teach(work, data, tuned, mixed) is None


def test_it_learns_from_what_stands(refitted) -> None:
    work, data, exam, stands = refitted("mute")
    whole = teach(work, data, stands.tuned, work.array("tune", "raw").astype(np.float64)).predict(data.frame)
    left = sound(work, data, stands, exam)
    student, missing = taught(work, data, left, exam)
    assert missing == ()
    (trees,) = (t.name for t in left.tuned.tried if t.weight)
    alone = teach(work, data, left.tuned, work.array("tune", f"prediction:{trees}").astype(np.float64))
    assert (student.predict(data.frame) == alone.predict(data.frame)).all()
    apart = [
        np.abs(said - left.mixed[np.argsort(data.scored)]) for said in (student.predict(data.frame), whole)
    ]
    assert apart[0].mean() < apart[1].mean(), "it is nearer to the trees than one that learnt from both"


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("pupil raise", "ValueError: a pupil learns nothing"),
        ("pupil mute", "ValueError: a pupil has no nodes"),
        ("pupil crooked", "its graph is up to"),
    ],
)
def test_why_there_is_none_is_told(refitted, mood, why) -> None:
    work, data, exam, stands = refitted(mood)
    student, (missing,) = taught(work, data, stands, exam)
    assert student is None
    assert missing.name == "the point 'student'"
    assert missing.why.startswith(why)
