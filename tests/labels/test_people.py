"""People: roles are checked, and who leaves stays known."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.errors import InputError
from milepost.labels.people import Forbidden, worker
from milepost.store.people import Person
from milepost.store.picking import Worker


def test_roles_are_asked_for(office: Any) -> None:
    people = office.labels.people
    assert people.may(office.bob, "labeller").name == "Bob"
    assert people.may(office.ann, "reviewer").name == "Ann", "an owner may do everything"
    with pytest.raises(Forbidden, match="'Bob' is no reviewer.*'Bob' has: labeller"):
        people.may(office.bob, "reviewer")
    with pytest.raises(Forbidden, match="'Rita' is no labeller"):
        people.may(office.rita, "labeller")
    with pytest.raises(InputError, match="no account number 99"):
        people.may(99, "labeller")
    assert people.named("Bob").id == office.bob
    with pytest.raises(InputError, match="no account 'Bo'"):
        people.named("Bo")


def test_a_closed_account_may_nothing(office: Any) -> None:
    people = office.labels.people
    people.change(people.get(office.bob), "Ann", active=False)
    with pytest.raises(Forbidden, match="'Bob' is closed"):
        people.may(office.bob, "labeller")
    assert "Bob" in [person.name for person in people.all()]


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (Person(0, " ", ("owner",)), "cannot be named"),
        (Person(0, "x" * 101, ("owner",)), "1 to 100 characters"),
        (Person(0, "Dee", ()), "has no role"),
        (Person(0, "Dee", ("labeler",)), "no role 'labeler'.*'labeller'"),
        (Person(0, "Dee", ("owner",), share=0), "share of 'Dee' is 0"),
    ],
)
def test_what_is_no_account_is_refused(office: Any, person: Person, said: str) -> None:
    with pytest.raises(InputError, match=said):
        office.labels.people.add(person, "Ann")
    assert len(office.labels.people.all()) == 4


def test_passwords_are_opaque(office: Any) -> None:
    people = office.labels.people
    dee = people.add(Person(0, "Dee", ("owner",), ("law",), ("de",), 0.5), "Ann", password="hash 1")
    assert people.password(dee) == "hash 1"
    dee = people.change(dee, "Dee", password="hash 2")
    assert people.password(dee) == "hash 2"
    assert people.password(people.find("Ann")) == ""
    assert people.find("Nobody") is None
    assert worker(dee) == Worker(dee.id, ("law",), ("de",), 0.5)
