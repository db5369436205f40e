"""Agreement about labels of any kind: the same few numbers, computed as the kind wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels import values
from milepost.labels.matching import Drawn, drawn, elsewhere
from milepost.statistics.agreement import Class, Pair, Person, Share, by_class, by_pair, by_person, raw
from milepost.statistics.alike import Alike, alike
from milepost.statistics.alpha import Alpha, alpha
from milepost.statistics.ratings import Ratings, ratings

Said = tuple[Any, Any, Json]
"""An item, a person, and the canonical value that the person gave it."""


@dataclass(frozen=True)
class Agreed:
    """How well people agree.

    Args:
        kind: of the labels.
        alpha: agreement beyond chance of choices, pairs, likes and numbers.
        raw: how often two people say the same; not for numbers.
        classes: by class; where several tags are ticked, by tag, ticked being the class.
        pairs: two people at a time, of choices, pairs and likes.
        people: each person beside the others, likewise.
        parts: alpha of each tag, or of each number of a vector.
        whole: how alike sets of tags or drawings are as a whole, within items and beyond chance.
        drawn: shapes found by both, their overlap and their labels.
    """

    kind: str
    alpha: Alpha | None = None
    raw: Share | None = None
    classes: tuple[Class, ...] = ()
    pairs: tuple[Pair, ...] = ()
    people: tuple[Person, ...] = ()
    parts: Mapping[str, Alpha] = field(default_factory=dict)
    whole: Alike | None = None
    drawn: Drawn | None = None


def agreed(kind: str, said: Sequence[Said], parts: Sequence[str] = (), resamples: int = 1000) -> Agreed:
    """Returns the agreement of people about items that two or more of them labelled.

    Choices, pairs and likes are compared for equality; numbers by their distance; vectors number by number;
    of tags each is a question of its own; drawings are matched shape by shape.

    Args:
        kind: of the labels.
        said: item, person and value, one a person and item; what was discarded is left out.
        parts: the numbers of a vector, in order.
        resamples: of the bootstraps over items.

    Raises:
        InputError: no item has two labels, or the kind is not known.
    """
    if kind not in values.KINDS:
        raise InputError(
            f"there is no kind of label '{kind}'.", expected=f"One of {', '.join(values.KINDS)}."
        )
    if kind in values.SHAPES:
        found = drawn(kind, said, resamples=resamples)
        return Agreed(kind, whole=found.whole, drawn=found)
    if kind == "number":
        return Agreed(kind, alpha=alpha(_ratings(said, [v for *_, v in said]), "interval", resamples))
    if kind == "vector":
        columns = np.array([value for *_, value in said], np.float64).T
        names = parts or [str(at) for at in range(len(columns))]
        each = {
            name: alpha(_ratings(said, column), "interval", resamples)
            for name, column in zip(names, columns, strict=True)
        }
        return Agreed(kind, parts=each)
    if kind == "tags":
        return _tags(said, resamples)
    labels = _ratings(said, [str(value) for *_, value in said])
    return Agreed(
        kind,
        alpha=alpha(labels, "nominal", resamples),
        raw=raw(labels),
        classes=by_class(labels),
        pairs=by_pair(labels),
        people=by_person(labels),
    )


def _ratings(said: Sequence[Said], told: Sequence[Any] | np.ndarray[Any, Any]) -> Ratings:
    """Items and people by number, whatever they are named by."""
    places: tuple[dict[Any, int], dict[Any, int]] = {}, {}
    codes = [[place.setdefault(entry[at], len(place)) for entry in said] for at, place in enumerate(places)]
    found = ratings(codes[0], codes[1], told)
    items, people = (np.empty(len(place), object) for place in places)
    items[:], people[:] = list(places[0]), list(places[1])
    return Ratings(found.item, found.person, found.value, items, people, found.values)


def _tags(said: Sequence[Said], resamples: int) -> Agreed:
    known = sorted({tag for *_, value in said for tag in value})
    parts, classes = {}, []
    for tag in known:
        labels = _ratings(said, [int(tag in value) for *_, value in said])
        parts[tag] = alpha(labels, "nominal", resamples)
        ticked = [found for found in by_class(labels) if found.name == 1]
        classes += [Class(tag, found.prevalence, found.agreement, found.alpha) for found in ticked]
    by_item: dict[Any, list[Json]] = {}
    for item, _, value in said:
        by_item.setdefault(item, []).append(value)
    given = list(by_item.values())
    found = [
        (at, values.similarity("tags", one, other))
        for at, answers in enumerate(given)
        for one, other in combinations(answers, 2)
    ]
    items, similar = (np.array([pair[side] for pair in found]) for side in (0, 1))
    whole = alike(items.astype(np.int64), similar, elsewhere("tags", given), 1.0, resamples)
    return Agreed("tags", raw=whole.enough, classes=tuple(classes), parts=parts, whole=whole)
