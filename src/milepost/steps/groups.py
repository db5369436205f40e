"""Whom the model serves worse: scores and rates by group, and weak spots that nobody named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from milepost.metrics.base import Metric
from milepost.modalities.base import text
from milepost.report.blocks import Table
from milepost.report.sentences import count, number, percent, plural
from milepost.statistics.intervals import wilson
from milepost.statistics.slices import LEAST, Rows, Slice, compared, slices
from milepost.statistics.weak import Weak, weak_slices
from milepost.steps.seen import Seen
from milepost.tasks.base import Cut

Array = np.ndarray[Any, Any]
FEW = 20
"""Positives, or negatives, of a group below which no rate is told."""
BINS = 5
MANY = 12
COLUMNS = 6
MOST = 60_000


@dataclass(frozen=True)
class Groups:
    """Results by group.

    Args:
        scores: the metric by column and group.
        rates: for the people columns of a binary task, what the decisions do to each group.
        notes: groups too small to be told, and columns that cannot be compared.
        weak: groups of rows with losses above the others', found by a tree.
    """

    scores: Mapping[str, tuple[Slice, ...]]
    rates: tuple[Table, ...]
    notes: tuple[str, ...]
    weak: tuple[Weak, ...]


def groups(
    seen: Seen, metric: Metric, people: Sequence[str], others: Sequence[str], threshold: Cut | None
) -> Groups:
    """Compares groups of the people columns first, then of other columns.

    Args:
        seen: out-of-fold predictions.
        metric: the metric of success.
        people: columns whose groups have to be compared.
        others: further columns to compare, the most important first.
        threshold: the decision threshold, or None.
    """
    area = metric.name == "roc_auc" and seen.task.family == "binary"
    rows = Rows(seen.truth, seen.prediction, metric, _losses(seen, metric), seen.units, area)
    scores: dict[str, tuple[Slice, ...]] = {}
    notes, rates = [], []
    for name in list(dict.fromkeys([*people, *others]))[: max(COLUMNS, len(people))]:
        if name not in seen.frame.columns:
            notes.append(f"There is no column '{name}' to compare groups by.")
            continue
        names = banded(seen.frame[name])
        scores[name] = slices(names, rows)
        small = _small(names)
        if small and name in people:
            notes.append(
                f"{name}: {plural(small, 'group')} with under {LEAST} rows "
                f"{'is' if small == 1 else 'are'} not told."
            )
        if name in people and seen.task.positive and isinstance(threshold, float):
            rates.append(_rates(name, names, seen, threshold))
    scores = {name: parts for name, parts in compared(scores).items() if parts}
    return Groups(scores, tuple(rates), tuple(notes), _weak(seen, [*people, *others]))


def banded(column: pl.Series) -> Array:
    """The group of each row as text: categories as they are, numbers of many values in five bands.

    >>> banded(pl.Series(["a", None])).tolist()
    ['a', 'missing']
    """
    if column.dtype.is_temporal():
        column = column.cast(pl.Date).dt.strftime("%Y-%m")
    if not column.dtype.is_numeric() or column.n_unique() <= MANY:
        return np.asarray(text(column).fill_null("missing").to_numpy(), dtype=object)
    values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)))
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, max(0, len(edges) - 2))
    names = [f"{number(a)} to {number(b)}" for a, b in pairwise(edges)] or [number(edges[0])]
    return np.where(np.isnan(values), "missing", np.array(names, dtype=object)[place])


def _losses(seen: Seen, metric: Metric) -> Array | None:
    """A loss a row where the metric is their mean, or one less it."""
    losses = metric.losses(seen.truth, seen.prediction)
    if losses is None:
        return None
    value, mean = float(metric(seen.truth, seen.prediction)), float(losses.mean())
    return losses if min(abs(value - mean), abs(value - (1 - mean))) < 1e-9 else None


def _small(names: Array) -> int:
    return int((np.unique(names.astype(str), return_counts=True)[1] < LEAST).sum())


def _rates(column: str, names: Array, seen: Seen, threshold: float) -> Table:
    flagged = seen.prediction.astype(np.float32) >= np.float32(threshold)
    ill = seen.truth == 1
    labels, sizes = np.unique(names.astype(str), return_counts=True)
    rows = []
    for label in labels[np.argsort(-sizes, kind="stable")]:
        inside = names.astype(str) == label
        if inside.sum() < LEAST:
            continue
        rows.append(
            (
                str(label),
                count(int(inside.sum())),
                percent(float(ill[inside].mean())),
                _share(flagged[inside]),
                _share(flagged[inside & ill]),
                _share(flagged[inside & ~ill]),
            )
        )
    thing = f"{seen.task.targets[0]} = {seen.task.positive}"
    head = (column, "rows", thing, "flagged", "of these caught", "of the others falsely flagged")
    return Table(
        head, tuple(rows), f"What the threshold does to the groups of {column} (out of fold, 95 % intervals)"
    )


def _share(hits: Array) -> str:
    if len(hits) < FEW:
        return f"{int(hits.sum())} of {len(hits)}"
    span = wilson(int(hits.sum()), len(hits))
    return f"{percent(float(hits.mean()))} ({percent(span.low)} to {percent(span.high)})"


def _weak(seen: Seen, names: Sequence[str]) -> tuple[Weak, ...]:
    some = seen.thinned(MOST)
    columns: dict[str, Array] = {}
    for name in dict.fromkeys(n for n in names if n in some.frame.columns):
        column = some.frame[name]
        if column.dtype.is_temporal():
            columns[f"month of {name}"] = (
                column.dt.month().cast(pl.Float64).fill_null(float("nan")).to_numpy()
            )
        elif column.dtype.is_numeric():
            columns[name] = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        else:
            columns[name] = np.array(text(column).to_list(), dtype=object)
    units = some.units if len(np.unique(some.units)) < len(some.units) else None
    return weak_slices(columns, some.losses, units)


def told(weak: Sequence[Weak]) -> Table:
    """The weak spots as a table."""
    rows = tuple(
        (
            w.says,
            percent(w.share),
            f"{number(w.loss)} ({number(w.low)} to {number(w.high)})",
            number(w.others),
        )
        for w in weak
    )
    head = ("rows where", "share of rows", "mean loss, 95 % interval", "of the others")
    return Table(
        head, rows, "Where it is weak: groups found by a tree in half of the rows, tested on the other half"
    )
