"""Who works on which item: the next ones of the order, leases that run out, places that come back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from milepost.digest import Json
from milepost.store import labels as t
from milepost.store.picking import ANEW, GIVEN, MINE, QUEUE, WHO, Worker, pick
from milepost.store.turn import QueueRows, Turn, inserting

_SWEPT = 100
"""Leases that are taken back at once; the rest waits for the next call."""
_I, _M, _D = t.items.c, t.marks.c, t.decisions.c
_OVER = (
    sa.select(_M.item, _M.person, _M.state, _M.decision, *(_I[n] for n in ("id", "lane", "rank", "gold")))
    .select_from(t.marks.join(t.items, _I.id == _M.item))
    .where(_M.queue == QUEUE, _M.until < sa.bindparam("now"))
    .order_by(_M.until)
    .limit(_SWEPT)
)
_HOLDS = (
    sa.select(
        _I.id, _I.unit, _I.content, _I.sealed, _I.gold, _M.state, _M.until, _M.decision, _D.value, _D.version
    )
    .select_from(t.marks.join(t.items, _I.id == _M.item).outerjoin(t.decisions, _D.id == _M.decision))
    .where(_M.queue == QUEUE, _M.person == WHO, _M.state.in_(sa.bindparam("states", expanding=True)))
)
_NEXT_HELD = _HOLDS.order_by(_M.state.desc(), _I.rank, _I.id).limit(sa.bindparam("most"))
_PAGE = (
    _HOLDS.where(_M.decision < sa.bindparam("before"))
    .order_by(_M.decision.desc())
    .limit(sa.bindparam("most"))
)
_ONE = _HOLDS.where(_M.item == sa.bindparam("item"))
_RENEW = (
    t.marks.update()
    .where(_M.person == WHO, _M.item.in_(sa.bindparam("ids", expanding=True)), _M.state == t.LEASED)
    .values(until=sa.bindparam("ends"))
)
_TAKE = t.items.update().where(_I.id == sa.bindparam("on"), _I.gold.is_(None)).values(free=_I.free - 1)
_BACK = (
    sa.select(_D.item, _D.comment)
    .where(_D.item.in_(sa.bindparam("ids", expanding=True)), _D.act == "sent back")
    .order_by(_D.id)
)


@dataclass(frozen=True)
class Given:
    """An item as the person who labels it sees it: nothing of others, of its reason or of what is known.

    Args:
        id: its number.
        unit: the group it belongs to, or "".
        content: what is shown.
        state: what it is to the person: leased, draft, returned, ...
        until: when the lease ends, in milliseconds since 1970, or None.
        value: the person's own draft, or the answer that was taken back or sent back; never of a sealed item.
        comment: why it was sent back, or "".
        decision: the person's decision that `value` is from, or None.
        version: the version of the label set that it is from, or None.
    """

    id: int
    unit: str
    content: Json
    state: str
    until: int | None
    value: Json = None
    comment: str = ""
    decision: int | None = None
    version: int | None = None


class Leases(QueueRows):
    """Gives out items of a queue and takes them back; see `QueueRows`."""

    def next(self, worker: Worker, count: int, lease: float, gold: float = 0.0) -> list[Given]:
        """Leases items: those the person holds already, sent back ones first, then new ones in the order.

        Args:
            worker: the person.
            count: how many they shall hold in all.
            lease: seconds for which they are theirs.
            gold: share of items with a known answer among new ones.
        """
        with self.turn(durable=False) as turn:
            sweep(turn)
            until = turn.now + int(lease * 1000)
            values = {"queue": self.queue, "who": worker.id, "states": [t.LEASED, t.RETURNED], "most": count}
            held = turn.connection.execute(_NEXT_HELD, values).all()
            leased = [row.id for row in held if row.state == t.LEASED]
            if leased:
                renewal = {"who": worker.id, "ids": leased, "ends": until}
                turn.connection.execute(_RENEW, renewal)
            fresh = pick(turn, worker, count - len(held), gold) if len(held) < count else []
            _lease(turn, worker.id, fresh, until)
            comments = _comments(turn.connection, [row.id for row in held if row.state == t.RETURNED])
        mine = [_given(row, until if row.state == t.LEASED else None, comments) for row in held]
        return mine + [Given(r.id, r.unit, json.loads(r.content), t.LEASED, until) for r in fresh]

    def claim(self, worker: Worker, ids: Sequence[int], lease: float, tests: bool = False) -> list[Given]:
        """Leases certain items, as many of them as are free and were not answered by the person.

        Args:
            worker: the person.
            ids: the items.
            lease: seconds for which they are theirs.
            tests: whether questions with a known answer are among them.
        """
        with self.turn() as turn:
            sweep(turn)
            until = turn.now + int(lease * 1000)
            place = sa.or_(_I.free > 0, _I.gold.is_not(None)) if tests else _I.free > 0
            where = (_I.queue == self.queue, _I.id.in_(ids), place, ANEW)
            query = sa.select(*GIVEN).select_from(MINE).where(*where).order_by(_I.rank, _I.id)
            found = turn.connection.execute(query, {"who": worker.id}).all()
            _lease(turn, worker.id, found, until)
        return [Given(r.id, r.unit, json.loads(r.content), t.LEASED, until) for r in found]

    def release(self, person: int, ids: Iterable[int]) -> int:
        """Gives leased items back before their lease ends, as when a page is closed; returns how many."""
        given = 0
        with self.turn() as turn:
            for id in ids:
                item, mark = turn.item(id), turn.mark(id, person)
                if item is None or mark is None or mark.state not in (t.LEASED, t.REVIEWING):
                    continue
                turn.set_mark(mark, t.EXPIRED, was=mark.state)
                turn.change(item, free=mark.state == t.LEASED)
                given += 1
        return given

    def withdraw(self, person: int) -> int:
        """Takes back all that a person holds without an answer, as when they leave; returns how many."""
        with self.turn() as turn:
            where = (_M.queue == self.queue, _M.person == person, _M.state.in_((*t.HELD, t.REVIEWING)))
            held = turn.connection.execute(sa.select(t.marks).where(*where)).all()
            for mark in held:
                item = turn.item(mark.item)
                turn.set_mark(mark, t.EXPIRED, was=mark.state, decision=mark.decision)
                turn.change(item, free=mark.state != t.REVIEWING)
        return len(held)

    def mine(
        self, person: int, states: Sequence[str], before: int | None = None, limit: int = 50
    ) -> list[Given]:
        """A page of a person's items in some states, newest first, from before a decision on."""
        values = {
            "queue": self.queue, "who": person, "states": list(states), "most": max(0, limit),
            "before": 2**62 if before is None else before,
        }  # fmt: skip
        with self.rows.reading() as connection:
            found = connection.execute(_PAGE, values).all()
            comments = _comments(connection, [row.id for row in found if row.state == t.RETURNED])
        return [_given(row, row.until, comments) for row in found]

    def one(self, person: int, item: int) -> Given | None:
        """An item as a person sees it who holds it or has answered it; None to anybody else."""
        states = [*t.HELD, *t.COUNTED, t.LAPSED]
        values = {"queue": self.queue, "who": person, "states": states, "item": item}
        with self.rows.reading() as connection:
            row = connection.execute(_ONE, values).one_or_none()
            comments = _comments(connection, [item] if row and row.state == t.RETURNED else [])
        return _given(row, row.until, comments) if row else None


def sweep(turn: Turn) -> None:
    """Takes back what leases held that ran out; a draft stays its writer's, but holds no place."""
    for row in turn.connection.execute(_OVER, {"queue": turn.queue, "now": turn.now}).all():
        state = t.LAPSED if row.state == t.DRAFT else t.EXPIRED
        turn.set_mark(row, state, was=row.state, decision=row.decision)
        turn.change(row, free=row.state != t.REVIEWING)
    turn.rewind()


def _lease(turn: Turn, person: int, rows: Sequence[Any], until: int) -> None:
    if rows:
        turn.connection.execute(_TAKE, [{"on": row.id} for row in rows])
        give(turn, person, rows, t.LEASED, until)


def give(turn: Turn, person: int, rows: Sequence[Any], state: str, until: int) -> None:
    """Marks items as leased to a person.

    Args:
        turn: the change of the queue.
        person: the person's number.
        rows: with `id`, and with `state`, what the item was to the person before, or None.
        state: leased or reviewing.
        until: when the lease ends, in milliseconds since 1970.
    """
    if not rows:
        return
    changed = ("state", "decision", "until")
    given = {"person": person, "queue": turn.queue, "state": state, "decision": None, "until": until}
    statement = inserting(turn.dialect, t.marks, ("item", "person"), changed)
    turn.connection.execute(statement, [{"item": row.id, **given} for row in rows])
    turn.counts[person, state] += len(rows)
    for row in rows:
        if row.state:
            turn.counts[person, row.state] -= 1


def _comments(connection: sa.Connection, ids: list[int]) -> dict[int, str]:
    return {row.item: row.comment for row in connection.execute(_BACK, {"ids": ids})} if ids else {}


def _given(row: Any, until: int | None, comments: dict[int, str]) -> Given:
    kept = row.value is not None and (not row.sealed or row.state in (t.DRAFT, t.LAPSED))
    value = json.loads(row.value) if kept else None
    said, content = comments.get(row.id, ""), json.loads(row.content)
    return Given(row.id, row.unit, content, row.state, until, value, said, row.decision, row.version)
