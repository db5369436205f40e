"""Fits the members of the chosen ensemble once on all development rows."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import polars as pl

from milepost.data.split import Fold
from milepost.learners.base import Job, learners
from milepost.steps.tune import Findings as Tuned
from milepost.steps.tune import Tried
from milepost.steps.work import Work
from milepost.training.assemble import Assembly, Member
from milepost.training.fit import Config
from milepost.training.material import Material


def refit(
    work: Work,
    data: Material,
    tuned: Tuned,
    extra: pl.DataFrame | None = None,
    threshold: float | None = None,
) -> Assembly:
    """The chosen ensemble fitted on all development rows, and on the extra rows where given.

    Rounds are the median best iteration of the folds, scaled for the larger number of rows.

    Args:
        work: the running step.
        data: the development rows.
        tuned: what the search found.
        extra: further labelled rows, such as the opened test rows.
        threshold: the signed decision threshold, or None.
    """
    if extra is not None:
        frame = pl.concat([data.frame, extra.select(data.frame.columns)], how="vertical_relaxed")
        truth = np.concatenate([data.truth, data.task.encode(extra.select(data.task.targets))])
        weight = None if data.weight is None else np.concatenate([data.weight, np.ones(extra.height)])
        folds = _no_folds(frame.height)
        data = replace(data, frame=frame, truth=truth, groups=None, weight=weight, folds=folds)
    members = [t for t in tuned.tried if t.weight > 0]
    total = sum(t.weight for t in members)
    fitted = []
    for _, member in work.map(lambda tried: _member(work, data, tried, total), members):
        fitted.append(member)
        work.say(f"refitted {member.config.name} on {data.frame.height:,} rows", len(fitted) / len(members))
    order = [t.name for t in members]
    fitted.sort(key=lambda m: order.index(m.config.name))
    return Assembly(data.task, data.recipe.schema, fitted, tuned.form, threshold)


def _member(work: Work, data: Material, tried: Tried, total: float) -> Member:
    config = Config(tried.learner, tried.params)
    learner = learners[config.learner]
    prepared = data.prepared(-1, learner.view)
    job = Job(
        params=config.params,
        head=prepared.head,
        seed=work.seed,
        threads=1,
        deadline=time.monotonic() + max(30.0, 3 * work.clock.seconds),
        rounds=tried.rounds,
    )
    model = learner.fit(prepared.train, None, job)
    return Member(config, tried.weight / total, prepared.transform, prepared.head, model)


def _no_folds(rows: int) -> tuple[Fold, ...]:
    return (Fold(np.arange(rows), np.arange(0), 0),)
