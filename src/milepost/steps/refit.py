"""Fits the members of what ships once on all development rows, within the time that is left."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from milepost.data.split import join_groups
from milepost.errors import InputError, MilepostError
from milepost.learners.base import learners
from milepost.report.sentences import count
from milepost.steps.fits import Plan, Refitted, fit, members
from milepost.steps.pilot import held
from milepost.steps.sampled import fitted
from milepost.steps.seek import LAST
from milepost.steps.tune import Findings as Tuned
from milepost.steps.weights import weights
from milepost.steps.work import Work
from milepost.tasks.base import Cut
from milepost.training.evaluate import SHARED
from milepost.training.material import Material
from milepost.training.pace import refit_rounds
from milepost.training.subsample import fewer, only, whole

Array = np.ndarray[Any, Any]
SEEDS, FEW = 3, 2_000
"""Of trees that draw rows or columns at random so many are fitted with seeds of their own and averaged, up to
so many rows: what they differ in is luck, which few rows leave much of, and they are small."""
SPARE = 0.3
"""Share of the time left that those may be expected to take."""
LARGE = "Fitted on {rows} of {of} rows because memory holds no more of their features at once."


def refit(
    work: Work,
    data: Material,
    tuned: Tuned,
    extra: pl.DataFrame | None = None,
    threshold: Cut | None = None,
    after: Refitted | None = None,
) -> Refitted:
    """What ships, fitted on all development rows, or on as many as the time allows, and on extra rows.

    Rounds of boosting are the median best of the folds, times the square root of how many more rows there
    are; epochs of a network stay. A network that left in the search what it learnt goes on from there, for a
    share of its epochs. A member that cannot be fitted is left out; but a twin has all members or none, since
    without one of them it is another model than the one that was judged.

    Args:
        work: the running step.
        data: the development rows.
        tuned: what the search found.
        extra: further labelled rows, such as the opened test rows.
        threshold: the signed decision threshold, or None.
        after: the model without the extra rows, whose networks go on; None: those of the search.

    Raises:
        MilepostError: no member could be fitted, or of a twin one could not.
    """
    judged = float(np.mean([len(fold.train) for fold in data.folds]))
    rows, why = afforded(work, data, tuned)
    if after is not None:
        rows, why = min(data.frame.height, after.rows), after.why
    expected, many = predicted(work, data, tuned, rows=rows), seeds(work, data, tuned)
    data = fewer(data, rows)
    begin = {t.name: work.blobs.get(t.learnt) for t in members(tuned) if t.learnt}
    if after is not None:
        begin = {m.config.name: m.model.learnt for m in after.model.members if m.model.learnt}
        many = Counter(m.config.name for m in after.model.members)
    if extra is not None:
        frame = pl.concat([data.frame, extra.select(data.frame.columns)], how="vertical_relaxed")
        truth = np.concatenate([data.truth, data.task.encode(extra.select(data.task.targets))])
        weight = None if data.weight is None else np.concatenate([data.weight, _heavy(work, extra)])
        expected *= frame.height / len(data.frame)
        groups = None if data.groups is None else _together(work, data.groups, frame)
        data = replace(
            data, frame=frame, truth=truth, groups=groups, weight=weight, folds=whole(frame.height)
        )
    expected *= sum(many.values()) / len(many)
    plan = Plan(len(data.frame) / judged, expected, begin, many, after is not None)
    return replace(fit(work, data, tuned, plan, threshold), why=why)


def unrefitted(work: Work, data: Material, tuned: Tuned) -> Refitted | None:
    """What ships, fitted on the training rows of the largest fold only, for its median rounds.

    None where a member cannot be fitted on them.
    """
    part = only(data, np.sort(max(data.folds, key=lambda f: len(f.train)).train))
    plan = Plan(1.0, predicted(work, data, tuned, anew=True), {}, seeds(work, data, tuned), True)
    try:
        return fit(work, part, tuned, plan, None)
    except MilepostError:
        return None


def afforded(work: Work, data: Material, tuned: Tuned) -> tuple[int, str]:
    """How many rows a refit takes, and why not all; where the search had a sample, what the time allows.

    It has at least the rows that a fit of the search had. Where trials are counted no clock decides.
    """
    whole = data.frame.height
    room = held(work, whole)
    if not tuned.sample.rows or tuned.trials is not None:
        return room, "" if room == whole else LARGE.format(rows=count(room), of=count(whole))
    left = max(0.0, work.clock.left - LAST * work.clock.total)
    left /= 1 if work.brief.budget.refit == "development" else 2

    def seconds(rows: int) -> float:
        return predicted(work, data, tuned, rows=rows) + tuned.sample.makes * rows

    if room == whole and seconds(whole) <= left:
        return whole, ""
    low, high = min(room, max(len(fold.train) for fold in data.folds)), room
    while high - low > max(1, whole // 1000):
        middle = (low + high) // 2
        low, high = (middle, high) if seconds(middle) <= left else (low, middle)
    return low, fitted(low, whole, seconds(whole), left)


def predicted(work: Work, data: Material, tuned: Tuned, anew: bool = False, rows: int = 0) -> float:
    """Wall-clock seconds that a refit on so many rows (0: all) is expected to take; anew: from nothing."""
    ratio = (rows or len(data.frame)) / float(np.mean([len(fold.train) for fold in data.folds]))
    each = [
        t.seconds
        / len(data.folds)
        * ratio
        * refit_rounds(t.learner, 100, ratio, bool(t.learnt) and not anew)
        / 100
        for t in members(tuned)
    ]
    return max(sum(each) / max(1.0, SHARED * work.engine.workers), max(each))


def seeds(work: Work, data: Material, tuned: Tuned) -> dict[str, int]:
    """How many seeds each member is fitted with, by name: several on few rows, where time and size allow."""
    expected = predicted(work, data, tuned)
    spare = tuned.trials is not None or SEEDS * expected <= SPARE * work.clock.left
    many = spare and len(data.frame) <= FEW and work.brief.constraints.size_mb is None
    chance = {t.name: many and learners[t.learner].random(t.params) for t in members(tuned)}
    return {name: SEEDS if random else 1 for name, random in chance.items()}


def _heavy(work: Work, extra: pl.DataFrame) -> Array:
    """How much each further row counts; 1 where its weight cannot be read: the seal is open by then."""
    try:
        found = weights(extra, work.brief)
    except InputError:
        found = None
    return np.ones(extra.height) if found is None else found


def _together(work: Work, groups: Array, frame: pl.DataFrame) -> Array:
    """The group of each row where further ones follow, so that means of the target are made out of groups."""
    more = groups.max() + 1 + np.arange(frame.height - len(groups))
    codes, column = np.concatenate([groups, more]), work.brief.data.group
    if not column or column not in frame.columns or frame[column].null_count():
        return codes
    return join_groups(codes, frame[column].rank("dense").to_numpy())
