"""A project's labels: one queue of items with its label set, its rules, its people and what they answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from milepost.digest import Json, digest, plain
from milepost.errors import InputError
from milepost.labels.answers import Answers
from milepost.labels.labelset import LabelSet
from milepost.labels.migrations import Migration, Plan
from milepost.labels.people import People, worker
from milepost.labels.queue import Queue, Reply
from milepost.labels.review import Review
from milepost.labels.rules import Rules
from milepost.labels.versions import Versions
from milepost.store.aids import Aids
from milepost.store.decisions import Decisions
from milepost.store.journal import LATE
from milepost.store.leases import Leases
from milepost.store.people import Person
from milepost.store.pool import Pool
from milepost.store.readings import Readings
from milepost.store.relabelling import Relabelling
from milepost.store.reviews import Reviews
from milepost.store.rows import Rows
from milepost.store.stock import NewItem, Stock

PART = 500
"""Answers from elsewhere whose items are claimed at once."""
_FULL = "the item has no room for another answer"
RULES, GUIDELINES = "label rules", "guidelines"
"""Streams of the log that hold how a queue is worked on, and what people who label are told."""


class Labels:
    """A queue of items to label, in the rows of a project.

    Args:
        rows: the project's rows.
        name: the queue's name; a project may have several.
        clock: seconds since 1970.

    Attributes:
        queue: what people who label do.
        review: what reviewers do.
        answers: what was answered.
        people: the accounts.
        pool: the items for who steers what is labelled next.
        aids: what stood beside items that were answered.

    >>> import tempfile
    >>> from milepost.labels.queue import Reply
    >>> from milepost.store.people import Person
    >>> with Labels.open(Path(tempfile.mkdtemp()) / "rows.db") as labels:
    ...     labels.start(LabelSet.start("pets", "choice", ["Cat", "Dog"]), "Ann")
    ...     added = labels.add_items([NewItem({"text": "It purrs."})], "Ann")
    ...     ann = labels.people.add(Person(0, "Ann", ("owner",)), "Ann").id
    ...     item = labels.queue.next(ann)[0]
    ...     done = labels.queue.submit(ann, Reply(item.id, "a1", "cat", seconds=2.5))
    ...     labels.answers.all().values
    ('cat',)
    """

    def __init__(self, rows: Rows, name: str = "labels", clock: Callable[[], float] = time.time) -> None:
        self.rows, self.name = rows, name
        self._versions = Versions(Relabelling(rows, name, clock))
        self._stock, readings = Stock(rows, name, clock), Readings(rows, name, clock)
        self.people = People(rows)
        self.pool, self.aids = Pool(rows, name, clock), Aids(rows, name, clock)
        self.answers = Answers(readings, self._versions)
        self._leases = Leases(rows, name, clock)
        self.queue = Queue(
            self._leases, Decisions(rows, name, clock), readings, self.people, self._versions,
            self.rules,
        )  # fmt: skip
        self.review = Review(Reviews(rows, name, clock), self.people, self._versions, self.rules)
        self._kept: tuple[float, Rules] | None = None

    @classmethod
    def open(cls, where: str | Path, name: str = "labels") -> Labels:
        """Opens the labels in a database.

        Args:
            where: a path for SQLite, or the URL of a PostgreSQL database.
            name: the queue's name.

        Raises:
            EnvironmentProblem: the database cannot be opened.
        """
        return cls(Rows(where), name)

    def start(self, labels: LabelSet, by: str, rules: Rules | None = None) -> None:
        """Gives the queue its first label set, and rules where the usual ones will not do.

        Raises:
            InputError: it has a label set already.
        """
        self._versions.start(labels, by)
        if rules is not None:
            self.change_rules(rules, by)

    @property
    def set(self) -> LabelSet:
        """The label set as it stands.

        Raises:
            InputError: there is none yet.
        """
        return self._versions.newest()

    def set_at(self, version: int) -> LabelSet:
        """The label set at a version.

        Raises:
            InputError: there is no such version.
        """
        return self._versions.at(version)

    def translate(self, value: Json, version: int) -> tuple[Json, bool]:
        """A value of an older version under the newest one, and whether it still says enough to count."""
        self._versions.newest()
        return self._versions.translate(value, version)

    def plan(self, migration: Migration) -> Plan:
        """Says what a change of the label set would touch, and changes nothing.

        Raises:
            InputError: the change cannot be.
        """
        return self._versions.plan(migration)

    def apply(self, plan: Plan, by: str) -> LabelSet:
        """Makes a planned change of the label set; only a split brings items back, and only its own.

        Raises:
            InputError: the label set was changed since the plan.
        """
        return self._versions.apply(plan, by)

    def rules(self) -> Rules:
        """How the queue is worked on; a change by another process is seen within a second."""
        now = time.monotonic()
        if self._kept is None or now - self._kept[0] > 1:
            entry = self.rows.last(RULES, self.name)
            self._kept = (now, Rules.read(entry.body["rules"]) if entry else Rules())
        return self._kept[1]

    def change_rules(self, rules: Rules, by: str) -> None:
        """Lets the queue be worked on otherwise; items that are there keep the number of labels they want."""
        self.rows.append(RULES, self.name, {"rules": plain(rules), "by": by})
        self._kept = None

    def guidelines(self) -> tuple[str, int]:
        """What people who label are told, as text, and its version; "" and 0 where nobody wrote any."""
        written = self.rows.select(GUIDELINES, self.name)
        return (written[-1].body["text"], len(written)) if written else ("", 0)

    def write_guidelines(self, text: str, by: str) -> None:
        """Writes another version of the guidelines; earlier ones are kept."""
        self.rows.append(GUIDELINES, self.name, {"text": text, "by": by})

    def add_items(self, items: Iterable[NewItem], by: str, told: Callable[[int], None] | None = None) -> int:
        """Adds items, batch by batch while people work; one whose key is there already is passed over.

        An item without a key is known by its content. One that wants no number of labels gets the rules'.

        Args:
            items: the items, read as they are needed.
            by: who adds them.
            told: called after each batch with the number added so far.

        Returns:
            How many were added.

        Raises:
            InputError: an item cannot be; those of the batches before stay.
        """
        added = self._stock.add(self._completed(items), self.rules().wanted, told)
        self.rows.append("label items", self.name, {"added": added, "by": by})
        return added

    def prioritise(self, ranked: dict[str, int], reason: str, by: str) -> int:
        """Moves items that nobody has begun to other places of the order, higher priorities first.

        Args:
            ranked: priorities by key.
            reason: why they are wanted now: margin, audit, ...
            by: who decided it.
        """
        moved = self._stock.prioritise(ranked, reason)
        self.rows.append("label items", self.name, {"moved": moved, "reason": reason, "by": by})
        return moved

    def dismiss(self, person: Person, by: str) -> int:
        """Closes an account and gives back what it holds in this queue without an answer; returns how much.

        What the person answered stays.
        """
        self.people.change(person, by, active=False)
        return self._leases.withdraw(person.id)

    def take(self, person: Person, ids: Sequence[int]) -> frozenset[int]:
        """Leases certain items to a person; returns those that they may answer now."""
        lease, mine = self.rules().lease * 60, list[int]()
        for at in range(0, len(ids), 500):
            mine += [given.id for given in self._leases.claim(worker(person), ids[at : at + 500], lease)]
        held = frozenset(mine)
        others = (id for id in ids if id not in held and self._leases.one(person.id, id) is not None)
        return held.union(others)

    def bring(self, person: Person, replies: Sequence[Reply]) -> tuple[int, dict[int, str]]:
        """Takes answers that a person gave elsewhere, such as in a file; what was brought before counts once.

        Questions with a known answer are answered like all others.

        Args:
            person: who gave them.
            replies: what they said; a value of None is a discard.

        Returns:
            How many count now, and why those at other places do not.

        Raises:
            Forbidden: the person may not label.
        """
        self.people.may(person.id, "labeller")
        lease, refused = self.rules().lease * 60, {}
        for start in range(0, len(replies), PART):
            part = replies[start : start + PART]
            ids = [reply.item for reply in part]
            mine = {given.id for given in self._leases.claim(worker(person), ids, lease, tests=True)}
            for place, reply in enumerate(part, start):
                here = reply.item in mine or self._leases.one(person.id, reply.item) is not None
                if why := self._brought(person, reply) if here else _FULL:
                    refused[place] = why
            self._leases.release(person.id, mine & {replies[place].item for place in refused})
        return len(replies) - len(refused), refused

    def _brought(self, person: Person, reply: Reply) -> str:
        """Takes one of them; says why it does not count, or ""."""
        act = self.queue.discard if reply.value is None else self.queue.submit
        try:
            return _FULL if act(person.id, reply).act == LATE else ""
        except InputError as problem:
            return problem.what.rstrip(".")

    def close(self) -> None:
        """Lets go of the database."""
        self.rows.close()

    def __enter__(self) -> Labels:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _completed(self, items: Iterable[NewItem]) -> Iterator[NewItem]:
        labels = self.set
        for place, item in enumerate(items):
            found = item
            if item.gold is not None:
                found = replace(item, gold=labels.check(item.gold), wanted=item.wanted or 1)
            if not item.key:
                found = replace(found, key=digest(item.content)[:32])
            if len(found.key) > 200 or len(item.unit) > 200:
                raise InputError(
                    f"item {place} has the key '{found.key[:60]}' and the unit '{item.unit[:60]}'.",
                    expected="Keys and units have at most 200 characters.",
                )
            if not 0 <= item.wanted <= 100:
                raise InputError(
                    f"item {place} ('{found.key}') wants {item.wanted} labels.", expected="From 1 to 100."
                )
            if item.sealed and item.gold is not None:
                raise InputError(
                    f"item {place} ('{found.key}') is sealed and has a known answer.",
                    expected="What tests people shows its answer, and nothing sealed is shown.",
                )
            yield found
