"""New versions of a label set: one row, and only the items that have to come back do."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.errors import InputError
from milepost.store.decisions import Standing, Verdict
from milepost.store.picking import Worker
from milepost.store.relabelling import STREAM


def lost(value: Any) -> bool:
    """Whether a value names the label that is split."""
    return value == "bird" or (isinstance(value, list) and "bird" in value)


def named(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_only_items_of_the_label_come_back(desk: Any) -> None:
    values = ["cat", "bird", ["cat", "bird"], "big bird", None, "bird"]
    desk.add(*(f"{i}" for i in range(len(values))))
    for value in values:
        desk.label(1, value)
    assert desk.relabelling.uses(["bird"], named) == {"bird": (3, 3), "cat": (1, 1)}
    before = len(desk.rows.select(STREAM))
    desk.relabelling.migrate(2, {"split": "bird"}, ["bird"], lost)
    assert [e.body for e in desk.rows.select(STREAM)[before:]] == [{"split": "bird"}]
    assert desk.readings.counts()[0]["done"] == 3
    assert desk.next(1, 9) == ["1", "2", "5"], "also to who answered them"
    assert {x.value for x in desk.readings.labels()} == {"cat", "big bird", None}
    assert len(desk.readings.journal()) == len(values), "nothing is rewritten"


def test_of_several_answers_only_those_of_the_label_are_asked_for_again(desk: Any) -> None:
    desk.add("a", wanted=2)
    desk.label(1, "bird")
    desk.label(2, "cat")
    desk.relabelling.migrate(2, {}, ["bird"], lost)
    assert desk.next(2) == []
    assert desk.next(3) == ["a"]
    assert desk.next(1) == []


def test_sealed_items_come_back_uncounted(desk: Any) -> None:
    desk.add("a", sealed=True)
    desk.label(1, "bird")
    assert desk.relabelling.uses(["bird"], named) == {}
    desk.relabelling.migrate(2, {}, ["bird"], lost)
    assert desk.next(2) == ["a"]


def test_what_was_settled_or_known_by_the_label_is_no_longer(desk: Any) -> None:
    desk.add("a", "b")
    desk.add("gold", gold="bird")

    def look(standing: Standing) -> Verdict:
        return Verdict(review=True)

    desk.label(1, "cat", look)
    desk.label(1, "bird", look)
    for case in desk.reviews.next_review(9, 2, 60):
        desk.reviews.fix(desk.act(9, case.item, "", "bird"))
    desk.relabelling.migrate(2, {}, ["bird"], lost)
    assert desk.readings.settled() == {}
    counts = desk.readings.counts()[0]
    assert (counts.get("settled", 0), counts["review"], counts.get("gold", 0)) == (0, 1, 0)
    assert desk.next(2, 9, gold=0.999) == ["b", "gold"], "an item like any other now"
    assert [c.content["text"] for c in desk.reviews.next_review(9, 9, 60)] == ["a"]


def test_a_version_is_made_once(desk: Any) -> None:
    desk.add("a")
    desk.label(1, "bird")
    with pytest.raises(InputError, match="made meanwhile"):
        desk.relabelling.migrate(1, {}, ["bird"], lost)
    with pytest.raises(InputError, match="version 3"):
        desk.relabelling.migrate(3, {}, ["bird"], lost)
    assert desk.relabelling.version() == 1
    assert len(desk.rows.select(STREAM)) == 1
    assert desk.next(2) == []


def test_answers_given_while_it_is_searched_are_found(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.add("a", "b")
    desk.label(1, "bird")
    naming, calls = type(desk.relabelling)._naming, []

    def slow(self: Any, connection: Any, ids: Any, after: int) -> Any:
        found = list(naming(self, connection, ids, after))
        if not calls:
            calls.append(after)
            desk.label(2, "bird")
        return iter(found)

    monkeypatch.setattr(type(desk.relabelling), "_naming", slow)
    desk.relabelling.migrate(2, {}, ["bird"], lost)
    assert sorted(g.content["text"] for g in desk.given(Worker(3), 5)) == ["a", "b"]


def test_what_a_reviewer_settled_otherwise_stands(desk: Any) -> None:
    desk.add("a", wanted=2)
    desk.label(1, "bird")
    desk.label(2, "dog", lambda _: Verdict(review=True))
    (case,) = desk.reviews.next_review(9, 1, 60)
    desk.reviews.fix(desk.act(9, case.item, "", "cat"))
    assert desk.relabelling.uses(["bird"], named) == {"bird": (1, 0)}
    desk.relabelling.migrate(2, {}, ["bird"], lost)
    assert desk.readings.settled()[case.item].value == "cat"
    assert [label.value for label in desk.readings.labels()] == ["dog"]
    assert desk.next(3) == []


def test_known_answers_that_can_be_given_no_more_test_nobody(desk: Any) -> None:
    desk.add("gold", gold="bird")
    desk.add("other", gold="cat")
    desk.relabelling.migrate(2, {}, moot=lost)
    assert desk.readings.counts()[0]["gold"] == 1
    assert desk.next(1) == ["gold"], "an item like any other now"
