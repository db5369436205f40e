"""Shuffled labels: what is found where there is nothing to find, and whether there is any signal."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.data.split import Fold
from milepost.digest import digest
from milepost.learners.base import Job, learners
from milepost.modalities.base import View
from milepost.report.sentences import number
from milepost.statistics.compare import Comparison, paired_t, permutation
from milepost.training.fit import Config, Fit, run
from milepost.training.material import Material, Prepared

Array = np.ndarray[Any, Any]
LEARN, JUDGE = 3_000, 1_500
"""Rows the canary trains on and is judged on."""
MOST = 400
"""Shuffles of the exact test."""
SURE = 0.001
"""Chance of a false alarm."""


@dataclass(frozen=True)
class Canary:
    """What a model made of shuffled labels.

    Args:
        loss: its mean loss on rows it was not trained on.
        chance: the loss of the best constant there.
        p: one-sided p-value of its being better than that.
        sings: whether all is well: it is not better.
        says: in a sentence.
    """

    loss: float
    chance: float
    p: float
    sings: bool
    says: str


def sample(data: Material, learn: int, judge: int, seed: int) -> Material:
    """At most so many training and validation rows of the first fold, as a material of its own."""
    return replace(part(data, 0, (learn, judge), seed)[0], weight=None)


def part(data: Material, fold: int, most: tuple[int, int], seed: int) -> tuple[Material, Array]:
    """At most so many training and validation rows of a fold, as a material of its own; and which rows.

    Args:
        data: rows and folds.
        fold: which fold.
        most: training and validation rows at most.
        seed: seed of the draw.
    """
    rng = np.random.default_rng(seed)
    chosen = data.folds[fold]
    train = np.sort(rng.permutation(chosen.train)[: most[0]])
    valid = np.sort(rng.permutation(chosen.valid)[: most[1]])
    rows = np.concatenate([train, valid])
    place = np.arange(len(rows))
    few = replace(
        data,
        frame=data.frame[rows],
        truth=data.truth[rows],
        groups=None if data.groups is None else data.groups[rows],
        weight=None if data.weight is None else data.weight[rows],
        folds=(Fold(place[: len(train)], place[len(train) :]),),
        key=digest(data.key, "part", fold, most, seed),
    )
    return few, rows


def shuffled(data: Material, seed: int) -> Material:
    """The same rows with their labels in another order."""
    order = np.random.default_rng((seed, 7)).permutation(len(data.truth))
    return replace(data, truth=data.truth[order], key=digest(data.key, "shuffled", seed))


def blind(data: Material, view: View, seed: int) -> bool:
    """Whether the features do not depend on the labels: no column enters by target statistics."""
    few = sample(data, 1_000, 100, seed)
    kept, mixed = few.prepared(0, view), shuffled(few, seed).prepared(0, view)
    return np.array_equal(kept.train.x, mixed.train.x, equal_nan=True)


def canary(data: Material, seed: int) -> Canary:
    """Trains trees on shuffled labels; if they beat the best constant, answers leak through the machinery.

    Args:
        data: rows and folds.
        seed: seed of the draw and the shuffle.
    """
    mixed = shuffled(sample(data, LEARN, JUDGE, seed), seed)
    params = {"rounds": 30, "num_leaves": 8, "min_data_in_leaf": max(3, min(20, len(mixed.truth) // 50))}
    done = run(mixed, Fit(Config("lightgbm", params), 0, seed, stop_early=False))
    fold, task = mixed.folds[0], data.task
    truth = mixed.truth[fold.valid]
    flat = task.repeat(task.naive(mixed.truth[fold.train]), len(truth))
    losses, chance = task.losses(truth, done.prediction), task.losses(truth, flat)
    test = paired_t(losses, chance)
    sings = not (test.gain > 0 and test.p < SURE)
    said = f"loss {number(float(losses.mean()))}, chance {number(float(chance.mean()))}"
    says = (
        f"Trained on shuffled labels, trees score no better than chance ({said}): nothing leaks on the way."
        if sings
        else f"Trained on shuffled labels, trees still beat chance ({said}, p = {test.p:.1g}): answers leak "
        "through the preparation or the folds, and no score can be trusted."
    )
    return Canary(float(losses.mean()), float(chance.mean()), test.p, sings, says)


def signal(data: Material, seed: int, seconds: float) -> Comparison | None:
    """Tests exactly, for few rows, whether a linear model finds any signal at all, by shuffling labels.

    Args:
        data: rows and folds; rows must be independent.
        seed: seed of the shuffles.
        seconds: wall-clock seconds; 99 shuffles at least have to fit in, 400 are made at most.
    """
    learner = learners["linear"]
    folds = range(len(data.folds))
    kept = [data.prepared(fold, learner.view) for fold in folds]
    free = blind(data, learner.view, seed)
    params = learner.portfolio(len(data.truth), kept[0].train.x.shape[1], kept[0].head)[0]

    def score(truth: Array) -> float:
        mine = data if free else replace(data, truth=truth, key="")
        total = 0.0
        for number_, fold in enumerate(data.folds):
            prepared: Prepared = kept[number_] if free else mine.prepared(number_, learner.view)
            head = data.task.head(truth[fold.train])
            batch = replace(prepared.train, y=head.encode(truth[fold.train]))
            model = learner.fit(batch, None, Job(params, head, seed))
            assert prepared.valid is not None
            predicted = head.predict(model.raw(prepared.valid.x))
            total -= float(data.task.losses(truth[fold.valid], predicted).sum())
        return total / len(data.scored)

    score(data.truth)  # the first one loads libraries
    start = time.monotonic()
    score(data.truth)
    times = int(seconds / max(1e-6, time.monotonic() - start)) - 2
    if times < 99:
        return None
    return permutation(score, data.truth, min(MOST, times), seed)
