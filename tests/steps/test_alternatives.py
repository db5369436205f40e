"""Points of the frontier are built without training, and each graph answers as its models do."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from milepost import metrics
from milepost.graphs.session import run, session
from milepost.modalities.base import feed
from milepost.report.blocks import Chart, Table
from milepost.steps.alternatives import Bench, alternatives, drawn, part, timed
from milepost.steps.exam import Exam
from milepost.steps.final import Final
from milepost.steps.lost import Missing
from milepost.steps.material import material
from milepost.steps.points import Point
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.refit import refit
from milepost.steps.search import Findings
from milepost.steps.student import teach
from milepost.steps.tune import Tune


@pytest.fixture(scope="module")
def searched(lasting, related):
    way = lasting(related(), budget={"seconds": 20.0, "threads": 1, "trials": 2})
    for step in (Prepare(), Protocol(), Tune(families=("linear", "lightgbm"))):
        way.run(step)
    return way


@pytest.fixture
def scene(searched, again):
    """Two members that ship, and points of both, of the first, and of one that was not fitted."""
    way = again(searched)
    work = way.work(Final())
    tuned = work.found("tune", Findings)
    names = [t.name for t in tuned.tried]
    half = tuple(replace(t, weight=0.5) for t in tuned.tried)

    def point(name, weights, price=0.0):
        return Point(
            name, weights, ["affine_logit", 0.8, 0.1], 0.8, price, price - 0.01, price + 0.01, price, 1.0
        )

    both, one = dict.fromkeys(names, 0.5), {names[0]: 1.0}
    points = (
        point("ensemble", both), point("single", one, 0.02), point("other", {"other": 1.0}, 0.03),
        replace(point("small", both), rounded=True), point("same", both),
    )  # fmt: skip
    return work, replace(tuned, tried=half, points=points, point="ensemble")


def test_every_point_whose_members_are_fitted_is_built_and_proven(scene) -> None:
    work, tuned = scene
    data = material(work)
    model = refit(work, data, tuned).model
    metric = metrics.get("roc_auc")
    exam = Exam.of(work, data)
    golden = exam.made

    def score(mine):
        return float(metric(data.truth, mine))

    scores = SimpleNamespace(score=score, price=lambda mine, other: (score(other) - score(mine), 0.01, 0.1))
    student = replace(part(model, tuned.points[1], tuned), form=model.form)
    bench = Bench(model, model, model.graph(), exam, data.frame, data.frame, scores, student)
    made = alternatives(work, tuned, bench)
    found, kept = made.found, made.kept
    assert made.missing == []
    assert [one.name for one in found] == ["ensemble", "single", "small", "student"]
    assert [one.ships for one in found] == [True, False, False, False]
    small, taught = found[2:]
    assert taught.share == 0.1
    assert taught.sealed == pytest.approx(found[0].sealed - taught.price)
    assert small.rounded
    assert small.bytes < 0.95 * found[0].bytes
    exact = part(model, replace(tuned.points[3], rounded=False), tuned).predict(data.frame)
    assert small.price == pytest.approx(score(exact) - small.sealed)
    assert small.price != 0
    assert (small.low, small.high) == pytest.approx((small.price - 0.0296, small.price + 0.0296))
    assert all(one.p50_ms > 0 and one.rows_per_second > 0 for one in found)
    for one in found:
        graph = work.blobs.get(kept[f"graph:{one.name}"])
        assert len(graph) == one.bytes
        feeds = {c.name: feed(golden[c.name], c.wire) for c in model.schema.inputs}
        said = run(session(graph), feeds)["proba"][:, 1]
        mine = work.blobs.get_array(kept[f"golden answers:{one.name}"])
        assert np.abs(said - mine).max() < 1e-5
    for one, point in zip(found[:2], tuned.points[:2], strict=True):
        held = part(model, point, tuned).members
        assert len({member.config.name for member in held}) == one.members
        assert sum(member.weight for member in held) == pytest.approx(1.0)
        assert one.sealed == score(part(model, point, tuned).predict(data.frame))
    assert small.sealed == score(part(model, tuned.points[3], tuned).predict(data.frame))
    larger = replace(bench, student=teach(work, data, tuned, work.array("tune", "raw").astype(np.float64)))
    assert [one.name for one in alternatives(work, tuned, larger).found] == ["ensemble", "single", "small"]
    blocks = drawn(found, "roc_auc", "higher")
    assert [type(block) for block in blocks[:2]] == [Chart, Table]
    assert drawn(found[:1], "roc_auc", "higher") == []


def test_seeds_of_a_member_share_its_weight(scene) -> None:
    work, tuned = scene
    model = refit(work, material(work), tuned).model
    single = tuned.points[1]
    (name,) = single.weights
    one = next(m for m in model.members if m.config.name == name)
    others = [m for m in model.members if m.config.name != name]
    members = part(replace(model, members=[one, one, one, *others]), single, tuned).members
    assert [m.weight for m in members] == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("coarse mute", "ValueError: there are no nodes for this"),
        ("coarse crooked", "its graph is up to"),
        ("coarse rude", "ValueError: that row is strange"),
        ("stiff", "ValueError: its numbers cannot be rounded"),
    ],
)
def test_a_point_that_fails_is_left_out_and_told(refitted, mood, why) -> None:
    work, data, exam, stands = refitted(mood, small=True)
    tuned = replace(
        stands.tuned, points=(stands.tuned.points[0], replace(stands.tuned.points[1], rounded=True))
    )
    model = stands.fitted.model
    scores = SimpleNamespace(score=np.mean, price=lambda mine, other: (0.0, 0.01, 0.1))
    made = alternatives(
        work, tuned, Bench(model, model, model.graph(), exam, data.frame, work.rows("test"), scores)
    )
    assert [one.name for one in made.found] == ["ensemble"]
    assert sorted(made.kept) == ["golden answers:ensemble", "graph:ensemble"]
    (missing,) = made.missing
    assert isinstance(missing, Missing)
    assert missing.name == "the point 'small'"
    assert missing.why.startswith(why)


def test_of_many_columns_and_of_media_fewer_rows_are_timed_together() -> None:
    def wires(width: int) -> dict[str, str]:
        return {f"x{i}": "float" for i in range(width)}

    assert timed(9_000, wires(10)) == timed(9_000, wires(200)) == 5_000
    assert timed(9_000, wires(2_000)) == 500
    assert timed(9_000, wires(200_000)) == timed(9_000, {**wires(3), "photo": "pixels"}) == 100
    assert timed(70, wires(10)) == 70
