"""A queue with people, on each database, whose books must balance after every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.queue import Reply
from milepost.labels.rules import Rules
from milepost.store.audit import Audit
from milepost.store.people import Person
from milepost.store.rows import Rows
from milepost.store.stock import NewItem


class Office:
    """A queue with an owner, two labellers and a reviewer, and a clock that the test sets."""

    def __init__(self, rows: Rows, kind: str = "choice") -> None:
        self.time, self.acts = 1e9, 0
        self.labels = Labels(rows, clock=lambda: self.time)
        names = ("Cat", "Dog", "Bird") if kind != "number" else ()
        self.labels.start(LabelSet.start("pets", kind, names), "Ann")
        roles = {"Ann": "owner", "Bob": "labeller", "Cy": "labeller", "Rita": "reviewer"}
        made = [self.labels.people.add(Person(0, name, (role,)), "setup") for name, role in roles.items()]
        self.ann, self.bob, self.cy, self.rita = (person.id for person in made)

    def rules(self, **fields: Any) -> None:
        """Other rules for what comes."""
        self.labels.change_rules(Rules(**fields), "Ann")

    def add(self, *keys: str, **fields: Any) -> None:
        """Adds items whose content is their key."""
        self.labels.add_items([NewItem({"text": key}, key=key, **fields) for key in keys], "Ann")

    def reply(self, item: int, value: Any = None, **fields: Any) -> Reply:
        """A reply with a client id of its own."""
        self.acts += 1
        return Reply(item, f"c{self.acts}", value, **fields)

    def label(self, person: int, value: Any, **fields: Any) -> Any:
        """Takes the next item and answers it."""
        (given,) = self.labels.queue.next(person)
        return self.labels.queue.submit(person, self.reply(given.id, value, **fields))

    def texts(self, person: int, count: int = 9) -> list[str]:
        """Leases items and returns their texts."""
        return [given.content["text"] for given in self.labels.queue.next(person, count)]


@pytest.fixture
def office(where: str) -> Iterator[Office]:
    """An empty queue of the kind `choice`."""
    with Rows(where) as rows:
        made = Office(rows)
        yield made
        assert Audit(rows, "labels").problems() == []
