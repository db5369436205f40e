"""The journal: an act that is told twice happens once, and nothing in it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milepost.errors import InputError
from milepost.store.picking import Worker


def test_an_act_told_again_counts_once(desk: Any) -> None:
    desk.add("a", "b")
    item = desk.given(Worker(1))[0].id
    act = desk.act(1, item, "submitted", "cat")
    first = desk.decisions.decide(act, 60)
    for _ in range(3):
        again = desk.decisions.decide(act, 60)
        assert again == replace(first, repeated=True)
    assert len(desk.readings.journal()) == 1
    assert desk.readings.counts()[0]["done"] == 1
    undone = desk.decisions.undo(1, "u", 60, 1)
    assert desk.decisions.undo(1, "u", 60, 1) == replace(undone, repeated=True)
    assert desk.decisions.decide(act, 60).repeated, "the old act is not done anew"
    assert desk.readings.counts()[0].get("done", 0) == 0


def test_a_late_act_told_again_stays_late(desk: Any) -> None:
    desk.add("a")
    item = desk.given(Worker(1))[0].id
    desk.pass_time()
    desk.given(Worker(2))
    act = desk.act(1, item, "submitted", "cat")
    assert [desk.decisions.decide(act, 60).act for _ in range(2)] == ["late", "late"]
    assert len(desk.readings.journal()) == 1


@pytest.mark.parametrize("change", [{"value": "dog"}, {"act": "discarded"}, {"item": 2}])
def test_another_act_with_the_same_client_id_is_refused(desk: Any, change: dict[str, Any]) -> None:
    desk.add("a", "b")
    items = desk.given(Worker(1), 2)
    act = desk.act(1, items[0].id, "submitted", "cat")
    desk.decisions.decide(act, 60)
    if "item" in change:
        change = {"item": items[1].id}
    with pytest.raises(InputError, match="was given to another act"):
        desk.decisions.decide(replace(act, **change), 60)


def test_two_people_may_use_the_same_client_id(desk: Any) -> None:
    desk.add("a", "b")
    for person in (1, 2):
        item = desk.given(Worker(person))[0].id
        assert not desk.decisions.decide(desk.act(person, item, "submitted", client="same"), 60).repeated
