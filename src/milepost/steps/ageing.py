"""How long the model will last: models trained on older and older rows, tested on the same later ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import polars as pl

from milepost import metrics
from milepost.data.split import Fold
from milepost.data.windows import spelled
from milepost.digest import digest, plain
from milepost.errors import InputError
from milepost.monitors.base import TOLERATED
from milepost.report.sentences import number, plural
from milepost.statistics.lifetime import lifetime
from milepost.steps.material import material
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Work
from milepost.training.fit import Config, Fit, run
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
SLICES, BLOCK, ROUNDS, ROWS = 12, 3, 80, 6000
"""Slices of time, slices a model is trained on, rounds of its trees, rows it reads at most."""
DAY = 86_400.0
CONFIG: Mapping[str, Any] = {"num_leaves": 15, "learning_rate": 0.1}


@dataclass(frozen=True)
class Aged:
    """How models age, in days.

    Args:
        days: age of each point: how much older than the freshest model.
        loss, low, high: how much worse it is in the metric, with its 95 % interval.
        slice_days: length of a slice.
        half_days: days until half of the gain over knowing nothing is lost; None: not in sight.
        renew_days: days after which a tenth of the gain is lost; None: not in sight.
        renew_loss: the loss expected then, and its interval.
        seen_days: the oldest age that could be seen.
        says: sentences.
    """

    days: tuple[float, ...]
    loss: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    slice_days: float
    half_days: float | None
    renew_days: float | None
    renew_loss: tuple[float, float, float] | None
    seen_days: float
    says: tuple[str, ...]


def unknown(why: str) -> Aged:
    """What is said where the lifetime cannot be told."""
    return Aged((), (), (), (), 0.0, None, None, None, 0.0, (f"How long it will last cannot be told: {why}",))


def aged(work: Work) -> Aged:
    """How fast the model ages, from the training period; remembered, as it hangs on that alone."""
    column = work.brief.data.time
    rows = work.rows("development")
    if not column or column not in rows.columns:
        return unknown("no column orders the rows in time. Name one under [data] time.")
    if not rows[column].dtype.is_temporal() or rows[column].null_count():
        return unknown(f"'{column}' holds no moments, or not in every row.")
    data = material(work)
    key = digest("ageing", 1, data.key, work.found("tune", Tuned).metric, column)
    known = work.ledger.rows.last("ageing", key)
    if known is not None:
        return msgspec.convert(known.body, Aged, strict=False)
    found = _aged(work, data, rows[column].cast(pl.Datetime("us")).dt.epoch("us").to_numpy() / 1e6)
    work.ledger.rows.append("ageing", key, plain(found))
    return found


def _aged(work: Work, data: Material, seconds: Array) -> Aged:
    first, last = float(seconds.min()), float(seconds.max())
    width = (last - first) / SLICES
    if width <= 0:
        return unknown("all rows are of one moment.")
    place = np.minimum(((seconds - first) / width).astype(int), SLICES - 1)
    if np.bincount(place, minlength=SLICES).min() < 40:
        return unknown(f"some twelfth of the {spelled(round(last - first))} holds fewer than 40 rows.")
    metric = metrics.get(work.found("tune", Tuned).metric)
    sign = 1.0 if metric.better == "higher" else -1.0
    scores = np.full((SLICES, SLICES - BLOCK), math.nan)
    blocks = range(SLICES - BLOCK)
    for block in blocks:
        work.say("training models of every age", block / len(blocks))
        train = np.flatnonzero((place >= block) & (place < block + BLOCK))
        train = train[np.sort(np.random.default_rng(work.seed).permutation(len(train))[:ROWS])]
        later = np.flatnonzero(place >= block + BLOCK)
        aside = replace(data, folds=(Fold(train, later, 0),), key=f"{data.key}:age{block}", groups=None)
        fit = Fit(Config("lightgbm", CONFIG), 0, rounds=ROUNDS, stop_early=False, threads=work.threads)
        said = run(aside, fit).prediction
        for at in range(block + BLOCK, SLICES):
            mine = place[later] == at
            value = float(metric(data.truth[later][mine], said[mine]))
            scores[at, at - block - BLOCK] = sign * value if math.isfinite(value) else math.nan
    naive = data.task.repeat(data.task.naive(data.truth), len(data.truth))
    gain = float(np.nanmean(scores[:, 0])) - sign * float(metric(data.truth, naive))
    try:
        return _told(lifetime(scores.tolist(), gain, TOLERATED * gain, work.seed), width / DAY, metric.name)
    except InputError as problem:
        return unknown(f"{problem.what[:-1]}; three are needed.")


def _told(found: Any, width: float, metric: str) -> Aged:
    """Slices turned to days, and the sentences."""
    days = tuple((age.age - 1) * width for age in found.ages)
    half = found.half * width if math.isfinite(found.half) else None
    renew = found.renew * width if math.isfinite(found.renew) else None
    seen = (found.seen - 1) * width
    says, loss = [], None
    if renew is None:
        says.append(
            f"No ageing beyond chance within {_days(seen)} of age ({metric} lost in {_days(width)}: "
            f"{number(found.rate)}, {number(found.rate_low)} to {number(found.rate_high)}): no date for a "
            "renewal follows."
        )
    else:
        slices = found.renew
        loss = (found.rate * slices, found.rate_low * slices, found.rate_high * slices)
        beyond = "" if renew <= seen else f", which is beyond the {_days(seen)} that could be seen"
        says.append(
            f"Renew every {_days(renew)}: by then {number(loss[0])} of {metric} is expected to be lost "
            f"({number(loss[1])} to {number(loss[2])}), a tenth of what the model gains{beyond}."
        )
        if half is not None:
            far = " (a line drawn on beyond what was seen)" if half > seen else ""
            says.append(f"Half of the gain is lost after some {_days(half)}{far}.")
    return Aged(
        days=days,
        loss=tuple(age.loss for age in found.ages),
        low=tuple(age.low for age in found.ages),
        high=tuple(age.high for age in found.ages),
        slice_days=width,
        half_days=half,
        renew_days=renew,
        renew_loss=loss,
        seen_days=seen,
        says=tuple(says),
    )


def _days(days: float) -> str:
    """A number of days, or of hours where it is less than two."""
    return plural(round(days), "day") if days >= 2 else plural(max(1, round(24 * days)), "hour")
