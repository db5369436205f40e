"""Accounts: kept, changed with a row for the audit, and their hashes shown to nobody by accident."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milepost.errors import InputError
from milepost.store.people import STREAM, PeopleRows, Person

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"


def test_an_account_is_kept_and_changed(desk: Any) -> None:
    people = PeopleRows(desk.rows)
    ann = people.add(Person(0, "Ann", ("owner",), ("law",), ("de", "en"), 0.5), HASH, "setup")
    bob = people.add(Person(0, "Bøb", ("labeller",)), "", "Ann")
    assert ann == Person(1, "Ann", ("owner",), ("law",), ("de", "en"), 0.5)
    assert people.all() == (ann, bob)
    assert (people.find("Ann"), people.get(2), people.find("Cy"), people.get(9)) == (ann, bob, None, None)
    people.change(replace(bob, active=False, roles=("labeller", "reviewer")), "Ann")
    changed = people.get(2)
    assert changed is not None
    assert (changed.active, changed.roles) == (False, ("labeller", "reviewer"))


def test_passwords_are_kept_as_they_are_and_stand_in_no_other_row(desk: Any) -> None:
    people = PeopleRows(desk.rows)
    ann = people.add(Person(0, "Ann", ("owner",)), HASH, "setup")
    assert people.password(ann.id) == HASH
    people.change(ann, "Ann")
    assert people.password(ann.id) == HASH, "changed only where one is given"
    people.change(ann, "Ann", password="new hash")
    assert (people.password(ann.id), people.password(9)) == ("new hash", None)
    told = desk.rows.select(STREAM)
    assert [entry.body.get("password") for entry in told] == [None, False, True]
    assert HASH not in repr(told) + repr(people.all())


def test_names_are_unique(desk: Any) -> None:
    people = PeopleRows(desk.rows)
    ann = people.add(Person(0, "Ann", ("owner",)), "", "setup")
    people.add(Person(0, "Bob", ("owner",)), "", "setup")
    with pytest.raises(InputError, match="named 'Ann' already"):
        people.add(ann, "", "setup")
    with pytest.raises(InputError, match="named 'Bob' already"):
        people.change(replace(ann, name="Bob"), "Ann")
    with pytest.raises(InputError, match="no account number 9"):
        people.change(replace(ann, id=9, name="Cy"), "Ann")
    assert len(desk.rows.select(STREAM)) == 2, "what was refused leaves no row"
