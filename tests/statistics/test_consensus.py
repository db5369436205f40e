"""Consensus of simulated crowds against the figures of a reference simulation, and the choice of a method."""

from __future__ import annotations

import time
from math import comb

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.consensus import Method, alike, consensus, suited
from milepost.statistics.ratings import Ratings, from_table, ratings

Array = np.ndarray
MIXED = np.repeat([0.95, 0.75, 0.5], 10)
EQUAL = np.repeat(0.8, 30)
REFERENCE = {
    ("mixed", 1): (0.735, 0.735, None),
    ("mixed", 3): (0.829, 0.888, 0.891),
    ("mixed", 5): (0.889, 0.957, 0.954),
    ("mixed", 7): (0.921, 0.973, 0.973),
    ("equal", 3): (0.888, 0.881, 0.877),
    ("equal", 5): (0.939, 0.939, 0.938),
    ("equal", 7): (0.965, 0.965, 0.963),
}
"""Accuracy of majority, one coin and Dawid-Skene on 1,000 binary items of 30 people, by labels an item."""


def crowd(
    seed: int, accuracy: Array, each: int, items: int = 1000, classes: int = 2
) -> tuple[Array, Ratings]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, items)
    item = np.repeat(np.arange(items), each)
    who = np.concatenate([rng.choice(len(accuracy), each, replace=False) for _ in range(items)])
    wrong = (truth[item] + rng.integers(1, classes, len(item))) % classes
    told = np.where(rng.random(len(item)) < accuracy[who], truth[item], wrong)
    return truth, ratings(item, who, told, range(classes))


@pytest.mark.parametrize(("kind", "each"), REFERENCE)
def test_the_reference_simulation(kind: str, each: int) -> None:
    methods: tuple[Method, ...] = ("majority", "one-coin", "dawid-skene")
    found = {method: [] for method in methods}
    for seed in range(6):
        truth, labels = crowd(seed, MIXED if kind == "mixed" else EQUAL, each)
        for method in methods:
            found[method].append((consensus(labels, method).choice == truth).mean())
    for method, known in zip(methods, REFERENCE[kind, each], strict=True):
        if known is not None:
            # the mean of three seeds there and of six here, each spreading by about 0.01
            assert np.mean(found[method]) == pytest.approx(known, abs=0.016), method


@pytest.mark.parametrize(("right", "each"), [(0.8, 3), (0.8, 5), (0.8, 7), (0.8, 9), (0.6, 5)])
def test_a_majority_is_right_as_often_as_theory_says(right: float, each: int) -> None:
    theory = sum(comb(each, k) * right**k * (1 - right) ** (each - k) for k in range(each // 2 + 1, each + 1))
    truth, labels = crowd(0, np.repeat(right, 12), each, items=20_000)
    found = consensus(labels, "majority")
    assert (found.choice == truth).mean() == pytest.approx(theory, abs=0.011)
    assert found.accuracy[0] == pytest.approx(right, abs=0.01)
    assert found.sureness.mean() == pytest.approx(theory, abs=0.015)


def test_the_method_follows_from_the_labels() -> None:
    assert suited(crowd(0, MIXED, 1)[1])[0] == "majority"
    assert suited(crowd(0, MIXED, 5, items=20)[1])[0] == "majority"
    assert suited(crowd(1, EQUAL, 5)[1])[0] == "majority"
    assert suited(crowd(0, MIXED, 5)[1])[0] == "dawid-skene"
    assert suited(crowd(0, MIXED, 5, classes=20)[1])[0] == "one-coin"
    sparse = from_table([[0, 1, np.nan], [1, np.nan, np.nan], [0, np.nan, 0]])
    assert suited(sparse, model=True)[0] == "crowdlab"
    for labels in (crowd(0, MIXED, 1)[1], crowd(0, MIXED, 5, classes=20)[1]):
        assert suited(labels)[1].endswith(".")


def test_equal_people_are_seldom_called_unequal() -> None:
    null = [alike(crowd(seed, EQUAL, 3, items=200)[1]) for seed in range(80)]
    assert np.mean(np.array(null) < 0.05) < 0.13
    assert np.mean(null) == pytest.approx(0.5, abs=0.12)
    assert alike(crowd(0, MIXED, 3)[1]) < 0.01


def test_auto_is_nearly_the_best_of_all() -> None:
    for accuracy in (MIXED, EQUAL):
        truth, labels = crowd(3, accuracy, 5)
        found = {
            m: (consensus(labels, m).choice == truth).mean() for m in ("majority", "one-coin", "dawid-skene")
        }
        assert (consensus(labels).choice == truth).mean() > max(found.values()) - 0.01


def test_a_model_is_one_more_annotator() -> None:
    truth, labels = crowd(4, EQUAL, 2)
    rng = np.random.default_rng(0)
    said = np.where(rng.random(len(truth)) < 0.85, truth, 1 - truth)
    model = np.where(said[:, None] == [0, 1], 0.85, 0.15)
    found = consensus(labels, probabilities=model)
    assert found.method == "crowdlab"
    assert (found.choice == truth).mean() > (consensus(labels).choice == truth).mean() + 0.03
    with pytest.raises(InputError, match="without probabilities"):
        consensus(labels, "crowdlab")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="'vote' is not known"):
        consensus(crowd(0, EQUAL, 1, items=5)[1], "vote")  # type: ignore[arg-type]


def test_single_labels_stand_for_themselves() -> None:
    labels = ratings(["p", "q"], ["a", "a"], ["x", "y"])
    found = consensus(labels)
    assert labels.values[found.choice].tolist() == ["x", "y"]
    assert np.isnan(found.accuracy).all()


@pytest.mark.alone
def test_a_hundred_thousand_items_take_seconds() -> None:
    rng = np.random.default_rng(0)
    accuracy, truth = rng.uniform(0.5, 0.95, 200), rng.integers(0, 10, 100_000)
    item = np.repeat(np.arange(len(truth)), 3)
    who = ((rng.integers(0, 200, len(truth))[:, None] + [0, 1, 7]) % 200).ravel()
    wrong = (truth[item] + rng.integers(1, 10, len(item))) % 10
    labels = ratings(item, who, np.where(rng.random(len(item)) < accuracy[who], truth[item], wrong))
    begin = time.process_time()
    found = consensus(labels)
    assert time.process_time() - begin < 30
    assert found.method == "dawid-skene"
    assert (found.choice == truth).mean() > 0.89
