"""A queue of labels at the level of its rows, on each database, whose books must balance after every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from milepost.store.audit import Audit
from milepost.store.decisions import Decisions, Judge
from milepost.store.journal import Act, Outcome
from milepost.store.leases import Given, Leases
from milepost.store.picking import Worker
from milepost.store.readings import Readings
from milepost.store.relabelling import Relabelling
from milepost.store.reviews import Reviews
from milepost.store.rows import Rows
from milepost.store.stock import NewItem, Stock

LEASE = 60.0


class Desk:
    """Everything that changes one queue, with a clock that the test sets."""

    def __init__(self, rows: Rows, name: str = "q") -> None:
        self.rows, self.time, self.acts = rows, 1e9, 0
        parts = [kind(rows, name, lambda: self.time) for kind in (Stock, Leases, Decisions, Reviews)]
        self.stock, self.leases, self.decisions, self.reviews = parts
        self.readings, self.audit = Readings(rows, name), Audit(rows, name)
        self.relabelling = Relabelling(rows, name, lambda: self.time)
        self.queue = self.stock.queue
        if not self.relabelling.version():
            self.relabelling.migrate(1, {"first": True})

    def add(self, *keys: str, **fields: Any) -> None:
        """Adds items whose content is their key."""
        self.stock.add([NewItem({"text": key}, key=key, **fields) for key in keys], lambda key: 1)

    def next(self, person: int, count: int = 1, gold: float = 0.0, **fields: Any) -> list[str]:
        """Leases items and returns their keys."""
        return [g.content["text"] for g in self.given(Worker(person, **fields), count, gold)]

    def given(self, worker: Worker, count: int = 1, gold: float = 0.0) -> list[Given]:
        """Leases items."""
        return self.leases.next(worker, count, LEASE, gold)

    def act(self, person: int, item: int, act: str, value: Any = None, **fields: Any) -> Act:
        """An act with a client id of its own."""
        self.acts += 1
        return Act(person, item, act, **{"client": f"c{self.acts}", "value": value, **fields})

    def submit(self, person: int, item: int, value: Any = "cat", judge: Judge | None = None) -> Outcome:
        """Answers an item."""
        return self.decisions.decide(self.act(person, item, "submitted", value), LEASE, judge)

    def label(self, person: int, value: Any = "cat", judge: Judge | None = None) -> Outcome:
        """Takes the next item and answers it."""
        return self.submit(person, self.given(Worker(person))[0].id, value, judge)

    def undo(self, person: int, **fields: Any) -> Outcome:
        """Takes the newest answer back."""
        self.acts += 1
        return self.decisions.undo(person, f"c{self.acts}", LEASE, 1, **fields)

    def item(self, key: str) -> Any:
        """The row of an item, by its key."""
        import sqlalchemy as sa

        from milepost.store import labels as t

        with self.rows.reading() as connection:
            return connection.execute(sa.select(t.items).where(t.items.c.key == key)).one()

    def pass_time(self, seconds: float = LEASE + 1) -> None:
        """Lets time pass; by itself it lets leases run out."""
        self.time += seconds


@pytest.fixture
def desk(where: str) -> Iterator[Desk]:
    """An empty queue."""
    with Rows(where) as rows:
        made = Desk(rows)
        yield made
        assert made.audit.problems() == []
