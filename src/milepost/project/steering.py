"""Who steers the queue: what is labelled next, what is like an item, and many answers at once."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from milepost.digest import Json, plain
from milepost.errors import InputError
from milepost.labels import bulk
from milepost.labels.labels import Labels
from milepost.labels.next import Chosen, choose, margins
from milepost.project.doubting import Doubt, Looked, ask_again, doubts, looked
from milepost.project.finding import Filter, Found, find
from milepost.project.guess import MOST, Guess, known, label_of, model_of, shipped, together
from milepost.project.learning import worth
from milepost.project.suggesting import Suggestion, suggestions
from milepost.shipping.manifest import Package
from milepost.steps.buys import Buys
from milepost.steps.labelled import QUEUE, begun
from milepost.steps.team import team
from milepost.steps.whereabouts import frame_of
from milepost.steps.work import Work
from milepost.store.people import Person
from milepost.store.pool import Waiting

Array = np.ndarray[Any, Any]
Policy = Literal["auto", "random", "typical", "margin"]
HEAD = 10
"""The priority of what is labelled next."""
STEERED = "label next"
"""The stream of the log that holds what was put first, and why."""


@dataclass(frozen=True)
class Pick:
    """An item to label next.

    Args:
        id: its number.
        key: its key.
        reason: "random", "typical" or "margin".
        content: what it shows.
        said: the label that the model holds for likeliest, by its id, or "".
        margin: how far that is ahead of the second; little is a close call; None without a model.
    """

    id: int
    key: str
    reason: str
    content: Json
    said: str = ""
    margin: float | None = None


@dataclass(frozen=True)
class Next:
    """What to label next; nothing is changed until it is put first.

    Args:
        policy: how it was chosen: "random", "typical" or "margin".
        model: the version of the model that was asked, or "".
        picks: the items, in the order of chance in which they came.
        sealed: so many sealed items come first with them, drawn at random; they are not shown.
        waiting: items that nobody has begun, sealed ones too.
        seed: of the draws.
        keys: of all of them, sealed ones too.
    """

    policy: str
    model: str
    picks: tuple[Pick, ...]
    sealed: int
    waiting: int
    seed: int
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Doubted:
    """Labels that are probably wrong.

    Args:
        doubts: the most doubtful ones.
        among: how many there are in all.
        asked: how many went into the queue now.
        looked: what people say of those that went there.
    """

    doubts: tuple[Doubt, ...]
    among: int
    asked: int
    looked: tuple[Looked, ...]


class Steering(ABC):
    """What an owner does with the queue of a project; `ProjectLabels` has the rest."""

    by: str

    @property
    @abstractmethod
    def store(self) -> Labels:
        """The queue."""

    @abstractmethod
    def _work(self, step: str) -> Work:
        """What a step of the road is given to work with."""

    def next(self, most: int = 50, policy: Policy = "auto", seed: int | None = None) -> Next:
        """Chooses what to label next, and changes nothing: a fifth is random always, for honest estimates.

        As large a share of the batch is sealed as of what waits, drawn at random and labelled blind, so that
        the test grows along; of these only the number is told.

        Args:
            most: items.
            policy: "typical" (diversity, TypiClust), "margin" (close calls of the model that differ),
                "random", or "auto": close calls where there is a model, else typical items.
            seed: of the draws; None draws one.

        Raises:
            InputError: there is no such policy, nothing waits, or close calls are wanted of no model.
        """
        if policy not in get_args(Policy) or most < 1:
            raise InputError(
                f"{most} items by the policy '{policy}' were asked for.",
                expected=f"A number from 1, and one of {', '.join(get_args(Policy))}.",
            )
        labels, work = self.store, self._work("collect")
        whole = [item for item in labels.pool.waiting() if item.priority < HEAD]
        if not whole:
            raise InputError("no item waits that nobody has begun.", todo="Add rows: milepost labels start")
        seed = secrets.randbelow(2**31) if seed is None else seed
        rng = np.random.default_rng(seed)
        hidden = [item for item in whole if item.sealed]
        open_ = [item for item in whole if not item.sealed]
        most = min(most, len(whole))
        drawn = min(len(hidden), round(most * len(hidden) / len(whole)))
        behind = [hidden[at].key for at in rng.permutation(len(hidden))[:drawn]]
        if len(open_) > MOST:
            open_ = [open_[at] for at in np.sort(rng.permutation(len(open_))[:MOST])]
        found, told, used = self._chosen(work, open_, (most - drawn, policy, seed))
        picks = tuple(_pick(open_[row], reason, told, row) for row, reason in found)
        return Next(
            used, told.version if told else "", picks, len(behind), len(whole), seed,
            (*(pick.key for pick in picks), *behind),
        )  # fmt: skip

    def _chosen(
        self, work: Work, items: Sequence[Waiting], asked: tuple[int, str, int]
    ) -> tuple[list[tuple[int, str]], Guess | None, str]:
        most, policy, seed = asked
        if policy == "random" or not items:
            rows = np.random.default_rng(seed).permutation(len(items))[:most]
            return [(int(row), "random") for row in rows], None, "random"
        have, frame = known(work, self.store), frame_of([item.content for item in items])
        if policy == "typical":
            found, (place, learnt) = None, together(frame, have.rows)
        else:
            found, place, learnt = model_of(work, self.store, frame, have)
        if policy == "margin" and found is None:
            raise InputError(
                "close calls were asked for, and there is no model yet.",
                expected="A shipped package, or 10 labels a class on average of a choice among labels.",
                todo="Take the policy 'typical' until then.",
            )
        known_ = learnt if len(learnt) and learnt.shape[1] == place.shape[1] else None
        table = None if found is None else found.table
        made: Chosen = choose(place, most, table, known_, (), seed)
        used = "margin" if "margin" in made.reasons else "typical"
        return list(zip(made.rows.tolist(), made.reasons, strict=True)), found, used

    def put(self, chosen: Next) -> int:
        """Puts what was chosen at the head of the queue, each with its reason; returns how many.

        What somebody has begun since stays where it is. What chance drew stays marked as that.

        Args:
            chosen: what `next` told.
        """
        labels, moved = self.store, 0
        reasons = {pick.key: pick.reason for pick in chosen.picks}
        for reason in sorted({*reasons.values(), "random"}):
            ranked = {key: HEAD for key in chosen.keys if reasons.get(key, "random") == reason}
            moved += labels.prioritise(ranked, reason, self.by) if ranked else 0
        body = {
            **plain(replace(chosen, picks=())), "keys": list(chosen.keys), "reasons": reasons, "by": self.by,
        }  # fmt: skip
        labels.rows.append(STEERED, QUEUE, body)
        return moved

    def find(self, asked: Filter) -> Found:
        """Items that nobody has begun and that a filter leaves, those most like an example first.

        Args:
            asked: what they shall hold, be predicted as, or be like.

        Raises:
            InputError: the filter cannot be.
        """
        return find(self._work("collect"), self.store, asked)

    def similar(self, item: int, most: int = 20) -> Found:
        """The items most like another one, nearest first; sealed ones are counted, and never shown."""
        return self.find(Filter(like=item, most=most))

    def bulk(self, found: Found, value: Json, person: Person | None = None) -> bulk.Bulk:
        """Gives one answer to all items that were found, each a decision of its own, undone as one.

        They are labels, and no second opinions: agreement is not reckoned from them.

        Args:
            found: what `find` told.
            value: the answer; a label by its id or name.
            person: an owner's account; None: that of who runs this, which is made where there is none.
        """
        labels = self.store
        if isinstance(value, str) and labels.set.kind in ("choice", "pair"):
            value = label_of(labels, value) if labels.set.kind == "choice" else value
        who = person or self._owner()
        return bulk.answer_all(labels, who.id, [match.id for match in found.items], value, found.says)

    def doubts(self, most: int = 100, put: bool = False) -> Doubted:
        """Labels that are probably wrong, by predictions out of fold; where `put`, others look at them again.

        Args:
            most: how many, the most doubtful ones.
            put: whether they go into the queue, each with the reason "doubt".

        Raises:
            UsageError: `tune` has not been reached, or rows do not bear one label of several.
        """
        work = self._work("explain")
        found, among = doubts(work, most)
        asked = ask_again(work, found, self.by) if put else 0
        labels = begun(work.ledger.rows)
        return Doubted(tuple(found), among, asked, tuple(looked(labels)) if labels else ())

    def worth(self) -> Buys | None:
        """50 more hours: label or tune? None while there are too few labels for a learning curve.

        Raises:
            UsageError: nobody was asked to label yet.
        """
        labels, found = self.store, team(self._work("collect").ledger)
        assert found is not None
        return worth(self._work("collect"), labels, found)

    def suggest(self, items: Sequence[int], package: Package | None = None) -> dict[int, Suggestion]:
        """What the shipped model suggests for items that people label; nothing where the rules are blind.

        Neither sealed items nor those that test people get one, nor does a fifth of the others, drawn by
        their number: so nobody can tell by a gap what an item is, and answers without a suggestion remain.

        Args:
            items: numbers of items.
            package: the shipped package, where it is open already.
        """
        rules, labels = self.store.rules(), self.store
        if rules.blind or not rules.suggest:
            return {}
        package = package or shipped(self._work("collect").folder)
        return {} if package is None else suggestions(labels, package, items)

    def take_back(self, name: str) -> int:
        """Takes back what was answered at once under a name; returns how many answers."""
        return bulk.take_back(self.store, name)

    def _owner(self) -> Person:
        people = self.store.people
        return people.find(self.by) or people.add(Person(0, self.by, ("owner",)), self.by)


def _pick(item: Waiting, reason: str, told: Guess | None, row: int) -> Pick:
    if told is None:
        return Pick(item.id, item.key, reason, item.content)
    said, _ = replace(told, table=told.table[row : row + 1]).best[0]
    near = float(margins(told.table[row : row + 1])[0])
    return Pick(item.id, item.key, reason, item.content, said, near)
