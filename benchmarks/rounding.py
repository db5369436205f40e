"""What coarser numbers save and cost: leaves of trees on a grid, weights of networks a byte each.

    python benchmarks/rounding.py tables INDEX.json --names abalone spambase --shares 0.02 0.1
    python benchmarks/rounding.py worlds --shares 0.02 0.3

INDEX.json is that of `tables.py`. `tables` fits one model of each learner on 60 % of a table's rows, 15 %
choose its rounds, and prices rounding on the rest, which nothing has seen: bytes before and after, and the
rise of the loss as a share of the gain over the naive answer. Categories enter as ranks of their names.
`worlds` holds the estimate by which `final` chooses (out-of-fold predictions moved as rounding moves the
answers of the fitted model) against 20,000 fresh rows of made worlds, beside folds that round their own
models.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import milepost.learners.boosting
import milepost.learners.network
import milepost.learners.oblivious  # noqa: F401
from milepost.data.read import read
from milepost.graphs import rounded
from milepost.graphs.builder import Builder
from milepost.graphs.slim import packed
from milepost.learners.base import Batch, Job, Model, learners
from milepost.steps.coarser import moved
from milepost.tasks.base import Task
from milepost.tasks.classification import Binary, Multiclass
from milepost.tasks.regression import Regression

Array = np.ndarray[Any, Any]
MOST, FRESH, FOLDS = 12_000, 20_000, 5
TABLES: Mapping[str, Mapping[str, Any]] = {
    "lightgbm": {"learning_rate": 0.05, "num_leaves": 31},
    "catboost": {"learning_rate": 0.1, "depth": 6, "iterations": 600},
    "network": {},
}
WORLDS: Mapping[str, Mapping[str, Any]] = {
    "lightgbm": {"learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 10},
    "catboost": {"learning_rate": 0.1, "depth": 4, "iterations": 200},
}


@dataclass(frozen=True)
class Rows:
    """Features, truth, and the task of a table or a world."""

    task: Task
    x: Array
    truth: Array

    def batch(self, rows: Array) -> Batch:
        """Some rows to learn from."""
        return Batch(self.x[rows], self.task.head(self.truth).encode(self.truth[rows]))

    def said(self, model: Model, x: Array) -> Array:
        """A model's predictions."""
        return self.task.head(self.truth).predict(model.raw(x))


def task_of(kind: str, truth: Array) -> Task:
    """The task of encoded truth."""
    if kind == "regression":
        return Regression(("y",), (float(np.var(truth)),))
    labels = tuple(map(str, range(int(truth.max()) + 1)))
    return Binary(("y",), labels) if kind == "binary" else Multiclass(("y",), labels)


def table(entry: Mapping[str, Any], base: Path) -> Rows:
    """A table with names as ranks."""
    frame = read(str(base / entry["file"])).frame.drop_nulls(entry["target"])
    frame = frame.sample(MOST, seed=0) if frame.height > MOST else frame
    y, kind = frame[entry["target"]], entry["task"]
    truth = y.cast(pl.Float64) if kind == "regression" else y.cast(pl.String).rank("dense") - 1
    parts = [frame[name] for name in frame.columns if name != entry["target"]]
    ranked = [part.rank("dense") if part.dtype in (pl.String, pl.Categorical) else part for part in parts]
    x = np.column_stack([part.cast(pl.Float32, strict=False).to_numpy() for part in ranked])
    numbers = truth.to_numpy() if kind == "regression" else truth.to_numpy().astype(np.int64)
    return Rows(task_of(kind, numbers), x.astype(np.float32), numbers)


def weighed(model: Model, features: int, width: int) -> int:
    """Bytes of a model's graph."""
    builder = Builder()
    raw = model.emit(builder, builder.input("features", "float", features))
    builder.output(raw, "raw", "float", width)
    return len(packed(builder.model()))


def tables(given: argparse.Namespace) -> None:
    """Prints bytes and prices on rows that nothing has seen."""
    index = {one["name"]: one for one in json.loads(given.index.read_text())}
    for name in given.names or index:
        made = table(index[name], given.index.parent)
        order = np.random.default_rng(0).permutation(len(made.x))
        train, valid, held = np.split(order, [int(0.6 * len(order)), int(0.75 * len(order))])
        middle = np.nan_to_num(np.nanmedian(made.x[train], axis=0))
        for learner, params in TABLES.items():
            x = np.where(np.isnan(made.x), middle, made.x) if learner == "network" else made.x
            rows = Rows(made.task, x, made.truth)
            job = Job(params, made.task.head(made.truth))
            model = learners[learner].fit(rows.batch(train), rows.batch(valid), job)
            shares = given.shares if learner != "network" else [0.0]
            told(f"{name}, {learner}", rows, held, model, shares)


def told(name: str, rows: Rows, held: Array, model: Model, shares: list[float]) -> None:
    """Prints one model's line for each grid."""
    task, truth = rows.task, rows.truth[held]
    width = task.head(rows.truth).width
    exact = task.losses(truth, rows.said(model, rows.x[held]))
    naive = task.losses(truth, task.repeat(task.naive(rows.truth), len(held))).mean()
    before = weighed(model, rows.x.shape[1], width)
    for share in shares:
        rounded.SHARE = share
        coarse = model.rounded()
        after = weighed(coarse, rows.x.shape[1], width)
        rise = task.losses(truth, rows.said(coarse, rows.x[held])) - exact
        gain = naive - exact.mean()
        error = rise.std() / np.sqrt(len(rise))
        grid = f", a grid of {share:.0%}" if share else ""
        print(
            f"{name}{grid}: {before / 1e3:.0f} to {after / 1e3:.0f} kB ({after / before:.2f}), price "
            f"{rise.mean() / gain:+.2%} of the gain, standard error {error / gain:.2%}",
            flush=True,
        )


def world(kind: str, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows of a made world."""
    x = rng.normal(size=(count, 6)).astype(np.float32)
    signal = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.5 * x[:, 3]
    if kind == "regression":
        return x, signal + rng.normal(size=count)
    return x, (rng.random(count) < 1 / (1 + np.exp(-1.5 * signal))).astype(np.int64)


def worlds(given: argparse.Namespace) -> None:
    """Prints what estimates say beside what fresh rows say."""
    for kind in ("binary", "regression"):
        for learner in WORLDS:
            for share in given.shares:
                rounded.SHARE = share
                found = np.array([priced(kind, learner, seed, given.rows) for seed in range(given.runs)])
                fresh, estimates = found[:, 0], found[:, 1:].reshape(len(found), 2, 2)
                said = [
                    f"{way} {estimates[:, i, 0].mean():.1e}, its interval holds "
                    f"{np.mean(np.abs(estimates[:, i, 0] - fresh) < 1.96 * estimates[:, i, 1]):.0%}"
                    for i, way in enumerate(("moved", "folds"))
                ]
                print(
                    f"{kind}, {learner}, a grid of {share:.0%}: fresh rows {fresh.mean():.1e}; "
                    f"{'; '.join(said)}",
                    flush=True,
                )


def priced(kind: str, learner: str, seed: int, count: int) -> tuple[float, ...]:
    """The price on fresh rows, and both estimates with their standard errors."""
    rng = np.random.default_rng(seed)
    x, truth = world(kind, count, rng)
    fresh = world(kind, FRESH, rng)
    task = task_of(kind, truth)
    rows, job = Rows(task, x, truth), Job(WORLDS[learner], task.head(truth), rounds=120)
    fold, shown = rng.permutation(count) % FOLDS, np.zeros((2, count))
    for part in range(FOLDS):
        model, held = learners[learner].fit(rows.batch(np.flatnonzero(fold != part)), None, job), fold == part
        shown[:, held] = [rows.said(one, x[held]).ravel() for one in (model, model.rounded())]
    model = learners[learner].fit(rows.batch(np.arange(count)), None, job)
    pair = (model, model.rounded())
    exact = task.losses(truth, shown[0])
    own = [rows.said(one, x).ravel() for one in pair]
    rises = [task.losses(truth, one) - exact for one in (moved(task, shown[0], own[0], own[1]), shown[1])]
    before, after = (task.losses(fresh[1], rows.said(one, fresh[0]).ravel()).mean() for one in pair)
    return (after - before, *(v for one in rises for v in (one.mean(), one.std() / np.sqrt(count))))


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    ways = parser.add_subparsers(dest="way", required=True)
    one, other = ways.add_parser("tables"), ways.add_parser("worlds")
    one.add_argument("index", type=Path)
    one.add_argument("--names", nargs="*")
    other.add_argument("--runs", type=int, default=25)
    other.add_argument("--rows", type=int, default=600)
    for way in (one, other):
        way.add_argument("--shares", type=float, nargs="+", default=[rounded.SHARE])
    given = parser.parse_args()
    (tables if given.way == "tables" else worlds)(given)


if __name__ == "__main__":
    main()
