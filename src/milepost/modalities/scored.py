"""Linear scores of the target from a frozen representation: how media enter models made for tables."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.modalities import kept
from milepost.modalities.base import Array, Fitted, Frozen, Vectorizer

OUTPUTS = 32
"""At most so many targets have a score: the ones that vary most."""
GRID = 10.0 ** np.arange(-3, 4)
"""Strengths of the ridge that are compared, in units of the mean eigenvalue."""
FLOOR = 1e-6
PART = 4_096
"""Rows that are squared at once."""
SAMPLE = 1_000
"""Numbers from which on the strength is chosen on a sample, of so many rows."""
LATELY = 64
"""Solutions that are remembered."""
_lately: OrderedDict[bytes, tuple[Array, Array, float]] = OrderedDict()
_guard = threading.Lock()


@dataclass(frozen=True, eq=False)
class Scores(Fitted):
    """Ridge scores of a frozen stage's numbers, in standard deviations over training rows.

    Args:
        features: their names.
        columns: which targets they are of.
        slope: float32 (width, scores).
        intercept: float32 (scores,).
        ridge: the strength that was chosen.
        frozen: the stage.
    """

    features: tuple[str, ...]
    columns: Array
    slope: Array
    intercept: Array
    ridge: float
    frozen: Frozen | None = None

    def finish(self, builder: Builder, frozen: str) -> str:
        """Adds a product and a sum."""
        score = builder.node("MatMul", frozen, builder.const(self.slope))
        return builder.node("Add", score, builder.const(self.intercept[None, :]))


@dataclass(frozen=True)
class ScoreVectorizer(Vectorizer):
    """Ridge regression of the targets on a frozen stage; its training features are made out of fold.

    The strength is the one of the smallest generalised cross-validation error (Golub, Heath & Wahba 1979)
    over all targets together; statistics of other rows keep it.

    Args:
        name: the column.
        frozen: the stage.
        wire: the type of the column's door.
        uses_target: always true.
    """

    name: str
    frozen: Frozen
    wire: str
    uses_target: bool = True

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:
        x = kept.answers(self.frozen, columns[self.name], self.wire)
        if target is None:
            empty = np.zeros((self.frozen.width, 1), np.float32)
            nothing = np.zeros(1, np.float32)
            return Scores((f"{self.name} score",), np.array([0]), empty, nothing, 1.0, self.frozen)
        wide = target[:, None] if target.ndim == 1 else target
        chosen = np.sort(np.argsort(-wide.var(0), kind="stable")[:OUTPUTS])
        several = len(chosen) > 1
        names = tuple(
            f"{self.name} score {place + 1}" if several else f"{self.name} score" for place in chosen
        )
        slope, intercept, ridge = solve(x, wide[:, chosen], weight, None)
        return Scores(names, chosen, slope, intercept, ridge, self.frozen)

    def refit(
        self, fitted: Fitted, columns: pl.DataFrame, target: Array | None, weight: Array | None
    ) -> Fitted:
        """Learns the scores anew from other rows, with the targets and the strength of `fitted`."""
        if not isinstance(fitted, Scores) or target is None:
            return fitted
        x = kept.answers(self.frozen, columns[self.name], self.wire)
        wide = target[:, None] if target.ndim == 1 else target
        slope, intercept, _ = solve(x, wide[:, fitted.columns], weight, fitted.ridge)
        return replace(fitted, slope=slope, intercept=intercept)


def solve(x: Array, y: Array, weight: Array | None, ridge: float | None) -> tuple[Array, Array, float]:
    """The same as `solved`, remembered for a while: several views ask for the same scores."""
    key = hashlib.blake2b(repr((x.shape, y.shape, ridge)).encode(), digest_size=16)
    for array in (x, y) if weight is None else (x, y, weight):
        key.update(np.ascontiguousarray(array).view(np.uint8).data)
    name = key.digest()
    with _guard:
        if name in _lately:
            return _lately[name]
    found = solved(x, y, weight, ridge)
    with _guard:
        _lately[name] = found
        while len(_lately) > LATELY:
            _lately.popitem(last=False)
    return found


def solved(x: Array, y: Array, weight: Array | None, ridge: float | None) -> tuple[Array, Array, float]:
    """Ridge regression; returns slope (width, outputs), intercept (outputs,) and the strength used.

    Args:
        x: float32 (rows, width).
        y: targets (rows, outputs).
        weight: row weights or None.
        ridge: the strength in units of the mean eigenvalue; None chooses it.
    """
    mass = np.ones(len(x)) if weight is None or not weight.sum() else np.asarray(weight, np.float64)
    mass = mass / max(mass.sum(), 1e-300)
    middle, level = mass.astype(np.float32) @ x, mass @ y
    rows = x - middle  # the one copy of x: there may be a gigabyte of it
    moment = np.zeros(x.shape[1], np.float32)
    for start in range(0, len(rows), PART):
        moment += mass[start : start + PART].astype(np.float32) @ rows[start : start + PART] ** 2
    scale = np.sqrt(np.maximum(moment, FLOOR))
    root = np.sqrt(mass).astype(np.float32)[:, None]
    rows /= scale
    rows *= root
    goal = (y - level) * root
    gram = (rows.T @ rows).astype(np.float64)
    against = (rows.T @ goal.astype(np.float32)).astype(np.float64)
    unit = max(float(np.trace(gram)) / max(1, len(gram)), FLOOR)
    if ridge is None:
        ridge = _strength(rows, goal)
    from scipy.linalg import cho_factor, cho_solve

    slope = cho_solve(cho_factor(gram + ridge * unit * np.eye(len(gram))), against) / scale[:, None]
    return slope.astype(np.float32), (level - middle @ slope).astype(np.float32), ridge


def _strength(rows: Array, goal: Array) -> float:
    """The strength of the least generalised cross-validation error, by the smaller of both Gram matrices.

    Where there are many numbers a sample of the rows is enough to choose among powers of ten, and so is half
    the precision.
    """
    count, width = rows.shape
    if width > SAMPLE:
        step = -(-count // SAMPLE)
        rows, goal = rows[::step], goal[::step]
    gram = rows @ rows.T if len(rows) < width else rows.T @ rows
    unit = max(float(np.trace(gram)) / max(1, width), FLOOR)
    values, vectors = np.linalg.eigh((gram / unit).astype(np.float32))
    values = np.maximum(values.astype(np.float64), 0.0)
    side = goal if len(rows) < width else rows.T.astype(np.float64) @ goal
    turned = ((vectors.T.astype(np.float64) @ side) ** 2).sum(1)
    errors = []
    for strength in GRID:
        shrunk = 1 / (values + strength)
        if len(rows) < width:
            left = float((turned * (strength * shrunk) ** 2).sum())
        else:
            left = float((goal**2).sum()) - float((turned * (2 * shrunk - values * shrunk**2)).sum()) / unit
        freedom = float((values * shrunk).sum())
        errors.append(left / max(1 - (freedom + 1) / len(rows), 1e-3) ** 2)
    return float(GRID[int(np.argmin(errors))])
