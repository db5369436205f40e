"""Scores of groups of rows, with intervals, a least size, and a mark for what differs beyond chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from milepost.errors import MilepostError
from milepost.statistics.distances import benjamini_hochberg
from milepost.statistics.intervals import mean_se
from milepost.statistics.quick import subsample
from milepost.statistics.resample import Resampling, replicates

Array: TypeAlias = npt.NDArray[Any]
Score: TypeAlias = Callable[[Array, Array], float]
LEAST = 50
"""Smallest group that gets a score."""
MOST = 20
"""Groups of one column that are told; the largest."""
ROWS, RESAMPLES = 4_000, 100


@dataclass(frozen=True)
class Slice:
    """One group of rows.

    Args:
        name: the group.
        rows: its rows.
        score: the metric on them.
        low, high: 95 % interval.
        p: two-sided p-value of its difference from all other rows.
        differs: it differs from the other rows, also when all groups compared are counted.
    """

    name: str
    rows: int
    score: float
    low: float
    high: float
    p: float
    differs: bool


@dataclass(frozen=True)
class Rows:
    """Rows that were scored, with what scores them.

    Args:
        truth: truth of each row.
        prediction: prediction of each row.
        metric: called as metric(truth, prediction).
        losses: a loss a row where the metric is their mean, or one less it; else None and a bootstrap.
        units: the unit of independence of each row, or None.
        auc: the metric is the area under the ROC curve, truth is 0/1: its error needs no bootstrap either.
    """

    truth: Array
    prediction: Array
    metric: Score
    losses: Array | None = None
    units: Array | None = None
    auc: bool = False

    def of(self, kept: Array) -> Rows:
        """The rows of a mask or of row numbers."""
        losses = None if self.losses is None else self.losses[kept]
        units = None if self.units is None else self.units[kept]
        return Rows(self.truth[kept], self.prediction[kept], self.metric, losses, units, self.auc)

    def score(self) -> tuple[float, float]:
        """The metric and its standard error; nan where it is not defined."""
        units = self.units
        if units is not None and not 10 <= len(np.unique(units)) < len(units):
            units = None
        if self.auc:
            area, influence = auc_influence(self.truth, self.prediction)
            return area, mean_se(influence, units)[0] if math.isfinite(area) else math.nan
        try:
            value = float(self.metric(self.truth, self.prediction))
        except MilepostError:
            return math.nan, math.nan
        if self.losses is not None:
            return value, mean_se(self.losses, units)[0]
        return value, self._drawn(units) if math.isfinite(value) else math.nan

    def _drawn(self, units: Array | None) -> float:
        """The bootstrap's standard error, from a subsample of units scaled up."""
        kept = subsample(units, len(self.truth), ROWS, 0)
        groups = None if units is None else units[kept]
        share = len(kept) / len(self.truth)
        if units is not None and groups is not None:
            share = len(np.unique(groups)) / len(np.unique(units))
        try:
            arrays = [self.truth[kept], self.prediction[kept]]
            drawn = replicates(self.metric, arrays, Resampling(RESAMPLES, 0, groups))
        except MilepostError:
            return math.nan
        return float(np.std(drawn, ddof=1)) * math.sqrt(share)


def auc_influence(truth: Array, scores: Array) -> tuple[float, Array]:
    """Returns the area under the ROC curve and each row's influence on it (n,), whose mean is 0.

    The standard error of the influences' mean is that of the area, also with rows in clusters (DeLong 1988,
    Obuchowski 1997). With one class only the area is nan.

    >>> auc_influence(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))[0]
    0.75
    """
    from scipy.stats import rankdata

    ill = truth == 1
    m, n = int(ill.sum()), int((~ill).sum())
    if not m or not n:
        return math.nan, np.zeros(len(truth))
    ranks = rankdata(scores)
    placed = np.empty(len(truth))
    placed[ill] = (ranks[ill] - rankdata(scores[ill])) / n
    placed[~ill] = 1 - (ranks[~ill] - rankdata(scores[~ill])) / m
    area = float(placed[ill].mean())
    share = np.where(ill, m, n) / len(truth)
    return area, (placed - area) / share


def slices(names: Array, rows: Rows, least: int = LEAST, most: int = MOST) -> tuple[Slice, ...]:
    """Returns the metric on each group of at least `least` rows, largest group first.

    Groups on which the metric is not defined, such as an AUC of one class, are left out. A group is compared
    with all other rows, or with all rows where the metric's error takes a bootstrap. What differs is marked
    with the groups counted as comparisons; `compared` counts those of several columns.

    Args:
        names: the group of each row, as text.
        rows: the rows with truth, prediction and metric.
        least: smallest group that is scored.
        most: how many groups.
    """
    labels, codes, counts = np.unique(names.astype(str), return_inverse=True, return_counts=True)
    whole, error = rows.score()
    total = len(codes)
    found: list[Slice] = []
    for place in np.argsort(-counts, kind="stable")[:most]:
        size = int(counts[place])
        if size < least:
            break
        inside = codes == place
        score, wide = rows.of(np.flatnonzero(inside)).score()
        if not math.isfinite(score) or not math.isfinite(wide):
            continue
        others, blur = whole, error
        if size < total and (rows.auc or rows.losses is not None):
            others, blur = rows.of(np.flatnonzero(~inside)).score()
        told = size < total and math.isfinite(others) and math.isfinite(blur)
        apart = max(math.hypot(wide, blur), 1e-300)
        p = math.erfc(abs(score - others) / apart / math.sqrt(2)) if told else 1.0
        low, high = score - 1.96 * wide, score + 1.96 * wide
        found.append(Slice(str(labels[place]), size, score, low, high, p, False))
    return compared({"": tuple(found)})[""]


def compared(parts: Mapping[str, tuple[Slice, ...]], q: float = 0.05) -> dict[str, tuple[Slice, ...]]:
    """Marks what differs with all groups of all columns counted as comparisons (Benjamini & Hochberg 1995).

    Args:
        parts: groups by column.
        q: the share of marks that may be wrong.

    >>> few = tuple(Slice(n, 100, 0.5, 0.4, 0.6, p, False) for n, p in (("a", 0.001), ("b", 0.04)))
    >>> [s.differs for s in compared({"x": few, "y": few})["x"]]
    [True, True]
    """
    every = [part.p for found in parts.values() for part in found]
    marks = iter(benjamini_hochberg(every, q).tolist() if every else [])
    return {
        name: tuple(replace(part, differs=bool(next(marks))) for part in found)
        for name, found in parts.items()
    }
