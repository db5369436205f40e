"""What the shipped model suggests beside an item, which items get a suggestion, and which never do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from milepost.labels.labels import Labels
from milepost.labels.rules import chance
from milepost.project.guess import by_package
from milepost.shipping.manifest import Package
from milepost.steps.whereabouts import frame_of

WITHHELD = 0.2
"""The share of items that get no suggestion though they could."""


@dataclass(frozen=True)
class Suggestion:
    """What a model suggests.

    Args:
        value: a label, by its id.
        score: the probability that the model gives it.
        model: the model's version.
    """

    value: str
    score: float
    model: str


def suggestions(labels: Labels, package: Package, items: Sequence[int]) -> dict[int, Suggestion]:
    """Suggestions by item; see `Steering.suggest`, which looks at the rules first.

    Args:
        labels: the project's labels.
        package: the shipped package.
        items: numbers of items.
    """
    open_ = labels.pool.open(items)
    chosen = [id for id in items if id in open_ and chance("suggestion", str(id)) >= WITHHELD]
    if not chosen or labels.set.kind != "choice":
        return {}
    guess = by_package(package, labels, frame_of([open_[id][1] for id in chosen]))
    if guess is None:
        return {}
    best = zip(chosen, guess.best, strict=True)
    return {id: Suggestion(value, score, guess.version) for id, (value, score) in best}
