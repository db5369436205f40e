"""Reviewers' acts: an answer is accepted, another one put in its place, or it goes back with a comment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from milepost.digest import Json
from milepost.errors import InputError
from milepost.store import labels as t
from milepost.store.decisions import set_review
from milepost.store.journal import Act, Outcome, record, refuse_outdated, repeated
from milepost.store.leases import give, sweep
from milepost.store.picking import QUEUE, WHO
from milepost.store.turn import QueueRows, Turn

ACCEPTED, FIXED, SENT = "accepted", "fixed", "sent back"
_I, _M, _D = t.items.c, t.marks.c, t.decisions.c
_OTHER = t.marks.alias("other")
_BUSY = sa.exists().where(_OTHER.c.item == _I.id, _OTHER.c.person != WHO, _OTHER.c.state == t.REVIEWING)
_MAY = sa.or_(_M.state.is_(None), _M.state.in_((*t.AGAIN, t.REVIEWED)))
_MINE = sa.select(t.items, _M.state).select_from(
    t.items.outerjoin(t.marks, sa.and_(_M.item == _I.id, _M.person == WHO))
)
_WAITING = (
    _MINE.where(_I.queue == QUEUE, _I.review == t.WAITING, _MAY, ~_BUSY)
    .order_by(_I.id)
    .limit(sa.bindparam("most"))
)
_HELD = (
    _MINE.where(_I.queue == QUEUE, _M.queue == QUEUE, _M.person == WHO, _M.state == t.REVIEWING)
    .where(_I.review == t.WAITING)
    .order_by(_I.id)
    .limit(sa.bindparam("most"))
)
_SHOWN = sa.select(_I.content).select_from(t.items.join(t.marks, _M.item == _I.id)).where(
    _I.queue == QUEUE, _I.id == sa.bindparam("item"), _M.person == WHO,
    _M.state.in_((t.REVIEWING, t.REVIEWED)),
)  # fmt: skip
_ANSWERS = (
    sa.select(_D.id, _D.item, _D.person, _D.act, _D.value, _D.version, _D.seconds, _D.comment, _D.at)
    .select_from(t.marks.join(t.decisions, _D.id == _M.decision))
    .where(_M.item.in_(sa.bindparam("ids", expanding=True)), _M.state.in_(t.COUNTED))
    .order_by(_D.id)
)


@dataclass(frozen=True)
class Answer:
    """An answer of a person to an item.

    Args:
        decision: its number in the journal.
        item: the item.
        person: who gave it.
        act: submitted or discarded.
        value: what they answered; None where it was discarded.
        version: the version of the label set that it is from.
        seconds: how long it took, or None.
        comment: what they said about it.
        at: when, ISO 8601, UTC.
    """

    decision: int
    item: int
    person: int
    act: str
    value: Json
    version: int
    seconds: float | None
    comment: str
    at: str


@dataclass(frozen=True)
class Case:
    """An item before a reviewer.

    Args:
        item: its number.
        unit: the group it belongs to, or "".
        content: what is shown.
        answers: what people answered.
    """

    item: int
    unit: str
    content: Json
    answers: tuple[Answer, ...]


class Reviews(QueueRows):
    """Gives items to reviewers and takes what they decide; see `QueueRows`."""

    def next_review(self, person: int, count: int, lease: float) -> list[Case]:
        """Leases items to a reviewer that wait for one; none that they answered themselves."""
        with self.turn(durable=False) as turn:
            sweep(turn)
            values = {"queue": self.queue, "who": person, "most": count}
            held = list(turn.connection.execute(_HELD, values))
            fresh = []
            if len(held) < count:
                fresh = list(turn.connection.execute(_WAITING, {**values, "most": count - len(held)}))
            give(turn, person, [*held, *fresh], t.REVIEWING, turn.now + int(lease * 1000))
            answers = _answers(turn.connection, [row.id for row in (*held, *fresh)])
        return [
            Case(row.id, row.unit, json.loads(row.content), tuple(a for a in answers if a.item == row.id))
            for row in (*held, *fresh)
        ]

    def shown(self, person: int, item: int) -> Json:
        """The content of an item that is or was before a reviewer; None of any other."""
        values = {"queue": self.queue, "who": person, "item": item}
        with self.rows.reading() as connection:
            found: str | None = connection.scalar(_SHOWN, values)
        return None if found is None else json.loads(found)

    def accept(self, act: Act) -> Outcome:
        """Settles an item by one of its answers, the decision `act.of`.

        Raises:
            InputError: the item is not before this reviewer, or has no such answer.
        """
        return self._settle(replace(act, act=ACCEPTED))

    def fix(self, act: Act) -> Outcome:
        """Settles an item by the reviewer's own value.

        Raises:
            InputError: the item is not before this reviewer.
            Outdated: the value is not from the newest version of the label set.
        """
        return self._settle(replace(act, act=FIXED))

    def send_back(self, act: Act) -> Outcome:
        """Gives an item back to whoever gave the answer `act.of`, or to all where that is None.

        Places of those whose account is closed are free for others.

        Raises:
            InputError: the item is not before this reviewer, or has no such answer.
        """
        act = replace(act, act=SENT)
        with self.turn() as turn:
            earlier = repeated(turn, act)
            if earlier:
                return earlier
            item, mark = _before(turn, act)
            made = record(turn, act)
            chosen = _chosen(turn, act)
            gone = _closed(turn, [answer.person for answer in chosen])
            for answer in chosen:
                theirs = turn.mark(item.id, answer.person)
                assert theirs is not None
                state = t.EXPIRED if answer.person in gone else t.RETURNED
                turn.set_mark(theirs, state, was=theirs.state, decision=answer.decision)
                turn.change(item, free=answer.person in gone, done=-1)
                item = turn.item(item.id)
            set_review(turn, item, t.SENT_BACK)
            turn.set_mark(mark, t.REVIEWED, was=t.REVIEWING, decision=made)
        return Outcome(made, act.item, act.act)

    def ask_review(self, ids: Iterable[int]) -> int:
        """Lets reviewers look at items that have answers, settled ones anew; returns how many.

        Sealed items and those with a known answer are passed over: nobody reviews them.
        """
        asked = 0
        with self.turn() as turn:
            for id in ids:
                item = turn.item(id)
                fit = item is not None and not item.sealed and item.gold is None and item.done > 0
                if item is not None and fit and item.review in (t.NO_REVIEW, t.SETTLED):
                    set_review(turn, item, t.WAITING)
                    asked += 1
        return asked

    def _settle(self, act: Act) -> Outcome:
        with self.turn() as turn:
            earlier = repeated(turn, act)
            if earlier:
                return earlier
            refuse_outdated(turn, act)
            item, mark = _before(turn, act)
            chosen = _chosen(turn, act)
            made = record(turn, act)
            by = made if act.act == FIXED else chosen[0].decision
            set_review(turn, item, t.SETTLED, settled=by)
            _close(turn, item)
            turn.set_mark(mark, t.REVIEWED, was=t.REVIEWING, decision=made)
        return Outcome(made, act.item, act.act)


def _close(turn: Turn, item: Any) -> None:
    """Nobody else need label what is settled: whoever holds a place loses it, and no place is left."""
    held = sa.select(t.marks).where(_M.item == item.id, _M.state.in_(t.HELD))
    for mark in turn.connection.execute(held).all():
        state = t.LAPSED if mark.state == t.DRAFT else t.EXPIRED
        turn.set_mark(mark, state, was=mark.state, decision=mark.decision)
    if item.done < item.wanted:
        turn.connection.execute(t.items.update().where(_I.id == item.id).values(wanted=item.done, free=0))
        turn.counts[0, "wanted"] -= item.wanted - item.done
        turn.counts[0, "full"] += 1


def _closed(turn: Turn, people: Sequence[int]) -> set[int]:
    """Those of some people whose account is closed."""
    query = sa.select(t.people.c.id).where(t.people.c.id.in_(people), ~t.people.c.active)
    return set(turn.connection.scalars(query))


def _before(turn: Turn, act: Act) -> tuple[Any, Any]:
    item, mark = turn.item(act.item), turn.mark(act.item, act.person)
    if item is None or mark is None or mark.state != t.REVIEWING or item.review != t.WAITING:
        raise InputError(
            f"the item {act.item} is not before this reviewer.",
            expected="Reviewers decide on items that were handed to them and that nobody changed since.",
            todo="Take the next one.",
        )
    return item, mark


def _chosen(turn: Turn, act: Act) -> list[Answer]:
    found = _answers(turn.connection, [act.item])
    if act.act == FIXED or (act.act == SENT and act.of is None):
        return found
    chosen = [answer for answer in found if answer.decision == act.of]
    if not chosen:
        raise InputError(
            f"the decision {act.of} is no answer to the item {act.item} that still counts.",
            todo="Take the item anew.",
        )
    return chosen


def _answers(connection: sa.Connection, ids: Sequence[int]) -> list[Answer]:
    if not ids:
        return []
    return [
        Answer(
            row.id, row.item, row.person, row.act, None if row.value is None else json.loads(row.value),
            row.version, row.seconds, row.comment, row.at,
        )
        for row in connection.execute(_ANSWERS, {"ids": list(ids)})
    ]  # fmt: skip
