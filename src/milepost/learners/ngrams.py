"""Linear models on weighted words, pairs of words and runs of characters, beside the other features."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from milepost.graphs.bag import Terms, emit_bag
from milepost.graphs.builder import Builder
from milepost.graphs.characters import Line
from milepost.graphs.ngrams import emit_hashes
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.design import Design, Layout, designed, ngrams
from milepost.learners.loop import Loop
from milepost.learners.loss import active, constant, mean_loss, row_losses, targets
from milepost.learners.space import Knob, Space
from milepost.modalities.base import View
from milepost.modalities.grams import MOST
from milepost.tasks.base import Head

STEPS = 200
SLOPES = 2_000_000
"""Numbers in a model's tables at most: with many outputs fewer n-grams count."""
SLIGHT = 0.1
"""Standard deviation of a number beside texts, whose rows have unit length: it is regularised as they are."""
SMOOTH = 1.0
"""Rows that every n-gram is taken to have been seen in beyond those it was seen in, on either side."""


@dataclass(frozen=True, eq=False)
class NgramModel(Model):
    """A fitted linear model of texts.

    Args:
        layout: what the features are.
        terms: the n-grams of each text.
        tables: for each text a slope for each n-gram, float32 (terms, width), then one for each code.
        slope: of the numbers, float32 (numbers, width).
        intercept: float32 (width,).
        curve: losses after each step of the optimiser.
    """

    layout: Layout
    terms: tuple[Terms, ...]
    tables: tuple[Array, ...]
    slope: Array
    intercept: Array
    curve: tuple[Point, ...]
    rounds: int = 1

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float64."""
        result = x[:, self.layout.numbers] @ self.slope + self.intercept.astype(np.float64)
        tables = iter(self.tables)
        for block, terms in zip(self.layout.texts, self.terms, strict=True):
            result += ngrams(x, block).weigh(terms).dot(next(tables))
        for place, size in self.layout.codes:
            result += next(tables)[x[:, place].astype(np.int64).clip(0, size - 1)]
        return result

    def emit(self, builder: Builder, features: str) -> str:
        """Adds hashing, weighing, gathering and summing."""
        line, tables = Line(builder), iter(self.tables)
        numbers = builder.node(
            "Gather", features, builder.const(np.array(self.layout.numbers, np.int64)), axis=1
        )
        parts = [builder.node("MatMul", numbers, builder.const(self.slope))]
        for block, terms in zip(self.layout.texts, self.terms, strict=True):
            key = ("block", features, block.start, block.width)
            data = builder.once(key, partial(line.cut, features, block.start, block.start + block.width))
            bag = emit_bag(builder, emit_hashes(builder, data, block.width), terms)
            parts.append(builder.cast(bag.dot(builder, next(tables)), "float"))
        for place, size in self.layout.codes:
            code = builder.cast(
                builder.node("Gather", features, builder.const(np.int64(place)), axis=1), "int64"
            )
            code = line.op("Max", line.op("Min", code, size - 1), 0)
            parts.append(builder.node("Gather", builder.const(next(tables)), code, axis=0))
        return builder.node("Sum", *parts, builder.const(self.intercept[None]))


class Ngrams(Learner):
    """Logistic regression, multinomial for several classes, or ridge, on n-grams weighted as in TF-IDF.

    Runs of 2 to 5 characters within words and words with pairs of them, counts on a logarithmic scale, each
    kind of unit length; other features beside them. It minimises the weighted mean loss + |slope|^2 / (2 C
    rows). With `ratios` n-grams are first multiplied by their log-count ratios (Wang & Manning 2012).
    """

    name: ClassVar[str] = "ngrams"
    title: ClassVar[str] = "n-grams"
    view: ClassVar[View] = "signals"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    capacity: ClassVar[str] = "C"
    defaults: ClassVar[Params] = {"C": 10.0, "ratios": False}

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Some strengths of regularisation, with and without ratios."""
        if head.link == "identity":
            return tuple({"C": c, "ratios": False} for c in (0.5, 3.0, 0.1))
        plain = tuple({"C": c, "ratios": False} for c in (10.0, 2.0, 50.0))
        return (plain[0], {"C": 3.0, "ratios": True}, *plain[1:])

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """The strength of regularisation, and whether ratios are used."""
        kinds = (False,) if head.link == "identity" else (False, True)
        return (Knob("C", 1e-2, 1e3, log=True), Knob("ratios", values=kinds))

    def ladder(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """From nearly constant to unregularised."""
        return tuple({"C": c} for c in (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e4))

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Minimises from the best constant on; validation rows are only watched."""
        train, valid = active(train), None if valid is None else active(valid)
        params = {**self.defaults, **job.params}
        loop = Loop(replace(job, rounds=None), STEPS, STEPS, validated=False)
        problem = Problem(train, job.head, float(params["C"]), bool(params["ratios"]))
        seen = None if valid is None else Design(valid, problem.design.layout, problem.design.terms)
        found = _minimise(problem, None if valid is None or seen is None else (valid, seen), loop)
        *tables, slope, intercept = problem.unpack(found)
        scaled = [np.ascontiguousarray(table, np.float32) for table in (*tables, slope)]
        design = problem.design
        level = intercept.astype(np.float32)
        return NgramModel(design.layout, design.terms, tuple(scaled[:-1]), scaled[-1], level, loop.curve)


class Problem:
    """The penalised mean loss as a function of the parameters.

    Numbers that spread more than 1 are scaled to 1, beside texts all to a standard deviation of 0.1.

    Args:
        batch: training rows.
        head: link and width.
        c: strength: the inverse weight of the squared slopes.
        ratios: whether n-grams are multiplied by their log-count ratios.
    """

    def __init__(self, batch: Batch, head: Head, c: float, ratios: bool) -> None:
        layout = Layout.of(batch)
        most = min(MOST, SLOPES // max(1, head.width))
        self.design = designed(batch, layout, most)
        self.head, self.truth = head, batch.y
        shared = head.width if head.link in ("identity", "sigmoids") else 1
        self.pace = (2.0 if head.link == "identity" else 1.0) / shared
        self.weak = 1 / (c * len(batch.x) * (shared if head.link == "sigmoids" else 1))
        self.goal = targets(batch.y, head.link, head.width)
        weight = np.ones(len(batch.x)) if batch.weight is None else np.asarray(batch.weight, np.float64)
        self.weight = weight / weight.sum()
        self.start = constant(batch, head.link, head.width)
        spread = self.design.dense.std(axis=0, dtype=np.float64)
        self.scale = np.maximum(spread, 1.0)[:, None]
        if layout.texts:
            self.scale = np.where(spread > 1e-6, spread, 1.0)[:, None] / SLIGHT
        self.middle = self.design.dense.mean(axis=0, dtype=np.float64)[:, None]
        self.ratio = self._ratios() if ratios and head.link != "identity" else None
        self.loss = math.inf
        """Loss without penalty at the last evaluation."""

    def _ratios(self) -> Array:
        """Log-count ratios of each term and output, of mean square 1 where terms occur."""
        mass = (self.weight * len(self.weight))[:, None].astype(np.float32)
        goal = self.goal.astype(np.float32)
        yes = np.asarray(self.design.back @ (mass * goal), np.float64) + SMOOTH
        no = np.asarray(self.design.back @ (mass * (1 - goal)), np.float64) + SMOOTH
        ratio = np.log(yes / yes.sum(axis=0)) - np.log(no / no.sum(axis=0))
        square = np.asarray(self.design.back.multiply(self.design.back).sum(axis=1)).reshape(-1, 1)
        size = np.sqrt((square * ratio**2).sum(axis=0) / max(float(square.sum()), 1e-12))
        return np.asarray(ratio / np.maximum(size, 1e-6))

    def unpack(self, point: Array) -> tuple[Array, ...]:
        """Tables by block and code, slopes of numbers and the intercept, for features as they come."""
        sparse, dense, level = self._parts(point)
        slope = dense / self.scale
        tables = np.split(sparse, np.cumsum(self.design.sizes)[:-1]) if self.design.sizes else []
        return (*tables, slope, level - (self.middle * slope).sum(axis=0))

    def _parts(self, point: Array) -> tuple[Array, Array, Array]:
        shaped = point.reshape(-1, self.head.width)
        count = self.design.sparse.shape[1]
        sparse = shaped[:count] if self.ratio is None else shaped[:count] * self.ratio
        return sparse, shaped[count:-1], shaped[-1]

    def scores(self, point: Array, design: Design | None = None) -> Array:
        """Raw scores of the rows, float64 (rows, width)."""
        design = design or self.design
        sparse, dense, level = self._parts(point)
        slope = dense / self.scale
        raw = np.asarray(design.sparse @ sparse.astype(np.float32), np.float64)
        raw += design.dense @ slope.astype(np.float32)
        return np.asarray(raw + (level - (self.middle * slope).sum(axis=0)))

    def __call__(self, point: Array) -> tuple[float, Array]:
        """The penalised loss and its gradient."""
        raw = self.scores(point)
        self.loss = float(self.weight @ row_losses(raw, self.truth, self.head.link))
        rest = (_link(raw, self.head.link) - self.goal) * (self.pace * self.weight[:, None])
        total = rest.sum(axis=0)
        thin = rest.astype(np.float32)
        sparse = np.asarray(self.design.back @ thin, np.float64)
        if self.ratio is not None:
            sparse *= self.ratio
        dense = ((self.design.dense.T @ thin) - self.middle * total) / self.scale
        slopes = point.reshape(-1, self.head.width)[:-1]
        slant = np.concatenate([sparse, dense]) + self.weak * slopes
        penalty = 0.5 * self.weak * float((slopes**2).sum())
        return self.loss + penalty, np.concatenate([slant, total[None]]).ravel()


def _link(raw: Array, link: str) -> Array:
    if link == "identity":
        return raw
    if link != "softmax":
        return np.asarray(0.5 * (1 + np.tanh(raw / 2)))
    lifted = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(lifted / lifted.sum(axis=1, keepdims=True))


def _minimise(problem: Problem, valid: tuple[Batch, Design] | None, loop: Loop) -> Array:
    from scipy.optimize import minimize

    count = problem.design.sparse.shape[1] + problem.design.dense.shape[1]
    origin = np.zeros((count + 1, problem.head.width))
    origin[-1] = problem.start
    best, steps = [origin.ravel()], [0]

    def follow(intermediate_result: Any) -> None:
        best[0] = np.array(intermediate_result.x)
        steps[0] += 1
        if loop.due(steps[0]):
            seen = math.nan
            if valid is not None:
                seen = mean_loss(problem.scores(best[0], valid[1]), valid[0], problem.head.link)
            loop.add(steps[0], problem.loss, seen)
        if not loop.on(steps[0]):
            raise StopIteration

    options = {"maxiter": STEPS, "ftol": 1e-6, "gtol": 1e-5, "maxcor": 10}
    minimize(problem, best[0], method="L-BFGS-B", jac=True, callback=follow, options=options)
    return best[0]


learners.add(Ngrams.name, Ngrams())
