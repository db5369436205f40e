"""What people who label have done: how far they are, how fast, at what price, and how well they agree."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.labels.agreement import Agreed, Said, agreed
from milepost.labels.answers import Answered
from milepost.labels.labelset import LabelSet
from milepost.labels.values import SHAPES
from milepost.ledger import Ledger
from milepost.statistics.agreement import Share
from milepost.statistics.gold import accuracies, sequential, suspicion
from milepost.statistics.intervals import Interval
from milepost.steps.labelled import QUEUE, begun, present
from milepost.steps.together import KEY, Truths, named

TERMS = "label terms"
"""The stream of the log that holds who labels, and what a label costs."""
RESAMPLES = 400
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Span:
    """A number with its 95 % interval, and what it is of; None where nothing can be told."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Worker:
    """A person who labels.

    Args:
        name: who.
        answers: that count.
        seconds: the median of an answer, or None.
        agreement: how often the others say the same on items they share, or None.
        gold: answers to questions with a known answer, right and all.
        accuracy: on these, drawn towards the team's, or None.
        verdict: "keep", "stop" or "undecided" by the sequential test; "" without such questions.
        signs: what speaks for guessing, in words.
    """

    name: str
    answers: int
    seconds: float | None
    agreement: float | None
    gold: tuple[int, int] = (0, 0)
    accuracy: float | None = None
    verdict: str = ""
    signs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Team:
    """What people who label have done.

    Args:
        kind: of the labels.
        items: in the queue.
        left: items that still want labels.
        wanted: labels that these and the others want in all.
        answers: labels so far that are neither sealed nor of known answers.
        labelled: items with a label.
        discarded: items that most people discarded.
        people: who labelled.
        seconds: mean of a label, at most five minutes each counted, or None.
        price: of a label.
        unit: of the price.
        spent: for all labels so far, those that test people too.
        shared: items with two labels or more.
        alpha: agreement beyond chance of the labels that were given unaided, or None.
        raw: how often two people say the same, or None.
        classes: agreement by label.
        pairs: agreement of two people, as alpha-like kappas, the worst first.
        method: how the consensus was found.
        why: why so.
        counts: items by label, as the consensus has it.
        days: moments, and labels given up to each.
    """

    kind: str
    items: int
    left: int
    wanted: int
    answers: int
    labelled: int
    discarded: int
    people: tuple[Worker, ...]
    seconds: float | None
    price: float
    unit: str
    spent: float
    shared: int
    alpha: Span | None
    raw: Span | None
    classes: tuple[Span, ...]
    pairs: tuple[Span, ...]
    method: str
    why: str
    counts: Mapping[str, int]
    days: tuple[tuple[str, int], ...]

    @property
    def reading(self) -> str:
        """What alpha means for the labels (Krippendorff 2018): reliable, tentative, not reliable, unknown."""
        if self.alpha is None or self.alpha.value is None:
            return "unknown"
        value = self.alpha.value
        return "reliable" if value >= 0.8 else "tentative" if value >= 0.667 else "not reliable"


def terms(ledger: Ledger, queue: str = QUEUE) -> dict[str, Json]:
    """Who labels and what it costs, as it was last said; empty where nobody said."""
    last = ledger.rows.last(TERMS, queue)
    return dict(last.body) if last else {}


def team(ledger: Ledger, queue: str = QUEUE) -> Team | None:
    """What people have done so far; None where nobody was asked. Of sealed items only their number counts.

    Args:
        ledger: the project's.
        queue: the queue; left out: the target's.
    """
    labels = begun(ledger.rows, queue)
    if labels is None:
        return None
    found, said, newest = labels.answers.all(), terms(ledger, queue), labels.set
    whole = labels.answers.counts().get(0, {})
    truth, tests = present(labels), labels.answers.tests()
    who = {person.id: person.name for person in labels.people.all()}
    given = [said for said in _said(found, who) if said[2] is not None]
    unaided = [said for said, alone in zip(_said(found, who), found.alone, strict=True) if alone]
    together = _agreed(newest, [said for said in unaided if said[2] is not None])
    price, answered = float(said.get("price") or 0.0), int(whole.get("done", 0))
    seconds = np.minimum(found.seconds[~np.isnan(found.seconds)], 300.0)
    counts: Counter[str] = Counter()
    for value in truth.values:
        counts.update([value] if isinstance(value, str) else value if newest.kind == "tags" else ())
    often = Counter(item for item, *_ in given)
    return Team(
        kind=newest.kind,
        items=int(whole.get("items", 0)),
        left=int(whole.get("items", 0) - whole.get("full", 0)),
        wanted=int(whole.get("wanted", 0)),
        answers=len(given),
        labelled=len(truth.keys),
        discarded=truth.discarded,
        people=_people(labels.set, (found, tests), (who, together), truth),
        seconds=float(seconds.mean()) if len(seconds) else None,
        price=price,
        unit=str(said.get("unit") or ""),
        spent=price * (answered + len(tests)),
        shared=sum(1 for times in often.values() if times > 1),
        method=truth.method,
        why=truth.why,
        counts=dict(counts.most_common()),
        days=_days(found.at),
        **_spans(newest, together),
    )


def _said(found: Answered, who: Mapping[int, str]) -> list[Said]:
    columns = found.items.tolist(), found.people.tolist()
    return [
        (item, who.get(person, str(person)), value)
        for item, person, value in zip(*columns, found.values, strict=True)
    ]


def _agreed(labels: LabelSet, given: Sequence[Said]) -> Agreed | None:
    items = Counter(item for item, *_ in given)
    if not any(times > 1 for times in items.values()):
        return None
    parts = [label.name for label in labels.active.values()] if labels.kind == "vector" else []
    return agreed(labels.kind, given, parts, RESAMPLES)


def _spans(labels: LabelSet, found: Agreed | None) -> dict[str, Any]:
    """Agreement as plain numbers, whatever the kind."""
    none: dict[str, Any] = {"alpha": None, "raw": None, "classes": (), "pairs": ()}
    if found is None:
        return none
    names = named(labels)
    alpha, raw = found.alpha, found.raw
    if alpha is not None:
        none["alpha"] = _span("alpha", alpha.value, alpha.interval, alpha.items)
    elif found.parts:
        least = min(found.parts, key=lambda name: _known(found.parts[name].value))
        worst = found.parts[least]
        none["alpha"] = _span(names.get(least, least), worst.value, worst.interval, worst.items)
    elif found.whole is not None:
        none["alpha"] = _share("alpha", found.whole.beyond)
    if raw is not None:
        none["raw"] = _share("raw", raw)
    elif found.whole is not None and labels.kind in SHAPES:
        none["raw"] = _share("mean overlap", found.whole.mean)
    none["classes"] = tuple(
        _share(names.get(str(c.name), str(c.name)), c.agreement) for c in found.classes
    ) or tuple(_span(name, a.value, a.interval, a.items) for name, a in found.parts.items())
    pairs = [_share(f"{p.one} and {p.other}", p.kappa) for p in found.pairs]
    none["pairs"] = tuple(sorted(pairs, key=lambda p: p.value if p.value is not None else 9.0))
    return none


def _known(value: float) -> float:
    return math.inf if math.isnan(value) else value


def _share(name: str, share: Share) -> Span:
    return _span(name, share.value, share.interval, share.n)


def _span(name: str, value: float, interval: Interval, n: int) -> Span:
    told = [None if math.isnan(number) else float(number) for number in (value, interval.low, interval.high)]
    return Span(name, told[0], told[1], told[2], int(n))


def _people(
    labels: LabelSet,
    given: tuple[Answered, Answered],
    beside: tuple[Mapping[int, str], Agreed | None],
    truth: Truths,
) -> tuple[Worker, ...]:
    (found, tests), (who, together) = given, beside
    right = np.array([value == known for value, known in zip(tests.values, tests.known, strict=True)], bool)
    asked_at, said_at = np.array(tests.at, dtype=str), np.array(found.at, dtype=str)
    agree = {str(p.name): p.agreement.value for p in together.people} if together else {}
    everybody = sorted({*found.people.tolist(), *tests.people.tolist()})
    mine = [np.flatnonzero(tests.people == person) for person in everybody]
    mine = [rows[np.argsort(asked_at[rows], kind="stable")] for rows in mine]  # the test goes by the order
    hits, asked = [int(right[m].sum()) for m in mine], [len(m) for m in mine]
    scored = accuracies(hits, asked) if sum(asked) else ()
    known, wrong = found.seconds[~np.isnan(found.seconds)], _contradicted(labels, found, truth)
    median = float(np.median(known)) if len(known) else math.nan
    made = []
    for at, person in enumerate(everybody):
        rows = np.flatnonzero(found.people == person)
        rows = rows[np.argsort(said_at[rows], kind="stable")]
        spent = found.seconds[rows][~np.isnan(found.seconds[rows])]
        against = wrong[rows][~np.isnan(wrong[rows])]
        told = [str(found.values[row]) for row in rows]
        signs = suspicion(told, found.seconds[rows], median, against if len(against) else None).reasons
        agreement = agree.get(who.get(person, ""), math.nan)
        made.append(
            Worker(
                name=who.get(person, str(person)),
                answers=len(rows),
                seconds=float(np.median(spent)) if len(spent) else None,
                agreement=None if math.isnan(agreement) else float(agreement),
                gold=(hits[at], asked[at]),
                accuracy=float(scored[at].value) if asked[at] else None,
                verdict=sequential(right[mine[at]].tolist()).verdict if asked[at] else "",
                signs=tuple(signs),
            )
        )
    return tuple(made)


def _contradicted(labels: LabelSet, found: Answered, truth: Truths) -> Array:
    """The probability that each answer is wrong by the consensus (answers,); nan where one answered."""
    wrong, names = np.full(len(found), math.nan), named(labels)
    if labels.kind != "choice" or not truth.keys:
        return wrong
    often, soft = Counter(found.keys), {row[KEY]: row for row in truth.soft.iter_rows(named=True)}
    for at, (key, value) in enumerate(zip(found.keys, found.values, strict=True)):
        if value is not None and often[key] > 1 and key in soft:
            wrong[at] = 1 - soft[key].get(names[value], 0.0)
    return wrong


def _days(at: Sequence[str], most: int = 60) -> tuple[tuple[str, int], ...]:
    """Moments, at most so many, and how many labels were given up to each."""
    moments = sorted(at)
    spread = np.linspace(1, len(moments), min(most, len(moments))).astype(int)
    return tuple((moments[place - 1][:19], int(place)) for place in np.unique(spread))
