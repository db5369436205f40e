"""Candidate against champion on one set of test rows: scores, the paired test, and what flips."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.metrics import labels
from milepost.metrics.base import Metric
from milepost.modalities.feeds import WIDE
from milepost.report import gallery
from milepost.statistics.compare import Comparison, mcnemar, paired_bootstrap
from milepost.statistics.comparison import student
from milepost.statistics.promote import Flips, flips, right
from milepost.statistics.resample import Resampling
from milepost.steps.duel import rights
from milepost.steps.ground import Contender, Ground
from milepost.steps.margin import margin

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Score:
    """Both models on the sealed rows of one generation.

    Args:
        generation: whose sealed rows.
        rows: how many could be compared.
        champion, champion_low, champion_high: the champion's score with its 95 % interval.
        candidate, candidate_low, candidate_high: the candidate's.
        gain, gain_low, gain_high: gain of the candidate, positive when it is better.
        note: what has to be known of it, or "".
    """

    generation: int
    rows: int
    champion: float
    champion_low: float
    champion_high: float
    candidate: float
    candidate_low: float
    candidate_high: float
    gain: float
    gain_low: float
    gain_high: float
    note: str = ""


@dataclass(frozen=True)
class Flip:
    """A row that the champion had right and the candidate has wrong.

    Args:
        truth: what was true.
        old: what the champion said.
        new: what the candidate says.
        row: its other column values as text.
        shown: its texts, images and sounds.
    """

    truth: str
    old: str
    new: str
    row: dict[str, str]
    shown: tuple[gallery.Shown, ...] = ()


def compare(metric: Metric, seen: Ground, units: Array, rope: float, seed: int = 0) -> Comparison:
    """The paired test of candidate against champion in the metric of success.

    McNemar's mid-p for accuracy of rows that stand alone; DeLong's variance for areas under the ROC curve
    and the spread of rows for means, summed by unit; a paired BCa bootstrap of units for everything else.

    Args:
        metric: the metric of success.
        seen: truth and answers.
        units: unit of independence of each row.
        rope: the difference that is practically none.
        seed: of the bootstrap.

    Raises:
        InputError: the metric is undefined on these rows.
    """
    pair = [seen.candidate, seen.champion]
    number = len(np.unique(units))
    alone = number == len(seen.truth)
    if metric.name == "accuracy" and alone:
        hits = [labels(answer) == seen.truth for answer in pair]
        return mcnemar(hits[0], hits[1], rope=rope)
    if (metric.kind == "auc" and seen.champion.ndim == 1) or metric.losses(seen.truth, pair[0]) is not None:
        gain, error = margin(metric, seen.truth, pair, units, seed)
        if math.isfinite(error) and math.isfinite(gain):
            kind = "DeLong" if metric.kind == "auc" else "paired t"
            return student(gain, error, max(1, number - 1), rope, f"{kind} on {metric.name}")
    how = Resampling(seed=seed, groups=None if alone else units, rope=rope)
    return paired_bootstrap(metric, seen.truth, pair[0], pair[1], metric.better, how)


def score(
    metric: Metric, seen: Ground, units: Array, generation: int, note: str = "", seed: int = 0
) -> Score | None:
    """Both models' scores on a set of test rows, with intervals; None where the metric is undefined there."""
    gain, spread = margin(metric, seen.truth, [seen.candidate, seen.champion], units, seed)
    if not math.isfinite(gain):
        return None
    reach = 1.96 * spread if math.isfinite(spread) else 0.0
    spans = []
    for answer in (seen.champion, seen.candidate):
        value, error = margin(metric, seen.truth, [answer], units, seed)
        half = 1.96 * error if math.isfinite(error) else 0.0
        spans.append((value, value - half, value + half))
    old, new = spans
    return Score(generation, len(seen.truth), *old, *new, gain, gain - reach, gain + reach, note)


def correct(seen: Ground, champion: Contender, candidate: Contender) -> tuple[Array, Array]:
    """Which rows each model has right: by its signed threshold, its likeliest class, or by nearness."""
    if not seen.task.labels:
        return right(seen.truth, seen.champion, seen.candidate)
    found = []
    for model, answer in ((champion, seen.champion), (candidate, seen.candidate)):
        found.append(rights(seen.task, seen.truth, answer, model.cut(seen.task)))
    return found[0], found[1]


def flipped(
    seen: Ground, pair: tuple[Contender, Contender], frame: pl.DataFrame, most: int = 12
) -> tuple[Flips, tuple[Flip, ...]]:
    """Counts what flips, and shows the negative flips that cost most.

    Args:
        seen: truth and answers.
        pair: champion and candidate.
        frame: the raw columns of the rows in `seen`.
        most: how many are shown.
    """
    old, new = correct(seen, *pair)
    lost = np.flatnonzero(old & ~new)
    losses = seen.task.losses(seen.truth, seen.candidate) - seen.task.losses(seen.truth, seen.champion)
    shown = lost[np.argsort(-losses[lost], kind="stable")][:most]
    columns = [c for c in pair[1].package.manifest.columns if c.name in frame.columns]
    wide = {c.name: "text" if c.wire == "bytes" else c.dtype for c in columns if c.wire in WIDE}
    names = [c.name for c in columns if c.name not in wide][: gallery.SHOWN]
    found = [
        Flip(
            gallery.true(seen.task, seen.truth[i]),
            gallery.said(seen.task, seen.champion[i]),
            gallery.said(seen.task, seen.candidate[i]),
            {name: gallery.shown(frame[name][int(i)]) for name in names},
            tuple(_shown(name, kind, frame[name][int(i)]) for name, kind in wide.items()),
        )
        for i in shown
    ]
    return flips(old, new), tuple(found)


def _shown(column: str, kind: str, value: str | None) -> gallery.Shown:
    """A text, an image or a sound as it is; nothing is marked in it."""
    if kind == "text" or value is None:
        return gallery.Shown(column, "text", "", ((value or "missing", 0.0),))
    return gallery.Shown(column, kind, value)
