"""The frontier of size and quality: the whole ensemble, its best member, the leanest part of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.metrics.base import Metric
from milepost.steps.margin import margin
from milepost.training.ensemble import Library
from milepost.training.polish import Calibrated

Array = np.ndarray[Any, Any]
Size = Callable[[Sequence[int]], float]
WHOLE, SINGLE, SMALL = "ensemble", "single", "small"
TOLERATED = 0.02
"""The share of the gain over the naive answer that the small point may give up by default."""


@dataclass(frozen=True)
class Point:
    """One thing that could ship, priced on out-of-fold rows.

    Args:
        name: "ensemble", "single" or "small".
        weights: the weight of each member, by name; they sum to 1.
        form: the plain form of its calibrator.
        score: its score.
        price: how much worse than the whole ensemble's that is, in the metric; below 0 it is better.
        low, high: the 95 % interval of the price, paired by row; NaN where it is not known.
        share: the price as a share of what the ensemble gains over the naive answer.
        bytes: what its members are expected to take of a package, against each other.
        rounded: whether it ships with coarser numbers; what these cost is not in the price.
    """

    name: str
    weights: Mapping[str, float]
    form: Json
    score: float
    price: float
    low: float
    high: float
    share: float
    bytes: float
    rounded: bool = False

    @property
    def careful(self) -> float:
        """The share that is given up when the price is one standard error higher."""
        error = (self.high - self.low) / 3.92
        return self.share * (1.0 + error / self.price) if self.price > 0 else self.share


@dataclass(frozen=True)
class Scales:
    """What points are weighed and priced by.

    Args:
        metric: the metric of success.
        pool: the members' predictions and the rows that judge.
        units: the unit of independence of each row.
        names: the name of each member.
        size: bytes of a package that holds some of them.
        calibrated: the calibrator of a blend, and what it makes of rows that had no say in it.
        naive: the score of the naive answer.
        seed: seed of the bootstrap.
    """

    metric: Metric
    pool: Library
    units: Array
    names: Sequence[str]
    size: Size
    calibrated: Callable[[Array], tuple[Calibrated, Array]]
    naive: float
    seed: int

    def mixed(self, weights: Array) -> Array:
        """The blend's predictions."""
        return np.asarray(np.tensordot(weights, self.pool.predictions, axes=1))

    def price(self, mixed: Array, against: Array) -> float:
        """How much worse predictions score than others, in the metric."""
        scores = [float(self.metric(self.pool.truth, shown)) for shown in (mixed, against)]
        return -float(self.metric.gain(scores[0], scores[1]))

    def error(self, mixed: Array, against: Array) -> float:
        """The standard error of that price; 0 where it is not known."""
        found = margin(self.metric, self.pool.truth, [mixed, against], self.units, self.seed)[1]
        return found if math.isfinite(found) else 0.0


def offered(scales: Scales, weights: Array, tolerated: float | None) -> tuple[Point, ...]:
    """Returns the ensemble, where it has several members its best one, and its leanest part.

    Of the blends that leaving out member after member makes, and of the members alone, the small point is the
    smallest whose price, with one standard error, stays within what is tolerated; where none does, it is the
    one of them with the lowest price. Of one member it is that member, whose numbers may be coarser.

    Args:
        scales: what points are weighed and priced by.
        weights: the weight of each member in the ensemble.
        tolerated: the share of the gain over the naive answer that may be given up; None: 2 %.
    """
    found, shown = scales.calibrated(scales.mixed(weights))
    whole = priced(scales, WHOLE, weights, (found, shown, shown))
    if len(weights) < 2:
        return (whole, replace(whole, name=SMALL))
    alone = np.eye(len(weights))
    single = alone[int(scales.pool.means(scales.pool.predictions).argmin())]
    limit = (TOLERATED if tolerated is None else tolerated) * _gain(scales, weights)
    blends = sorted([*alone, *leaner(scales, weights)], key=lambda w: scales.size(np.flatnonzero(w).tolist()))
    small, least, together = None, math.inf, scales.mixed(weights)
    for one in blends:
        mixed = scales.mixed(one)
        price = scales.price(mixed, together)
        # An error is not asked for in vain: some metrics take seconds for it.
        if price <= limit and price + scales.error(mixed, together) <= limit:
            small = one
            break
        if price < least:
            small, least = one, price
    assert small is not None
    rest = [(SINGLE, single), (SMALL, small)]
    more = [priced(scales, name, one, (*scales.calibrated(scales.mixed(one)), shown)) for name, one in rest]
    return (whole, *more)


def leaner(scales: Scales, weights: Array) -> list[Array]:
    """Blends of ever fewer members: the one left out next costs the least loss for its bytes."""
    found, now = list[Array](), weights
    while len(members := np.flatnonzero(now)) > 2:
        fewer = []
        for i in members:
            left = now.copy()
            left[i] = 0.0
            fewer.append(left / left.sum())
        means = scales.pool.means(np.stack([scales.mixed(left) for left in fewer]))
        before = float(scales.pool.means(scales.mixed(now)[None])[0])
        heavy = scales.size(members.tolist())
        saved = np.array([heavy - scales.size(np.flatnonzero(left).tolist()) for left in fewer])
        now = fewer[int(((means - before) / np.maximum(saved, 1.0)).argmin())]
        found.append(now)
    return found


def picked(points: Sequence[Point], name: str, loss: float | None) -> Point:
    """The point that the brief asks for: by name, or the smallest that loses no more than it may.

    Args:
        points: the whole ensemble first.
        name: "ensemble", "single" or "small"; "" where none is named.
        loss: the share of the gain over the naive answer that may be given up, or None.
    """
    if name:
        return next((point for point in points if point.name == name), points[0])
    if loss is None:
        return points[0]
    allowed = [p for p in points if p is points[0] or p.careful <= loss]
    return min(reversed(allowed), key=lambda p: p.bytes)  # of two alike the small one has coarser numbers


def _gain(scales: Scales, weights: Array) -> float:
    score = float(scales.metric(scales.pool.truth, scales.mixed(weights)))
    gain = scales.metric.gain(score, scales.naive)
    return gain if math.isfinite(gain) else 0.0


def priced(scales: Scales, name: str, weights: Array, shown: tuple[Calibrated, Array, Array]) -> Point:
    """The point with its price.

    Args:
        scales: what it is priced by.
        name: its name.
        weights: the weight of each member.
        shown: its calibrator, what that makes of rows that had no say in it, and the same of the ensemble.
    """
    metric, truth = scales.metric, scales.pool.truth
    found, mine, theirs = shown
    price, error, share = 0.0, 0.0, 0.0
    if name != WHOLE:
        gain, error = margin(metric, truth, [mine, theirs], scales.units, scales.seed)
        price = -gain
        gained = metric.gain(float(metric(truth, theirs)), scales.naive)
        share = price / gained if gained > 0 else math.nan
    members = np.flatnonzero(weights).tolist()
    return Point(
        name=name,
        weights={scales.names[i]: float(weights[i]) for i in members},
        form=list(found.form),
        score=float(metric(truth, mine)),
        price=price,
        low=price - 1.96 * error,
        high=price + 1.96 * error,
        share=share,
        bytes=scales.size(members),
    )
