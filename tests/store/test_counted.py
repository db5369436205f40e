"""The numbers of what counts change with every answer, and with nothing that counts for nothing."""

from __future__ import annotations

from typing import Any

from milepost.digest import digest
from milepost.store.counted import Counted


def test_only_what_counts_is_numbered(desk: Any) -> None:
    desk.add("a", "b")
    desk.add("s", sealed=True)
    desk.add("g", gold="cat")
    counted = Counted(desk.rows, "q")
    assert (counted.answers(), counted.settled()) == ([], [])
    one, two, sealed = (desk.label(1).decision for _ in range(3))
    assert counted.answers() == [one, two, sealed], "whether a sealed item was answered, never how"
    desk.next(1, gold=1.0)
    known = desk.submit(1, desk.item("g").id).decision
    assert known not in counted.answers()
    desk.undo(1, decision=two)
    assert counted.answers() == [one, sealed]
    desk.add("d")
    desk.next(1, 2)
    desk.decisions.decide(desk.act(1, desk.item("d").id, "draft", "cat"), 60.0)
    assert counted.answers() == [one, sealed], "a draft counts for nothing"


def test_what_a_reviewer_settled_is_numbered_by_the_decision_that_stands(desk: Any) -> None:
    desk.add("a")
    made = desk.label(1)
    desk.reviews.ask_review([made.item])
    (case,) = desk.reviews.next_review(9, 1, 60.0)
    outcome = desk.reviews.accept(desk.act(9, case.item, "accepted", of=made.decision))
    digest(Counted(desk.rows, "q").settled())  # plain numbers, which a digest takes
    ((item, stands),) = Counted(desk.rows, "q").settled()
    assert item == made.item
    assert stands in (made.decision, outcome.decision)
