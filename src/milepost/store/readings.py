"""What was labelled, for those who may see it: sealed items are left out of every reading but one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from milepost.digest import Json
from milepost.errors import InputError, Sealed
from milepost.store import aided
from milepost.store import labels as t
from milepost.store.rows import insert
from milepost.store.turn import QueueRows

CHUNK = 10_000
_I, _M, _D = t.items.c, t.marks.c, t.decisions.c
_HERE = (_M.queue + 0) == sa.bindparam("queue")
"""A sum is not looked up in an index, so that pages are read along the items."""
_ANSWERS = (
    sa.select(
        _M.item,
        _I.key,
        _I.gold,
        _M.person,
        _D.id,
        _D.value,
        _D.version,
        _D.seconds,
        _D.at,
        aided.table.c.kind,
    )
    .select_from(
        t.items.join(t.marks, _M.item == _I.id)
        .join(t.decisions, _D.id == _M.decision)
        .outerjoin(aided.table, aided.table.c.decision == _D.id)
    )
    .where(_HERE, _M.state.in_(t.COUNTED), _M.item > sa.bindparam("after"))
    .where(_M.item <= sa.bindparam("upto"))
    .order_by(_M.item, _D.id)
)
_ENDS = sa.select(_M.item).where(_HERE, _M.item > sa.bindparam("after")).order_by(_M.item, _M.person)
_SETTLED = (
    sa.select(_I.id, _I.key, _D.value, _D.version, _D.id, _D.person, _D.at)
    .select_from(t.items.join(t.decisions, _D.id == _I.settled))
    .where(_I.queue == sa.bindparam("queue"), _I.review == t.SETTLED)
    .where(~_I.sealed)
    .order_by(_I.id)
)
_JOURNAL = (
    sa.select(t.decisions, _I.key)
    .select_from(t.decisions.join(t.items, _I.id == _D.item))
    .where(_D.queue == sa.bindparam("queue"), _D.id > sa.bindparam("after"), ~_I.sealed)
    .order_by(_D.id)
    .limit(sa.bindparam("most"))
)
_NEWEST = sa.select(sa.func.max(_D.id)).where(_D.queue == sa.bindparam("queue"))
_HIDDEN = (
    sa.select(_I.key, sa.func.max(_M.decision))
    .select_from(t.items.join(t.marks, _M.item == _I.id))
    .where(_HERE, _M.state.in_(t.COUNTED), _I.sealed)
    .group_by(_I.key)
)
_HISTORY = sa.select(t.decisions).where(_D.item == sa.bindparam("item")).order_by(_D.id)


@dataclass(frozen=True)
class Label:
    """An answer that counts.

    Args:
        item: the item's number.
        key: its key.
        person: who gave it.
        decision: its number in the journal.
        value: what they answered; None where they discarded the item.
        version: the version of the label set that it is from.
        seconds: how long it took, or None.
        at: when, ISO 8601, UTC.
        gold: the known answer of a question that tests people, else None.
        aid: what stood beside the item: bulk, suggestion, others, doubt; "" where nothing did.
    """

    item: int
    key: str
    person: int
    decision: int
    value: Json
    version: int
    seconds: float | None
    at: str
    gold: Json = None
    aid: str = ""


@dataclass(frozen=True)
class Decision:
    """A row of the journal.

    Args:
        id: rises with every act.
        item: the item's number.
        person: who acted.
        act: what they did.
        of: the decision that it is about, or None.
        value: the answer, or None.
        version: the version of the label set.
        seconds: how long it took, or None.
        comment: what was said.
        at: when, ISO 8601, UTC.
    """

    id: int
    item: int
    person: int
    act: str
    of: int | None
    value: Json
    version: int
    seconds: float | None
    comment: str
    at: str


class Readings(QueueRows):
    """Reads what was labelled; see `QueueRows`."""

    def labels(self) -> Iterator[Label]:
        """The answers that count, in the order of the items; neither of sealed items nor of known answers."""
        return self._labels(~_I.sealed, _I.gold.is_(None))

    def known(self) -> Iterator[Label]:
        """The answers to questions that test people, each with the answer that is known."""
        return self._labels(~_I.sealed, _I.gold.is_not(None))

    def sealed(self, by: str) -> Iterator[Label]:
        """The answers on sealed items, for `final` and `renew` alone; each opening is a row of the log.

        Of a column that is no target anybody may read them to fill inputs: no row's truth is among them.

        Args:
            by: the step that asks.

        Raises:
            Sealed: it is another one.
        """
        if self.name.startswith(t.COLUMN):
            return self._labels(_I.sealed, _I.gold.is_(None))
        if by not in ("final", "renew"):
            raise Sealed(
                f"'{by}' asked for labels of sealed items.",
                expected="Only 'final' opens them, and 'renew' to compare two models on them.",
                todo="Use the labels of the other items.",
            )
        with self.rows.writing() as connection:
            insert(connection, "sealed labels", self.name, {"by": by})
        return self._labels(_I.sealed, _I.gold.is_(None))

    def settled(self) -> dict[int, Label]:
        """What reviewers settled, by item: the answer they accepted, or their own."""
        with self.rows.reading() as connection:
            found = connection.execute(_SETTLED, {"queue": self.queue}).all()
        return {
            item: Label(item, key, person, id, _loads(value), version, None, at)
            for item, key, value, version, id, person, at in found
        }

    def journal(self, after: int = 0, limit: int = CHUNK) -> list[Decision]:
        """Rows of the journal above a number, oldest first, without those of sealed items."""
        values = {"queue": self.queue, "after": after, "most": limit}
        with self.rows.reading() as connection:
            return [_decision(row) for row in connection.execute(_JOURNAL, values)]

    def on(self, item: int) -> list[Label]:
        """The answers that count on one item; none where it tests people.

        Raises:
            InputError: there is no such item.
            Sealed: it is sealed.
        """
        self._refuse_sealed(item)
        with self.rows.reading() as connection:
            values, where = (
                {"queue": self.queue, "after": item - 1, "upto": item},
                (~_I.sealed, _I.gold.is_(None)),
            )
            return [_label(row) for row in connection.execute(_ANSWERS.where(*where), values)]

    def history(self, item: int) -> list[Decision]:
        """All that was decided about an item, oldest first.

        Raises:
            InputError: there is no such item.
            Sealed: it is sealed.
        """
        self._refuse_sealed(item)
        with self.rows.reading() as connection:
            return [_decision(row) for row in connection.execute(_HISTORY, {"item": item})]

    def newest(self) -> int:
        """The number of the newest decision; 0 where there is none."""
        with self.rows.reading() as connection:
            return int(connection.scalar(_NEWEST, {"queue": self.queue}) or 0)

    def answered(self) -> dict[str, int]:
        """Keys of the sealed items that were answered, and the newest decision on each; never what it was."""
        with self.rows.reading() as connection:
            found = connection.execute(_HIDDEN, {"queue": self.queue}).all()
        return {key: int(decision) for key, decision in found}

    def numbers(self, keys: Sequence[str]) -> dict[str, int]:
        """The numbers of items by their keys; a key that is not there is left out."""
        found: dict[str, int] = {}
        with self.rows.reading() as connection:
            for start in range(0, len(keys), 500):
                query = sa.select(_I.key, _I.id).where(
                    _I.queue == self.queue, _I.key.in_(keys[start : start + 500])
                )
                found |= {key: int(id) for key, id in connection.execute(query)}
        return found

    def contents(self, waiting: bool = False, everything: bool = False) -> Iterator[tuple[str, Json]]:
        """Keys and contents of items: those that are neither sealed nor questions that test people.

        Args:
            waiting: instead those that still want labels, whatever they are; nothing tells them apart.
            everything: instead all there are.
        """
        query = sa.select(_I.id, _I.key, _I.content).where(_I.queue == self.queue)
        wanted = sa.or_(_I.free > 0, _I.gold.is_not(None))
        if not everything:
            query = query.where(wanted) if waiting else query.where(~_I.sealed, _I.gold.is_(None))
        after = 0
        while True:
            with self.rows.reading() as connection:
                found = connection.execute(query.where(_I.id > after).order_by(_I.id).limit(CHUNK)).all()
            yield from ((key, json.loads(content)) for _, key, content in found)
            if len(found) < CHUNK:
                return
            after = found[-1].id

    def counts(self) -> dict[int, dict[str, int]]:
        """How many items are what, by person; 0 is the whole queue. It says nothing of labels."""
        c = t.tallies.c
        with self.rows.reading() as connection:
            query = sa.select(c.person, c.what, c.count).where(c.queue == self.queue, c.count != 0)
            found: dict[int, dict[str, int]] = {}
            for person, what, count in connection.execute(query):
                found.setdefault(person, {})[what] = count
        return found

    def _refuse_sealed(self, item: int) -> None:
        with self.rows.reading() as connection:
            query = sa.select(_I.sealed).where(_I.id == item, _I.queue == self.queue)
            sealed = connection.scalar(query)
        if sealed is None:
            raise InputError(f"the queue '{self.name}' has no item {item}.")
        if sealed:
            raise Sealed(
                f"the labels of the item {item} are sealed.", expected="Nobody sees them before 'final'."
            )

    def _labels(self, *where: sa.ColumnElement[bool]) -> Iterator[Label]:
        """Reads in pieces, so that no transaction stays open while somebody works with what it read."""
        query, after = _ANSWERS.where(*where), 0
        while True:
            with self.rows.reading() as connection:
                values = {"queue": self.queue, "after": after}
                ends = connection.scalars(_ENDS.offset(CHUNK - 1).limit(1), values).one_or_none()
                values["upto"] = 2**62 if ends is None else ends
                found = connection.execute(query, values).all()
            yield from map(_label, found)
            if ends is None:
                return
            after = ends


def _label(row: Any) -> Label:
    value, gold = _loads(row.value), _loads(row.gold)
    return Label(
        row.item, row.key, row.person, row.id, value, row.version, row.seconds, row.at, gold,
        row.kind or "",
    )  # fmt: skip


def _loads(text: str | None) -> Json:
    return None if text is None else json.loads(text)


def _decision(row: Any) -> Decision:
    return Decision(
        row.id, row.item, row.person, row.act, row.of, _loads(row.value), row.version, row.seconds,
        row.comment, row.at,
    )  # fmt: skip
