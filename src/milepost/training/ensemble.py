"""Greedy ensemble selection, and the choice of a single model where a blend gains nothing sure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
LEAST = 0.02
"""Members with less weight are dropped."""
ROWS, VALUES = 40_000, 20_000_000
"""At most so many rows choose, and so many predicted values of all configurations together: with hundreds of
classes they would not fit into memory, several times over."""
CANDIDATES = 40
"""At most so many of the best configurations, by the rows that choose, are blended."""


@dataclass(frozen=True)
class Library:
    """The configurations to choose from, with the rows that judge.

    Args:
        task: gives the per-row loss.
        truth: truth of the rows.
        predictions: out-of-fold predictions, (configurations, rows) or (configurations, rows, outputs).
        count: how often each row counts, such as in a bootstrap; None for once.
        units: the unit of independence of each row as codes from 0; None for the row itself.
        cost: what each configuration costs (configurations,), such as seconds of a refit; None for nothing.
        most: what the members of a blend may cost together; the best one may always be a member.
    """

    task: Task
    truth: Array
    predictions: Array
    count: Array | None = None
    units: Array | None = None
    cost: Array | None = None
    most: float = math.inf

    def losses(self, predictions: Array) -> Array:
        """Per-row losses (configurations, rows) of several predictions at once."""
        many = len(predictions)
        flat = predictions.reshape(many * predictions.shape[1], *predictions.shape[2:])
        truth = np.tile(self.truth, (many, *[1] * (self.truth.ndim - 1)))
        return np.asarray(self.task.losses(truth, flat)).reshape(many, -1)

    def means(self, predictions: Array) -> Array:
        """Mean losses (configurations,)."""
        losses = self.losses(predictions)
        return np.asarray(
            losses.mean(axis=1) if self.count is None else losses @ self.count / self.count.sum()
        )

    def gap(self, first: Array, other: Array) -> tuple[float, float]:
        """By how much the first losses exceed the other ones on average, and the standard error of that."""
        gap = first - other
        count: Array = np.ones(len(gap)) if self.count is None else self.count
        mean = float(gap @ count / count.sum())
        rest: Array = gap - mean
        if self.units is not None:
            drawn = np.zeros(int(self.units.max()) + 1)
            drawn[self.units] = count
            rest, count = np.bincount(self.units, rest), drawn
            weight = float(len(gap) if self.count is None else self.count.sum())
            return mean, math.sqrt(float(count @ rest**2)) / weight
        return mean, math.sqrt(float(count @ rest**2)) / float(count.sum())


@dataclass(frozen=True)
class Choice:
    """What is to ship.

    Args:
        weights: one weight a configuration; they sum to 1.
        best: the configuration with the lowest loss.
        gain: how much lower the blend's mean loss is than the best single one's.
        error: standard error of the gain, paired by unit.
        why: the choice in words.
    """

    weights: Array
    best: int
    gain: float
    error: float
    why: str


def greedy(
    task: Task,
    truth: Array,
    predictions: Sequence[Array],
    rounds: int = 50,
    start: int = 3,
    limit: int = 40_000,
) -> Array:
    """Returns one weight a model (they sum to 1) by greedy selection with replacement (Caruana et al. 2004).

    The selection starts from the best `start` models, adds the model that lowers the mean loss most, keeps
    the best prefix and drops members below 2 %.

    Args:
        task: gives the per-row loss.
        truth: truth of the validation rows.
        predictions: each model's out-of-fold predictions.
        rounds: how many members are added at most.
        start: how many of the best models begin.
        limit: at most so many rows are used, evenly spaced.
    """
    step = max(1, -(-len(truth) // limit))
    shown = np.stack([p[::step] for p in predictions], dtype=np.float64)
    return climb(Library(task, truth[::step], shown), rounds, start)


def climb(library: Library, rounds: int = 50, start: int = 3) -> Array:
    """The greedy selection itself, on all rows of a library, among what can be paid for."""
    shown = library.predictions
    single = library.means(shown)
    if len(shown) > CANDIDATES:
        kept = np.sort(np.argsort(single, kind="stable")[:CANDIDATES])
        weights = np.zeros(len(shown))
        cost = None if library.cost is None else library.cost[kept]
        weights[kept] = climb(replace(library, predictions=shown[kept], cost=cost), rounds, start)
        return weights
    cost = np.zeros(len(shown)) if library.cost is None else library.cost
    chosen: list[int] = []
    for one in np.argsort(single, kind="stable").tolist():
        if len(chosen) < start and (not chosen or cost[[*chosen, one]].sum() <= library.most):
            chosen.append(one)
    best_loss, best = float(single.min()), [int(single.argmin())]
    total = shown[chosen].sum(axis=0)
    for _ in range(rounds):
        count = len(chosen)
        mixed = float(library.means((total / count)[None])[0])
        if mixed < best_loss:
            best_loss, best = mixed, list(chosen)
        trials = library.means((total[None] + shown) / (count + 1))
        new = np.setdiff1d(np.arange(len(shown)), chosen)
        trials[new[cost[new] > library.most - cost[np.unique(chosen)].sum()]] = math.inf
        pick = int(np.argmin(trials))
        if trials[pick] > mixed - 1e-7 * abs(mixed) and len(chosen) > start:
            break
        chosen.append(pick)
        total = total + shown[pick]
    weights = np.bincount(best, minlength=len(shown)) / len(best)
    weights[weights < LEAST] = 0.0
    return np.asarray(weights / weights.sum())


def choose(library: Library, plainness: Sequence[int], rounds: int = 50) -> Choice:
    """Chooses the blend, or one model where the blend gains nothing.

    Of single models within one paired standard error of the best, the plainest is taken, of equally plain
    ones the best: the one-standard-error rule (Breiman et al. 1984).

    Args:
        library: configurations and rows.
        plainness: a rank for each configuration, 0 for the plainest.
        rounds: how many members are added at most.
    """
    losses = library.losses(library.predictions)
    count = library.count
    means = losses.mean(axis=1) if count is None else losses @ count / count.sum()
    best = int(means.argmin())
    weights = climb(library, rounds)
    members = int((weights > 0).sum())
    mixed = library.losses(np.tensordot(weights, library.predictions, axes=1)[None])[0]
    gain, error = library.gap(losses[best], mixed)
    if members > 1 and gain > 0:
        why = (
            f"a blend of {members}: its loss is {gain:.4f} (standard error {error:.4f}) below the best "
            "single model's"
        )
        return Choice(weights, best, gain, error, why)
    near = []
    for i, row in enumerate(losses):
        behind, spread = library.gap(row, losses[best])
        if i == best or (behind <= spread and plainness[i] < plainness[best]):
            near.append(i)
    chosen = min(near, key=lambda i: (plainness[i], means[i]))
    single = np.zeros(len(losses))
    single[chosen] = 1.0
    why = "one model: a blend gains nothing"
    if chosen != best:
        why += "; the plainest within one standard error of the best"
    return Choice(single, best, gain, error, why)


def stride(rows: int, values: int) -> int:
    """Returns every how manieth row chooses.

    Args:
        rows: how many there are.
        values: predicted values of a row, of all configurations and classes.

    >>> stride(100_000, 25), stride(50_000, 25 * 100)
    (3, 7)
    """
    return max(1, -(-rows // ROWS), -(-rows * values // VALUES))


def blend(predictions: Sequence[Array], weights: Array) -> Array:
    """The weighted mean of predictions; members without weight are passed over."""
    used = [(w, np.asarray(p, dtype=np.float64)) for p, w in zip(predictions, weights, strict=True) if w > 0]
    return np.asarray(sum(w * p for w, p in used))
