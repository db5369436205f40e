"""The finest common coarsening of label sets that were edited: where old and new labels can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Place = tuple[int, str]
"""A label of an edition of the label set: the edition's number and the label."""


@dataclass(frozen=True)
class Coarsening:
    """Every label of every edition in its class of the common coarsening.

    Args:
        names: the classes, each named by its labels in the newest edition, or in the last that had any.
        of: the class of each label of each edition.
    """

    names: tuple[str, ...]
    of: Mapping[Place, int]

    def codes(self, edition: int, labels: Sequence[str]) -> Array:
        """The class of each label of an edition, int64 (labels,)."""
        return np.array([self.of[edition, label] for label in labels], dtype=np.int64)

    def sums(self, proba: Array, edition: int, labels: Sequence[str]) -> Array:
        """Sums of probabilities over the labels of each class (rows, classes).

        Args:
            proba: probabilities of the labels (rows, labels).
            edition: the edition of the label set they are of.
            labels: its labels, in the order of the columns.
        """
        found = np.zeros((len(proba), len(self.names)))
        for column, code in enumerate(self.codes(edition, labels)):
            found[:, code] += proba[:, column]
        return found


def coarsening(editions: Mapping[int, Sequence[str]], relation: Iterable[tuple[Place, Place]]) -> Coarsening:
    """Returns the finest coarsening that all editions of a label set share.

    Its classes are the connected components of the relation "old label, new label": a merger joins two old
    labels, a split joins the new ones, a renaming joins a label with its new name. Probabilities of labels
    sum to probabilities of classes, so that models of any edition are compared there.

    Args:
        editions: the labels of each edition, by its number.
        relation: pairs of a label of an earlier edition and one of a later edition that it became.

    >>> split = [((1, "cat"), (2, "cat")), ((1, "bird"), (2, "duck")), ((1, "bird"), (2, "goose"))]
    >>> coarsening({1: ["cat", "bird"], 2: ["cat", "duck", "goose"]}, split).names
    ('cat', 'duck or goose')
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    places = [(edition, label) for edition, labels in editions.items() for label in labels]
    number = {place: i for i, place in enumerate(places)}
    edges = [(number[a], number[b]) for a, b in relation if a in number and b in number]
    left, right = np.array(edges, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(len(places),) * 2)
    _, found = connected_components(graph, directed=False)
    order = list(dict.fromkeys(found.tolist()))
    names = []
    for code in order:
        inside = [place for place in places if found[number[place]] == code]
        newest = max(edition for edition, _ in inside)
        names.append(" or ".join(label for edition, label in inside if edition == newest))
    final = {code: i for i, code in enumerate(order)}
    return Coarsening(tuple(names), {place: final[int(found[i])] for place, i in number.items()})
