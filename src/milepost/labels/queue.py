"""What people who label do: take items, answer, put off, discard, take back, go on where they were."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels.people import Forbidden, People, worker
from milepost.labels.rules import Rules, judged
from milepost.labels.values import canonical
from milepost.labels.versions import Versions
from milepost.store import labels as states
from milepost.store.aided import Aid
from milepost.store.decisions import Decisions, Standing, Verdict
from milepost.store.journal import Act, Outcome, Outdated
from milepost.store.leases import Given, Leases
from milepost.store.readings import Label, Readings

BYTES = 8 * 2**20
"""The most text that one answer may be."""
_COMMENT, _CLIENT = 10_000, 64
TABS: dict[str, tuple[str, ...]] = {
    "draft": (states.DRAFT, states.LAPSED),
    "submitted": (states.SUBMITTED,),
    "discarded": (states.DISCARDED,),
    "review": (states.RETURNED,),
}
"""A person's queues beside the pending one, and the states of their items."""


@dataclass(frozen=True)
class Reply:
    """What a person says about an item.

    Args:
        item: the item's number.
        client: an id that the caller makes for this act and repeats when it tries again, 1 to 64 characters.
        value: the answer; None with a discard.
        version: the version of the label set it was chosen from; 0: the newest.
        seconds: how long it took.
        comment: what they say about it.
        aid: what stood beside the item, or None.
    """

    item: int
    client: str
    value: Json = None
    version: int = 0
    seconds: float | None = None
    comment: str = ""
    aid: Aid | None = None


class Queue:
    """The queue as people who label see it: their own items, and nothing of anybody else.

    Args:
        leases: gives items out.
        decisions: takes what is decided.
        readings: what was labelled.
        people: the accounts.
        versions: the label set.
        rules: says how the queue is worked on.
    """

    def __init__(
        self,
        leases: Leases,
        decisions: Decisions,
        readings: Readings,
        people: People,
        versions: Versions,
        rules: Callable[[], Rules],
    ) -> None:
        self._leases, self._decisions, self._readings = leases, decisions, readings
        self._people, self._versions, self._rules = people, versions, rules

    def next(self, person: int, count: int = 1) -> list[Given]:
        """The items that a person works on now, `count` of them where there are so many.

        Those that came back come first, then those they hold already, then new ones; so a page that is
        opened again goes on where it was. All are theirs until their lease ends.

        Raises:
            Forbidden: the person may not label.
        """
        rules = self._rules()
        who = worker(self._people.may(person, "labeller"))
        given = self._leases.next(who, max(0, min(count, 100)), rules.lease * 60, rules.gold)
        return [self._read(item) for item in given]

    def claim(self, person: int, items: Sequence[int]) -> list[Given]:
        """Certain items, as many of them as are free, for an owner who labels many alike at once.

        Raises:
            Forbidden: the person owns nothing here.
        """
        who = worker(self._people.may(person, "owner"))
        return self._leases.claim(who, items, self._rules().lease * 60)

    def submit(self, person: int, reply: Reply) -> Outcome:
        """Takes an answer; when this returns it is on disk, and telling it again changes nothing.

        Raises:
            InputError: the answer is none of the label set, or the item was never given to the person.
            Forbidden: the person may not label.
        """
        return self._decide(person, reply, states.SUBMITTED)

    def discard(self, person: int, reply: Reply) -> Outcome:
        """Takes it that an item cannot be labelled; it counts as an answer without a label."""
        return self._decide(person, replace(reply, value=None), states.DISCARDED)

    def draft(self, person: int, reply: Reply) -> Outcome:
        """Keeps an unfinished answer, whatever it is, for the person alone."""
        return self._decide(person, reply, states.DRAFT)

    def undo(self, person: int, client: str, decision: int | str | None = None) -> Given:
        """Takes back a person's newest answer or discard, or a certain one; the item is theirs again.

        Args:
            person: who.
            client: the caller's own id of this act.
            decision: the decision's number, or the client id that it was told under; None: the newest.

        Returns:
            The item with what had been answered, unless it is sealed.

        Raises:
            InputError: there is nothing to take back, or a reviewer has settled it.
        """
        self._people.may(person, "labeller")
        _check_client(client)
        lease, version = self._rules().lease * 60, self._versions.known().version
        outcome = self._decisions.undo(person, client, lease, version, decision)
        given = self._leases.one(person, outcome.item)
        if given is None:  # a repetition, and the lease has run out since
            raise InputError(
                f"the item {outcome.item} is no longer this person's.", todo="Take the next one."
            )
        return self._read(given)

    def release(self, person: int, items: Iterable[int]) -> int:
        """Gives items back that a person holds, as when they leave; returns how many."""
        return self._leases.release(person, items)

    def mine(self, person: int, tab: str, before: int | None = None, limit: int = 50) -> list[Given]:
        """A page of a person's own items, newest first.

        Args:
            person: whose.
            tab: `draft`, `submitted`, `discarded` or `review` (came back).
            before: the decision before which the page begins; None: the newest.
            limit: how many at most.
        """
        self._people.may(person, "labeller")
        if tab not in TABS:
            raise InputError(f"there is no queue '{tab}'.", expected=f"One of {', '.join(TABS)}.")
        return [self._read(item) for item in self._leases.mine(person, TABS[tab], before, min(limit, 500))]

    def shown(self, person: int, item: int) -> Given | None:
        """An item as a person sees it who holds it or has answered it, or None to anybody else."""
        self._people.may(person, "labeller")
        found = self._leases.one(person, item)
        return None if found is None else self._read(found)

    def others(self, person: int, item: int) -> list[Label]:
        """What others answered to an item, where the rules are not blind; nothing where it tests people.

        Who answered it too sees it, or, where the rule `before` says so, whoever holds it.

        Raises:
            Forbidden: the rules are blind, or the person has not answered it.
            Sealed: the item is sealed.
        """
        self._people.may(person, "labeller")
        rules, mine = self._rules(), self._leases.one(person, item)
        seen = mine is not None and (rules.before or mine.state in states.COUNTED)
        if rules.blind or not seen:
            raise Forbidden(
                f"what others answered to the item {item} is not shown.",
                expected="It is shown to who answered it too, where the rules are not blind.",
            )
        return [label for label in self._readings.on(item) if label.person != person]

    def progress(self, person: int) -> dict[str, int]:
        """How many items a person has in each of their queues, and how many wait for anybody."""
        counts = self._readings.counts()
        mine, whole = counts.get(person, {}), counts.get(0, {})
        told = {tab: sum(mine.get(state, 0) for state in names) for tab, names in TABS.items()}
        return {"pending": whole.get("items", 0) - whole.get("full", 0), **told}

    def _decide(self, person: int, reply: Reply, act: str) -> Outcome:
        self._people.may(person, "labeller")
        check_reply(reply)
        rules = self._rules()
        lease, judge = rules.draft * 3600, None if rules.settled else self._judge
        try:
            return self._decisions.decide(self._act(person, reply, act), lease, judge)
        except Outdated:
            self._versions.newest()
            return self._decisions.decide(self._act(person, reply, act), lease, judge)

    def _act(self, person: int, reply: Reply, act: str) -> Act:
        newest, value = self._versions.known(), reply.value
        if act == states.SUBMITTED:
            older = bool(reply.version) and reply.version != newest.version
            if older:
                value = self._versions.newer(value, reply.version)
                newest = self._versions.known()
            value = newest.check(value, retired=older)  # what could be chosen on that page counts
        version = newest.version if act != states.DRAFT else reply.version or newest.version
        aid = reply.aid
        if aid is not None and aid.value is not None:
            aid = replace(aid, accepted=act == states.SUBMITTED and value == aid.value)
        given = (reply.seconds, reply.comment)
        return Act(person, reply.item, act, reply.client, value, version, *given, aid=aid)

    def _judge(self, standing: Standing) -> Verdict:
        return judged(self._rules(), self._versions.known().kind, standing, self._versions.translate)

    def _read(self, given: Given) -> Given:
        """An own value under the newest label set; a draft that is no value yet stays what it is."""
        if given.value is None or given.version is None:
            return given
        self._versions.newest()
        try:
            canonical(self._versions.known().kind, given.value)
        except InputError:
            return given
        value, enough = self._versions.translate(given.value, given.version)
        return replace(given, value=value if enough or isinstance(value, list) else None)


def check_reply(reply: Reply) -> None:
    """Refuses a reply that is too large or is no JSON.

    Raises:
        InputError: it is.
    """
    _check_client(reply.client)
    for name, value, most in (("item", reply.item, 2**62), ("version", reply.version, 2**31)):
        if not 0 <= value < most:
            raise InputError(f"the {name} is {str(value)[:40]}.", expected="Its number.")
    if len(reply.comment) > _COMMENT:
        raise InputError(
            f"the comment has {len(reply.comment):,} characters.", expected=f"At most {_COMMENT:,}."
        )
    if reply.seconds is not None and not 0 <= reply.seconds < 1e9:
        raise InputError(f"the time taken is {reply.seconds} seconds.", expected="A number from 0.")
    _check_text("comment", reply.comment)
    try:
        size = len(json.dumps(reply.value, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError) as problem:
        raise InputError(f"the answer is no JSON ({problem}).") from problem
    if size > BYTES:
        raise InputError(f"the answer has {size:,} bytes.", expected=f"At most {BYTES:,}.")


def _check_client(client: str) -> None:
    if not 1 <= len(client) <= _CLIENT:
        raise InputError(f"the client id has {len(client)} characters.", expected=f"From 1 to {_CLIENT}.")
    _check_text("client id", client)


def _check_text(name: str, text: str) -> None:
    """Refuses what no database keeps: halves of characters, and the character 0."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InputError(f"the {name} is no text.", expected="Unicode without the character 0.")
