"""Reviewers through the doors that the web uses."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.errors import InputError
from milepost.labels.migrations import Merge, Split
from milepost.labels.people import Forbidden


def test_accept_fix_and_send_back(office: Any) -> None:
    office.rules(review=1)
    office.add("a", "b", "c")
    for value in ("cat", "dog", "bird"):
        office.label(office.bob, value)
    review = office.labels.review
    a, b, c = review.next(office.rita, 3)
    review.accept(office.rita, a.item, a.answers[0].decision, "r1")
    review.fix(office.rita, office.reply(b.item, "cat", comment="whiskers"))
    with pytest.raises(InputError, match="without a comment"):
        review.send_back(office.rita, c.item, "r3", " ")
    review.send_back(office.rita, c.item, "r4", "Look again.")
    assert office.labels.answers.settled() == {a.item: "cat", b.item: "cat"}
    (back,) = office.labels.queue.mine(office.bob, "review")
    assert (back.id, back.value, back.comment) == (c.item, "bird", "Look again.")
    office.labels.queue.submit(office.bob, office.reply(c.item, "dog"))
    assert [case.item for case in review.next(office.rita)] == [c.item]
    assert review.ask(office.rita, [a.item]) == 1


def test_only_reviewers_review(office: Any) -> None:
    office.rules(review=1)
    office.add("a")
    made = office.label(office.cy, "cat")
    review = office.labels.review
    for act in (
        lambda: review.next(office.bob),
        lambda: review.accept(office.bob, made.item, made.decision, "r"),
        lambda: review.fix(office.bob, office.reply(made.item, "dog")),
        lambda: review.send_back(office.bob, made.item, "r", "why"),
        lambda: review.ask(office.bob, [made.item]),
    ):
        with pytest.raises(Forbidden, match="no reviewer"):
            act()
    assert office.labels.answers.settled() == {}


def test_disputes_come_before_a_reviewer_under_the_newest_labels(office: Any) -> None:
    office.rules(labels=2, disputes=True)
    office.add("a", "b")
    office.label(office.bob, "cat")
    office.label(office.bob, "cat")
    office.label(office.cy, "cat")
    office.label(office.cy, "dog")
    (case,) = office.labels.review.next(office.rita, 9)
    assert case.content == {"text": "b"}
    office.labels.apply(office.labels.plan(Merge(("dog",), "bird")), "Ann")
    (case,) = office.labels.review.next(office.rita, 9)
    assert [answer.value for answer in case.answers] == ["cat", "bird"]
    with pytest.raises(InputError, match="not retired"):
        office.labels.review.fix(office.rita, office.reply(case.item, "dog"))
    office.labels.review.fix(office.rita, office.reply(case.item, "dog", version=1))
    assert office.labels.answers.settled() == {case.item: "bird"}


def test_a_correction_from_an_older_page_says_what_it_says_or_nothing(office: Any) -> None:
    office.rules(review=1)
    office.add("a")
    office.label(office.bob, "dog")
    review = office.labels.review
    (case,) = review.next(office.rita)
    assert review.shown(office.rita, case.item) == {"text": "a"}
    with pytest.raises(Forbidden):
        review.shown(office.bob, case.item)
    office.labels.apply(office.labels.plan(Split("cat", ("Lion", "Lynx"))), "Ann")
    for value, said in (("cat", "was split"), ({"x": 1}, "choice is")):
        with pytest.raises(InputError, match=said):
            review.fix(office.rita, office.reply(case.item, value, version=1))
    review.fix(office.rita, office.reply(case.item, "bird", version=1))
    assert office.labels.answers.settled() == {case.item: "bird"}
