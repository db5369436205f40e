"""How many labels, of whom, at which price: by how narrow the interval has to be, or by a budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from milepost.errors import InputError
from milepost.statistics.gold import KEEP, course
from milepost.statistics.intervals import wilson

Who = Literal["we", "crowd", "specialists"]
SHARES = {"train": 0.60, "test": 0.15, "overlap": 0.10}
"""Shares of all labels; gold takes its share too, and what is left goes to doubtful labels once more."""
GOLD: dict[Who, float] = {"we": 0.05, "crowd": 0.10, "specialists": 0.05}
USUAL: dict[Who, float] = {"we": 0.95, "crowd": 0.80, "specialists": 0.95}
"""How often a labeller is right, until it has been measured."""
TEST = 3
"""Labels of an item that scores: three, and somebody decides where they differ."""
UNSURE = 0.72
"""Below this accuracy three labels of an item teach more than three items with one (Sheng et al. 2008)."""


@dataclass(frozen=True)
class Terms:
    """What is known before labelling.

    Args:
        who: "we", a "crowd" or "specialists" label.
        expert: whether the answer needs an expert.
        price: of a label, in whatever currency.
        seconds: a label takes.
        people: who label side by side.
        score: the share of right answers expected of the model.
        width: the half-width that its 95 % interval may have.
        accuracy: how often a labeller is right; None takes what is usual until it has been measured.
    """

    who: Who = "we"
    expert: bool = False
    price: float = 0.0
    seconds: float = 5.0
    people: int = 1
    score: float = 0.9
    width: float = 0.02
    accuracy: float | None = None

    def __post_init__(self) -> None:
        if self.who not in get_args(Who):
            raise InputError(f"who is '{self.who}'.", expected=f"One of {', '.join(get_args(Who))}.")
        if not (0 < self.score < 1 and 0 < self.width < 0.5):
            raise InputError(
                f"score={self.score} and width={self.width} were given.",
                expected="A score between 0 and 1 and a half-width between 0 and 0.5.",
            )
        if self.price < 0 or self.seconds <= 0 or self.people < 1:
            raise InputError(
                f"price={self.price}, seconds={self.seconds} and people={self.people} were given.",
                expected="A price from 0 on, seconds above 0 and at least one person.",
            )
        if not 0 < self.right <= 1:
            raise InputError(f"accuracy={self.accuracy} was given.", expected="A share above 0, at most 1.")

    @property
    def right(self) -> float:
        """How often a labeller is right, measured or usual."""
        return USUAL[self.who] if self.accuracy is None else self.accuracy


@dataclass(frozen=True)
class Plan:
    """What is to be labelled, and what it costs.

    Args:
        labels: all labels together.
        train: items to learn from.
        each: labels of each of them.
        test: items that score, with three labels each.
        doubled: items to learn from that get one label more, from which agreement is seen.
        gold: answers to items whose truth is known.
        prepared: different gold items, so that nobody sees one twice; experts prepare them beforehand.
        again: labels left for those that turn out to be doubtful.
        decided: items that score on which three labels will differ, for somebody to decide.
        hours: of all people together, at the seconds a label that were stated.
        days: of eight hours, people side by side.
        money: for all labels.
        halfwidth: of the 95 % interval of the model's score.
        warnings: what speaks against this plan, one sentence each.
    """

    labels: int
    train: int
    each: int
    test: int
    doubled: int
    gold: int
    prepared: int
    again: int
    decided: int
    hours: float
    days: float
    money: float
    halfwidth: float
    warnings: tuple[str, ...]


def needed(score: float, width: float) -> int:
    """Returns the items after which the 95 % interval of a share is narrow enough (Wilson).

    Args:
        score: the share expected.
        width: the half-width wanted.

    >>> needed(0.9, 0.02)
    864
    """
    low, high = 1, 2
    while _halfwidth(score, high) > width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _halfwidth(score, middle) > width else (low, middle)
    return high


def plan(terms: Terms) -> Plan:
    """Returns the plan whose interval is narrow enough.

    >>> made = plan(Terms("crowd", price=0.04, seconds=6, people=20))
    >>> made.test, made.labels, round(made.hours), round(made.money)
    (864, 17280, 29, 691)
    """
    return _divide(terms, math.ceil(round(needed(terms.score, terms.width) * TEST / SHARES["test"], 6)))


def afford(terms: Terms, money: float | None = None, hours: float | None = None) -> Plan:
    """Returns the plan that a budget buys.

    Args:
        terms: what is known; its width is only warned about.
        money: to spend, or None.
        hours: of all people together, or None.

    Raises:
        InputError: neither is given, or it buys nothing to score on.
    """
    limits = []
    if money is not None and terms.price > 0:
        limits.append(money / terms.price)
    if hours is not None:
        limits.append(hours * 3600 / terms.seconds)
    if not limits:
        raise InputError(
            "No budget was given that labels use up.",
            expected="Hours, or money with a price of a label.",
        )
    labels = math.floor(round(min(limits), 6))
    if labels * SHARES["test"] < TEST:
        raise InputError(
            f"The budget buys {labels} label(s).",
            expected=f"At least {math.ceil(TEST / SHARES['test'])}, for one item that scores.",
            todo="Raise it, or find somebody who labels faster or cheaper.",
        )
    return _divide(terms, labels)


def _divide(terms: Terms, labels: int) -> Plan:
    test = math.floor(round(labels * SHARES["test"] / TEST, 6))
    each = 3 if terms.right < UNSURE else 1
    train = math.floor(labels * SHARES["train"] / each)
    doubled = min(train, math.floor(labels * SHARES["overlap"]))
    gold = math.ceil(labels * GOLD[terms.who])
    spent = test * TEST + train * each + doubled + gold
    halfwidth = _halfwidth(terms.score, test)
    hours = labels * terms.seconds / 3600
    differ = 1 - terms.right**TEST - (1 - terms.right) ** TEST
    return Plan(
        labels=labels,
        train=train,
        each=each,
        test=test,
        doubled=doubled,
        gold=gold,
        prepared=math.ceil(gold / terms.people),
        again=max(labels - spent, 0),
        decided=math.ceil(test * differ),
        hours=hours,
        days=hours / terms.people / 8,
        money=labels * terms.price,
        halfwidth=halfwidth,
        warnings=_warnings(terms, gold, halfwidth),
    )


def _warnings(terms: Terms, gold: int, halfwidth: float) -> tuple[str, ...]:
    told = []
    if terms.expert and terms.who == "crowd":
        told.append("The answer needs an expert, and a crowd labels: let specialists do it, or ask less.")
    if halfwidth > terms.width * 1.001:
        told.append(
            f"The interval will be {halfwidth:.3f} to either side, and {terms.width:.3f} was wanted:"
            f" {needed(terms.score, terms.width)} items that score would do."
        )
    wanted = math.ceil(course(KEEP).answers)
    if gold / terms.people < wanted:
        told.append(
            f"Each of {terms.people} answers {gold / terms.people:.0f} gold items; about {wanted} settle"
            " whether somebody is to be kept: fewer people, or more gold."
        )
    if terms.right < UNSURE:
        told.append(
            f"Labellers are right in {terms.right:.0%}: three labels an item pay, a better guideline too."
        )
    return tuple(told)


def _halfwidth(score: float, items: int) -> float:
    """Half the width of Wilson's interval at the nearest count."""
    return wilson(round(score * items), items).halfwidth if items else 0.5
