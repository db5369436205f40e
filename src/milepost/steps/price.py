"""Quick scores of a protocol: the noise of drawing folds, and what copies on both sides would promise."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from milepost.data.split import Fold, folds
from milepost.learners.base import Batch, Job, learners
from milepost.metrics.base import Metric
from milepost.report.blocks import Block, Notice
from milepost.report.sentences import number
from milepost.steps.prepare import recipe_of
from milepost.steps.work import Work
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
ROWS = 4_000
PARAMS = {"rounds": 30, "num_leaves": 31, "min_data_in_leaf": 3, "learning_rate": 0.3}
SEEDS = 3
LABELS = 3
"""Of labels that a row may bear at once, those that quick trees learn: each takes trees of its own."""


@dataclass(frozen=True)
class Price:
    """What ignoring that rows belong together would have promised.

    Args:
        metric: name of the metric.
        apart: score of quick trees with the rows of a group on both sides.
        together: the same with every group on one side.
        rows: rows it was measured on.
        says: in a sentence.
    """

    metric: str
    apart: float
    together: float
    rows: int
    says: str


@dataclass(frozen=True)
class Quick:
    """Rows as one matrix, on which protocols are tried out.

    Args:
        work: the running step.
        metric: the metric.
        truth: truth of the rows.
        x: their features; statistics of the target, and scores of texts and media, are out of fold, with
            rows that belong together in one fold.
        groups: the group of each row.
        rows: which rows they are.
        loose: makes the features that hold where rows that belong together are in any fold.
        task: the task, of few labels where there are many.
    """

    work: Work
    metric: Metric
    truth: Array
    x: Array
    groups: Array
    rows: Array
    loose: Callable[[], Array]
    task: Task

    @classmethod
    def of(cls, work: Work, metric: Metric, frame: pl.DataFrame, groups: Array, most: int = ROWS) -> Quick:
        """At most so many rows, those that belong together first."""
        rng = np.random.default_rng(work.seed)
        _, code, size = np.unique(groups, return_inverse=True, return_counts=True)
        tie = rng.permutation(len(size))[code]
        order = np.lexsort((tie, size[code] == 1))
        copies = int((size[code] > 1).sum())
        if copies > most // 2:
            order = np.concatenate([order[: most // 2], rng.permutation(order[most // 2 :])])
        rows = np.sort(order[:most])
        recipe, part = recipe_of(work), frame[rows]
        task, truth = work.task.narrowed(work.task.encode(part.select(work.task.targets)), LABELS)
        target = task.head(truth).statistics_target(truth)
        _, x = recipe.fit(part, "trees", target, groups=groups[rows], seed=work.seed)

        def loose() -> Array:
            return recipe.fit(part, "trees", target, seed=work.seed)[1]

        return cls(work, metric, truth, x, groups[rows], rows, loose, task)

    def score(self, drawn: Sequence[Fold], losses: bool = False) -> float:
        """The metric of quick trees over all folds, or the mean of the task's losses."""
        task, learner = self.task, learners["lightgbm"]
        parts = []
        for fold in drawn:
            truth = self.truth[fold.train]
            head = task.head(truth)
            job = Job(PARAMS, head, self.work.seed, self.work.threads, stop_early=False)
            model = learner.fit(Batch(self.x[fold.train], head.encode(truth)), None, job)
            parts.append(head.predict(model.raw(self.x[fold.valid])))
        judged = self.truth[np.concatenate([fold.valid for fold in drawn])]
        predicted = np.concatenate(parts)
        if losses:
            return float(task.losses(judged, predicted).mean())
        return float(self.metric(judged, predicted))

    def folds(self, number_of: int, grouped: bool, seed: int) -> tuple[Fold, ...]:
        """Folds of these rows, stratified."""
        return folds(
            len(self.truth),
            kind="kfold",
            folds=number_of,
            strata=self.task.strata(self.truth),
            groups=self.groups if grouped else None,
            seed=seed,
        )


def price(quick: Quick, number_of: int) -> Price:
    """What the score would be with groups on both sides, against groups on one side."""
    loose = replace(quick, x=quick.loose())
    apart = loose.score(loose.folds(number_of, False, quick.work.seed))
    together = quick.score(quick.folds(number_of, True, quick.work.seed))
    name = quick.metric.name
    says = (
        f"With copies on both sides of the folds quick trees would have promised {name} {number(apart, 4)}; "
        f"with copies on one side it is {number(together, 4)}."
    )
    return Price(name, apart, together, len(quick.truth), says)


def priced(found: Price | None, wanted: bool) -> list[Block]:
    """What was promised too much, or that it was not measured though rows belong together."""
    if found is not None:
        return [Notice("info", found.says)]
    says = "Rows belong together. What their copies on both sides would have promised was not measured: "
    return [Notice("info", says + "time was too short.")] if wanted else []


def split_noise(quick: Quick, number_of: int, grouped: bool, losses: bool, seconds: float) -> float | None:
    """The standard deviation of the K-fold score over draws of the folds; None where time is short.

    Args:
        quick: the rows.
        number_of: folds.
        grouped: groups are kept on one side.
        losses: whether the score is the mean of the losses, instead of the metric.
        seconds: wall-clock seconds for it.
    """
    start, found = time.monotonic(), list[float]()
    for seed in range(SEEDS):
        found.append(quick.score(quick.folds(number_of, grouped, quick.work.seed + seed), losses))
        took = time.monotonic() - start
        if took + took / len(found) > seconds:
            break
    return float(np.std(found, ddof=1)) if len(found) > 1 else None
