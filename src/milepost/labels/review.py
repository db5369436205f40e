"""What reviewers do: accept an answer, put their own in its place, or send the item back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels.people import People
from milepost.labels.queue import Reply, check_reply
from milepost.labels.rules import Rules
from milepost.labels.versions import Versions
from milepost.store.journal import Act, Outcome, Outdated
from milepost.store.reviews import Answer, Case, Reviews


class Review:
    """The reviewers' queue. Sealed items never come into it.

    Args:
        reviews: its rows.
        people: the accounts.
        versions: the label set.
        rules: says how the queue is worked on.
    """

    def __init__(
        self, reviews: Reviews, people: People, versions: Versions, rules: Callable[[], Rules]
    ) -> None:
        self._reviews, self._people, self._versions, self._rules = reviews, people, versions, rules

    def next(self, person: int, count: int = 1) -> list[Case]:
        """Items for a reviewer with the answers to them; none that they answered themselves.

        Raises:
            Forbidden: the person is no reviewer.
        """
        self._people.may(person, "reviewer")
        lease = self._rules().lease * 60
        self._versions.newest()
        return [
            self._read(case) for case in self._reviews.next_review(person, max(0, min(count, 100)), lease)
        ]

    def shown(self, person: int, item: int) -> Json:
        """The content of an item that is or was before a reviewer; None of any other."""
        self._people.may(person, "reviewer")
        return self._reviews.shown(person, item)

    def accept(self, person: int, item: int, decision: int, client: str, comment: str = "") -> Outcome:
        """Settles an item by one of its answers.

        Raises:
            InputError: the item is not before this reviewer, or has no such answer.
            Forbidden: the person is no reviewer.
        """
        act = self._act(person, Reply(item, client, comment=comment), decision)
        return self._retried(self._reviews.accept, act)

    def fix(self, person: int, reply: Reply) -> Outcome:
        """Settles an item by the reviewer's own answer.

        Raises:
            InputError: the answer is none of the label set, or the item is not before this reviewer.
            Forbidden: the person is no reviewer.
        """
        check_reply(reply)
        newest, value = self._versions.newest(), reply.value
        older = bool(reply.version) and reply.version != newest.version
        if older:
            value = self._versions.newer(value, reply.version)
        act = self._act(person, replace(reply, value=newest.check(value, retired=older)), None)
        return self._reviews.fix(replace(act, version=newest.version))

    def send_back(
        self, person: int, item: int, client: str, comment: str, decision: int | None = None
    ) -> Outcome:
        """Gives an item back to whoever gave an answer, or to all who did, with a comment that says why.

        Raises:
            InputError: there is no comment, or the item is not before this reviewer.
            Forbidden: the person is no reviewer.
        """
        if not comment.strip():
            raise InputError("nothing is sent back without a comment.", todo="Say what is to be looked at.")
        return self._reviews.send_back(self._act(person, Reply(item, client, comment=comment), decision))

    def ask(self, person: int, items: Iterable[int]) -> int:
        """Puts answered items before reviewers, settled ones anew; returns how many."""
        self._people.may(person, "reviewer")
        return self._reviews.ask_review(items)

    def _act(self, person: int, reply: Reply, of: int | None) -> Act:
        self._people.may(person, "reviewer")
        check_reply(reply)
        version = self._versions.known().version
        return Act(
            person, reply.item, "", reply.client, reply.value, version, reply.seconds, reply.comment, of
        )

    def _retried(self, act: Callable[[Act], Outcome], what: Act) -> Outcome:
        try:
            return act(what)
        except Outdated:
            return act(replace(what, version=self._versions.newest().version))

    def _read(self, case: Case) -> Case:
        return replace(case, answers=tuple(self._newer(answer) for answer in case.answers))

    def _newer(self, answer: Answer) -> Answer:
        if answer.value is None:
            return answer
        return replace(answer, value=self._versions.translate(answer.value, answer.version)[0])
