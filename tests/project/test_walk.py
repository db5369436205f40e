"""One walk down the road: up to a step, again from a step, and no further than a gate."""

import pytest

from milepost import Project
from milepost.errors import UsageError
from milepost.project.walk import along
from milepost.steps.work import Talk


def test_what_stands_is_passed_by_and_told(copied: Project) -> None:
    seen = []
    talk = Talk(yes=True, by="ada", done=lambda made, ran: seen.append((made.step, ran)))
    along(copied.road, "measure", None, None, talk)
    assert seen == [(name, False) for name in ("frame", "collect", "annotate", "understand", "measure")]
    seen.clear()
    along(copied.road, "measure", "measure", None, talk)
    assert seen[-1] == ("measure", True)


def test_steps_past_the_road_are_no_goal_of_a_walk(copied: Project) -> None:
    with pytest.raises(UsageError, match="'monitor' lies past the road. Run it by itself: milepost monitor"):
        along(copied.road, "monitor", None, None, Talk())
    with pytest.raises(UsageError, match="no milepost 'nowhere'"):
        along(copied.road, None, "nowhere", None, Talk())
