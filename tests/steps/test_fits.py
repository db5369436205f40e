"""Members are fitted on all rows; what raises is told, and the others go on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milepost.errors import MilepostError, MissingExtra
from milepost.project.tell import onlooker
from milepost.steps.fits import members
from milepost.steps.material import material
from milepost.steps.refit import refit, unrefitted
from milepost.steps.search import Findings


@pytest.fixture
def scene(fickle):
    """What a refit needs, with a member that may fail; and the names of both."""

    def made(mood):
        work = onlooker(fickle(mood).road, "final")
        tuned = work.found("tune", Findings)
        return work, material(work), tuned

    return made


def weights(made):
    found = {}
    for member in made.model.members:
        found[member.config.learner] = found.get(member.config.learner, 0.0) + member.weight
    return found


def test_seeds_that_raise_leave_their_weight_to_the_others(scene) -> None:
    work, data, tuned = scene("odd raise")
    made = refit(work, data, tuned)
    (lost,) = made.lost
    assert lost.why == "ValueError: the second fit is too much"
    assert 0 < lost.seeds < 3
    assert weights(made) == pytest.approx({t.learner: t.weight for t in members(tuned)})
    assert unrefitted(work, data, tuned) is None, "for information only: all of it or nothing"


def test_what_memory_had_no_room_for_is_fitted_alone(scene) -> None:
    work, data, tuned = scene("crowded")
    made = refit(work, data, tuned)
    assert made.lost == ()
    assert weights(made) == pytest.approx({t.learner: t.weight for t in members(tuned)})


def test_without_any_member_nothing_is_made(scene) -> None:
    work, data, tuned = scene("raise")
    made = refit(work, data, tuned)
    assert weights(made) == pytest.approx({"lightgbm": 1.0})
    tried = tuple(replace(t, weight=float(t.learner == "fickle")) for t in tuned.tried)
    with pytest.raises(MilepostError, match="no member of the ensemble could be fitted") as caught:
        refit(work, data, replace(tuned, tried=tried))
    assert "the second fit is too much" in caught.value.what
    assert caught.value.expected
    assert "--families" in caught.value.todo


def test_what_the_machine_lacks_is_raised(scene) -> None:
    with pytest.raises(MissingExtra):
        refit(*scene("machine"))
