"""The road of a project: of the champion's generation, or of a candidate beside it."""

from __future__ import annotations

import pytest

from milepost import Project
from milepost.errors import UsageError
from milepost.project.walk import road_of, walk
from milepost.steps.generation import record
from milepost.steps.work import Talk, outlet


def test_the_first_generation_is_the_champions_until_another_is_promoted(champion: Project) -> None:
    road = road_of(champion.folder, champion.brief, champion.ledger, champion.blobs)
    assert (road.generation, road.beside) == (1, False)
    assert [kind.name for kind in road.beyond] == ["monitor", "renew"]


def test_a_later_generation_has_a_brief_and_a_source_of_its_own(challenged: Project) -> None:
    from dataclasses import replace

    first = challenged.dataset(1)
    gone = {"columns.x3": {"available": False, "because": "gone"}}
    made = replace(first, generation=2, base=1, brief=gone)
    record(challenged.ledger, made, "ada")
    road = road_of(challenged.folder, challenged.brief, challenged.ledger, challenged.blobs, 2)
    assert (road.generation, road.beside, road.source) == (2, True, made.digest)
    assert not road.brief.columns["x3"].available
    found = walk(road, Talk(yes=True), until="collect")
    assert list(found) == ["frame", "collect"]
    assert found["collect"].artifacts["development"] == first.development
    assert outlet(challenged.folder, 2).name == "2"
    with pytest.raises(UsageError, match="no generation 3"):
        road_of(challenged.folder, challenged.brief, challenged.ledger, challenged.blobs, 3)


def test_a_step_that_is_not_on_the_road_is_refused(champion: Project) -> None:
    with pytest.raises(UsageError, match="no milepost 'finale'") as caught:
        walk(champion.road, Talk(), until="finale")
    assert "'final'" in caught.value.todo


def test_what_stands_is_passed_by_and_told(copied: Project) -> None:
    seen = []
    talk = Talk(yes=True, by="ada", done=lambda made, ran: seen.append((made.step, ran)))
    walk(copied.road, talk, "measure")
    assert seen == [(name, False) for name in ("frame", "collect", "annotate", "understand", "measure")]
    seen.clear()
    walk(copied.road, talk, "measure", "measure")
    assert seen[-1] == ("measure", True)


def test_steps_past_the_road_are_no_goal_of_a_walk(copied: Project) -> None:
    with pytest.raises(UsageError, match="'monitor' lies past the road. Run it by itself: milepost monitor"):
        walk(copied.road, Talk(), "monitor")
