"""Brings items into a queue, batch by batch, while people work on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa

from milepost.digest import Json
from milepost.store import labels as t
from milepost.store.turn import QueueRows, Turn, alone, inserting

BATCH = 500
"""Items a transaction: with SQLite nobody else writes for as long as one takes."""
_I = t.items.c
_NEWEST = sa.select(sa.func.max(_I.id))
_COLUMNS = tuple(column.name for column in t.items.c if column.name != "id")


@dataclass(frozen=True)
class NewItem:
    """An item to be labelled.

    Args:
        content: what is shown, plain JSON; media as references.
        key: its own within the queue; an item whose key is there already is passed over.
        unit: the group it belongs to, or "".
        reason: why it is in the queue: random, margin, audit, gold, ...
        priority: higher ones come first.
        wanted: how many labels it shall get; 0: what the queue's rules say.
        sealed: whether its labels are for `final` only.
        gold: the known answer of a question that tests people, or None.
        skill: the skill it needs, or "".
        language: the language it is in, or "".
    """

    content: Json
    key: str = ""
    unit: str = ""
    reason: str = "random"
    priority: int = 0
    wanted: int = 0
    sealed: bool = False
    gold: Json = None
    skill: str = ""
    language: str = ""


class Stock(QueueRows):
    """Brings items into a queue; see `QueueRows`."""

    def add(
        self,
        new: Iterable[NewItem],
        wanted: Callable[[str], int],
        told: Callable[[int], None] | None = None,
    ) -> int:
        """Adds items whose keys are not there; those added before a failure stay.

        Args:
            new: the items, each with a key; read as they are needed.
            wanted: how many labels an item with a key shall get that does not say so itself.
            told: called after each batch with the number added so far.

        Returns:
            How many were added.
        """
        added = 0
        iterator = iter(new)
        while batch := list(islice(iterator, BATCH)):
            added += self._add(batch, wanted)
            if told:
                told(added)
        self.rows.synced()
        return added

    def _add(self, batch: Sequence[NewItem], wanted: Callable[[str], int]) -> int:
        lanes = self._lanes({(item.skill, item.language) for item in batch})
        rows = [_row(self.queue, lanes[item.skill, item.language], item, wanted) for item in batch]
        with self.turn(begin=False, durable=not self.rows.lite) as turn:
            before = turn.connection.scalar(_NEWEST) or 0
            made = _insert(turn, rows, before)
            alone(turn)  # only now: PostgreSQL lets others work while the rows go in
            for row in made:
                turn.counts[0, "items" if row["gold"] is None else "gold"] += 1
                if row["gold"] is None:
                    turn.counts[0, "wanted"] += row["wanted"]
                    turn.freed(row["lane"], row["rank"], before + 1)
        return len(made)

    def _lanes(self, needed: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
        c = t.lanes.c
        query = sa.select(c.skill, c.language, c.id).where(c.queue == self.queue)
        with self.rows.reading() as connection:
            known = {(skill, language): id for skill, language, id in connection.execute(query)}
        missing = sorted(needed - known.keys())
        if missing:
            rows = [{"queue": self.queue, "skill": skill, "language": word} for skill, word in missing]
            with self.rows.writing() as connection:
                insert = inserting(connection.dialect.name, t.lanes, ("queue", "skill", "language"))
                connection.execute(insert, rows)
                known = {(skill, language): id for skill, language, id in connection.execute(query)}
        return known

    def prioritise(self, ranked: Mapping[str, int], reason: str) -> int:
        """Gives items of the queue that nobody has begun another priority and reason; returns how many.

        Args:
            ranked: priorities by key.
            reason: why they are wanted now.
        """
        changed = 0
        for part in _parts(sorted(ranked), BATCH):
            with self.turn() as turn:
                where = (_I.queue == self.queue, _I.key.in_(part), _I.free > 0, _I.free == _I.wanted)
                for row in turn.connection.execute(sa.select(t.items).where(*where)).all():
                    values = {"rank": -ranked[row.key], "reason": reason}
                    turn.connection.execute(t.items.update().where(_I.id == row.id).values(**values))
                    turn.freed(row.lane, -ranked[row.key], row.id)
                    changed += 1
        return changed


def _parts(words: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (words[i : i + size] for i in range(0, len(words), size))


def _insert(turn: Turn, rows: Sequence[dict[str, Json]], before: int) -> Sequence[Mapping[str, Any]]:
    """Inserts rows whose keys are not there and returns those; SQLite's go past SQLAlchemy, for speed."""
    names = ("lane", "rank", "wanted", "gold")
    insert = inserting(turn.dialect, t.items, ("queue", "key"))
    if turn.dialect != "sqlite":
        made = turn.connection.execute(insert.returning(*(_I[name] for name in names)), list(rows))
        return [dict(row) for row in made.mappings()]
    text, order = _compiled(turn.connection.dialect)
    values = [tuple(row[name] for name in order) for row in rows]
    if turn.connection.exec_driver_sql(text, values).rowcount == len(rows):
        return rows
    mine = (_I.queue == turn.queue, _I.key.in_([row["key"] for row in rows]), _I.id > before)
    query = sa.select(*(_I[name] for name in names)).where(*mine)
    return [dict(row) for row in turn.connection.execute(query).mappings()]


@lru_cache
def _compiled(dialect: sa.Dialect) -> tuple[str, tuple[str, ...]]:
    """The INSERT as text, and the order of its values."""
    made = inserting(dialect.name, t.items, ("queue", "key")).compile(
        dialect=dialect, column_keys=list(_COLUMNS)
    )
    return str(made), tuple(made.positiontup or ())


def _row(queue: int, lane: int, item: NewItem, wanted: Callable[[str], int]) -> dict[str, Json]:
    labels = item.wanted or wanted(item.key)
    gold = None if item.gold is None else msgspec.json.encode(item.gold).decode()
    return {
        "queue": queue, "lane": lane, "rank": -item.priority, "free": 0 if gold else labels, "done": 0,
        "wanted": labels, "review": t.NO_REVIEW, "settled": None, "sealed": item.sealed, "gold": gold,
        "key": item.key, "unit": item.unit, "reason": item.reason,
        "content": msgspec.json.encode(item.content).decode(),
    }  # fmt: skip
