"""The journal of what people decide: each act once, however often it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass

import sqlalchemy as sa

from milepost.digest import Json
from milepost.errors import InputError, UsageError
from milepost.store import labels as t
from milepost.store.aided import Aid, note
from milepost.store.turn import Turn

LATE, UNDONE = "late", "undone"
_D = t.decisions.c
_EARLIER = sa.select(t.decisions).where(_D.person == sa.bindparam("who"), _D.client == sa.bindparam("client"))
_INSERT = t.decisions.insert()


class Outdated(UsageError):
    """An answer was held against a version of the label set that has been followed by another."""


@dataclass(frozen=True)
class Act:
    """Something that a person does to an item.

    Args:
        person: the person's number.
        item: the item's.
        act: submitted, discarded, draft, ...
        client: the caller's own id of this act: the same one again is the same act.
        value: the answer, in canonical form.
        version: the version of the label set that it is from.
        seconds: how long it took.
        comment: what the person says about it.
        of: the decision that it is about.
        aid: what stood beside the item, or None.
    """

    person: int
    item: int
    act: str
    client: str
    value: Json = None
    version: int = 1
    seconds: float | None = None
    comment: str = ""
    of: int | None = None
    aid: Aid | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of an act.

    Args:
        decision: its number in the journal.
        item: the item.
        act: what it counts as; `late`, kept and not counted, where the lease had run out and others took
            the item.
        repeated: whether it had been told before, so that nothing happened now.
    """

    decision: int
    item: int
    act: str
    repeated: bool = False


def record(turn: Turn, act: Act, name: str | None = None) -> int:
    """Appends an act to the journal and returns its number."""
    value = None if act.value is None else json.dumps(act.value, ensure_ascii=False, allow_nan=False)
    row = {
        "queue": turn.queue, "item": act.item, "person": act.person, "act": name or act.act, "of": act.of,
        "value": value, "version": act.version, "seconds": act.seconds, "comment": act.comment,
        "client": act.client, "at": turn.at,
    }  # fmt: skip
    inserted = turn.connection.execute(_INSERT, row).inserted_primary_key
    assert inserted is not None
    if act.aid is not None:
        note(turn.connection, turn.queue, int(inserted[0]), act.aid)
    return int(inserted[0])


def repeated(turn: Turn, act: Act) -> Outcome | None:
    """What became of an act that was told before, or None.

    Raises:
        InputError: its client id was another act's.
    """
    row = turn.connection.execute(_EARLIER, {"who": act.person, "client": act.client}).one_or_none()
    if row is None:
        return None
    value = None if row.value is None else json.loads(row.value)
    same = row.act == act.act or (row.act == LATE and act.act in (*t.COUNTED, t.DRAFT))
    same = same and (act.act == UNDONE or row.item == act.item)
    newer = row.version != act.version  # the same answer may read differently since
    if not same or not (newer or act.act == UNDONE or value == act.value):
        raise InputError(
            f"the client id '{act.client}' was given to another act before ({row.act}, item {row.item}).",
            expected="Each act has a client id of its own; only a repetition has the same one.",
        )
    return Outcome(row.id, row.item, row.act, repeated=True)


def refuse_outdated(turn: Turn, act: Act) -> None:
    """Refuses an answer that was held against another version of the label set than the newest.

    Raises:
        Outdated: it was.
    """
    query = sa.select(t.queues.c.version).where(t.queues.c.id == turn.queue)
    newest = turn.connection.scalar(query)
    if act.act != t.DRAFT and act.version != newest:
        raise Outdated(
            f"the answer is from version {act.version} of the label set; the newest is {newest}.",
            todo="Load the label set anew.",
        )
