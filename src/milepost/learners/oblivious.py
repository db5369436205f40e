"""Boosted oblivious trees, one split a level (CatBoost: Prokhorenkova et al. 2018)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.forest import Forest
from milepost.graphs.rounded import gridded, spacing
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.catboostjson import model_of, plain_of, read_forest
from milepost.learners.loop import Loop
from milepost.learners.loss import active, constant, mean_loss
from milepost.learners.portfolios import OBLIVIOUS
from milepost.learners.space import Knob, Space
from milepost.modalities.base import View
from milepost.tasks.base import Head

DEFAULTS: Params = {"learning_rate": 0.1, "depth": 6, "l2_leaf_reg": 3.0, "iterations": 1000}
NATIVE: Params = {
    "random_strength": 1.0,
    "bootstrap_type": "MVS",
    "subsample": 0.8,
    "bagging_temperature": 1.0,
}
"""What CatBoost itself takes for settings that are left out."""
FAR = np.float32(1e38)
"""Numbers are cut off here before CatBoost looks for borders, which lie half way between two numbers: borders
at infinity cannot be written down. All that is larger lies above every border as it did."""
MANY = 2_000_000
"""Rows times raw scores from which on CatBoost is too slow to be tried."""


@dataclass(frozen=True)
class Oblivious(Model):
    """A fitted CatBoost model.

    Args:
        native: the CatBoost model, cut at the best round; None where there was nothing to learn.
        columns: the raw scores it gives; the others keep their constant (a class without rows).
        base: the constant of every raw score (width,).
        rounds: rounds of boosting.
        curve: the training curve.
        threads: threads used to predict.
    """

    native: Any
    columns: tuple[int, ...]
    base: Array
    rounds: int
    curve: tuple[Point, ...]
    threads: int = 1

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float64, as CatBoost itself gives them."""
        scores = np.tile(self.base, (len(x), 1))
        if self.native is not None and len(x):
            rows = np.ascontiguousarray(x, dtype=np.float32)
            found = self.native.predict(rows, prediction_type="RawFormulaVal", thread_count=self.threads)
            scores[:, self.columns] = found.reshape(len(x), -1)
        return scores

    def emit(self, builder: Builder, features: str) -> str:
        """Adds the trees as one node."""
        return self.forest.emit(builder, features)

    def rounded(self) -> Oblivious:
        """The same trees with leaves on a grid; those of several numbers stay, being no shorter so."""
        if self.native is None or len(self.columns) > 1:
            return self
        parts = (plain := plain_of(self.native))["oblivious_trees"]
        leaves = [np.array(part["leaf_values"], np.float64) for part in parts]
        trees = np.repeat(np.arange(len(leaves)), [len(values) for values in leaves])
        grid = spacing(
            np.concatenate(leaves), np.concatenate([part["leaf_weights"] for part in parts]), trees
        )
        for part, values in zip(parts, leaves, strict=True):
            part["leaf_values"] = gridded(values, grid).tolist()
        return replace(self, native=model_of(plain))

    @cached_property
    def forest(self) -> Forest:
        """The trees as plain arrays."""
        if self.native is None:
            return Forest((), len(self.base), tuple(self.base.tolist()))
        return read_forest(plain_of(self.native), self.columns, self.base)


class CatBoost(Learner):
    """Boosted oblivious trees: strong with few rows and little tuning."""

    name: ClassVar[str] = "catboost"
    title: ClassVar[str] = "boosted oblivious trees (CatBoost)"
    view: ClassVar[View] = "trees"
    capacity: ClassVar[str] = "depth"
    ordered: ClassVar[bool] = True
    defaults: ClassVar[Params] = {**DEFAULTS, **NATIVE}

    def objection(self, rows: int, features: int, head: Head) -> str:  # noqa: ARG002
        """Many rows times many classes take too long."""
        if head.width > 2 and rows * head.width > MANY:
            return f"CatBoost is too slow for {rows:,} rows times {head.width} outputs."
        return ""

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Up to five configurations in the order that pays, fewer iterations with many rows or deep trees."""
        return tuple(self.settle(params, rows) for params in OBLIVIOUS.tried(rows))

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """Depth, regularisation, and one of two ways to sample rows with the strength of it."""
        return (
            Knob("learning_rate", 0.03, 0.3, log=True),
            Knob("depth", 3, 8, whole=True),
            Knob("l2_leaf_reg", 0.1, 30.0, log=True),
            Knob("random_strength", 0.0, 4.0),
            Knob("bootstrap_type", values=("MVS", "Bayesian")),
            Knob("subsample", 0.4, 1.0, when=("bootstrap_type", "MVS")),
            Knob("bagging_temperature", 0.0, 2.0, when=("bootstrap_type", "Bayesian")),
        )

    def settle(self, params: Params, rows: int) -> Params:
        """Fewer iterations with many rows or deep trees."""
        most = int(np.clip(45_000_000 // max(1, rows), 300, 1000))
        return {**params, "iterations": min(most, 4800 // int(params["depth"]))}

    def random(self, params: Params) -> bool:  # noqa: ARG002
        """Rows and scores are drawn."""
        return True

    def ladder(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Deeper and longer at each rung, no regularisation."""
        free = {"learning_rate": 0.1, "l2_leaf_reg": 1e-6, "random_strength": 0.0, "bootstrap_type": "No"}
        return tuple(
            {**free, "depth": depth, "iterations": most}
            for depth, most in ((1, 50), (2, 100), (4, 200), (6, 400), (8, 600))
        )

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Boosts until validation or the deadline ends it; a target that does not vary gives its constant."""
        train, valid = active(train), None if valid is None else active(valid)
        base = constant(train, job.head.link, job.head.width)
        columns = _varying(train.y, job.head)
        params = {**DEFAULTS, **job.params}
        patience = int(np.clip(round(5 / float(params["learning_rate"])), 20, 200))
        loop = Loop(job, int(params.pop("iterations")), patience, valid is not None)
        watch = _Watch(loop, _loss(job.head, columns), job.head.width)
        if any(train.monotone):
            params["monotone_constraints"] = list(train.monotone)
        native = _native({**params, "iterations": loop.limit, "loss_function": watch.loss}, job)
        if not columns or not _boost(native, (train, valid), job.head, columns, watch):
            answers = [
                math.nan if part is None else _flat_loss(base, part, job.head) for part in (train, valid)
            ]
            return Oblivious(None, (), base, 1, (Point(1, *answers),))
        if loop.best < native.tree_count_:
            native.shrink(loop.best)
        return Oblivious(native, columns, base, loop.best, loop.curve, job.threads)


def _boost(
    native: Any, parts: Sequence[Batch | None], head: Head, columns: Sequence[int], watch: _Watch
) -> bool:
    """Fits on training and validation rows; False where no feature varies."""
    import catboost

    pools = [None if part is None else _pool(part, head, columns) for part in parts]
    try:
        native.fit(pools[0], eval_set=pools[1], callbacks=[watch], use_best_model=False)
    except catboost.CatBoostError as problem:
        if "constant or ignored" not in str(problem):
            raise
        return False
    return True


def _flat_loss(base: Array, batch: Batch, head: Head) -> float:
    return mean_loss(np.tile(base, (len(batch.x), 1)), batch, head.link)


class _Watch:
    """What CatBoost calls after each iteration: notes the losses, says whether to go on."""

    def __init__(self, loop: Loop, loss: str, outputs: int) -> None:
        self.loop, self.loss, self.outputs = loop, loss, outputs

    def after_iteration(self, info: Any) -> bool:
        """Returns whether to go on."""
        step, metrics = int(info.iteration), info.metrics
        valid = self._last(metrics["validation"]) if "validation" in metrics else math.nan
        if self.loop.due(step):
            self.loop.add(step, self._last(metrics["learn"]), valid)
        return self.loop.on(step, valid)

    def _last(self, values: Mapping[str, Sequence[float]]) -> float:
        last = float(values[self.loss][-1])
        return last**2 / self.outputs if self.loss.endswith("RMSE") else last


def _varying(y: Array, head: Head) -> tuple[int, ...]:
    """The raw scores with anything to learn: classes with rows, outputs that vary."""
    if head.link in ("identity", "sigmoids"):
        return tuple(np.flatnonzero(np.ptp(y.reshape(len(y), -1), axis=0) > 0).tolist())
    present = tuple(int(label) for label in np.unique(y))
    if len(present) < 2:
        return ()
    return present if head.link == "softmax" else (0,)


def _loss(head: Head, columns: Sequence[int]) -> str:
    if head.link == "identity":
        return "MultiRMSE" if len(columns) > 1 else "RMSE"
    if head.link == "sigmoids":
        return "MultiLogloss" if len(columns) > 1 else "Logloss"
    return "MultiClass" if head.link == "softmax" else "Logloss"


def _pool(batch: Batch, head: Head, columns: Sequence[int]) -> Any:
    """CatBoost's rows; classes that training rows lack are left out."""
    import catboost

    x, y, weight = np.ascontiguousarray(batch.x, dtype=np.float32), batch.y, batch.weight
    if (np.abs(x) > FAR).any():
        x = x.clip(-FAR, FAR)
    if head.link in ("identity", "sigmoids"):
        y = y.reshape(len(y), -1)[:, list(columns)]
    if head.link == "softmax":
        known = np.isin(y, columns)
        x, y = x[known], np.searchsorted(columns, y[known])
        weight = None if weight is None else weight[known]
    return catboost.Pool(x, y, weight=weight)


def _native(params: Params, job: Job) -> Any:
    import catboost

    fixed = {
        "random_seed": job.seed,
        "thread_count": job.threads,
        "allow_writing_files": False,
        "logging_level": "Silent",
        "nan_mode": "Min",
    }
    bootstrap = {} if "bootstrap_type" in params else {"bootstrap_type": "MVS"}
    return catboost.CatBoost({**bootstrap, **params, **fixed})


learners.add(CatBoost.name, CatBoost())
