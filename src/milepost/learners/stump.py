"""A decision stump: the one column and threshold that alone say most (Holte 1993)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.forest import Forest, Tree, floor32
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.loss import LOGITS, active, constant, mean_loss, targets
from milepost.modalities.base import View
from milepost.tasks.base import Head

MOST = 50_000
"""Rows that are looked at."""
CUTS = 64


@dataclass(frozen=True)
class Split:
    """One question.

    Args:
        feature: the column asked for; -1 where no column helps.
        threshold: a row goes left where `x <= threshold`.
        missing_left: whether NaN goes left.
        leaves: raw scores (2, width) of the left and the right side.
    """

    feature: int
    threshold: float
    missing_left: bool
    leaves: Array

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width)."""
        if self.feature < 0:
            return np.repeat(self.leaves[:1], len(x), axis=0)
        column = x[:, self.feature]
        left = np.where(np.isnan(column), self.missing_left, column <= np.float32(self.threshold))
        return np.asarray(self.leaves[np.where(left, 0, 1)])


@dataclass(frozen=True)
class Stump(Model):
    """A fitted stump."""

    split: Split
    curve: tuple[Point, ...]
    rounds: int = 1

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float64."""
        return self.split.raw(x)

    def emit(self, builder: Builder, features: str) -> str:
        """Adds a tree of depth one."""
        split, width = self.split, self.split.leaves.shape[1]
        if split.feature < 0:
            return Forest((), width, tuple(split.leaves[0].tolist())).emit(builder, features)
        leaves = split.leaves[:, 0] if width == 1 else split.leaves
        tree = Tree(
            np.array([split.feature]),
            np.array([split.threshold]),
            np.array([-1]),
            np.array([-2]),
            np.array([split.missing_left]),
            leaves,
        )
        return Forest((tree,), width, (0.0,) * width).emit(builder, features)


class Stumps(Learner):
    """The best answer that a single threshold on a single column can give."""

    name: ClassVar[str] = "stump"
    title: ClassVar[str] = "one threshold on one column"
    view: ClassVar[View] = "trees"

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """There is nothing to set."""
        return ({},)

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Finds each column's threshold on two thirds of the rows, the column on the others."""
        train = active(train)
        order = np.random.default_rng(job.seed).permutation(len(train.x))[:MOST]
        third = len(order) // 3
        learn = _part(train, order[third:])
        judge = _part(train, order[:third]) if third else learn
        flat = constant(train, job.head.link, job.head.width)
        best = Split(-1, 0.0, False, np.stack([flat, flat]))
        lowest = mean_loss(best.raw(judge.x), judge, job.head.link)
        for feature in range(train.x.shape[1]):
            if job.late:
                break
            split = best_split(learn, feature, job.head)
            loss = np.inf if split is None else mean_loss(split.raw(judge.x), judge, job.head.link)
            if split is not None and loss < lowest:
                best, lowest = split, loss
            job.watch(feature + 1, np.nan)
        if best.feature >= 0:
            best = best_split(_part(train, order), best.feature, job.head) or best
        parts = [train, valid] if valid is not None else [train]
        losses = [mean_loss(best.raw(part.x), part, job.head.link) for part in parts]
        return Stump(best, (Point(1, losses[0], losses[1] if valid is not None else np.nan),))


def best_split(batch: Batch, feature: int, head: Head) -> Split | None:
    """The threshold on a column with the least loss, missing values on the better side.

    At most 64 quantiles of the column are tried.

    Args:
        batch: the rows.
        feature: the column.
        head: link and width.

    Returns:
        None where the column does not vary.
    """
    column = np.asarray(batch.x[:, feature], np.float32)
    known = column[~np.isnan(column)]
    if not len(known):
        return None
    middle = np.quantile(known, np.linspace(0, 1, CUTS + 2), method="lower")
    cuts = np.unique(np.r_[floor32(middle), known.min()])[: -1 if not np.isnan(column).any() else None]
    if not len(cuts):
        return None
    weight = np.ones(len(column)) if batch.weight is None else np.asarray(batch.weight, np.float64)
    weight = weight / weight.mean()
    truth = targets(batch.y, head.link, head.width)
    place = np.where(np.isnan(column), len(cuts) + 1, np.searchsorted(cuts, column))
    sums = np.column_stack([np.ones(len(column)), truth, truth**2]) * weight[:, None]
    bins = np.column_stack([np.bincount(place, s, minlength=len(cuts) + 2) for s in sums.T])
    missing, total = bins[-1], bins.sum(axis=0)
    left = np.cumsum(bins[:-2], axis=0)[: len(cuts)]
    sides = np.concatenate([left, left + missing])
    cost = _impurity(sides, head) + _impurity(total - sides, head)
    chosen = int(np.argmin(cost))
    leaves = np.stack([_leaf(side, head) for side in (sides[chosen], total - sides[chosen])])
    return Split(feature, float(cuts[chosen % len(cuts)]), chosen >= len(cuts), leaves)


def _impurity(sums: Array, head: Head) -> Array:
    """Total loss of sides (sides,) at their best constants, from sums of 1, y and y squared."""
    count, hits = sums[:, 0], sums[:, 1 : 1 + head.width]
    if head.link == "identity":
        safe = np.maximum(count, 1e-12)[:, None]
        return np.asarray((sums[:, 1 + head.width :] - hits**2 / safe).sum(axis=1))
    rate = _rates(count, hits, head)
    loss = -(hits * np.log(rate)).sum(axis=1)
    if head.link in LOGITS:
        loss -= ((count[:, None] - hits) * np.log1p(-rate)).sum(axis=1)
    return np.asarray(loss)


def _rates(count: Array, hits: Array, head: Head) -> Array:
    classes = 2 if head.link in LOGITS else head.width
    return np.asarray((hits + 0.5) / (count[:, None] + 0.5 * classes))


def _leaf(sums: Array, head: Head) -> Array:
    """The raw scores (width,) of a side."""
    count, hits = sums[:1], sums[None, 1 : 1 + head.width]
    if head.link == "identity":
        return np.asarray(hits[0] / max(float(count[0]), 1e-12))
    rate = _rates(count, hits, head)[0]
    return np.asarray(np.log(rate) - np.log1p(-rate) if head.link in LOGITS else np.log(rate))


def _part(batch: Batch, rows: Array) -> Batch:
    weight = None if batch.weight is None else batch.weight[rows]
    return Batch(batch.x[rows], batch.y[rows], weight)


learners.add(Stumps.name, Stumps())
