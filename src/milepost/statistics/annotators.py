"""Dawid and Skene's model of labellers, each with a confusion matrix or one accuracy, fitted by EM."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from milepost.statistics.arrays import Floats
from milepost.statistics.ratings import Ratings

ROUNDS, STILL = 200, 1e-5
"""Rounds at most, and the mean change of a posterior below which there is no need of another."""
CELLS = 20_000_000
"""Numbers that all confusion matrices may hold together."""


@dataclass(frozen=True)
class Fitted:
    """What EM found.

    Args:
        posterior: the probability of each class (items, classes).
        confusion: the probability that a person says a class, given the true one (people, classes, classes).
        accuracy: the probability that a person is right on items like these (people,).
        prior: the share of each class (classes,).
        rounds: rounds taken.
        settled: whether they ended because nothing moved any more.
    """

    posterior: Floats
    confusion: Floats
    accuracy: Floats
    prior: Floats
    rounds: int
    settled: bool


def shares(labels: Ratings) -> Floats:
    """Returns the share of each class among an item's labels (items, classes); items with none are even.

    >>> from milepost.statistics.ratings import from_table
    >>> shares(from_table([[0, 0], [0, 1]])).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    counts = labels.counts().astype(np.float64)
    total = counts.sum(1, keepdims=True)
    found: Floats = np.where(total > 0, counts / np.maximum(total, 1), 1 / counts.shape[1])
    return found


def one_coin(labels: Ratings, strength: float = 4.0) -> Fitted:
    """Fits one accuracy a person; who errs says each other class alike (Dawid & Skene 1979, with ties).

    The mode of the posterior: accuracies have a Beta prior of `strength` labels whose mean is the team's
    accuracy, found in each round.

    Args:
        labels: who said what.
        strength: labels that the prior counts as.
    """
    people, classes = len(labels.people), len(labels.values)
    given = labels.per("person").astype(np.float64)
    cell = labels.item * classes + labels.value
    posterior = shares(labels)
    accuracy, prior, moved, rounds = np.empty(people), np.empty(classes), math.inf, 0
    while rounds < ROUNDS and moved > STILL:
        rounds += 1
        prior = _prior(posterior)
        right = np.bincount(labels.person, posterior.ravel()[cell], minlength=people)
        team = (right.sum() + 1) / (len(labels) + 2)
        accuracy = np.clip((right + strength * team) / (given + strength), 1e-6, 1 - 1e-6)
        odds = np.log(accuracy / (1 - accuracy) * max(classes - 1, 1))
        votes = np.bincount(cell, odds[labels.person], minlength=posterior.size).astype(np.float64)
        posterior, moved = _posterior(votes.reshape(posterior.shape), prior, posterior)
    return Fitted(posterior, _even(accuracy, classes), accuracy, prior, rounds, moved <= STILL)


def dawid_skene(labels: Ratings, strength: float = 4.0) -> Fitted:
    """Fits a confusion matrix a person (Dawid & Skene 1979), its rows with a Dirichlet prior.

    The mode of the posterior: the prior of a row counts as `strength` labels and is the row of the team's
    matrix, found in each round, so that who labelled little is taken to be like the others.

    Args:
        labels: who said what.
        strength: labels that the prior of a row counts as.
    """
    people, classes = len(labels.people), len(labels.values)
    starts = np.flatnonzero(np.diff(labels.item, prepend=-1))
    said = labels.person * classes + labels.value
    posterior = shares(labels)
    confusion, prior = np.empty((people, classes, classes)), np.empty(classes)
    moved, rounds = math.inf, 0
    while rounds < ROUNDS and moved > STILL:
        rounds += 1
        prior = _prior(posterior)
        mine = posterior[labels.item]
        counted = np.stack([np.bincount(said, column, minlength=people * classes) for column in mine.T])
        counts = counted.reshape(classes, people, classes).transpose(1, 0, 2)
        team = counts.sum(0) + 1 / classes
        team /= team.sum(1, keepdims=True)
        confusion = counts + strength * team
        confusion /= confusion.sum(2, keepdims=True)
        logs = np.log(confusion).transpose(0, 2, 1).reshape(people * classes, classes)
        votes = np.zeros_like(posterior)
        votes[labels.item[starts]] = np.add.reduceat(logs[said], starts)
        posterior, moved = _posterior(votes, prior, posterior)
    accuracy = np.einsum("pcc,c->p", confusion, prior)
    return Fitted(posterior, confusion, accuracy, prior, rounds, moved <= STILL)


def _prior(posterior: Floats) -> Floats:
    """The shares of the classes, one item a class added."""
    total = posterior.sum(0) + 1.0
    found: Floats = total / total.sum()
    return found


def _posterior(votes: Floats, prior: Floats, former: Floats) -> tuple[Floats, float]:
    """The posterior from the logarithms of the likelihoods, and how far it moved on average."""
    logs = votes + np.log(prior)
    found = np.exp(logs - logs.max(1, keepdims=True))
    found /= found.sum(1, keepdims=True)
    return found, float(np.abs(found - former).sum(1).mean())


def _even(accuracy: Floats, classes: int) -> Floats:
    """Confusion matrices of people whose errors are spread evenly; none where they are too many."""
    if len(accuracy) * classes**2 > CELLS or classes < 2:
        return np.empty((0, classes, classes))
    found = np.repeat((1 - accuracy) / (classes - 1), classes**2).reshape(-1, classes, classes)
    found[:, np.arange(classes), np.arange(classes)] = accuracy[:, None]
    return found
