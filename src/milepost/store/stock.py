"""Brings items into a queue, batch by batch, while people work on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from milepost.digest import Json
from milepost.store import labels as t
from milepost.store.turn import BRINGING, QueueRows, Turn, alone, inserting

BATCH = 500
"""Items a transaction: with SQLite nobody else writes for as long as one takes."""
_I = t.items.c
_NEWEST = sa.select(sa.func.max(_I.id))
_COLUMNS = tuple(column.name for column in t.items.c if column.name != "id")
_LANE, _RANK, _WANTED, _GOLD, _KEY = map(_COLUMNS.index, ("lane", "rank", "wanted", "gold", "key"))
_NAMES = ", ".join(_COLUMNS)
_INSERT = (
    f"INSERT INTO label_items ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    "ON CONFLICT (queue, key) DO NOTHING"
)
_DIALECT: Any = postgresql.dialect
_TYPES = ", ".join(f"{c.name} {c.type.compile(_DIALECT())}" for c in t.items.c if c.name != "id")
_BRING = f"""
WITH made AS (
    INSERT INTO label_items ({_NAMES}) SELECT {_NAMES}
    FROM ROWS FROM (json_to_recordset(%s::json) AS ({_TYPES})) WITH ORDINALITY AS new({_NAMES}, place)
    ORDER BY place ON CONFLICT (queue, key) DO NOTHING RETURNING lane, rank, wanted, gold
)
SELECT lane, gold IS NULL, min(rank), count(*), sum(wanted) FROM made GROUP BY 1, 2
"""
Row = tuple[Any, ...]
Sum = tuple[Any, ...]


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
        added, known = 0, BATCH
        iterator = iter(new)
        while batch := list(islice(iterator, BATCH)):
            added += self._add(batch, wanted)
            if added >= 2 * known and not self.rows.lite:
                known = added
                self._count()
            if told:
                told(added)
        self.rows.synced()
        return added

    def _add(self, batch: Sequence[NewItem], wanted: Callable[[str], int]) -> int:
        lanes = self._lanes({(item.skill, item.language) for item in batch})
        rows = [_row(self.queue, lanes[item.skill, item.language], item, wanted) for item in batch]
        sums = _sums(rows)
        with self.turn(begin=False, durable=False) as turn:
            alone(
                turn, BRINGING
            )  # two that brought the same items in another order would wait for each other
            before = turn.connection.scalar(_NEWEST) or 0
            made = (_inserted if self.rows.lite else _sent)(turn, rows, before, sums)
            alone(turn)  # only now: PostgreSQL lets others work while the rows go in
            for lane, plain, rank, count, labels in made:
                turn.counts[0, "items" if plain else "gold"] += count
                if plain:
                    turn.counts[0, "wanted"] += labels
                    turn.freed(lane, rank, before + 1)
        return sum(row[3] for row in made)

    def _count(self) -> None:
        """Lets PostgreSQL see how large the table has become: plans made for a small one read all of it."""
        with self.rows.writing(durable=False) as connection:
            connection.exec_driver_sql("ANALYZE label_items")

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


def _sums(rows: Sequence[Row]) -> list[Sum]:
    """By lane and whether the answer is open: the first rank, how many items, how many labels they want."""
    found: dict[tuple[int, bool], tuple[int, int, int]] = {}
    for row in rows:
        key = (row[_LANE], row[_GOLD] is None)
        rank, count, labels = found.get(key, (row[_RANK], 0, 0))
        found[key] = (min(rank, row[_RANK]), count + 1, labels + row[_WANTED])
    return [(*key, *values) for key, values in found.items()]


def _inserted(turn: Turn, rows: Sequence[Row], before: int, sums: Sequence[Sum]) -> Sequence[Sum]:
    """Inserts rows whose keys are not there and sums those up; past SQLAlchemy, which takes longer."""
    if turn.connection.exec_driver_sql(_INSERT, list(rows)).rowcount == len(rows):
        return sums
    mine = (_I.queue == turn.queue, _I.key.in_([row[_KEY] for row in rows]), _I.id > before)
    what = (_I.lane, _I.gold.is_(None), sa.func.min(_I.rank), sa.func.count(), sa.func.sum(_I.wanted))
    found = turn.connection.execute(sa.select(*what).where(*mine).group_by(*what[:2]))
    return [(lane, bool(plain), *more) for lane, plain, *more in found]


def _sent(turn: Turn, rows: Sequence[Row], _before: int, _sums: Sequence[Sum]) -> Sequence[Sum]:
    """The same in PostgreSQL: all rows as one text, as fast as COPY without a table aside."""
    text = msgspec.json.encode([dict(zip(_COLUMNS, row, strict=True)) for row in rows]).decode()
    return [tuple(row) for row in turn.connection.exec_driver_sql(_BRING, (text,))]


def _row(queue: int, lane: int, item: NewItem, wanted: Callable[[str], int]) -> Row:
    """Its values in the order of the columns."""
    labels = item.wanted or wanted(item.key)
    gold = None if item.gold is None else msgspec.json.encode(item.gold).decode()
    return (
        queue, lane, -item.priority, 0 if gold else labels, 0, labels, t.NO_REVIEW, None, item.sealed, gold,
        item.key, item.unit, item.reason, msgspec.json.encode(item.content).decode(),
    )  # fmt: skip
