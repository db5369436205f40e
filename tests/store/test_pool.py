"""The items of a queue for who steers it: what nobody has begun, and what is looked at again."""

from __future__ import annotations

from typing import Any

from milepost.store.aided import DOUBT
from milepost.store.pool import Pool


def test_what_somebody_holds_or_answered_waits_no_more(desk: Any) -> None:
    desk.add("a", "b", "c", reason="random")
    desk.add("s", sealed=True)
    desk.add("g", gold="cat")
    desk.next(1)
    waiting = list(Pool(desk.rows, "q").waiting())
    assert [(item.key, item.sealed, item.reason) for item in waiting] == [
        ("b", False, "random"),
        ("c", False, "random"),
        ("s", True, "random"),
    ]


def test_only_items_that_may_be_shown_are_open(desk: Any) -> None:
    desk.add("a")
    desk.add("s", sealed=True)
    desk.add("g", gold="cat")
    pool = Pool(desk.rows, "q")
    ids = [desk.item(key).id for key in ("a", "s", "g")]
    assert pool.open(ids) == {ids[0]: ("a", {"text": "a"})}
    assert set(pool.reasons()) == {"a", "g"}


def test_a_doubted_item_goes_to_another_person_once_and_keeps_its_first_reason(desk: Any) -> None:
    desk.add("a", "b")
    desk.add("s", sealed=True)
    for _ in range(3):
        desk.label(1)
    pool = Pool(desk.rows, "q")
    assert pool.again(dict.fromkeys("abs", 5), DOUBT) == 2
    assert pool.again(dict.fromkeys("abs", 5), DOUBT) == 0
    assert pool.reasons()["a"] == "random + doubt"
    assert desk.next(1, 5) == [], "who answered it is not asked again"
    assert desk.next(2, 5) == ["a", "b"]
    desk.submit(2, desk.item("a").id, "dog")
    aids = {(label.key, label.person): label.aid for label in desk.readings.labels()}
    assert aids == {("a", 1): "", ("a", 2): DOUBT, ("b", 1): ""}
