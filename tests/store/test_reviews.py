"""Reviewers: what comes before them, and what accepting, fixing and sending back leave behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milepost.errors import InputError
from milepost.store.decisions import Standing, Verdict
from milepost.store.people import PeopleRows, Person
from milepost.store.picking import Worker

RITA, ROB = 8, 9


def look(standing: Standing) -> Verdict:
    """Lets a reviewer see everything."""
    return Verdict(review=True)


def case(desk: Any, reviewer: int = RITA) -> Any:
    """The next item of a reviewer."""
    (found,) = desk.reviews.next_review(reviewer, 1, 60)
    return found


def test_finished_items_come_before_one_reviewer_at_a_time(desk: Any) -> None:
    desk.add("a", "b", "c", wanted=2)
    desk.label(1, "cat", look)
    assert desk.reviews.next_review(RITA, 5, 60) == []
    first = desk.label(2, "dog", look)
    found = case(desk)
    assert found.item == first.item
    assert [(x.person, x.value) for x in found.answers] == [(1, "cat"), (2, "dog")]
    assert desk.reviews.next_review(ROB, 5, 60) == []
    assert case(desk).item == first.item, "who asks again goes on where they were"
    desk.pass_time()
    assert case(desk, ROB).item == first.item
    with pytest.raises(InputError, match="not before this reviewer"):
        desk.reviews.fix(desk.act(RITA, first.item, "", "cat"))


def test_nobody_reviews_what_they_answered(desk: Any) -> None:
    desk.add("a")
    desk.label(RITA, "cat", look)
    assert desk.reviews.next_review(RITA, 5, 60) == []
    assert len(desk.reviews.next_review(ROB, 5, 60)) == 1


def test_accepting_settles_an_item(desk: Any) -> None:
    desk.add("a", wanted=2)
    desk.label(1, "cat")
    desk.label(2, "dog", look)
    found = case(desk)
    with pytest.raises(InputError, match="no answer to the item"):
        desk.reviews.accept(desk.act(RITA, found.item, "", of=999))
    act = desk.act(RITA, found.item, "", of=found.answers[1].decision)
    assert desk.reviews.accept(act).act == "accepted"
    assert desk.reviews.accept(act).repeated
    assert desk.readings.settled()[found.item].value == "dog"
    assert desk.readings.counts()[0]["settled"] == 1
    with pytest.raises(InputError, match="has settled"):
        desk.submit(1, found.item, "bird")
    with pytest.raises(InputError, match="has settled"):
        desk.undo(1)


def test_fixing_puts_the_reviewers_answer_in_place(desk: Any) -> None:
    desk.add("a")
    desk.label(1, "cat", look)
    found = case(desk)
    desk.reviews.fix(desk.act(RITA, found.item, "", "bird", comment="has wings"))
    assert desk.readings.settled()[found.item].value == "bird"
    assert [x.value for x in desk.readings.labels()] == ["cat"], "who answered what stays known"
    assert desk.reviews.ask_review([found.item]) == 1
    assert desk.readings.settled() == {}
    assert case(desk).item == found.item


def test_what_is_sent_back_comes_first_and_returns_to_review(desk: Any) -> None:
    desk.add("a", "b", wanted=2)
    desk.label(1, "cat")
    desk.label(2, "dog", look)
    found = case(desk)
    act = desk.act(RITA, found.item, "", of=found.answers[0].decision, comment="Look at the ears.")
    desk.reviews.send_back(act)
    assert desk.reviews.send_back(act).repeated
    back = desk.given(Worker(1), 2)
    assert [(g.state, g.value, g.comment) for g in back] == [
        ("returned", "cat", "Look at the ears."), ("leased", None, ""),
    ]  # fmt: skip
    assert desk.next(3) == ["b"], "the place of the answer stays its giver's"
    assert desk.reviews.next_review(RITA, 5, 60) == []
    desk.decisions.decide(desk.act(1, found.item, "draft", "do"), 60)
    desk.submit(1, found.item, "dog")
    assert [x.value for x in case(desk).answers] == ["dog", "dog"]


def test_all_answers_are_sent_back_at_once(desk: Any) -> None:
    desk.add("a", wanted=2)
    desk.label(1, "cat")
    desk.label(2, "dog", look)
    desk.reviews.send_back(desk.act(RITA, case(desk).item, "", comment="Both wrong."))
    assert [g.state for person in (1, 2) for g in desk.given(Worker(person))] == ["returned", "returned"]


def test_a_correction_while_a_reviewer_looks_is_noticed(desk: Any) -> None:
    desk.add("a")
    desk.label(1, "cat", look)
    found = case(desk)
    desk.submit(1, found.item, "dog")
    with pytest.raises(InputError, match="no answer to the item"):
        desk.reviews.accept(desk.act(RITA, found.item, "", of=found.answers[0].decision))
    desk.undo(1)
    with pytest.raises(InputError, match="nobody changed since"):
        desk.reviews.fix(desk.act(RITA, found.item, "", "cat"))


def test_sealed_items_and_known_answers_never_come_before_a_reviewer(desk: Any) -> None:
    desk.add("sealed", sealed=True)
    desk.add("free")
    desk.add("gold", gold="cat")
    ids = [desk.item(key).id for key in ("sealed", "free", "gold")]
    assert desk.reviews.ask_review(ids) == 0, "nobody has answered"
    desk.label(1, "cat", look)
    for given in desk.given(Worker(1), 2, gold=0.999):
        desk.submit(1, given.id, "cat", look)
    assert desk.reviews.ask_review(ids) == 0, "the free one waits already"
    assert [c.content["text"] for c in desk.reviews.next_review(RITA, 9, 60)] == ["free"]


def test_what_is_settled_early_is_handed_to_nobody_else(desk: Any) -> None:
    desk.add("a", wanted=4)
    desk.label(1, "cat")
    (held,) = desk.given(Worker(2))
    desk.given(Worker(3))
    desk.decisions.decide(desk.act(3, held.id, "draft", "do"), 60)
    assert desk.reviews.ask_review([held.id]) == 1
    found = case(desk)
    desk.reviews.accept(desk.act(RITA, found.item, "", of=found.answers[0].decision))
    assert [desk.next(person) for person in (2, 3, 4)] == [[], [], []]
    assert desk.submit(2, held.id, "dog").act == "late", "it was on their screen: taken, and not counted"
    assert desk.readings.settled()[found.item].value == "cat"
    assert desk.readings.counts()[0]["full"] == 1


def test_what_is_sent_back_to_a_closed_account_goes_to_somebody_else(desk: Any) -> None:
    people = PeopleRows(desk.rows)
    ann = people.add(Person(0, "ann", ("labeller",)), "", "setup")
    desk.add("a")
    desk.label(ann.id, "cat", look)
    people.change(replace(ann, active=False), "setup")
    desk.reviews.send_back(desk.act(RITA, case(desk).item, "", comment="No."))
    assert desk.label(ann.id + 1, "dog").act == "submitted"
    assert [x.value for x in case(desk).answers] == ["dog"]


def test_the_content_of_a_case_is_shown_to_its_reviewer_alone(desk: Any) -> None:
    desk.add("a", "b")
    desk.label(1, "cat", look)
    second = desk.label(1, "cat", look)
    found = case(desk)
    assert desk.reviews.shown(RITA, found.item) == {"text": "a"}
    assert desk.reviews.shown(ROB, found.item) is None
    assert desk.reviews.shown(RITA, second.item) is None
    assert len(desk.reviews.next_review(ROB, 5, 60)) == 1, "looking takes nothing from others"
