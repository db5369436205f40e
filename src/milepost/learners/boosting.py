"""Gradient boosted trees grown leaf by leaf (LightGBM: Ke et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.forest import Forest
from milepost.learners import threads
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.binned import column, lent
from milepost.learners.boostertext import read_trees, rounded
from milepost.learners.loop import Loop
from milepost.learners.loss import LOGITS, active, constant, row_losses
from milepost.learners.portfolios import BOOSTED
from milepost.learners.space import Knob, Space
from milepost.modalities.base import View
from milepost.tasks.base import Head

OBJECTIVES: Mapping[str, Mapping[str, str]] = {
    "sigmoid": {"objective": "binary", "metric": "binary_logloss"},
    "sigmoids": {"objective": "binary", "metric": "binary_logloss"},
    "softmax": {"objective": "multiclass", "metric": "multi_logloss"},
    "identity": {"objective": "regression", "metric": "l2"},
}
DEFAULTS: Params = {
    "learning_rate": 0.1, "num_leaves": 31, "min_data_in_leaf": 20, "lambda_l2": 1.0,
    "feature_fraction": 1.0, "bagging_fraction": 1.0, "extra_trees": False,
}  # fmt: skip
METHOD = "basic"
"""How splits are kept monotone. The others restrict less, but trees of "advanced" were seen to turn back."""
TEAM = 1_000_000
"""Rows times features from which on several threads are worth their meetings, some hundred a round."""
STEPS = ((4, 50), (8, 100), (16, 200), (32, 300), (64, 400), (128, 600), (256, 800))


@dataclass(frozen=True)
class Boosted(Model):
    """Fitted boosters; several where the target is a vector or several labels, one an output.

    Args:
        boosters: LightGBM boosters, cut at the best round; None for one that has nothing to learn.
        width: number of raw scores.
        rounds: rounds of boosting.
        curve: the training curve.
        threads: threads used to predict.
        base: the constant of every output that has no booster (width,), or ().
        absent: classes that training rows lack; they keep their constant, where LightGBM says 1 in 10^15.
    """

    boosters: tuple[Any, ...]
    width: int
    rounds: int
    curve: tuple[Point, ...]
    threads: int = 1
    base: tuple[float, ...] = ()
    absent: tuple[int, ...] = ()

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float64, as LightGBM itself gives them."""
        if not len(x):
            return np.zeros((0, self.width))
        return threads.apart(self.threads, lambda: self._raw(x))

    def _raw(self, x: Array) -> Array:
        parts = [
            np.full(len(x), self.base[i])
            if booster is None
            else booster.predict(x, raw_score=True, num_threads=self.threads)
            for i, booster in enumerate(self.boosters)
        ]
        found = np.column_stack(parts).reshape(len(x), self.width)
        for place in self.absent:
            found[:, place] = self.base[place]
        return found

    def emit(self, builder: Builder, features: str) -> str:
        """Adds the trees as one node."""
        return self.forest().emit(builder, features)

    def uses(self, features: int) -> Array:
        """The splits on each feature."""
        splits = [booster.feature_importance() for booster in self.boosters if booster is not None]
        return np.asarray(np.sum([np.zeros(features, np.int64), *splits], axis=0, dtype=np.int64))

    def rounded(self) -> Boosted:
        """The same trees, the leaves of each output on a grid of its own."""
        width = self.width if len(self.boosters) == 1 else 1
        return replace(self, boosters=tuple(None if b is None else rounded(b, width) for b in self.boosters))

    def forest(self) -> Forest:
        """The trees as plain arrays."""
        several = len(self.boosters) > 1
        trees = [
            tree
            for index, booster in enumerate(self.boosters)
            if booster is not None
            for tree in read_trees(booster.model_to_string(), 1 if several else self.width, index)
            if tree.output not in self.absent
        ]
        return Forest(tuple(trees), self.width, self.base or (0.0,) * self.width)


class LightGBM(Learner):
    """Boosted trees grown leaf by leaf on binned features."""

    name: ClassVar[str] = "lightgbm"
    title: ClassVar[str] = "boosted trees (LightGBM)"
    view: ClassVar[View] = "trees"
    capacity: ClassVar[str] = "num_leaves"
    ordered: ClassVar[bool] = True
    version: ClassVar[int] = 2
    defaults: ClassVar[Params] = DEFAULTS

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Eight configurations, or fewer where few rows make some alike, in the order that pays."""
        found = [sized(params, rows) for params in BOOSTED.tried(rows)]
        return tuple(params for i, params in enumerate(found) if params not in found[:i])

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """Leaves no more than the rows can fill, and every kind of regularisation."""
        return (
            Knob("learning_rate", 0.02, 0.2, log=True),
            Knob("num_leaves", 4, min(256, max(8, rows // 30)), log=True, whole=True),
            Knob("min_data_in_leaf", 3, min(200, max(20, rows // 20)), log=True, whole=True),
            Knob("lambda_l2", 1e-2, 100.0, log=True),
            Knob("feature_fraction", 0.2, 1.0),
            Knob("bagging_fraction", 0.4, 1.0),
            Knob("extra_trees", values=(False, True)),
        )

    def random(self, params: Params) -> bool:
        """Where rows, columns or thresholds are drawn."""
        full = {**DEFAULTS, **params}
        return bool(full["extra_trees"]) or min(full["feature_fraction"], full["bagging_fraction"]) < 1

    def ladder(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """More leaves and more rounds at each rung, no regularisation."""
        free = {
            "learning_rate": 0.1,
            "min_data_in_leaf": 1,
            "min_sum_hessian_in_leaf": 1e-6,
            "lambda_l2": 0.0,
        }
        rungs = [step for step in STEPS if step[0] <= max(16, rows)]
        return tuple({**free, "num_leaves": leaves, "rounds": rounds} for leaves, rounds in rungs)

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Boosts round by round; the outputs of a vector, or labels, are boosted side by side."""
        job = job if train.x.size >= TEAM else replace(job, threads=1)
        return threads.apart(job.threads, lambda: self._fit(train, valid, job))

    def _fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        train, valid = active(train), None if valid is None else active(valid)
        params = {**DEFAULTS, **job.params}
        rate = float(params["learning_rate"])
        limit = int(params.pop("rounds", min(4000, round(100 / rate)) if valid or job.rounds else 300))
        loop = Loop(job, limit, patience=int(np.clip(round(5 / rate), 20, 200)), validated=valid is not None)
        with ExitStack() as stack:
            boosters = _boosters((train, valid), {**_fixed(job), **params}, job.head, stack)
            some, absent = [b for b in boosters if b is not None], _absent(train, job.head)
            base = _still(train, boosters, absent, job.head)
            rest = [math.nan if part is None else _rest(part, boosters, base) for part in (train, valid)]
            for step in range(1, loop.limit + 1):
                finished = [booster.update() for booster in some]
                whole = len(boosters)
                loss = (sum(b.eval_valid()[0][2] for b in some) + rest[1]) / whole if valid else math.nan
                if loop.due(step):
                    loop.add(step, (sum(b.eval_train()[0][2] for b in some) + rest[0]) / whole, loss)
                if not loop.on(step, loss) or all(finished):
                    break
            cut = tuple(None if booster is None else _cut(booster, loop.best) for booster in boosters)
        return Boosted(cut, job.head.width, loop.best, loop.curve, job.threads, base, absent)


def _fixed(job: Job) -> dict[str, Any]:
    """The settings that no configuration changes."""
    return {
        **OBJECTIVES[job.head.link],
        "num_threads": job.threads,
        "seed": job.seed,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "verbosity": -1,
    }


def _boosters(
    rows: tuple[Batch, Batch | None], params: dict[str, Any], head: Head, stack: ExitStack
) -> list[Any]:
    """One booster, or one an output of a vector or a label; None where yes and no do not vary."""
    import lightgbm

    train, valid = rows
    if params.get("bagging_fraction", 1.0) < 1.0:
        params = {"bagging_freq": 1, **params}
    if any(train.monotone):
        params = {
            **params,
            "monotone_constraints": list(train.monotone),
            "monotone_constraints_method": METHOD,
        }
    if head.link == "softmax":
        params = {"num_class": head.width, **params}
    boosters: list[Any] = []
    for output in range(head.width if head.link in ("identity", "sigmoids") else 1):
        if head.link in LOGITS and not np.ptp(column(train.y, output)):
            boosters.append(None)
            continue
        seen, watched = stack.enter_context(lent(train, valid, output, params))
        booster = lightgbm.Booster(params, seen)
        if watched is not None:
            booster.add_valid(watched, "valid")
        boosters.append(booster)
    return boosters


def _absent(train: Batch, head: Head) -> tuple[int, ...]:
    """The classes that training rows lack."""
    if head.link != "softmax":
        return ()
    return tuple(np.flatnonzero(np.bincount(train.y, minlength=head.width) == 0).tolist())


def _still(train: Batch, boosters: list[Any], absent: tuple[int, ...], head: Head) -> tuple[float, ...]:
    """The constant of every output without a booster or without rows; () where there are none."""
    if None not in boosters and not absent:
        return ()
    still = {*absent, *(i for i, booster in enumerate(boosters) if booster is None)}
    best = constant(train, head.link, head.width)
    return tuple(float(value) if i in still else 0.0 for i, value in enumerate(best))


def _rest(batch: Batch, boosters: list[Any], base: tuple[float, ...]) -> float:
    """Mean losses of the outputs without a booster, summed."""
    still = [output for output, booster in enumerate(boosters) if booster is None]
    raw = np.tile([base[output] for output in still], (len(batch.y), 1))
    losses = [row_losses(raw[:, [i]], column(batch.y, output), "sigmoid") for i, output in enumerate(still)]
    return float(sum(np.average(loss, weights=batch.weight) for loss in losses))


def _cut(booster: Any, rounds: int) -> Any:
    """The booster up to its best round, without its training data; text keeps every digit."""
    import lightgbm

    return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=rounds))


def sized(params: Params, rows: int) -> Params:
    """A configuration with no more leaves, and no larger ones, than the rows can fill."""
    leaves = min(int(params["num_leaves"]), max(4, rows // 60))
    least = min(int(params.get("min_data_in_leaf", 20)), max(3, rows // 50))
    return {**params, "num_leaves": leaves, "min_data_in_leaf": least}


learners.add(LightGBM.name, LightGBM())
