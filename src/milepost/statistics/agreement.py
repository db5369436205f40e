"""How well labellers agree: raw, by class with its prevalence, by pair, by person, and beyond chance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.errors import InputError
from milepost.statistics.alpha import Scale, alpha
from milepost.statistics.arrays import Floats, Integers, Numbers
from milepost.statistics.intervals import Interval, wilson
from milepost.statistics.ratings import Array, Ratings


@dataclass(frozen=True)
class Share:
    """A share or a coefficient with its interval.

    Args:
        value: the share; nan where it is undefined.
        interval: where the true one lies.
        n: items (or labels) that it comes from.
    """

    value: float
    interval: Interval
    n: int


@dataclass(frozen=True)
class Class:
    """Agreement about one class.

    Args:
        name: the class.
        prevalence: its share of all labels on shared items.
        agreement: where one person says it, the share of others who say it too (Fleiss 1981).
        alpha: agreement beyond chance on "this class or another"; low for rare classes that few agree on,
            however high the raw agreement is.
    """

    name: Any
    prevalence: float
    agreement: Share
    alpha: float


@dataclass(frozen=True)
class Pair:
    """Two people who labelled the same items.

    Args:
        one, other: who.
        agreement: share of their common items with equal labels, with Wilson's interval.
        kappa: Cohen's kappa of them.
    """

    one: Any
    other: Any
    agreement: Share
    kappa: Share


@dataclass(frozen=True)
class Person:
    """One person beside the others.

    Args:
        name: who.
        labels: labels on items that others labelled too.
        agreement: the share of the others, on the same item, who say the same.
        without: alpha of everybody else; where it is well above everybody's, this person is the reason.
    """

    name: Any
    labels: int
    agreement: Share
    without: float


def raw(labels: Ratings, level: float = 0.95) -> Share:
    """Returns the probability that two people agree on an item that both label.

    >>> from milepost.statistics.ratings import from_table
    >>> raw(from_table([[0, 0], [0, 1]])).value
    0.5
    """
    shared = _shared(labels)
    sizes = shared.per("item")
    found = np.flatnonzero(sizes > 1)
    same = _same(shared)
    means = (np.bincount(shared.item, same)[found] / sizes[found] / (sizes[found] - 1)).astype(np.float64)
    return _ratio(means, np.ones(len(means)), level)


def by_class(labels: Ratings, level: float = 0.95) -> tuple[Class, ...]:
    """Returns agreement about each class; shares are ratios of sums over items, items being independent."""
    shared = _shared(labels)
    others = shared.per("item")[shared.item] - 1
    same, said = _same(shared) / others, shared.per("value")
    told = []
    for at in np.flatnonzero(said):
        mine = shared.value == at
        items = np.unique(shared.item[mine], return_inverse=True)[1].ravel()
        top, bottom = np.bincount(items, same[mine]), np.bincount(items)
        share = _ratio(top, bottom, level)
        binary = Ratings(
            shared.item, shared.person, mine.astype(np.int64), shared.items, shared.people, np.array([0, 1])
        )
        beyond = alpha(binary, resamples=0).value
        told.append(Class(shared.values.tolist()[at], float(said[at] / len(shared)), share, beyond))
    return tuple(told)


def by_pair(labels: Ratings, least: int = 10, level: float = 0.95) -> tuple[Pair, ...]:
    """Returns agreement of each two people with at least so many common items, the least agreeing first."""
    shared = _shared(labels)
    first, second = _lines(shared)
    people, who = len(shared.people), shared.people.tolist()
    codes = shared.person[first] * people + shared.person[second]
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    told = []
    for some in np.split(order, starts[1:]):
        if len(some) < least:
            continue
        one, other = shared.value[first[some]], shared.value[second[some]]
        names = [who[shared.person[side[some[0]]]] for side in (first, second)]
        equal = int((one == other).sum())
        share = Share(equal / len(some), wilson(equal, len(some), level), len(some))
        told.append(Pair(names[0], names[1], share, cohen(one, other, level)))
    return tuple(sorted(told, key=lambda pair: pair.agreement.value))


def by_person(labels: Ratings, scale: Scale = "nominal", level: float = 0.95) -> tuple[Person, ...]:
    """Returns each person's agreement with the others on common items, the least agreeing first."""
    shared = _shared(labels)
    share, names = _same(shared) / (shared.per("item")[shared.item] - 1), shared.people.tolist()
    told = []
    for at in np.flatnonzero(shared.per("person")):
        mine = shared.person == at
        found = _ratio(share[mine], np.ones(int(mine.sum())), level)
        rest = shared.some(~mine).shared()
        without = alpha(rest, scale, resamples=0).value if len(rest) else math.nan
        told.append(Person(names[at], found.n, found, without))
    return tuple(sorted(told, key=lambda person: person.agreement.value))


def cohen(one: Numbers, other: Numbers, level: float = 0.95) -> Share:
    """Returns Cohen's kappa of two people's labels of the same items (Cohen 1960).

    The interval is that of Fleiss, Cohen & Everitt (1969). Undefined, so nan, where both always say the same
    one thing.

    Args:
        one, other: labels of the same items (n,).
        level: confidence.
    """
    from scipy.special import ndtri
    from statsmodels.stats.inter_rater import cohens_kappa

    left, right = np.asarray(one), np.asarray(other)
    if left.shape != right.shape or left.ndim != 1 or not len(left):
        raise InputError(
            f"The two people's labels have the shapes {left.shape} and {right.shape}.",
            expected="One label each of the same items.",
        )
    kinds, codes = np.unique(np.concatenate([left, right]), return_inverse=True)
    n = len(left)
    if len(kinds) < 2:
        return Share(math.nan, Interval(math.nan, math.nan, level), n)
    table = np.zeros((len(kinds), len(kinds)))
    np.add.at(table, (codes[:n], codes[n:]), 1)
    found = cohens_kappa(table)
    value, reach = float(found.kappa), float(ndtri((1 + level) / 2) * found.std_kappa)
    return Share(value, Interval(max(value - reach, -1.0), min(value + reach, 1.0), level, "normal"), n)


def fleiss(labels: Ratings, resamples: int = 1000, seed: int = 0, level: float = 0.95) -> Share:
    """Returns Fleiss' kappa with a bootstrap over items (Fleiss 1971).

    It differs from nominal alpha by the correction for few labels only, and is computed from it.

    Raises:
        InputError: items have different numbers of labels; alpha takes those.
    """
    sizes = np.unique(labels.per("item")[labels.per("item") > 0])
    if len(sizes) != 1:
        raise InputError(
            f"Items have from {sizes.min()} to {sizes.max()} labels.",
            expected="Fleiss' kappa wants as many labels of each item.",
            todo="Use Krippendorff's alpha.",
        )
    found = alpha(labels, "nominal", resamples, seed, level)
    more = found.labels / (found.labels - 1)
    value, low, high = (
        1 - (1 - part) * more for part in (found.value, found.interval.low, found.interval.high)
    )
    return Share(value, Interval(low, high, level, found.interval.method), found.items)


def disputed(labels: Ratings) -> Floats:
    """Returns how much each item is disputed (items,): the share of pairs of its labels that differ.

    Items with fewer than two labels are nan. What lies highest is looked at first.
    """
    sizes = labels.per("item").astype(np.float64)
    same = np.bincount(labels.item, _same(labels), minlength=len(labels.items))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sizes > 1, 1 - same / (sizes * (sizes - 1)), np.nan)


def _shared(labels: Ratings) -> Ratings:
    shared = labels.shared()
    if not len(shared):
        raise InputError(
            "No item has two labels.",
            expected="Agreement is seen on items that two or more people labelled.",
            todo="Raise the overlap.",
        )
    return shared


def _same(labels: Ratings) -> Floats:
    """How many others gave the same item the same value, of each label."""
    flat = labels.item * len(labels.values) + labels.value
    _, back, times = np.unique(flat, return_inverse=True, return_counts=True)
    found: Floats = times[back.ravel()] - 1.0
    return found


def _lines(labels: Ratings) -> tuple[Integers, Integers]:
    """The places of both labels of each pair within an item, people in order."""
    starts = np.flatnonzero(np.diff(labels.item, prepend=-1))
    sizes = np.diff(np.append(starts, len(labels)))

    def pairs() -> Iterator[tuple[Integers, Integers]]:
        for size in np.unique(sizes):
            one, other = np.triu_indices(int(size), 1)
            begin = starts[sizes == size][:, None]
            yield (begin + one).ravel(), (begin + other).ravel()

    sides = tuple(zip(*pairs(), strict=True))
    return np.concatenate(sides[0]), np.concatenate(sides[1])


def _ratio(top: Array, bottom: Array, level: float) -> Share:
    """A share as a ratio of sums over independent items.

    Its variance, linearised (Cochran 1977), says how many independent answers it is worth; with that number
    Wilson's interval is taken (Dean & Pagano 2015), which does not collapse where all agree.
    """
    from scipy.special import ndtri

    n, value = len(top), float(top.sum() / bottom.sum())
    gaps = (top - value * bottom) / bottom.mean()
    error = float(gaps.std(ddof=1)) / math.sqrt(n) if n > 1 else 0.0
    worth = value * (1 - value) / error**2 if error > 0 else float(n)
    z = float(ndtri((1 + level) / 2)) ** 2
    center = (value + z / (2 * worth)) / (1 + z / worth)
    reach = math.sqrt(z * (value * (1 - value) / worth + z / (4 * worth**2))) / (1 + z / worth)
    ends = max(center - reach, 0.0), min(center + reach, 1.0)
    return Share(value, Interval(*ends, level, "Wilson, effective number of items"), n)
