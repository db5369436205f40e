"""How well people agree, how good each is where the answer is known, and the items on which they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.errors import UsageError
from milepost.labels.agreement import Agreed, agreed
from milepost.labels.answers import Answered
from milepost.labels.labelset import LabelSet
from milepost.labels.values import similarity
from milepost.statistics.gold import accuracies, sequential
from milepost.statistics.intervals import wilson
from milepost.web import desk
from milepost.web.forms import Form
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site

pages = Pages(columns=True)
RELIABLE, TENTATIVE = 0.8, 0.667
"""Values of alpha from which on labels are called so (Krippendorff 2018)."""
SHOWN, RESAMPLES = 50, 500
MOST = 200_000
"""Answers that are compared; of more, those to items drawn at random."""
Names = Mapping[int, str]
Row = tuple[tuple[int, int, Json], bool]


@pages.page("/agreement", "agreement.html")
def agreement(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """Alpha with its interval, each label, pair and person, gold answers, and what people differ on."""
    labels = desk.known(site)
    if labels is None:
        return {"ready": False}
    version = f"{labels.version} {site.labels.answers.newest()} {len(site.accounts.all())}"
    made = site.agreement.get(version, lambda: _made(site, labels))
    at = made.at.isoformat(timespec="seconds")[:19].replace("T", " ")
    return {**made.found, "at": at, "newest": made.version == version}


@pages.change("/agreement/review", "reviewer")
def ask_review(site: Site, ask: Ask, form: Form) -> str:
    """Puts items on which people differ before reviewers."""
    chosen = [int(text) for text in form.all("item") if text.isdigit() and len(text) < 16]
    if not chosen:
        raise UsageError("no item is chosen.", todo="Tick the items that a reviewer shall look at.")
    site.labels.review.ask(site.member(ask.person).id, chosen)
    return "/agreement"


def _made(site: Site, labels: LabelSet) -> Found:
    answers, tests = site.labels.answers.all(), site.labels.answers.tests()
    names = {person.id: person.name for person in site.accounts.people.all()}
    columns = answers.items.tolist(), answers.people.tolist()
    rows = [
        ((item, person, value), bool(alone))
        for item, person, value, alone in zip(*columns, answers.values, answers.alone, strict=True)
        if value is not None
    ]
    total = len(rows)
    rows, sample = sampled(rows, MOST)
    said, unaided = [each for each, _ in rows], [each for each, alone in rows if alone]
    shared = len(unaided) - len({item for item, *_ in unaided})
    found: Found = {
        "ready": True,
        "answers": total,
        "sample": sample,
        "aided": len(said) - len(unaided),
        "suggested": suggested(site),
        "gold": gold(tests, names),
        "facts": [],
        "tables": [],
    }
    if shared:
        parts = [label.name for label in labels.active.values()] if labels.kind == "vector" else ()
        made = agreed(labels.kind, unaided, parts, RESAMPLES)
        found |= {"facts": facts(made), "tables": tables(made, labels, names)}
    found["differ"] = differing(labels, said, names)
    return found | {"shared": shared > 0}


def sampled(rows: list[Row], most: int, seed: int = 0) -> tuple[list[Row], dict[str, int]]:
    """Answers to items drawn at random where there are more than can be compared, and how many were drawn.

    Args:
        rows: item, person and value of each answer, and whether it was given unaided.
        most: answers that are taken whole; of more, about so many.
        seed: of the draw.
    """
    if len(rows) <= most:
        return rows, {}
    items = np.unique([item for (item, *_), _ in rows])
    drawn = max(1, len(items) * most // len(rows))
    chosen = set(np.random.default_rng(seed).choice(items, drawn, replace=False).tolist())
    kept = [row for row in rows if row[0][0] in chosen]
    return kept, {"items": drawn, "of": len(items), "answers": len(kept)}


def facts(made: Agreed) -> list[dict[str, Any]]:
    """The numbers of the whole, each with its interval and what it says."""
    found = []
    if made.alpha is not None:
        found.append(_fact("Krippendorff's alpha", made.alpha, meaning(made.alpha.value)))
    if made.raw is not None:
        found.append(_fact("Raw agreement", made.raw, "how often two people say the same about an item"))
    if made.whole is not None:
        found.append(_fact("Alike beyond chance", made.whole.beyond, meaning(made.whole.beyond.value)))
        found.append(_fact("Alike", made.whole.mean, "mean similarity of two answers to an item"))
    if made.drawn is not None:
        found.append({"name": "Found by both", "value": made.drawn.found, "says": "share of shapes (F1)"})
        found.append({"name": "Overlap", "value": made.drawn.overlap, "says": "mean intersection over union"})
        found.append(_fact("Labels of what both drew", made.drawn.labels, "Cohen's kappa"))
    return found


def meaning(alpha: float) -> str:
    """What a value of alpha says.

    >>> meaning(0.9), meaning(float("nan"))
    ('reliable', 'everybody always said the same, so that nothing can be told')
    """
    if alpha != alpha:
        return "everybody always said the same, so that nothing can be told"
    if alpha >= RELIABLE:
        return "reliable"
    return "tentative" if alpha >= TENTATIVE else "not reliable: repair the guidelines before the model"


def tables(made: Agreed, labels: LabelSet, names: Names) -> list[dict[str, Any]]:
    """By label, by pair and by person, as far as the kind of label has them."""
    found = []
    if made.classes:
        rows = [
            [_label(labels, each.name), each.prevalence, _range(each.agreement), each.alpha]
            for each in made.classes
        ]
        head = ["Label", "How frequent", "Others agree", "Alpha of this or another"]
        found.append({"title": "By label", "head": head, "rows": rows})
    elif made.parts:
        rows = [[name, each.value, _range(each)] for name, each in made.parts.items()]
        found.append({"title": "By part", "head": ["Part", "Alpha", "95 % interval"], "rows": rows})
    if made.pairs:
        rows = [
            [f"{names.get(each.one, '')} and {names.get(each.other, '')}", each.agreement.n,
             _range(each.agreement), each.kappa.value]
            for each in made.pairs
        ]  # fmt: skip
        head = ["Pair", "Items of both", "Agree", "Cohen's kappa"]
        found.append({"title": "By pair", "head": head, "rows": rows})
    if made.people:
        rows = [
            [names.get(each.name, ""), each.labels, _range(each.agreement), each.without]
            for each in made.people
        ]
        head = ["Person", "Labels", "Others agree", "Alpha without them"]
        found.append({"title": "By person", "head": head, "rows": rows})
    elif made.drawn is not None:
        rows = [[names.get(person, ""), alike] for person, alike in made.drawn.people.items()]
        found.append({"title": "By person", "head": ["Person", "Alike to the others"], "rows": rows})
    return found


def gold(tests: Answered, names: Names) -> list[dict[str, Any]]:
    """How often each person is right where the answer is known, and what the sequential test says."""
    right: dict[int, list[bool]] = defaultdict(list)
    for place in np.argsort(np.array(tests.at, dtype=str), kind="stable").tolist():
        right[int(tests.people[place])].append(tests.values[place] == tests.known[place])
    if not right:
        return []
    scores = accuracies([sum(given) for given in right.values()], [len(given) for given in right.values()])
    return [
        {
            "name": names.get(person, ""),
            "answered": score.answered,
            "right": score.right,
            "accuracy": score.value,
            "low": score.interval.low,
            "high": score.interval.high,
            "verdict": sequential(given).verdict,
        }
        for (person, given), score in zip(right.items(), scores, strict=True)
    ]


def differing(labels: LabelSet, said: list[tuple[int, int, Json]], names: Names) -> list[dict[str, Any]]:
    """The items on which answers are least alike, worst first."""
    by_item: dict[int, list[tuple[int, Json]]] = defaultdict(list)
    for item, person, value in said:
        by_item[item].append((person, value))
    found = []
    for item, answers in by_item.items():
        values = [value for _, value in answers]
        pairs = [similarity(labels.kind, a, b) for i, a in enumerate(values) for b in values[:i]]
        if pairs and min(pairs) < 1:
            told = [{"by": names.get(who, ""), "words": desk.words(labels, value)} for who, value in answers]
            found.append({"item": item, "alike": sum(pairs) / len(pairs), "answers": told})
    return sorted(found, key=lambda each: (each["alike"], each["item"]))[:SHOWN]


def suggested(site: Site) -> list[dict[str, Any]]:
    """How often the suggestions of each version of a model were accepted, with the interval."""
    told = []
    for version, (taken, shown) in sorted(site.labels.aids.accepted().items()):
        share = wilson(taken, shown)
        told.append(
            {"model": version, "accepted": taken, "shown": shown, "low": share.low, "high": share.high}
        )
    return told


def _label(labels: LabelSet, name: Any) -> str:
    return labels.shown(name) if name in labels.by_id else str(name)


def _fact(name: str, share: Any, says: str) -> dict[str, Any]:
    return {"name": name, "value": share.value, "low": share.interval.low, "high": share.interval.high,
            "says": says}  # fmt: skip


def _range(share: Any) -> str:
    return f"{share.value:.2f} ({share.interval.low:.2f} to {share.interval.high:.2f})"
