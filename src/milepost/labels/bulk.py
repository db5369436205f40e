"""Many items answered at once: each a decision of its own, with one name to take them back by."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels.labels import Labels
from milepost.labels.queue import Reply
from milepost.store.aided import BULK, Aid

MOST = 10_000
"""Items that are answered at once at most."""


@dataclass(frozen=True)
class Bulk:
    """What became of items that were answered at once.

    Args:
        name: under which they can be taken back.
        answered: how many count.
        passed: how many had no room left, or were sealed or tests, and got no answer.
    """

    name: str
    answered: int
    passed: int


def answer_all(labels: Labels, person: int, ids: Sequence[int], value: Json, why: str = "") -> Bulk:
    """Gives one answer to many items; sealed ones and those that test people are passed over.

    Each is a row of the journal with the comment "bulk" and the reason given. No time is noted, so that the
    seconds a label that are measured elsewhere stay what they are.

    Args:
        labels: the queue.
        person: an owner.
        ids: the items.
        value: the answer.
        why: how the items were found.

    Raises:
        InputError: the value is none of the label set, or there are no items, or too many.
        Forbidden: the person owns nothing here.
    """
    who = labels.people.may(person, "owner")
    value = labels.set.check(value)
    if not 1 <= len(ids) <= MOST:
        raise InputError(f"{len(ids):,} items were to be answered at once.", expected=f"1 to {MOST:,}.")
    name, said = secrets.token_hex(8), f"bulk: {why}"[:1000] if why else "bulk"
    mine = labels.take(who, sorted(labels.pool.open(ids)))
    for id in sorted(mine):
        reply = Reply(id, f"{name} {id}", value, comment=said, aid=Aid(BULK, name))
        labels.queue.submit(person, reply)
    return Bulk(name, len(mine), len(ids) - len(mine))


def take_back(labels: Labels, name: str) -> int:
    """Takes back what was answered at once, as far as it still counts; returns how many.

    Args:
        labels: the queue.
        name: of the bulk.

    Raises:
        InputError: nothing of that name counts.
    """
    found = labels.aids.batch(name)
    if not found:
        raise InputError(f"nothing that counts was answered at once as '{name[:40]}'.")
    for decision, item, person in found:
        labels.queue.undo(person, f"undo {name} {decision}", decision)
        labels.queue.release(person, [item])
    return len(found)
