"""Which answers were made together, and which suggestions were accepted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from milepost.digest import Json
from milepost.store import labels as t
from milepost.store.aided import BULK, SUGGESTION, table
from milepost.store.turn import QueueRows

_A, _M, _D = table.c, t.marks.c, t.decisions.c
_KIND = (_A.queue == sa.bindparam("queue"), _A.kind == sa.bindparam("kind"))
_STANDING = sa.and_(_M.decision == _D.id, _M.item == _D.item, _M.state.in_(t.COUNTED))
_BATCH = (
    sa.select(_D.id, _D.item, _D.person)
    .select_from(table.join(t.decisions, _D.id == _A.decision).join(t.marks, _STANDING))
    .where(*_KIND, _A.name == sa.bindparam("name"))
    .order_by(_D.id)
)
_BATCHES = (
    sa.select(_A.name, _D.person, _D.value, sa.func.min(_D.at), sa.func.count(), sa.func.count(_M.item))
    .select_from(table.join(t.decisions, _D.id == _A.decision).outerjoin(t.marks, _STANDING))
    .where(*_KIND)
    .group_by(_A.name, _D.person, _D.value)
    .order_by(sa.func.min(_D.id).desc())
)
_ACCEPTED = (
    sa.select(_A.name, _A.accepted, sa.func.count())
    .select_from(table.join(t.decisions, _D.id == _A.decision).join(t.marks, _STANDING))
    .where(*_KIND)
    .group_by(_A.name, _A.accepted)
)


@dataclass(frozen=True)
class Batch:
    """Decisions that were made together.

    Args:
        name: their common name.
        person: who made them.
        value: the answer to all of them.
        at: when the first was made, ISO 8601, UTC.
        made: how many there were.
        standing: how many of them still count.
    """

    name: str
    person: int
    value: Json
    at: str
    made: int
    standing: int


class Aids(QueueRows):
    """Reads what stood beside items; see `QueueRows`."""

    def batch(self, name: str) -> list[tuple[int, int, int]]:
        """The decisions of a bulk that still count: decision, item and person of each."""
        values = {"queue": self.queue, "kind": BULK, "name": name}
        with self.rows.reading() as connection:
            return [(row.id, row.item, row.person) for row in connection.execute(_BATCH, values)]

    def batches(self) -> list[Batch]:
        """Every bulk, the newest first."""
        with self.rows.reading() as connection:
            found = connection.execute(_BATCHES, {"queue": self.queue, "kind": BULK}).all()
        return [
            Batch(name, person, None if value is None else json.loads(value), at, made, standing)
            for name, person, value, at, made, standing in found
        ]

    def accepted(self) -> Mapping[str, tuple[int, int]]:
        """By version of the model: suggestions that were accepted, and all that were shown and answered."""
        told: dict[str, Counter[bool]] = {}
        with self.rows.reading() as connection:
            values = {"queue": self.queue, "kind": SUGGESTION}
            for name, accepted, count in connection.execute(_ACCEPTED, values):
                told.setdefault(name, Counter())[bool(accepted)] += count
        return {name: (counts[True], counts.total()) for name, counts in told.items()}
