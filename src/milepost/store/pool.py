"""The items of a queue as those see them who steer it: what nobody has begun, and what is looked at again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from milepost.digest import Json
from milepost.store import labels as t
from milepost.store.decisions import AND, widen
from milepost.store.turn import QueueRows

CHUNK = 10_000
_I, _M = t.items.c, t.marks.c
_FIELDS = (_I.id, _I.key, _I.unit, _I.content, _I.sealed, _I.reason, _I.rank)
_WAITING = (
    sa.select(*_FIELDS)
    .where(_I.queue == sa.bindparam("queue"), _I.free > 0, _I.free == _I.wanted, _I.done == 0)
    .where(_I.gold.is_(None), _I.id > sa.bindparam("after"))
    .order_by(_I.id)
    .limit(CHUNK)
)
_OPEN = sa.select(_I.id, _I.key, _I.content).where(
    _I.queue == sa.bindparam("queue"), ~_I.sealed, _I.gold.is_(None)
)
_REASONS = sa.select(_I.key, _I.reason).where(_I.queue == sa.bindparam("queue"), ~_I.sealed)
_KEYED = sa.select(t.items).where(
    _I.queue == sa.bindparam("queue"), _I.key.in_(sa.bindparam("keys", expanding=True))
)


@dataclass(frozen=True)
class Waiting:
    """An item that nobody has begun.

    Args:
        id: its number.
        key: its key.
        unit: the group it belongs to, or "".
        content: what is shown.
        sealed: whether it is; then its content is never shown to who steers.
        reason: why it is in the queue.
        priority: higher ones come first.
    """

    id: int
    key: str
    unit: str
    content: Json
    sealed: bool
    reason: str
    priority: int


class Pool(QueueRows):
    """The items of a queue for who steers it; see `QueueRows`."""

    def waiting(self) -> Iterator[Waiting]:
        """The items that nobody has begun, in the order in which they came; no question that tests people."""
        after = 0
        while True:
            with self.rows.reading() as connection:
                found = connection.execute(_WAITING, {"queue": self.queue, "after": after}).all()
            for row in found:
                content = json.loads(row.content)
                yield Waiting(row.id, row.key, row.unit, content, row.sealed, row.reason, -row.rank)
            if len(found) < CHUNK:
                return
            after = found[-1].id

    def open(self, ids: Collection[int]) -> dict[int, tuple[str, Json]]:
        """Key and content of those of some items that are neither sealed nor test people."""
        chosen, found = sorted(ids), dict[int, tuple[str, Json]]()
        with self.rows.reading() as connection:
            for start in range(0, len(chosen), 500):
                query = _OPEN.where(_I.id.in_(chosen[start : start + 500]))
                for id, key, content in connection.execute(query, {"queue": self.queue}):
                    found[id] = (key, json.loads(content))
        return found

    def reasons(self) -> dict[str, str]:
        """Why each item is in the queue, by its key; without the sealed ones."""
        with self.rows.reading() as connection:
            found = connection.execute(_REASONS, {"queue": self.queue}).all()
        return {row.key: row.reason for row in found}

    def answered(self, item: int, person: int) -> bool:
        """Whether anybody but a person has answered an item."""
        query = sa.select(_M.item).where(_M.item == item, _M.person != person, _M.state.in_(t.COUNTED))
        with self.rows.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def again(self, ranked: Mapping[str, int], reason: str) -> int:
        """Asks one more person about items that have all labels they wanted; returns how many.

        The reason is added to the one they had, so that what chance drew stays marked. Sealed items, those
        that test people, those a reviewer has settled or has before them, and those that are asked about
        again already are passed over.

        Args:
            ranked: priorities by key.
            reason: why they are looked at again.
        """
        asked = 0
        for part in _parts(sorted(ranked)):
            with self.turn() as turn:
                values = {"queue": turn.queue, "keys": part}
                for row in turn.connection.execute(_KEYED, values).all():
                    fit = not row.sealed and row.gold is None and row.review is None
                    if not fit or row.done < row.wanted or reason in row.reason.split(AND):
                        continue
                    changed = {"reason": f"{row.reason}{AND}{reason}", "rank": -ranked[row.key]}
                    turn.connection.execute(t.items.update().where(_I.id == row.id).values(**changed))
                    widen(turn, turn.item(row.id), 1)
                    asked += 1
        return asked


def _parts(words: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    return (words[i : i + size] for i in range(0, len(words), size))
