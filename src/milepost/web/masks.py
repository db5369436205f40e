"""Numbers of items as labellers see them: out of order and their own, so that none tells what an item is for.

Items are numbered as they come, and questions with a known answer come last. A labeller's browser is given
other numbers: a permutation of 40 bits under a key of the person, a Feistel network of four rounds (Luby and
Rackoff 1988, doi:10.1137/0217022) whose rounds are keyed BLAKE2. What it gives lies above all true numbers,
so that either kind is known by its size.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from milepost.errors import MilepostError
from milepost.labels.labels import Labels
from milepost.store.rows import Rows

STREAM = "label masks"
HALF = 20
ABOVE = 1 << (2 * HALF)
"""Where masked numbers begin; true ones end."""
GRACE = timedelta(days=7)
"""How long true numbers are taken where people labelled before there were masks: browsers may hold some."""
_ROUNDS = 4
_NAMED = re.compile(r"\bthe item (\d+)\b")


class Masks:
    """The numbers of one person.

    Args:
        key: the person's secret.
        plain: whether they see true numbers, as reviewers do; masked ones are understood all the same.
        grace: whether decisions by true numbers are taken still.

    >>> masks = Masks(b"a secret")
    >>> masks.true(masks.shown(7)), masks.shown(7) > ABOVE
    (7, True)
    """

    def __init__(self, key: bytes, plain: bool = False, grace: bool = False) -> None:
        self.key, self.plain, self.grace = key, plain, grace

    def shown(self, item: int) -> int:
        """The number that the person sees."""
        if self.plain or not 0 <= item < ABOVE:
            return item
        left, right = item >> HALF, item & ((1 << HALF) - 1)
        for turn in range(_ROUNDS):
            left, right = right, left ^ self._mixed(turn, right)
        return ABOVE + (left << HALF | right)

    def true(self, number: int, decision: bool = False) -> int:
        """The item of a number that the person sent; 0, which is none, where they were never shown it.

        Args:
            number: as it came.
            decision: whether it comes with a decision, which a browser may hold for a while.
        """
        if not ABOVE <= number < 2 * ABOVE:
            return number if self.plain or (decision and self.grace and number < ABOVE) else 0
        left, right = (number - ABOVE) >> HALF, number & ((1 << HALF) - 1)
        for turn in reversed(range(_ROUNDS)):
            left, right = right ^ self._mixed(turn, left), left
        return left << HALF | right

    @contextmanager
    def worded(self) -> Iterator[None]:
        """Errors within name items by the numbers that the person sees."""
        try:
            yield
        except MilepostError as problem:
            what = _NAMED.sub(lambda found: f"the item {self.shown(int(found[1]))}", problem.what)
            raise type(problem)(what, expected=problem.expected, todo=problem.todo) from problem

    def _mixed(self, turn: int, half: int) -> int:
        made = hashlib.blake2b(half.to_bytes(4, "big"), digest_size=4, key=self.key, person=bytes([turn]))
        return int.from_bytes(made.digest(), "big") & ((1 << HALF) - 1)


def secret(labels: Labels, now: datetime | None = None) -> tuple[str, str]:
    """The project's secret and until when true numbers are taken, "" for never; made when first needed.

    Args:
        labels: the queue.
        now: the time, in UTC.
    """
    rows: Rows = labels.rows
    if not rows.last(STREAM, labels.name):
        until = (now or datetime.now(UTC)) + GRACE
        told = until.isoformat() if labels.answers.newest() else ""
        rows.append(STREAM, labels.name, {"secret": secrets.token_hex(32), "until": told})
    body = rows.select(STREAM, labels.name)[0].body  # the first, should two have been made at once
    return str(body["secret"]), str(body["until"])


def masks(known: tuple[str, str], person: int, plain: bool, now: datetime | None = None) -> Masks:
    """The numbers of one person.

    Args:
        known: the secret, and until when true numbers are taken.
        person: the number of their account.
        plain: whether they see true numbers.
        now: the time, in UTC.
    """
    key, until = known
    grace = bool(until) and (now or datetime.now(UTC)) < datetime.fromisoformat(until)
    mine = hashlib.blake2b(str(person).encode(), key=bytes.fromhex(key), digest_size=32)
    return Masks(mine.digest(), plain, grace)
