"""Which decisions count, by number alone, which tells in a moment whether anything about labels changed."""

from __future__ import annotations

import sqlalchemy as sa

from milepost.store import labels as t
from milepost.store.turn import QueueRows

_I, _M = t.items.c, t.marks.c
_GOLD = sa.select(_I.id).where(_I.queue == sa.bindparam("queue"), _I.gold.is_not(None))
_COUNTED = sa.select(_M.decision).where(
    _M.queue == sa.bindparam("queue"), _M.state.in_(t.COUNTED), _M.item.not_in(_GOLD)
)
"""Read off the index of marks, and known answers off theirs; no content of an item is touched."""
_SETTLED = sa.select(_I.id, _I.settled).where(
    _I.queue == sa.bindparam("queue"), _I.review == t.SETTLED, _I.settled.is_not(None), ~_I.sealed
)


class Counted(QueueRows):
    """The numbers of what counts; see `QueueRows`. A row of the journal never changes, so they say all."""

    def answers(self) -> list[int]:
        """Decisions that count, rising; on sealed items too, but not on questions that test people."""
        with self.rows.reading() as connection:
            return sorted(connection.scalars(_COUNTED, {"queue": self.queue}))

    def settled(self) -> list[tuple[int, int]]:
        """Items that reviewers settled, none of them sealed, each with the decision that stands."""
        with self.rows.reading() as connection:
            found = connection.execute(_SETTLED, {"queue": self.queue})
            return sorted((item, decision) for item, decision in found)
