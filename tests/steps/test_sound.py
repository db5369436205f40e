"""What cannot be proven is left out before the seal is opened; what fails on opened rows, afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from milepost.errors import MilepostError
from milepost.steps.fits import members
from milepost.steps.sound import answering, sound


def learners(stands):
    """The weight of each learner in the fitted model."""
    found = {}
    for member in stands.fitted.model.members:
        found[member.config.learner] = found.get(member.config.learner, 0.0) + member.weight
    return found


def test_where_all_can_be_proven_all_stands(refitted) -> None:
    work, data, exam, stands = refitted("")
    assert sound(work, data, stands, exam) is stands
    after, seen = answering(work, data, stands, work.rows("test"), exam)
    assert after is stands
    assert (seen.native == stands.fitted.model.predict(work.rows("test"))).all()


@pytest.mark.parametrize("mood", ["mute", "torn", "crooked", "herd", "stuck"])
def test_a_member_without_a_graph_is_left_out_and_all_is_made_anew(refitted, mood) -> None:
    work, data, exam, stands = refitted(mood)
    made = sound(work, data, stands, exam)
    (lost,) = made.fitted.lost
    assert (lost.name.split("-")[0], lost.seeds, lost.late, lost.graph) == ("fickle", 0, False, True)
    assert learners(made) == pytest.approx({"lightgbm": 1.0})
    assert [t.learner for t in members(made.tuned)] == ["lightgbm"]
    assert made.tuned.corrected > stands.tuned.corrected, "the promised error is that of the trees alone"
    left = members(made.tuned)[0].name
    assert (made.mixed == work.array("tune", f"prediction:{left}").astype(np.float64)).all()
    exam.graph(made.fitted.model)


def test_seeds_that_cannot_be_proven_leave_their_weight_to_the_others(refitted) -> None:
    work, data, exam, stands = refitted("odd crooked")
    made = sound(work, data, stands, exam)
    (lost,) = made.fitted.lost
    assert 0 < lost.seeds < 3
    assert made.tuned is stands.tuned
    assert learners(made) == pytest.approx(learners(stands))
    assert len(made.fitted.model.members) < len(stands.fitted.model.members)


def test_the_seal_stays_shut_where_nothing_can_be_proven(refitted) -> None:
    work, data, exam, stands = refitted("crooked", alone=True)
    with pytest.raises(MilepostError, match="no member of the ensemble has a graph that answers as it does"):
        sound(work, data, stands, exam)


@pytest.mark.parametrize(("mood", "why"), [("rude", "that row is strange"), ("shy", "no numbers")])
def test_a_member_without_an_answer_to_opened_rows_is_left_out(refitted, mood, why) -> None:
    work, data, exam, stands = refitted(mood)
    assert sound(work, data, stands, exam) is stands
    made, seen = answering(work, data, stands, work.rows("test"), exam)
    (lost,) = made.fitted.lost
    assert lost.late
    assert why in lost.why
    assert learners(made) == pytest.approx({"lightgbm": 1.0})
    assert (seen.native == made.fitted.model.predict(work.rows("test"))).all()


def test_without_any_answer_nothing_can_be_judged(refitted) -> None:
    work, data, exam, stands = refitted("rude", alone=True)
    with pytest.raises(MilepostError, match="no member of the ensemble has an answer to every sealed row"):
        answering(work, data, stands, work.rows("test"), exam)


def test_a_graph_that_strays_on_opened_rows_is_left_out_where_something_is_left(refitted) -> None:
    work, data, exam, stands = refitted("sly")
    made, seen = answering(work, data, stands, work.rows("test"), exam)
    assert learners(made) == pytest.approx({"lightgbm": 1.0})
    assert "off on sealed rows" in made.fitted.lost[0].why
    assert not exam.strays(seen.gap)
    work, data, exam, stands = refitted("sly", alone=True)
    made, seen = answering(work, data, stands, work.rows("test"), exam)
    assert made is stands
    assert exam.strays(seen.gap), "which is told"
