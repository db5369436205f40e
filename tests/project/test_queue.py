"""What the queues of a project have in common."""

import pytest

from milepost.labels.plan import Terms
from milepost.project.queue import rules_of


def test_who_labels_sets_overlap_and_the_share_of_known_answers() -> None:
    we = rules_of(Terms("we", people=2), 0, None, None)
    crowd = rules_of(Terms("crowd", people=8), 0, None, None)
    assert crowd.gold > we.gold
    assert rules_of(Terms("crowd", people=1), 0, None, None).labels == 1, "no more labels than people"
    said = rules_of(Terms("we", people=2), 4, None, 0.5)
    assert (said.labels, said.share, said.gold) == (4, 1.0, 0.5)
    assert rules_of(Terms("we", people=2), 4, 0.25, None).share == pytest.approx(0.25)
