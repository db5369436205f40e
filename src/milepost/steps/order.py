"""Do rows change along the file or in time, so that a random split would be too kind?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from milepost.data.schema import Schema
from milepost.data.trends import Slices, slices
from milepost.report.sentences import listed, percent
from milepost.statistics.shift import Setting, c2st
from milepost.statistics.univariate import Array
from milepost.steps.likeness import encoded
from milepost.training.suspects import Detective

HALF, CELLS, LEAST = 5_000, 1_000_000, 1_000
"""Rows of each half that the classifier reads; of many columns what holds so many values, or the last."""
RUNS = 0.9
"""Rank correlation with the order from which a number is a time itself."""
APART = 0.9
"""AUC between early and late rows from which they count as ordered in time."""


@dataclass(frozen=True)
class Order:
    """What was found along the order of the rows.

    Args:
        column: the time column; "" for the place in the file.
        split: how the rows were split: "random", "time", "group" or "file".
        slices: rows and the target's level by slice of time, None without a time column.
        level: what the level is: "share of yes", "mean of price".
        position: how well the place in this order predicts the target, as a score.
        apart: AUC of a classifier that tells early from late rows by the inputs.
        telling: the columns it goes by, where it tells them apart so well that they count as ordered in time.
        honest: a random split would be honest, as far as this shows.
        says: what follows, in sentences.
    """

    column: str
    split: str
    slices: Slices | None
    level: str
    position: float
    apart: float
    telling: tuple[str, ...]
    honest: bool
    says: tuple[str, ...]


def order_of(
    detective: Detective,
    schema: Schema,
    time: pl.Series | None,
    place: Array,
    split: str,
    files: bool = False,
) -> Order:
    """Looks along the time column, or along the file where there is none.

    Args:
        detective: knows the rows, their truth and the task.
        schema: the inputs, after exclusions.
        time: the time column, or None.
        place: the row numbers in the source (rows,).
        split: how the rows were split.
        files: the rows are files of a folder, whose names order them and say nothing of time.
    """
    at = place if time is None else time.rank("dense").fill_null(0).to_numpy()
    position = detective.position(at)
    apart, telling = _apart(detective.whole, schema, at, detective.seed)
    level, values = _level(detective)
    parts = None if time is None else slices(time, values)
    made = Order(
        "" if time is None else str(time.name), split, parts, level, position, apart, telling, True, ()
    )
    floor = detective.panel.floor
    share = (position - floor) / (1 - floor)
    says: tuple[str, ...] = ()
    if time is not None:
        says = _of_time(made, share, detective)
    elif not files:
        says = _of_file(made, share)
    return replace(made, says=says, honest=not says or split == "time")


def _of_file(found: Order, share: float) -> tuple[str, ...]:
    """What follows where only the place in the file is known; `share` is of the way to knowing all."""
    if share >= 0.8:
        return (
            f"The file is sorted by the answer: the place of a row alone scores {found.position:.3f}. The "
            "place is no input; but make sure that no column numbers the rows or was written in turn.",
        )
    if found.apart > APART:
        return (
            f"Early and late rows of the file can be told apart (AUC {found.apart:.2f}), by "
            f"{listed(found.telling)}. If the file is in the order of time, a random split is too kind: name "
            "the time column with --time and use --split time.",
        )
    return ()


def _of_time(found: Order, share: float, detective: Detective) -> tuple[str, ...]:
    """What follows from a time column."""
    says = []
    if found.slices is not None and found.slices.p < 0.001 and share >= 0.1:
        known = [v for v in found.slices.level if v is not None]
        if known:
            between = f"{_told(min(known), detective)} and {_told(max(known), detective)}"
            says.append(f"Over '{found.column}' the {found.level} moves between {between}.")
    if found.apart > APART:
        says.append(
            f"Early and late rows can be told apart (AUC {found.apart:.2f}), by {listed(found.telling)}."
        )
    if says and found.split in ("random", "group"):
        says.append(
            "A random split mixes past and future and is too kind: "
            f"use --time {found.column} --split time, unless production asks about the past."
        )
    return tuple(says)


def _apart(frame: pl.DataFrame, schema: Schema, at: Array, seed: int) -> tuple[float, tuple[str, ...]]:
    """How well inputs tell the earlier half from the later, and the columns that do; times are left out."""
    late = at > np.median(at)
    if min(int(late.sum()), int((~late).sum())) < 100 or not schema.inputs:
        return 0.5, ()
    draw = np.random.default_rng(seed)
    most = min(HALF, max(LEAST, CELLS // len(schema.inputs)))
    sides = [np.sort(draw.permutation(np.flatnonzero(side))[:most]) for side in (~late, late)]
    both = np.sort(np.concatenate(sides))
    numbers = [c.name for c in schema.inputs if c.modality == "number"]
    calendar = _running(frame.select(numbers)[both], at[both]) if numbers else []
    left = schema.without(calendar, "it is a time itself")
    made = encoded(frame[sides[0]], frame[sides[1]], left, moments=False)
    if not made.names:
        return 0.5, ()
    found = c2st(made.one, made.other, setting=Setting(seed=seed, permutations=0, asked=APART))
    first = np.argsort(-found.importance)[:3]
    return found.auc, tuple(f"'{made.names[i]}'" for i in first if found.importance[i] > 0.005)


def _running(numbers: pl.DataFrame, at: Array) -> list[str]:
    """The columns that run with the order, as a year, a month or a counter does."""
    ranks = numbers.select(pl.corr(pl.all(), pl.lit(pl.Series(at)), method="spearman")).row(0)
    return [
        name
        for name, rank in zip(numbers.columns, ranks, strict=True)
        if rank is not None and abs(float(rank)) > RUNS
    ]


def _level(detective: Detective) -> tuple[str, Array]:
    """What the target's level is, and the values it is the mean of."""
    task, truth = detective.task, detective.whole_truth
    name = " and ".join(task.targets)
    if task.family == "binary":
        return f"share of '{task.positive}'", truth
    if task.labels:
        most = int(task.counts(truth).argmax())
        return f"share of '{task.labels[most]}'", truth == most if task.exclusive else truth[:, most]
    return f"mean of '{name}'", truth if truth.ndim == 1 else truth[:, 0]


def _told(value: float, detective: Detective) -> str:
    return percent(value) if detective.task.labels else f"{value:.4g}"
