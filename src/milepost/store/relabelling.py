"""A new version of a label set: one row of the log, and the items that come back because of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from milepost.digest import Json
from milepost.errors import InputError
from milepost.store import labels as t
from milepost.store.decisions import set_review
from milepost.store.rows import insert
from milepost.store.turn import QueueRows, Turn

STREAM = "label sets"
_PART = 500
_I, _M, _D = t.items.c, t.marks.c, t.decisions.c
_OWN = sa.and_(_M.item == _D.item, _M.person == _D.person, _M.decision == _D.id)
_GIVEN = (
    sa.select(_M.item, _M.person, _D.id, _D.value, _I.sealed)
    .select_from(t.decisions.join(t.marks, _OWN).join(t.items, _I.id == _M.item))
    .where(_D.queue == sa.bindparam("queue"), _M.state == t.SUBMITTED, _D.id > sa.bindparam("after"))
    .where(_I.gold.is_(None))
)
_SETTLED = (
    sa.select(_I.id, _I.review, _D.value)
    .select_from(t.items.join(t.decisions, _D.id == _I.settled))
    .where(_I.queue == sa.bindparam("queue"), _I.review == t.SETTLED)
)
_KNOWN = sa.select(_I.id, _I.gold).where(_I.queue == sa.bindparam("queue"), _I.gold.is_not(None))
_STALE = (
    t.marks.update()
    .where(_M.item == sa.bindparam("on"), _M.person == sa.bindparam("by"))
    .values(state=t.STALE, until=None)
)
_FREE = (
    t.items.update()
    .where(_I.id == sa.bindparam("on"))
    .values(
        free=_I.free + sa.bindparam("lost"),
        done=_I.done - sa.bindparam("lost"),
        review=t.NO_REVIEW,
        settled=None,
    )
)
_FEWER = (
    t.items.update()
    .where(_I.id == sa.bindparam("on"))
    .values(wanted=_I.wanted - sa.bindparam("lost"), done=_I.done - sa.bindparam("lost"))
)

Lost = Callable[[Json], bool]


class Relabelling(QueueRows):
    """Makes new versions of a queue's label set; see `QueueRows`."""

    def version(self) -> int:
        """The newest version; 0 where there is no label set yet."""
        with self.rows.reading() as connection:
            return int(
                connection.scalar(sa.select(t.queues.c.version).where(t.queues.c.id == self.queue)) or 0
            )

    def uses(
        self, ids: Collection[str], named: Callable[[Json], Collection[str]]
    ) -> dict[str, tuple[int, int]]:
        """How many answers name labels, and on how many items; sealed items are not counted.

        Nor are items counted on which a reviewer has put another label in the place of answers.

        Args:
            ids: what the text of an answer has to hold, one of them, to be looked at.
            named: the labels that a value names.
        """
        answers: Counter[str] = Counter()
        on: dict[str, set[int]] = {}
        with self.rows.reading() as connection:
            stands = {row.id: named(json.loads(row.value)) for row in _settled(connection, self.queue)}
            for row in self._naming(connection, ids, 0):
                for id in () if row.sealed else named(json.loads(row.value)):
                    answers[id] += 1
                    if id in stands.get(row.item, (id,)):
                        on.setdefault(id, set()).add(row.item)
        return {id: (count, len(on.get(id, ()))) for id, count in answers.items()}

    def migrate(
        self,
        version: int,
        body: Mapping[str, Json],
        ids: Collection[str] = (),
        lost: Lost = bool,
        moot: Lost | None = None,
    ) -> None:
        """Makes a version of the label set, and lets the answers that it takes the sense of count no more.

        All of it happens or nothing. Who gave such an answer may be asked again, but on an item that a
        reviewer has settled otherwise. Questions whose known answer is moot become ordinary items.

        Args:
            version: the new version, one above the newest.
            body: the row that says it.
            ids: labels whose answers say too little from now on.
            lost: whether a value is such an answer; not asked where no label is given.
            moot: whether a known answer can be given no more; None: where it is lost.

        Raises:
            InputError: somebody else made that version meanwhile.
        """
        found: list[Any] = []
        if ids:
            with self.rows.reading() as connection:  # the long search, while others may work
                found = list(self._naming(connection, ids, 0))
        with self.turn() as turn:
            c = t.queues.c
            moved = turn.connection.execute(
                t.queues.update().where(c.id == self.queue, c.version == version - 1).values(version=version)
            )
            if moved.rowcount != 1:
                raise InputError(
                    f"version {version} of the label set of '{self.name}' has been made meanwhile.",
                    todo="Look at the label set as it is now, and plan the change anew.",
                )
            insert(turn.connection, STREAM, self.name, body)
            tested = _unknown(turn, moot or lost) if moot or ids else []
            if ids:
                newest = max((row.id for row in found), default=0)
                found += [*self._naming(turn.connection, ids, newest), *tested]
                stale = {(row.item, row.person): row.id for row in found if lost(json.loads(row.value))}
                settled = _settled(turn.connection, self.queue)
                open_ = [row for row in settled if lost(json.loads(row.value))]
                _requeue(turn, stale, {row.id for row in settled} - {row.id for row in open_})
                _unsettle(turn, [row.id for row in open_])

    def _naming(self, connection: sa.Connection, ids: Collection[str], after: int) -> Iterator[Any]:
        """Answers that may name some labels: their text holds an id in quotes."""
        texts = [json.dumps(id, ensure_ascii=False) for id in ids]
        holds = sa.or_(*(_D.value.contains(text, autoescape=True) for text in texts))
        yield from connection.execute(_GIVEN.where(holds), {"queue": self.queue, "after": after})


def _settled(connection: sa.Connection, queue: int) -> list[Any]:
    """What reviewers settled by a label."""
    return [row for row in connection.execute(_SETTLED, {"queue": queue}) if row.value is not None]


def _requeue(turn: Turn, stale: Mapping[tuple[int, int], int], stands: Collection[int]) -> None:
    """Frees the places of stale answers; items that stand as a reviewer settled them want fewer instead."""
    items = sorted({item for item, _ in stale})
    for start in range(0, len(items), _PART):
        part = items[start : start + _PART]
        query = sa.select(t.marks).where(_M.item.in_(part), _M.state == t.SUBMITTED)
        marks = [m for m in turn.connection.execute(query) if stale.get((m.item, m.person)) == m.decision]
        lost = Counter(mark.item for mark in marks)
        if not lost:
            continue
        turn.connection.execute(_STALE, [{"on": mark.item, "by": mark.person} for mark in marks])
        for mark in marks:
            turn.counts[mark.person, t.SUBMITTED] -= 1
            turn.counts[mark.person, t.STALE] += 1
        rows = turn.connection.execute(sa.select(t.items).where(_I.id.in_(list(lost)))).all()
        for statement, kept in ((_FREE, False), (_FEWER, True)):
            values = [{"on": r.id, "lost": lost[r.id]} for r in rows if (r.id in stands) == kept]
            if values:
                turn.connection.execute(statement, values)
        for row in rows:
            turn.counts[0, "done"] -= lost[row.id]
            if row.id in stands:
                turn.counts[0, "wanted"] -= lost[row.id]
                continue
            turn.counts[0, "full"] -= row.done >= row.wanted
            turn.counts[0, "review"] -= row.review == t.WAITING
            turn.counts[0, "settled"] -= row.review == t.SETTLED
            turn.freed(row.lane, row.rank, row.id)


def _unsettle(turn: Turn, ids: Sequence[int]) -> None:
    """Lets items that were settled by such an answer, and did not come back, wait for a reviewer again."""
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        query = sa.select(_I.id, _I.review).where(_I.id.in_(part), _I.review == t.SETTLED)
        for row in turn.connection.execute(query).all():
            set_review(turn, row, t.WAITING)


def _unknown(turn: Turn, moot: Lost) -> list[Any]:
    """Makes ordinary items of questions whose known answer can be given no more; returns answers to them."""
    known = turn.connection.execute(_KNOWN, {"queue": turn.queue}).all()
    gone = [row.id for row in known if moot(json.loads(row.gold))]
    found: list[Any] = []
    for id in gone:
        marks = turn.connection.execute(sa.select(_M.state).where(_M.item == id)).scalars().all()
        taken = sum(state in (*t.HELD, *t.COUNTED) for state in marks)
        done = sum(state in t.COUNTED for state in marks)
        wanted = max(1, taken)
        values = {"gold": None, "wanted": wanted, "free": wanted - taken}
        turn.connection.execute(t.items.update().where(_I.id == id).values(**values))
        more = {"gold": -1, "items": 1, "wanted": wanted, "done": done, "full": int(done >= wanted)}
        turn.counts.update({(0, name): count for name, count in more.items()})
        item = turn.item(id)
        assert item is not None
        turn.freed(item.lane, item.rank, id)
        found += turn.connection.execute(_GIVEN.where(_M.item == id), {"queue": turn.queue, "after": 0})
    return [row for row in found if row.value is not None]
