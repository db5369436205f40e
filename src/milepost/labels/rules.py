"""How a queue is worked on: labels an item, leases, questions with known answers, what a reviewer sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from milepost.digest import Json, digest
from milepost.errors import InputError, did_you_mean
from milepost.labels.values import similarity
from milepost.store.decisions import Standing, Verdict


@dataclass(frozen=True)
class Rules:
    """How a queue is worked on.

    Args:
        labels: labels an item, by different people.
        share: share of the items that get so many; the others get one.
        quorum: answers that have to be alike; an item on which too few are gets one more label. 0: no quorum.
        most: the most labels an item that a quorum asks for.
        alike: from which similarity on two answers are alike; 1: only where they are equal.
        scale: the distance from which numbers have nothing in common.
        lease: minutes for which an item is a person's alone.
        draft: hours for which a draft keeps its item.
        gold: share of questions with a known answer among what a person gets.
        review: share of the finished items that a reviewer sees.
        disputes: whether a reviewer sees every item on which answers are not alike.
        blind: whether people see nothing of what others or a model answered.
        before: whether, where it is not blind, others' answers are shown before the own one, not only after.
        suggest: whether, where it is not blind, a model's answer is shown beside most items.

    Raises:
        InputError: a number is out of its range.
    """

    labels: int = 1
    share: float = 1.0
    quorum: int = 0
    most: int = 5
    alike: float = 1.0
    scale: float = 1.0
    lease: float = 30.0
    draft: float = 24.0
    gold: float = 0.0
    review: float = 0.0
    disputes: bool = False
    blind: bool = True
    before: bool = False
    suggest: bool = False

    def __post_init__(self) -> None:
        for name in ("share", "alike", "gold", "review"):
            _between(name, getattr(self, name), 0, 1)
        for name in ("scale", "lease", "draft"):
            if not getattr(self, name) > 0:
                raise InputError(f"'{name}' is {getattr(self, name)}.", expected="A number above 0.")
        _between("labels", self.labels, 1, 100)
        _between("most", self.most, self.labels, 100)
        _between("quorum", self.quorum, 0, self.most)
        if self.gold == 1:
            raise InputError("'gold' is 1, so that nothing would be left to label.", expected="Less than 1.")

    @classmethod
    def read(cls, body: Mapping[str, Json]) -> Rules:
        """Rules from plain JSON.

        Raises:
            InputError: it names a rule that there is not.
        """
        names = [field.name for field in fields(cls)]
        for name in body:
            if name not in names:
                raise InputError(f"there is no rule '{name}'.", todo=did_you_mean(name, names))
        return cls(**body)

    @property
    def settled(self) -> bool:
        """Whether nothing ever follows from the answers to an item: no further label, no review."""
        return not (self.quorum or self.review or self.disputes)

    def wanted(self, key: str) -> int:
        """How many labels an item shall get; it follows from its key alone."""
        return self.labels if self.labels == 1 or chance("labels", key) < self.share else 1


Translate = Callable[[Json, int], tuple[Json, bool]]


def judged(rules: Rules, kind: str, standing: Standing, translate: Translate) -> Verdict:
    """Says what happens to an item that has all labels it wanted.

    Args:
        rules: the queue's rules.
        kind: the kind of its values.
        standing: the item with its answers.
        translate: reads a value of an older version of the label set, and says whether it still counts.
    """
    values = [None if value is None else translate(value, version)[0] for value, version in standing.answers]
    agreed = agreeing(kind, values, rules.alike, rules.scale)
    if len(values) > 1 and agreed < rules.quorum and standing.wanted < rules.most:
        return Verdict(more=min(rules.quorum - agreed, rules.most - standing.wanted))
    disputed = rules.disputes and agreed < len(values)
    return Verdict(review=disputed or chance("review", standing.key) < rules.review)


def agreeing(kind: str, values: Sequence[Json], alike: float = 1.0, scale: float = 1.0) -> int:
    """The most answers that are like one of them, itself included; a discard (None) is like a discard."""
    votes = [1] * len(values)
    for i, a in enumerate(values):
        for j, b in enumerate(values[:i]):
            if _alike(kind, a, b, alike, scale):
                votes[i], votes[j] = votes[i] + 1, votes[j] + 1
    return max(votes, default=0)


def _alike(kind: str, a: Json, b: Json, alike: float, scale: float) -> bool:
    if a is None or b is None:
        return a is b
    return bool(a == b) or (alike < 1 and similarity(kind, a, b, scale) >= alike)


def chance(*parts: str) -> float:
    """A number from 0 to 1 that follows from texts, so that a sample stays the same sample.

    >>> chance("a", "b") == chance("a", "b") != chance("a", "c")
    True
    """
    return int(digest(*parts)[:13], 16) / 16**13


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InputError(f"'{name}' is {value}.", expected=f"A number from {low} to {high}.")
