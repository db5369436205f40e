"""One change of a queue of labels: what it read stands until it ends, and its counts are written with it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from milepost.errors import EnvironmentProblem
from milepost.store import labels as t
from milepost.store.rows import Rows

Clock = Callable[[], float]
CHANGING, BRINGING = 7_016_354, 7_016_355
"""PostgreSQL's locks: of those who change a queue, and of those who bring items before they change it."""
_I, _M = t.items.c, t.marks.c
_FIND_ITEM = sa.select(t.items).where(_I.id == sa.bindparam("id"), _I.queue == sa.bindparam("in_queue"))
_FIND_MARK = sa.select(t.marks).where(_M.item == sa.bindparam("id"), _M.person == sa.bindparam("by"))
_SET_MARK = (
    t.marks.update()
    .where(_M.item == sa.bindparam("on"), _M.person == sa.bindparam("by"))
    .values(state=sa.bindparam("to"), decision=sa.bindparam("now"), until=sa.bindparam("ends"))
)
_CHANGE_ITEM = (
    t.items.update()
    .where(_I.id == sa.bindparam("on"))
    .values(free=_I.free + sa.bindparam("more_free"), done=_I.done + sa.bindparam("more_done"))
)


@dataclass
class Turn:
    """A transaction that alone changes one queue.

    Args:
        connection: its connection.
        queue: the queue's number.
        now: the moment, in milliseconds since 1970.
        counts: by person and state, how many more there are; 0 is the whole queue.
        back: by lane, the first place in the order at which something became free again.
    """

    connection: sa.Connection
    queue: int
    now: int
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    back: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def dialect(self) -> str:
        """The name of the database's dialect."""
        return self.connection.dialect.name

    @property
    def at(self) -> str:
        """The moment as ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.now / 1000, UTC).isoformat(timespec="milliseconds")

    def item(self, id: int) -> Any | None:
        """The row of an item of this queue."""
        return self.connection.execute(_FIND_ITEM, {"id": id, "in_queue": self.queue}).one_or_none()

    def mark(self, item: int, person: int) -> Any | None:
        """What an item is to a person, or None."""
        return self.connection.execute(_FIND_MARK, {"id": item, "by": person}).one_or_none()

    def set_mark(
        self, row: Any, state: str, *, was: str, decision: int | None = None, until: int | None = None
    ) -> None:
        """Gives a mark that is there another state.

        Args:
            row: anything with `item` and `person`.
            state: the new state.
            was: the state before.
            decision: the decision that counts.
            until: when the lease ends.
        """
        values = {"on": row.item, "by": row.person, "to": state, "now": decision, "ends": until}
        self.connection.execute(_SET_MARK, values)
        self.counts[row.person, was] -= 1
        self.counts[row.person, state] += 1

    def change(self, row: Any, free: int = 0, done: int = 0) -> None:
        """Adds to an item's free places and answers; questions with a known answer have no places."""
        if row.gold is not None:
            free = 0
        if free or done:
            self.connection.execute(_CHANGE_ITEM, {"on": row.id, "more_free": free, "more_done": done})
        if done and row.gold is None:
            self.counts[0, "done"] += done
            before, after = row.done >= row.wanted, row.done + done >= row.wanted
            self.counts[0, "full"] += after - before
        if free > 0:
            self.freed(row.lane, row.rank, row.id)

    def freed(self, lane: int, rank: int, item: int) -> None:
        """Notes that an item is to be found again by those who had passed it."""
        place = (rank, item)
        self.back[lane] = min(self.back.get(lane, place), place)

    def rewind(self) -> None:
        """Lets everybody who had passed it find what became free."""
        c = t.cursors.c
        for lane, (rank, item) in self.back.items():
            passed = sa.tuple_(c.rank, c.item) >= sa.tuple_(sa.literal(rank), sa.literal(item))
            where = (c.queue == self.queue, c.lane == lane, passed)
            self.connection.execute(t.cursors.update().where(*where).values(rank=rank, item=item - 1))
        self.back.clear()

    def finish(self) -> None:
        """Writes counts and cursors."""
        self.rewind()
        rows = [
            {"queue": self.queue, "person": person, "what": what, "count": count}
            for (person, what), count in sorted(self.counts.items())
            if count
        ]
        if rows:
            keys = ("queue", "person", "what")
            self.connection.execute(inserting(self.dialect, t.tallies, keys, ("count",)), rows)


class QueueRows:
    """The rows of one queue; the modules of this room that change it build on it.

    Args:
        rows: the project's rows.
        name: the queue's name; it is made where it is missing.
        clock: seconds since 1970.
    """

    def __init__(self, rows: Rows, name: str, clock: Clock = time.time) -> None:
        self.rows, self.name, self.clock = rows, name, clock
        with rows.reading() as connection:
            found = connection.scalar(sa.select(t.queues.c.id).where(t.queues.c.name == name))
        if found is None:
            with rows.writing() as connection:
                connection.execute(
                    inserting(connection.dialect.name, t.queues, ("name",)), {"name": name, "version": 0}
                )
                found = connection.scalar(sa.select(t.queues.c.id).where(t.queues.c.name == name))
        assert found is not None
        self.queue: int = found

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(self.clock() * 1000)

    @contextmanager
    def turn(self, begin: bool = True, durable: bool = True) -> Iterator[Turn]:
        """A transaction that alone changes this queue.

        Args:
            begin: whether to be alone from the beginning; else `alone` has to be called.
            durable: whether it has to be on disk when the block ends. The next writer does not wait for the
                disk, and those that wait share a sync.
        """
        line = self.rows.line() if begin else nullcontext()
        with line, self.rows.writing(durable=False) as connection:
            made = Turn(connection, self.queue, self.now())
            if begin:
                alone(made)
            yield made
            made.finish()
        if durable:
            self.rows.synced()


def alone(turn: Turn, what: int = CHANGING) -> None:
    """Waits until no other transaction does that to the queue, and keeps others out until this one ends."""
    if turn.connection.dialect.name == "postgresql":
        turn.connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({what}, {int(turn.queue)})")


@cache
def inserting(dialect: str, table: sa.Table, keys: tuple[str, ...], changed: tuple[str, ...] = ()) -> Any:
    """An INSERT that knows what to do with a row whose keys are there already.

    Args:
        dialect: the name of the database's dialect.
        table: the table.
        keys: the columns that are unique together.
        changed: columns that get the new row's values; none: the old row stays as it is.

    Raises:
        EnvironmentProblem: the database is neither SQLite nor PostgreSQL.
    """
    known = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    if dialect not in known:
        raise EnvironmentProblem(
            f"queues of labels cannot be kept in a database of the kind '{dialect}'.",
            expected="SQLite or PostgreSQL.",
        )
    made: Any = known[dialect](table)
    if not changed:
        return made.on_conflict_do_nothing(index_elements=keys)
    values = {name: made.excluded[name] for name in changed}
    if table is t.tallies:
        values["count"] = t.tallies.c.count + made.excluded["count"]
    return made.on_conflict_do_update(index_elements=keys, set_=values)
