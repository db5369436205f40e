"""Which items a person gets next: the order, walked by each person from where they have got to."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from milepost.store import labels as t
from milepost.store.turn import Turn, inserting

_END = (2**31 - 1, 2**62)
_I, _M, _L, _C = t.items.c, t.marks.c, t.lanes.c, t.cursors.c
WHO: sa.BindParameter[int] = sa.bindparam("who")
QUEUE: sa.BindParameter[int] = sa.bindparam("queue")
MINE = t.items.outerjoin(t.marks, sa.and_(_M.item == _I.id, _M.person == WHO))
GIVEN = (_I.id, _I.lane, _I.rank, _I.unit, _I.content, _I.gold, _M.state)
ANEW = sa.or_(_M.state.is_(None), _M.state.in_(t.AGAIN))
_FREE = (
    sa.select(*GIVEN)
    .select_from(MINE)
    .where(_I.queue == QUEUE, _I.lane == sa.bindparam("lane"), _I.free > sa.literal_column("0"), ANEW)
    .order_by(_I.rank, _I.id)
    .limit(sa.bindparam("most"))
)
_LEVEL = _FREE.where(_I.rank == sa.bindparam("rank"), _I.id > sa.bindparam("after"))
_BELOW = _FREE.where(_I.rank > sa.bindparam("rank"))
"""Two queries for one order: no index leads past the middle of a rank where both are asked at once."""
_KNOWN = (
    sa.select(*GIVEN)
    .select_from(MINE)
    .where(_I.queue == QUEUE, _I.gold.is_not(None), ANEW, _I.lane.in_(sa.bindparam("lanes", expanding=True)))
    .limit(500)
)
_LANES = (
    sa.select(_L.id, _L.skill, _L.language, _C.rank, _C.item)
    .select_from(t.lanes.outerjoin(t.cursors, sa.and_(_C.queue == QUEUE, _C.lane == _L.id, _C.person == WHO)))
    .where(_L.queue == QUEUE)
)
_GIVEN_SO_FAR = sa.select(t.tallies.c.what, t.tallies.c.count).where(
    t.tallies.c.queue == QUEUE, t.tallies.c.person == WHO
)
_WANTED = sa.select(t.tallies.c.count).where(
    t.tallies.c.queue == QUEUE, t.tallies.c.person == 0, t.tallies.c.what == "wanted"
)


@dataclass(frozen=True)
class Worker:
    """What decides which items a person gets.

    Args:
        id: the person's number.
        skills: skills they have.
        languages: languages they read; none: any.
        share: the most of all wanted labels that they give, from 0 to 1.
    """

    id: int
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    share: float = 1.0


def pick(turn: Turn, worker: Worker, count: int, gold: float) -> list[Any]:
    """New items for a person, and the places in the order up to which they have now looked."""
    given = _given_so_far(turn, worker.id) if worker.share < 1 or gold else 0
    if worker.share < 1:
        wanted = turn.connection.scalar(_WANTED, {"queue": turn.queue}) or 0
        count = min(count, math.ceil(worker.share * wanted) - given)
    lanes = [
        row
        for row in turn.connection.execute(_LANES, {"queue": turn.queue, "who": worker.id})
        if (not row.skill or row.skill in worker.skills)
        and (not row.language or not worker.languages or row.language in worker.languages)
    ]
    if count <= 0 or not lanes:
        return []
    turns = sum(chance(turn.queue, worker.id, given + i) < gold for i in range(count)) if gold else 0
    known = _known(turn, worker, [row.id for row in lanes], turns) if turns else []
    fresh = _in_order(turn, worker.id, lanes, count - len(known))
    mixed = [*fresh, *known]
    return sorted(mixed, key=lambda row: chance(turn.queue, worker.id, row.id)) if known else mixed


def _in_order(turn: Turn, person: int, lanes: list[Any], count: int) -> list[Any]:
    if count <= 0:
        return []
    found: dict[int, list[Any]] = {}
    for lane in lanes:
        rank, after = (-_END[0], 0) if lane.rank is None else (lane.rank, lane.item)
        if (rank, after) >= _END:
            continue
        values = {
            "queue": turn.queue, "who": person, "lane": lane.id, "rank": rank, "after": after, "most": count,
        }  # fmt: skip
        rows = list(turn.connection.execute(_LEVEL, values))
        if len(rows) < count:
            rows += turn.connection.execute(_BELOW, {**values, "most": count - len(rows)})
        found[lane.id] = rows
    chosen = sorted((row for rows in found.values() for row in rows), key=lambda r: (r.rank, r.id))[:count]
    places = {row.lane: (row.rank, row.id) for row in chosen}
    taken = {lane: sum(row.lane == lane for row in chosen) for lane in found}
    for lane, rows in found.items():
        if len(rows) < count and taken[lane] == len(rows):
            places[lane] = _END
    passed = [
        {"queue": turn.queue, "lane": lane, "person": person, "rank": rank, "item": item}
        for lane, (rank, item) in places.items()
    ]
    if passed:
        keys, changed = ("queue", "lane", "person"), ("rank", "item")
        turn.connection.execute(inserting(turn.dialect, t.cursors, keys, changed), passed)
    return chosen


def _known(turn: Turn, worker: Worker, lanes: list[int], count: int) -> list[Any]:
    """Items with a known answer that the person has not seen, in an order of their own."""
    values = {"queue": turn.queue, "who": worker.id, "lanes": lanes}
    found = turn.connection.execute(_KNOWN, values).all()
    return sorted(found, key=lambda row: chance(row.id, worker.id, 0))[:count]


def _given_so_far(turn: Turn, person: int) -> int:
    found = turn.connection.execute(_GIVEN_SO_FAR, {"queue": turn.queue, "who": person})
    return sum(count for what, count in found if what in (*t.HELD, *t.COUNTED))


def chance(*parts: int) -> float:
    """A number from 0 to 1 that follows from numbers, so that a repeated call decides the same."""
    text = ":".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest()) / 2**56
