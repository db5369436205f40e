"""Linear models: logistic regression and ridge, by preconditioned L-BFGS (Liu & Nocedal 1989)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from milepost.graphs.builder import Builder
from milepost.learners import threads
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.loop import Loop
from milepost.learners.loss import LOGITS, active, constant, mean_loss, row_losses, targets
from milepost.learners.space import Knob, Space
from milepost.modalities.base import View
from milepost.tasks.base import Head

SAMPLE = 50_000
"""Rows from which the preconditioner is made."""
WIDE = 2_000
BLOCK, SIDE = 500_000, 128
"""Numbers that are copied at once, and columns below which a product of matrices is slow."""
STEPS = 300
SHARED = ("identity", "sigmoids")
"""Links whose loss is a mean over outputs."""
SLOPES = {"identity": 2.0}
"""The slope of a link's loss by the gap between answer and truth, where it is not 1."""


@dataclass(frozen=True)
class Line(Model):
    """A fitted linear model.

    Args:
        slope: float32 (features, width).
        intercept: float32 (width,).
        curve: losses after each step of the optimiser.
    """

    slope: Array
    intercept: Array
    curve: tuple[Point, ...]
    rounds: int = 1

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float32."""
        return np.asarray(x @ self.slope + self.intercept)

    def emit(self, builder: Builder, features: str) -> str:
        """Adds a product and a sum."""
        scaled = builder.node("MatMul", features, builder.const(self.slope))
        return builder.node("Add", scaled, builder.const(self.intercept[None, :]))


class Linear(Learner):
    """Logistic regression, multinomial for several classes, one a label for several labels, or ridge.

    It minimises the weighted mean loss + |slope|^2 / (2 C rows): C is scikit-learn's for classification. Of
    several labels, over whose losses the mean is taken, each is fitted as it would be alone.
    """

    name: ClassVar[str] = "linear"
    title: ClassVar[str] = "linear model"
    view: ClassVar[View] = "dense"
    capacity: ClassVar[str] = "C"
    ordered: ClassVar[bool] = True
    version: ClassVar[int] = 2
    defaults: ClassVar[Params] = {"C": 1.0}
    wide: ClassVar[int] = WIDE
    """Features from which on the preconditioner is diagonal."""
    tolerance: ClassVar[float] = 1e-9
    """It ends where a step lowers the loss by no more than this share."""

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Three strengths of regularisation."""
        return tuple({"C": c} for c in (0.3, 3.0, 0.02))

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """The strength of regularisation."""
        return (Knob("C", 1e-4, 1e3, log=True),)

    def ladder(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """From nearly constant to unregularised."""
        return tuple({"C": c} for c in (1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 1e4))

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Minimises from the best constant on; validation rows are only watched.

        A class that training rows lack keeps its constant: nothing holds its intercept otherwise.
        """
        train = active(train)
        known = np.unique(train.y) if job.head.link == "softmax" else np.arange(job.head.width)
        if len(known) < job.head.width:
            return self._among(known, train, valid, job)
        weak = 1 / (float({**self.defaults, **job.params}["C"]) * len(train.x))
        weak /= job.head.width if job.head.link == "sigmoids" else 1
        loop = Loop(replace(job, rounds=None), STEPS, STEPS, validated=False)
        with threads.blas(job.threads):
            problem = Problem(train, job.head, weak, 0 if any(train.monotone) else self.wide)
            found = _minimise(problem, None if valid is None else active(valid), loop, self.tolerance)
            slope, intercept = problem.unpack(found)
        return Line(slope.astype(np.float32), intercept.astype(np.float32), loop.curve)

    def _among(self, known: Array, train: Batch, valid: Batch | None, job: Job) -> Line:
        """A fit among the classes that have rows; each other one has the share of half a row."""
        inner, head = replace(job, head=replace(job.head, width=len(known))), job.head
        seen = None if valid is None else _only(valid, known)
        found = self.fit(_only(train, known), seen if seen is not None and len(seen.x) else None, inner)
        assert isinstance(found, Line)
        scores = found.raw(train.x).astype(np.float64)
        top = scores.max(axis=1)
        level = float((np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top).mean())
        slope = np.zeros((len(found.slope), head.width), np.float32)
        intercept = (constant(train, head.link, head.width) + level).astype(np.float32)
        slope[:, known], intercept[known] = found.slope, found.intercept
        return Line(slope, intercept, found.curve)


def blocks(x: Array, least: int = 1) -> list[slice]:
    """Returns slices of neighbouring columns, of at least so many, whose copies are small.

    >>> blocks(np.zeros((10, 3)))
    [slice(0, 3, None)]
    """
    each = max(least, BLOCK // max(1, len(x)))
    return [slice(start, min(start + each, x.shape[1])) for start in range(0, x.shape[1], each)]


def _only(batch: Batch, known: Array) -> Batch:
    """The rows of some classes, which are numbered anew."""
    rows = np.isin(batch.y, known)
    weight = None if batch.weight is None else batch.weight[rows]
    return replace(batch, x=batch.x[rows], y=np.searchsorted(known, batch.y[rows]), weight=weight)


class Problem:
    """The penalised mean loss as a function of whitened parameters.

    Columns are centred, those that spread more than 1 are scaled to 1, and the Cholesky factor of the
    approximate Hessian at the constant makes all directions alike: a dozen steps are enough.

    Args:
        batch: training rows.
        head: link and width.
        weak: weight of the squared slopes in the mean loss.
        wide: features from which on the Hessian is taken to be diagonal; 0 where slopes must have signs.
    """

    def __init__(self, batch: Batch, head: Head, weak: float, wide: int = WIDE) -> None:
        self.head, self.weak, self.wide = head, weak, wide
        self.x = np.ascontiguousarray(batch.x, dtype=np.float32)
        self.truth = batch.y
        self.goal = targets(batch.y, head.link, head.width)
        weight = np.ones(len(self.x)) if batch.weight is None else np.asarray(batch.weight, np.float64)
        self.weight = weight / weight.sum()
        self.start = constant(batch, head.link, head.width)
        self.mean = self.weight.astype(np.float32) @ self.x
        spread = np.sqrt(np.maximum(self._moment(), 0.0))
        self.scale = np.maximum(spread, 1.0)
        self.monotone = batch.monotone if any(batch.monotone) else ()
        self.loss = np.inf
        """Loss without penalty at the last evaluation."""

    def _moment(self) -> Array:
        """The variance of each feature, some columns of some rows at a time."""
        found = np.zeros(self.x.shape[1])
        for rows in np.array_split(np.arange(len(self.x)), max(1, len(self.x) // 20_000)):
            part, weight = self.x[rows[0] : rows[-1] + 1], self.weight[rows]
            for some in blocks(part):
                gap = (part[:, some] - self.mean[some]).astype(np.float64)
                found[some] += weight @ gap**2
        return found

    @cached_property
    def factor(self) -> Array:
        """Lower Cholesky factor (features, features) of the approximate Hessian, or its diagonal."""
        step = max(1, len(self.x) // SAMPLE)
        rate = self._link(self.start[None, :])
        bend = float((rate * (1 - rate)).mean()) / (self.head.width if self.head.link == "sigmoids" else 1)
        if self.head.link == "identity":
            bend = 2.0 / self.head.width
        if self.x.shape[1] > self.wide:
            return np.sqrt(bend * np.minimum(self._moment(), 1.0) + self.weak + 1e-8)
        rows = self.x[::step] - self.mean
        rows /= self.scale.astype(np.float32)
        weight = (self.weight[::step] / self.weight[::step].sum())[:, None].astype(np.float32)
        gram = np.concatenate([(rows[:, some] * weight).T @ rows for some in blocks(rows, SIDE)])
        ridge = self.weak + 1e-6 * (1.0 + float(np.trace(gram)) / max(1, len(gram)))
        found = np.linalg.cholesky(bend * gram.astype(np.float64) + ridge * np.eye(len(gram)))
        return np.asarray_chkfinite(found)

    def solve(self, values: Array, transposed: bool) -> Array:
        """The inverse factor, or its transpose, times values (features, width)."""
        from scipy.linalg import solve_triangular

        if self.factor.ndim == 1:
            return np.asarray(values / self.factor[:, None])
        values, way = np.asarray_chkfinite(values), int(transposed)  # the factor was checked once
        return np.asarray(solve_triangular(self.factor, values, lower=True, trans=way, check_finite=False))

    @property
    def bounds(self) -> list[tuple[float | None, float | None]] | None:
        """The signs that slopes must have; with a diagonal factor whitened ones have the same."""
        if not self.monotone:
            return None
        ends: dict[int, tuple[float | None, float | None]] = {
            1: (0.0, None),
            -1: (None, 0.0),
            0: (None, None),
        }
        return [ends[way] for way in (*self.monotone, 0) for _ in range(self.head.width)]

    def unpack(self, point: Array) -> tuple[Array, Array]:
        """Slope (features, width) and intercept (width,) for features as they come."""
        shaped = point.reshape(-1, self.head.width)
        slope = self.solve(shaped[:-1], True) / self.scale[:, None]
        return slope, shaped[-1] - self.mean @ slope

    def __call__(self, point: Array) -> tuple[float, Array]:
        """The penalised loss and its gradient at whitened parameters."""
        shaped = point.reshape(-1, self.head.width)
        slope = self.solve(shaped[:-1], True)
        plain = slope / self.scale[:, None]
        raw = self.x @ plain.astype(np.float32) + (shaped[-1] - self.mean @ plain)
        self.loss = float(self.weight @ row_losses(raw, self.truth, self.head.link))
        rest = self._link(raw) - self.goal
        rest *= self.weight[:, None] * SLOPES.get(self.head.link, 1.0)
        rest /= self.head.width if self.head.link in SHARED else 1
        total = rest.sum(axis=0)
        back = (rest.astype(np.float32).T @ self.x).T - np.outer(self.mean, total)
        inner = self.solve(back / self.scale[:, None] + self.weak * slope, False)
        penalty = 0.5 * self.weak * float((slope**2).sum())
        return self.loss + penalty, np.vstack([inner, total]).ravel()

    def _link(self, raw: Array) -> Array:
        scores = np.asarray(raw, np.float64)
        if self.head.link in LOGITS:
            return np.asarray(0.5 * (1 + np.tanh(scores / 2)))
        if self.head.link == "softmax":
            powers = np.exp(scores - scores.max(axis=1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=1, keepdims=True))
        return scores


def _minimise(problem: Problem, valid: Batch | None, loop: Loop, tolerance: float) -> Array:
    from scipy.optimize import minimize

    origin = np.zeros((problem.x.shape[1] + 1, problem.head.width))
    origin[-1] = problem.start
    best = [origin.ravel()]
    count = [0]

    def follow(intermediate_result: Any) -> None:
        best[0] = np.array(intermediate_result.x)
        count[0] += 1
        if loop.due(count[0]):
            slope, intercept = problem.unpack(best[0])
            seen = math.nan
            if valid is not None:
                raw = valid.x @ slope.astype(np.float32) + intercept
                seen = mean_loss(raw, valid, problem.head.link)
            loop.add(count[0], problem.loss, seen)
        if not loop.on(count[0]):
            raise StopIteration

    minimize(
        problem,
        best[0],
        method="L-BFGS-B",
        jac=True,
        callback=follow,
        bounds=problem.bounds,
        options={"maxiter": STEPS, "ftol": tolerance, "gtol": 1e-6, "maxcor": 20},
    )
    return best[0]


learners.add(Linear.name, Linear())
