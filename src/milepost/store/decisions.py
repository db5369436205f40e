"""What people decide about items: each act one row of the journal, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from milepost.digest import Json
from milepost.errors import InputError
from milepost.store import labels as t
from milepost.store.aided import DOUBT, Aid
from milepost.store.journal import LATE, UNDONE, Act, Outcome, record, refuse_outdated, repeated
from milepost.store.turn import QueueRows, Turn

_I, _M, _D = t.items.c, t.marks.c, t.decisions.c
_COUNTED = (
    sa.select(_D.value, _D.version)
    .select_from(t.marks.join(t.decisions, _D.id == _M.decision))
    .where(_M.item == sa.bindparam("item"), _M.state.in_(t.COUNTED))
    .order_by(_D.id)
)
_NEWEST = (
    sa.select(t.marks)
    .where(_M.queue == sa.bindparam("queue"), _M.person == sa.bindparam("who"), _M.decision.is_not(None))
    .where(_M.state == sa.bindparam("state"))
    .order_by(_M.decision.desc())
    .limit(1)
)
_THAT = sa.select(t.marks).where(
    _M.queue == sa.bindparam("queue"), _M.person == sa.bindparam("who"), _M.decision == sa.bindparam("that"),
    _M.state.in_(t.COUNTED),
)  # fmt: skip

AND = " + "
"""Between the reasons of an item that has several."""


@dataclass(frozen=True)
class Standing:
    """An item that has all labels it wanted.

    Args:
        key: its key.
        wanted: how many that is.
        answers: value and version of the label set of each; a discarded one has the value None.
    """

    key: str
    wanted: int
    answers: tuple[tuple[Json, int], ...]


@dataclass(frozen=True)
class Verdict:
    """What shall happen to it.

    Args:
        more: how many more labels it shall get.
        review: whether a reviewer shall look at it.
    """

    more: int = 0
    review: bool = False


Judge = Callable[[Standing], Verdict]


class Decisions(QueueRows):
    """Takes what people decide; see `QueueRows`."""

    def decide(self, act: Act, lease: float, judge: Judge | None = None) -> Outcome:
        """Takes an answer, a discard or a draft; it is on disk when this returns.

        Args:
            act: `submitted`, `discarded` or `draft`.
            lease: seconds for which a draft keeps its place.
            judge: says what follows where the item has all it wanted; not asked about sealed items, whose
                answers decide nothing before `final`, nor about those with a known answer.

        Raises:
            InputError: the person never got the item, or a reviewer has settled it.
            Outdated: the value is not from the newest version of the label set.
        """
        with self.turn() as turn:
            earlier = repeated(turn, act)
            if earlier:
                return earlier
            refuse_outdated(turn, act)
            item, mark = self._checked(turn, act)
            holds = mark.state in (*t.HELD, *t.COUNTED)
            if not holds and item.gold is None and item.free < 1:
                return Outcome(record(turn, act, LATE), item.id, LATE)
            _refuse_settled(item)
            if act.aid is None and DOUBT in item.reason.split(AND) and not item.sealed:
                act = replace(act, aid=Aid(DOUBT))
            made = record(turn, act)
            if act.act == t.DRAFT:
                state = t.RETURNED if mark.state == t.RETURNED else t.DRAFT
                until = turn.now + int(lease * 1000) if state == t.DRAFT else None
                turn.set_mark(mark, state, was=mark.state, decision=made, until=until)
                turn.change(item, free=-(not holds))
                return Outcome(made, item.id, act.act)
            turn.set_mark(mark, act.act, was=mark.state, decision=made)
            turn.change(item, free=-(not holds), done=int(mark.state not in t.COUNTED))
            done = item.done + (mark.state not in t.COUNTED)
            if done >= item.wanted and not item.sealed and item.gold is None:
                _complete(turn, item, judge)
        return Outcome(made, item.id, act.act)

    def undo(
        self, person: int, client: str, lease: float, version: int, decision: int | str | None = None
    ) -> Outcome:
        """Takes back an answer or a discard, the newest or a certain one; the item is the person's again.

        Args:
            person: who.
            client: the caller's own id of this act.
            lease: seconds for which the item is theirs.
            version: the version of the label set.
            decision: the decision's number, or the client id that it was told under; None: the newest.

        Raises:
            InputError: there is none, or a reviewer has settled the item.
        """
        with self.turn() as turn:
            earlier = repeated(turn, Act(person, 0, UNDONE, client))
            if earlier:
                return earlier
            mark = _answered(turn, person, decision)
            if mark is None:
                raise InputError(
                    "there is nothing to take back." if decision is None
                    else f"the decision {decision} is none that could be taken back.",
                    expected="An answer or a discard of this person that still counts.",
                )  # fmt: skip
            item = turn.item(mark.item)
            assert item is not None
            _refuse_settled(item)
            act = Act(person, item.id, UNDONE, client, version=version, of=mark.decision)
            made = record(turn, act)
            until = turn.now + int(lease * 1000)
            turn.set_mark(mark, t.LEASED, was=mark.state, decision=mark.decision, until=until)
            turn.change(item, done=-1)
            if item.review == t.WAITING:
                set_review(turn, item, t.NO_REVIEW)
        return Outcome(made, item.id, UNDONE)

    def _checked(self, turn: Turn, act: Act) -> tuple[Any, Any]:
        item, mark = turn.item(act.item), turn.mark(act.item, act.person)
        if item is None or mark is None or mark.state in (t.REVIEWING, t.REVIEWED):
            raise InputError(
                f"the item {act.item} was never given to this person to label.",
                expected="Answers are taken to items that `next` has handed out.",
            )
        if act.act == t.DRAFT and mark.state in t.COUNTED:
            _refuse_settled(item)
            raise InputError(
                f"the item {act.item} has been {mark.state} already.", todo="Take that back first."
            )
        return item, mark


def set_review(turn: Turn, item: Any, review: int | None, settled: int | None = None) -> None:
    """Moves an item to another place in the reviewers' queue."""
    values = {"review": review, "settled": settled}
    turn.connection.execute(t.items.update().where(_I.id == item.id).values(**values))
    names = {t.WAITING: "review", t.SETTLED: "settled"}
    for code, by in ((item.review, -1), (review, 1)):
        if code in names:
            turn.counts[0, names[code]] += by


def _complete(turn: Turn, item: Any, judge: Judge | None) -> None:
    if item.review == t.SENT_BACK:
        set_review(turn, item, t.WAITING)
        return
    if judge is None or item.review != t.NO_REVIEW:
        return
    found = turn.connection.execute(_COUNTED, {"item": item.id}).all()
    answers = tuple((None if v is None else json.loads(v), version) for v, version in found)
    verdict = judge(Standing(item.key, item.wanted, answers))
    if verdict.more > 0:
        widen(turn, item, verdict.more)
    elif verdict.review:
        set_review(turn, item, t.WAITING)


def widen(turn: Turn, item: Any, more: int) -> None:
    """Asks for more labels of an item that had all it wanted."""
    values = {"wanted": _I.wanted + more, "free": _I.free + more}
    turn.connection.execute(t.items.update().where(_I.id == item.id).values(**values))
    turn.counts[0, "wanted"] += more
    turn.counts[0, "full"] -= 1
    turn.freed(item.lane, item.rank, item.id)


def _answered(turn: Turn, person: int, decision: int | str | None) -> Any | None:
    values: dict[str, Any] = {"queue": turn.queue, "who": person}
    if isinstance(decision, str):
        told = sa.select(_D.id).where(_D.person == person, _D.client == decision)
        decision = turn.connection.scalar(told) or 0
    if decision is not None:
        return turn.connection.execute(_THAT, {**values, "that": decision}).one_or_none()
    newest: Sequence[Any] = [
        row for state in t.COUNTED for row in turn.connection.execute(_NEWEST, {**values, "state": state})
    ]
    return max(newest, key=lambda row: row.decision, default=None)


def _refuse_settled(item: Any) -> None:
    if item.review == t.SETTLED:
        raise InputError(
            f"a reviewer has settled the item {item.id}.", todo="Ask a reviewer to look at it again."
        )
