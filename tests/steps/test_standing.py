"""A member that fails when it is fitted again is left out of what is promised, judged and shipped."""

from __future__ import annotations

import json

import numpy as np
import pytest

from milepost import metrics
from milepost.project.tell import onlooker
from milepost.report.blocks import plain
from milepost.steps.base import Told
from milepost.steps.final import Final
from milepost.steps.forecast import forecast
from milepost.steps.material import material
from milepost.steps.search import Findings as Tuned
from milepost.steps.standing import VALIDATION, source, standing, validation, without
from milepost.steps.work import Talk

TALK = Talk(yes=True)


def test_the_road_goes_on_without_a_member_that_raises(fickle) -> None:
    project = fickle("raise")
    done, tuned = project.step("final", TALK), project.found("tune")
    names = {t.name for t in tuned.tried if t.weight > 0}
    lost = next(name for name in names if name.startswith("fickle"))
    (left,) = names - {lost}
    found = project.found("final")
    assert [(one.name, one.why, one.seeds) for one in found.lost] == [
        (lost, "ValueError: the second fit is too much", 0)
    ]
    assert done.verdict == "noted"
    assert lost in done.reason
    assert "the second fit is too much" in done.reason
    assert found.refit == "all", "the twin of what is left was made"
    assert found.expected > tuned.corrected, "what is left is worse, and so is what is promised"
    assert found.low <= found.score <= found.high
    (opening,) = project.ledger.openings(1)
    assert opening["left out"] == [lost]
    assert opening["expected"] == found.expected
    project.run(until="ship", talk=TALK)
    manifest = json.loads((project.package / "manifest.json").read_text())
    assert manifest["lineage"]["learners"] == {left: 1.0}
    assert project.verify().passed
    assert lost in project.report().read_text(encoding="utf-8")


def test_answers_that_are_no_numbers_count_as_a_failure(fickle) -> None:
    project = fickle("blank")
    project.step("final", TALK)
    (lost,) = project.found("final").lost
    assert lost.why == "ArithmeticError: it predicted values that are no numbers"


def test_findings_without_a_member_are_of_what_is_left(fickle) -> None:
    project = fickle("")
    project.step("final", TALK)
    work = onlooker(project.road, "explain")
    assert source(work) == ("tune", "prediction")
    assert standing(work) == work.found("tune", Tuned)
    tuned, data = work.found("tune", Tuned), material(work)
    lost = next(t.name for t in tuned.tried if t.learner == "fickle")
    found, said, mixed = without(work, data, tuned, {lost})
    left = next(t.name for t in tuned.tried if t.learner == "lightgbm")
    assert {t.name: t.weight for t in found.tried if t.weight} == {left: 1.0}
    np.testing.assert_allclose(said, work.array("tune", f"prediction:{left}"), rtol=1e-6)
    assert (mixed == work.array("tune", f"prediction:{left}").astype(np.float64)).all()
    metric, truth = metrics.get(tuned.metric), data.truth[data.scored]
    alone = float(metric(truth, said))
    whole = tuned.points[0].score
    assert found.corrected - tuned.corrected == pytest.approx(alone - whole, rel=1e-6)
    assert found.error > tuned.error
    assert forecast(work, data, found).expected == found.corrected
    assert found.points[0].weights == {left: 1.0}
    assert found.points[0].score == pytest.approx(alone)
    assert all(lost not in point.weights for point in found.points)
    assert not (validation(work) == said).all()


def test_steps_below_see_what_is_left(fickle) -> None:
    project = fickle("raise")
    project.step("final", TALK)
    work = onlooker(project.road, "explain")
    assert source(work) == ("final", VALIDATION)
    assert [t.learner for t in standing(work).tried if t.weight] == ["lightgbm"]
    blocks = Final().tell(Told(project.found("final"), work.evidence["final"], work))
    assert "Could not be fitted again" in str(plain(blocks))
