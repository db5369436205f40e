"""Linear models that bend and cross: hinges at quantiles of numbers, products of the strongest features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from milepost.graphs.builder import Builder
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.linear import Line, Linear, blocks
from milepost.learners.loss import active
from milepost.learners.space import Knob, Space
from milepost.modalities.base import View
from milepost.tasks.base import Head

CODES = 4
"""A feature with no more distinct values bends nowhere."""
MOST = 1_200
"""Hinges of all features together, at most: each gets fewer where there are many."""
SAMPLE = 50_000
"""Rows from which quantiles are taken."""
STRAIGHT = 4.0
"""How many times as freely the features themselves move as what is made of them: bends have to pay."""
FAR = 10.0
"""Products stay within this many standard deviations."""
DENSE = 25_000_000
"""Numbers, rows times features with their hinges, beyond which it takes too long, and too much memory."""
CHUNK = 1_024
"""Rows that are laid out at once."""
FEW = 2_000
"""Rows below which little freedom comes first."""


@dataclass(frozen=True)
class Basis:
    """What is made of the features: themselves, hinges max(x - knot, 0), and products of standardised pairs.

    Args:
        columns: the feature of each hinge (hinges,).
        knots: where it bends (hinges,).
        pairs: features that are multiplied (pairs, 2).
        center, scale: of the features that are multiplied, (2, 1, pairs) each.
    """

    columns: Array
    knots: Array
    pairs: Array
    center: Array
    scale: Array

    def expand(self, x: Array) -> Array:
        """The features with all that is made of them, float32 (rows, features + hinges + pairs)."""
        plain, bent = x.shape[1], x.shape[1] + len(self.columns)
        found = np.empty((len(x), bent + len(self.pairs)), np.float32)
        for start in range(0, len(x), CHUNK):
            some, rows = np.asarray(x[start : start + CHUNK], np.float32), found[start : start + CHUNK]
            rows[:, :plain] = some
            rows[:, plain:bent] = np.maximum(some[:, self.columns] - self.knots, np.float32(0))
            if len(self.pairs):
                sides = [(some[:, self.pairs[:, i]] - self.center[i]) / self.scale[i] for i in (0, 1)]
                rows[:, bent:] = (sides[0] * sides[1]).clip(-FAR, FAR)
        return found

    def emit(self, builder: Builder, features: str) -> str:
        """The same as nodes."""
        parts = [features]

        def some(places: Array) -> str:
            return builder.node("Gather", features, builder.const(places.astype(np.int64)), axis=1)

        if len(self.columns):
            above = builder.node("Sub", some(self.columns), builder.const(self.knots[None, :]))
            parts.append(builder.node("Relu", above))
        if len(self.pairs):
            sides = []
            for i in (0, 1):
                away = builder.node("Sub", some(self.pairs[:, i]), builder.const(self.center[i]))
                sides.append(builder.node("Div", away, builder.const(self.scale[i])))
            bounds = (builder.const(np.float32(-FAR)), builder.const(np.float32(FAR)))
            parts.append(builder.node("Clip", builder.node("Mul", *sides), *bounds))
        return builder.node("Concat", *parts, axis=1) if len(parts) > 1 else features


@dataclass(frozen=True)
class Spline(Model):
    """A fitted model.

    Args:
        basis: what is made of the features.
        line: the linear model of that.
        curve: losses after each step of the optimiser.
    """

    basis: Basis
    line: Line
    curve: tuple[Point, ...]
    rounds: int = 1

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float32."""
        return self.line.raw(self.basis.expand(x))

    def emit(self, builder: Builder, features: str) -> str:
        """Adds hinges, products, and the linear model."""
        return self.line.emit(builder, self.basis.emit(builder, features))


class Splines(Learner):
    """Generalised additive models of straight pieces, with products, all under one squared penalty.

    It minimises what the linear model does. Features are standardised, and penalised sixteen times less than
    hinges and products, so that a straight line stays one where the rows do not say otherwise.
    """

    name: ClassVar[str] = "splines"
    title: ClassVar[str] = "linear model with splines and crosses"
    view: ClassVar[View] = "dense"
    capacity: ClassVar[str] = "knots"
    ordered: ClassVar[bool] = True
    version: ClassVar[int] = 2
    defaults: ClassVar[Params] = {"C": 0.15, "knots": 8, "crosses": 0}

    def objection(self, rows: int, features: int, head: Head) -> str:
        """Many rows times many features take too long."""
        wide = features + min(8 * features, MOST)
        if rows * wide * head.width > DENSE:
            return f"Bends of {features:,} features are too slow for {rows:,} rows."
        return ""

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Three strengths, with and without products; freer ones first where there are more rows."""
        if rows < FEW:
            return (
                {"C": 0.15, "knots": 8, "crosses": 0},
                {"C": 0.15, "knots": 8, "crosses": 10},
                {"C": 1.0, "knots": 8, "crosses": 10},
            )
        knots = 16 if 17 * rows * features <= DENSE else 8
        return (
            {"C": 1.0, "knots": knots, "crosses": 10},
            {"C": 0.15, "knots": 8, "crosses": 0},
            {"C": 5.0, "knots": 8, "crosses": 16},
        )

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """The strength of regularisation, where it may bend, and how many features are multiplied."""
        return (
            Knob("C", 1e-3, 1e3, log=True),
            Knob("knots", 2, 24, log=True, whole=True),
            Knob("crosses", values=(0, 6, 10, 16)),
        )

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Lays out the basis and fits the linear model on it."""
        train = active(train)
        params = {**self.defaults, **job.params}
        basis = _basis(train, job, int(params["knots"]), int(params["crosses"]))
        wide = basis.expand(train.x)
        spread = np.concatenate([wide[:, some].std(axis=0, dtype=np.float64) for some in blocks(wide)])
        spread = np.maximum(spread, 0.02)
        spread[train.x.shape[1] :] *= STRAIGHT  # the linear model scales no column that spreads less than 1
        scale = spread.astype(np.float32)
        wide /= scale
        ways = train.monotone
        if any(ways):
            ways = (*ways, *(ways[column] for column in basis.columns), *[0] * len(basis.pairs))
        asked = replace(job, params={"C": params["C"]})
        seen = None if valid is None else replace(valid, x=basis.expand(valid.x) / scale)
        line = Linear().fit(replace(train, x=wide, monotone=ways), seen, asked)
        assert isinstance(line, Line)
        return Spline(basis, replace(line, slope=line.slope / scale[:, None]), line.curve)


def _basis(train: Batch, job: Job, knots: int, crosses: int) -> Basis:
    """Knots at the quantiles of each number, and pairs among the features that weigh most in a plain fit."""
    x = train.x[:: max(1, len(train.x) // SAMPLE)]
    bends = [j for j in range(x.shape[1]) if len(np.unique(x[:, j])) > CODES]
    each = min(knots, max(1, MOST // max(1, len(bends))))
    shares = np.linspace(0, 1, each + 2)[1:-1]
    found = [np.unique(np.quantile(x[:, j], shares).astype(np.float32)) for j in bends]
    columns = np.repeat(np.array(bends, np.int64), [len(some) for some in found])
    places = np.concatenate([np.zeros(0, np.float32), *found])
    pairs = _pairs(train, job, crosses, set(bends)) if crosses else np.zeros((0, 2), np.int64)
    mean, sd = x.mean(axis=0, dtype=np.float64), np.maximum(x.std(axis=0, dtype=np.float64), 1e-3)
    center, scale = (v[pairs.T][:, None, :].astype(np.float32) for v in (mean, sd))
    return Basis(columns, places, pairs, center, scale)


def _pairs(train: Batch, job: Job, crosses: int, bends: set[int]) -> Array:
    """Pairs of the features that weigh most, squares of numbers too; none of what may go one way only."""
    plain: Any = Linear().fit(train, None, replace(job, params={"C": 1.0}))
    weight = np.abs(plain.slope).max(axis=1) * train.x.std(axis=0, dtype=np.float64)
    bound = {i for i, way in enumerate(train.monotone) if way}
    top = [int(j) for j in np.argsort(-weight, kind="stable") if j not in bound and weight[j] > 0][:crosses]
    pairs = [(a, b) for i, a in enumerate(top) for b in top[i:] if a != b or a in bends]
    return np.array(pairs, np.int64).reshape(-1, 2)


learners.add(Splines.name, Splines())
