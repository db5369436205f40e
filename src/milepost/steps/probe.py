"""How long one configuration of boosted trees takes on these rows: rounds from a sample, seconds by count."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from milepost.learners.base import Batch, Job, learners
from milepost.steps.prepare import Findings as Prepared
from milepost.steps.prepare import recipe_of
from milepost.steps.price import LABELS
from milepost.steps.work import Work

TRAIN, JUDGE = 6_000, 3_000
"""Rows of the sample that train and that judge, at most."""
CELLS = 400_000
"""Rows that train times features and outputs of the sample, at most."""
LEAST = 500
"""With fewer rows that may train, rounds are not looked for."""
USUAL = 150
"""Rounds where they are not looked for."""
RICH_CELL = 2.5e-7
"""Seconds per row and feature where there are texts or media, whose features are many and mostly empty."""
START, CELL, FEATURE = 5e-4, 2e-9, 3e-5
"""Seconds of a round of 31 leaves on one thread: at least, per row and feature, and per feature. They are
those of a quick processor; protocols are chosen alike on every machine."""
MADE = 6e-7
"""Seconds per row and column that a fold's features take where keys of categories are sought: half of 1.2e-6,
as steps make a fold again and configurations share it."""
LEAVES = 31
"""A tree of more leaves takes longer by the root of how many times as many (see `pace.effort`)."""
FULL = 2_000
"""Rows from which on a tree has all its leaves; with fewer a round takes less."""


def tree_seconds(work: Work, rows: pl.DataFrame, share: float) -> float:
    """Seconds on one thread that a fit of boosted trees takes, its rounds chosen by validation.

    No clock is read, so that the same rows give the same answer: a fit on a sample tells the rounds, which
    grow with the square root of the rows, and seconds follow by counting.

    Args:
        work: the running step.
        rows: the development rows.
        share: the share of them that trains.
    """
    recipe = recipe_of(work)
    if recipe.rich:
        return 0.2 + rows.height * work.found("prepare", Prepared).widths["trees"] * RICH_CELL
    task, truth = work.task.narrowed(work.task.encode(rows.select(work.task.targets)), LABELS)
    head, learner = task.head(truth), learners["lightgbm"]
    width, outputs = len(recipe.schema.inputs), max(1, head.width)
    train = min(TRAIN, int(share * rows.height), CELLS // (width * outputs))
    rounds, features = float(USUAL), float(width)
    if train >= LEAST:
        some = np.random.default_rng(work.seed).permutation(rows.height)
        trained, judged = np.sort(some[:train]), np.sort(some[train : train + JUDGE])
        target = head.statistics_target(truth[trained])
        transform, x = recipe.fit(rows[trained], "trees", target, seed=work.seed)
        params = learner.portfolio(train, x.shape[1], head)[0]
        seen = Batch(transform.matrix(rows[judged]), head.encode(truth[judged]))
        job = Job(params, head, work.seed, work.threads)
        found = learner.fit(Batch(x, head.encode(truth[trained])), seen, job).rounds
        rounds, features = found * math.sqrt(share * rows.height / train), float(x.shape[1])
    used = share * rows.height
    first = learner.portfolio(int(used), int(features), head)[0]
    most = 100 / float(first["learning_rate"])
    made = 0.0 if recipe.kinds <= {"number"} else used * width * MADE
    return made + min(rounds, most) * outputs * round_seconds(used, features, int(first["num_leaves"]))


def round_seconds(rows: float, features: float, leaves: int) -> float:
    """Seconds of a round of one output on one thread of a quick processor.

    >>> round(round_seconds(100_000, 20, 31), 6), round(round_seconds(100_000, 20, 124), 6)
    (0.0051, 0.0102)
    """
    once = min(1.0, rows / FULL) * (START + FEATURE * features) + CELL * rows * features
    return once * max(1.0, math.sqrt(leaves / LEAVES))
