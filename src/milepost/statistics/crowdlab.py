"""A classifier as one more annotator: CROWDLAB weighs it and each person by how often they are right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers
from milepost.statistics.ratings import Ratings

LEAST = 1e-6


@dataclass(frozen=True)
class Weighed:
    """Labels and a model's probabilities in one.

    Args:
        posterior: the probability of each class (items, classes).
        people: the weight of each person (people,).
        model: the weight of the model; a person's label and the model's probabilities are averaged by weight.
        accuracy: how often each person agrees with others on the same item (people,).
    """

    posterior: Floats
    people: Floats
    model: float
    accuracy: Floats


def crowdlab(labels: Ratings, probabilities: Floats) -> Weighed:
    """Averages people and a model by weight (CROWDLAB, Goh, Tkachenko & Mueller 2022).

    A weight is by how much somebody errs less than the most frequent class would.

    Args:
        labels: who said what; at least one item has two labels.
        probabilities: the model's, of rows it was not trained on (items, classes), in the order of
            `labels.items` and `labels.values`.

    Raises:
        InputError: shapes differ, or no item has two labels, so that nobody's accuracy can be seen.
    """
    shape = len(labels.items), len(labels.values)
    model = np.asarray(probabilities, np.float64)
    if model.shape != shape:
        raise InputError(
            f"The probabilities have the shape {model.shape}.",
            expected=f"One row an item and one column a class: {shape}.",
        )
    shared = labels.shared()
    if not len(shared):
        raise InputError(
            "No item has two labels.",
            expected="How much people are to be believed is seen where two label the same item.",
            todo="Raise the overlap.",
        )
    counts, classes = labels.counts(), shape[1]
    chosen = _majority(counts, model)
    several = np.unique(shared.item)
    agreed = float((counts[several, chosen[several]] / counts[several].sum(1)).mean())
    believed = _others(shared)
    common = np.bincount(chosen[several], minlength=classes).max() / len(several)
    chance = min(float(common), 1 - LEAST)
    people = np.maximum(1 - (1 - believed) / (1 - chance), LEAST)
    own = float((model[several].argmax(1) == chosen[several]).mean())
    labelled = counts.sum(1)
    often = float(np.sqrt(labelled[labelled > 0].mean()))
    weight = max(1 - (1 - own) / (1 - chance), LEAST) * often
    cell = labels.item * classes + labels.value
    given = people[labels.person]
    other = (1 - agreed) / max(classes - 1, 1)
    total = np.bincount(labels.item, given, minlength=shape[0])[:, None]
    votes = np.bincount(cell, given, minlength=counts.size).reshape(shape) * (agreed - other) + total * other
    posterior: Floats = (votes + weight * model) / (total + weight)
    return Weighed(posterior, people, weight, believed)


def _majority(counts: Integers, model: Floats) -> Integers:
    """The most frequent label of each item, the model deciding between equals and where there is none."""
    best = counts == counts.max(1, keepdims=True)
    found: Integers = np.where(best, model, -1.0).argmax(1)
    return found


def _others(shared: Ratings) -> Floats:
    """The share of others on the same items that say what a person says; the team's where there is none."""
    people, classes = len(shared.people), len(shared.values)
    same = shared.counts().ravel()[shared.item * classes + shared.value] - 1
    among = shared.per("item")[shared.item] - 1
    top, bottom = (np.bincount(shared.person, of, minlength=people) for of in (same, among))
    return np.where(bottom > 0, top / np.maximum(bottom, 1), top.sum() / bottom.sum())
