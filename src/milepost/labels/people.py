"""People with accounts: who may label, who may review, who owns the project."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

from milepost.errors import InputError, UsageError, did_you_mean
from milepost.store.people import PeopleRows, Person
from milepost.store.picking import Worker
from milepost.store.rows import Rows

ROLES = ("owner", "labeller", "reviewer")
"""What a person may do: label, review what others labelled, or everything."""


class Forbidden(UsageError):
    """A person asked for something that their roles do not allow."""


class People:
    """The accounts of a project.

    Args:
        rows: the project's rows.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = PeopleRows(rows)
        self._seen: dict[int, tuple[float, Person]] = {}

    def add(self, person: Person, by: str, password: str = "") -> Person:
        """Adds an account and returns it with its number.

        Args:
            person: the account; its number is given here.
            by: who adds it, for the audit.
            password: a hash of the password, kept as it is; "": nobody can sign in with it.

        Raises:
            InputError: the name is taken or empty, or there is no such role.
        """
        _check(person)
        return self._rows.add(person, password, by)

    def change(self, person: Person, by: str, **changes: Any) -> Person:
        """Changes fields of an account and returns it; whoever leaves is made inactive, never removed.

        Args:
            person: the account as it is.
            by: who changes it, for the audit.
            changes: fields of `Person`, and `password`, a hash.

        Raises:
            InputError: the change cannot be.
        """
        password = changes.pop("password", None)
        changed = replace(person, **changes)
        _check(changed)
        self._rows.change(changed, by, password)
        self._seen.pop(person.id, None)
        return changed

    def all(self) -> tuple[Person, ...]:
        """Every account, inactive ones too."""
        return self._rows.all()

    def find(self, name: str) -> Person | None:
        """The account of a name, or None."""
        return self._rows.find(name)

    def named(self, name: str) -> Person:
        """The account of a name.

        Raises:
            InputError: there is none.
        """
        found = self.find(name)
        if found is None:
            raise InputError(f"there is no account '{name}'.")
        return found

    def get(self, id: int) -> Person:
        """The account of a number.

        Raises:
            InputError: there is none.
        """
        found = self._rows.get(id)
        if found is None:
            raise InputError(f"there is no account number {id}.")
        return found

    def password(self, person: Person) -> str:
        """The kept hash of a person's password, or ""."""
        return self._rows.password(person.id) or ""

    def may(self, id: int, role: str) -> Person:
        """The account of a number, which must be active and have a role; owners have every one.

        A change by another process is seen within a second.

        Raises:
            InputError: there is no such account.
            Forbidden: it is not active, or has not the role.
        """
        now = time.monotonic()
        at, person = self._seen.get(id, (-math.inf, None))
        if person is None or now - at > 1:
            person = self.get(id)
            self._seen[id] = (now, person)
        if not person.active:
            raise Forbidden(f"the account '{person.name}' is closed.", todo="Ask an owner.")
        if role not in person.roles and "owner" not in person.roles:
            raise Forbidden(
                f"'{person.name}' is no {role}.",
                expected=f"This is for the role '{role}'; '{person.name}' has: {', '.join(person.roles)}.",
                todo="Ask an owner for the role.",
            )
        return person


def worker(person: Person) -> Worker:
    """What decides which items a person gets."""
    return Worker(person.id, person.skills, person.languages, person.share)


def _check(person: Person) -> None:
    if not person.name.strip() or len(person.name) > 100:
        raise InputError(f"an account cannot be named '{person.name}'.", expected="1 to 100 characters.")
    if not person.roles:
        raise InputError(f"the account '{person.name}' has no role.", todo=f"Give it one of {ROLES}.")
    for role in person.roles:
        if role not in ROLES:
            raise InputError(f"there is no role '{role}'.", todo=did_you_mean(role, ROLES))
    if not 0 < person.share <= 1:
        raise InputError(f"the share of '{person.name}' is {person.share}.", expected="Above 0, at most 1.")
