"""Accounts of people who label, review or own a project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from milepost.digest import Json
from milepost.errors import InputError
from milepost.store import labels as t
from milepost.store.rows import Rows, insert
from milepost.store.turn import inserting

STREAM = "people"
_P = t.people.c


@dataclass(frozen=True)
class Person:
    """An account.

    Args:
        id: its number, from 1.
        name: what it is signed in with.
        roles: owner, labeller, reviewer.
        skills: skills of the person.
        languages: languages they read; none: any.
        share: the most of all wanted labels that they give, from 0 to 1.
        active: whether they may come in.
    """

    id: int
    name: str
    roles: tuple[str, ...]
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    share: float = 1.0
    active: bool = True


class PeopleRows:
    """The accounts of a project, and a row of the log for every change of them.

    Args:
        rows: the project's rows.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def add(self, person: Person, password: str, by: str) -> Person:
        """Adds an account; its number is given here.

        Args:
            person: the account; its `id` is not looked at.
            password: a hash of the password, kept as it is.
            by: who adds it.

        Raises:
            InputError: there is one of that name.
        """
        values = {**_columns(person), "password": password, "at": datetime.now(UTC).isoformat()}
        with self.rows.writing() as connection:
            made = inserting(connection.dialect.name, t.people, ("name",))
            if connection.scalar(made.returning(_P.id), values) is None:
                raise InputError(f"there is an account named '{person.name}' already.")
            insert(connection, STREAM, person.name, {"by": by, "added": _told(person)})
            return _person(connection.execute(sa.select(t.people).where(_P.name == person.name)).one())

    def change(self, person: Person, by: str, password: str | None = None) -> None:
        """Changes the account of that number; a password is changed where one is given.

        Raises:
            InputError: there is no such account, or its new name is another's.
        """
        values = _columns(person) | ({} if password is None else {"password": password})
        told = {"by": by, "changed": _told(person), "password": password is not None}
        with self.rows.writing() as connection:
            other = sa.select(_P.id).where(_P.name == person.name, _P.id != person.id)
            if connection.scalar(other) is not None:
                raise InputError(f"there is an account named '{person.name}' already.")
            changed = connection.execute(t.people.update().where(_P.id == person.id).values(**values))
            if changed.rowcount != 1:
                raise InputError(f"there is no account number {person.id}.")
            insert(connection, STREAM, person.name, told)

    def all(self) -> tuple[Person, ...]:
        """Every account, by number."""
        with self.rows.reading() as connection:
            return tuple(_person(row) for row in connection.execute(sa.select(t.people).order_by(_P.id)))

    def find(self, name: str) -> Person | None:
        """The account of a name, or None."""
        with self.rows.reading() as connection:
            row = connection.execute(sa.select(t.people).where(_P.name == name)).one_or_none()
        return None if row is None else _person(row)

    def get(self, id: int) -> Person | None:
        """The account of a number, or None."""
        with self.rows.reading() as connection:
            row = connection.execute(sa.select(t.people).where(_P.id == id)).one_or_none()
        return None if row is None else _person(row)

    def password(self, id: int) -> str | None:
        """The kept hash of an account's password, or None."""
        with self.rows.reading() as connection:
            found: str | None = connection.scalar(sa.select(_P.password).where(_P.id == id))
        return found


def _columns(person: Person) -> dict[str, Any]:
    lists = {name: json.dumps(getattr(person, name)) for name in ("roles", "skills", "languages")}
    return {"name": person.name, "share": person.share, "active": person.active, **lists}


def _told(person: Person) -> Mapping[str, Json]:
    lists = {name: list(getattr(person, name)) for name in ("roles", "skills", "languages")}
    return {"name": person.name, "share": person.share, "active": person.active, **lists}


def _person(row: Any) -> Person:
    roles, skills, languages = (tuple(json.loads(text)) for text in (row.roles, row.skills, row.languages))
    return Person(row.id, row.name, roles, skills, languages, row.share, row.active)
