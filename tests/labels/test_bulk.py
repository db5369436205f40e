"""Many items are answered at once, never sealed ones or tests, and are taken back as one."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.errors import InputError
from milepost.labels.bulk import answer_all, take_back
from milepost.labels.people import Forbidden


def ids(office: Any, *keys: str) -> list[int]:
    numbers = office.labels.answers.numbers(keys)
    return [numbers[key] for key in keys]


def test_many_are_answered_as_single_decisions_and_taken_back_as_one(office: Any) -> None:
    office.add("a", "b", "c")
    office.add("s", sealed=True)
    office.add("g", gold="cat")
    labels = office.labels
    made = answer_all(labels, office.ann, ids(office, "a", "b", "s", "g"), "cat", "x = 1")
    assert (made.answered, made.passed) == (2, 2)
    found = labels.answers.all()
    assert (found.values, found.keys) == (("cat", "cat"), ("a", "b"))
    acts = labels.answers.since()
    assert [(act.act, act.comment, act.seconds) for act in acts] == [("submitted", "bulk: x = 1", None)] * 2
    (batch,) = labels.aids.batches()
    assert (batch.name, batch.standing) == (made.name, 2)
    assert take_back(labels, made.name) == 2
    assert len(labels.answers.all()) == 0
    assert office.texts(office.bob, 3) == ["a", "b", "c"], "they wait for anybody again"
    with pytest.raises(InputError, match="nothing that counts"):
        take_back(labels, made.name)


def test_it_is_no_second_opinion(office: Any) -> None:
    office.rules(labels=2)
    office.add("a", wanted=2)
    office.label(office.bob, "cat")
    answer_all(office.labels, office.ann, ids(office, "a"), "dog")
    found = office.labels.answers.all()
    assert dict(zip(found.people.tolist(), found.alone.tolist(), strict=True)) == {
        office.bob: True,
        office.ann: False,
    }


def test_only_owners_answer_at_once_and_only_what_can_be(office: Any) -> None:
    office.add("a")
    with pytest.raises(Forbidden):
        answer_all(office.labels, office.bob, ids(office, "a"), "cat")
    with pytest.raises(InputError, match="0 items"):
        answer_all(office.labels, office.ann, [], "cat")
    with pytest.raises(InputError):
        answer_all(office.labels, office.ann, ids(office, "a"), "horse")
    office.texts(office.bob)
    assert answer_all(office.labels, office.ann, ids(office, "a"), "cat").answered == 0, "Bob holds it"
