"""Suggestions that were accepted are counted, and what was answered together is found together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from milepost.store.aided import BULK, SUGGESTION, Aid
from milepost.store.aids import Aids
from milepost.store.picking import Worker


def aided(desk: Any, person: int, aid: Aid, value: str = "cat") -> Any:
    item = desk.given(Worker(person))[0].id
    act = replace(desk.act(person, item, "submitted", value), aid=aid)
    return act, desk.decisions.decide(act, 60)


def test_a_suggestion_is_counted_once_and_no_more_when_it_is_undone(desk: Any) -> None:
    aids = Aids(desk.rows, "q")
    desk.add("a", "b", "c")
    act, _ = aided(desk, 1, Aid(SUGGESTION, "m1", "cat", 0.8, accepted=True))
    desk.decisions.decide(act, 60)
    aided(desk, 1, Aid(SUGGESTION, "m1", "dog", 0.6, accepted=False))
    assert aids.accepted() == {"m1": (1, 2)}
    assert [label.aid for label in desk.readings.labels()] == [SUGGESTION, SUGGESTION]
    desk.undo(1)
    assert aids.accepted() == {"m1": (1, 1)}


def test_a_bulk_lists_what_of_it_still_counts(desk: Any) -> None:
    aids = Aids(desk.rows, "q")
    desk.add("a", "b", "c")
    made = [aided(desk, 1, Aid(BULK, "b1"))[1] for _ in range(3)]
    desk.undo(1, decision=made[1].decision)
    assert [decision for decision, *_ in aids.batch("b1")] == [made[0].decision, made[2].decision]
    (batch,) = aids.batches()
    assert (batch.name, batch.person, batch.value, batch.made, batch.standing) == ("b1", 1, "cat", 3, 2)
