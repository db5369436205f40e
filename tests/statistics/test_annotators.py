"""Dawid and Skene's model on simulated crowds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from milepost.statistics.annotators import dawid_skene, one_coin, shares
from milepost.statistics.ratings import Ratings, from_table, ratings

Array = np.ndarray


def confused(seed: int, items: int, confusion: Array, each: int = 3) -> tuple[Array, Ratings]:
    """Labels of people with known confusion matrices (people, classes, classes)."""
    rng = np.random.default_rng(seed)
    people, classes = confusion.shape[:2]
    truth = rng.integers(0, classes, items)
    item = np.repeat(np.arange(items), each)
    who = np.concatenate([rng.choice(people, each, replace=False) for _ in range(items)])
    told = (rng.random(len(item))[:, None] > confusion.cumsum(2)[who, truth[item]]).sum(1)
    return truth, ratings(item, who, told, range(classes))


def even(accuracy: Array, classes: int) -> Array:
    """Confusion matrices of people who err evenly."""
    off = (1 - accuracy)[:, None, None] / (classes - 1)
    return np.where(np.eye(classes, dtype=bool), accuracy[:, None, None], off)


def test_each_ones_accuracy_is_found() -> None:
    accuracy = np.linspace(0.5, 0.95, 12)
    truth, labels = confused(0, 3000, even(accuracy, 4))
    found = one_coin(labels)
    assert found.settled
    assert np.abs(found.accuracy - accuracy).max() < 0.05
    assert (found.posterior.argmax(1) == truth).mean() > (shares(labels).argmax(1) == truth).mean() + 0.015
    assert np.allclose(found.confusion, even(found.accuracy, 4))


def test_each_ones_confusions_are_found() -> None:
    rng = np.random.default_rng(1)
    right = rng.uniform(0.5, 0.9, (8, 3, 1)) * np.eye(3)
    confusion = right + (1 - right.sum(2, keepdims=True)) * rng.dirichlet([0.3] * 3, (8, 3))
    truth, labels = confused(1, 4000, confusion)
    found = dawid_skene(labels)
    assert found.settled
    assert np.abs(found.confusion - confusion).mean() < 0.03
    assert np.allclose(found.confusion.sum(2), 1)
    simple = one_coin(labels)
    assert (found.posterior.argmax(1) == truth).mean() > (simple.posterior.argmax(1) == truth).mean()


def test_posteriors_mean_what_they_say() -> None:
    truth, labels = confused(2, 8000, even(np.repeat([0.95, 0.75, 0.5], 10), 2))
    for found in (one_coin(labels), dawid_skene(labels)):
        sure, right = found.posterior.max(1), found.posterior.argmax(1) == truth
        for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
            inside = (sure >= low) & (sure < high)
            assert inside.sum() > 100
            assert right[inside].mean() == pytest.approx(sure[inside].mean(), abs=0.05)


def test_who_labelled_little_is_taken_to_be_like_the_others() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 400)
    said = np.where(rng.random((400, 4)) < 0.9, truth[:, None], 1 - truth[:, None]).astype(float)
    said[1:, 3] = np.nan
    said[0, 3] = 1 - truth[0]
    for found in (one_coin(from_table(said)), dawid_skene(from_table(said))):
        assert 0.6 < found.accuracy[3] < 0.9


def test_a_class_that_nobody_named_and_an_item_without_labels_are_no_trouble() -> None:
    labels = ratings([1, 1, 2, 3], ["a", "b", "a", "a"], ["x", "x", "y", "y"], ["x", "y", "z"])
    part = labels.some(np.array([0, 1, 2]))
    for found in (one_coin(part), dawid_skene(part)):
        assert np.isfinite(found.posterior).all()
        assert np.allclose(found.posterior[2], found.prior)
        assert np.allclose(found.posterior.sum(1), 1)
    assert shares(part)[2].tolist() == [1 / 3] * 3


def test_one_class_alone_is_certain() -> None:
    only = from_table(np.ones((5, 2)))
    for found in (one_coin(only), dawid_skene(only)):
        assert found.posterior.tolist() == [[1.0]] * 5
