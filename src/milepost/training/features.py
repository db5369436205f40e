"""Tries made features: named by one half of the folds, judged on the other, so that the test holds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.data.candidates import candidates, crowded
from milepost.data.recipe import Recipe
from milepost.data.schema import Field
from milepost.data.transform import Transform
from milepost.digest import digest
from milepost.engines.base import Engine
from milepost.learners.base import learners
from milepost.modalities.base import selected
from milepost.statistics.screen import screen
from milepost.tasks.base import Task
from milepost.training.evaluate import Evaluated, evaluate
from milepost.training.fit import Config, Fit, Memory, train
from milepost.training.material import Material
from milepost.training.subsample import only

Array = np.ndarray[Any, Any]
MOST = 6
"""Features that a family may add."""
ROWS = 10_000
"""Training rows of a fold, and rows that are screened, at most."""
FEWER = 5_000
"""Training rows of a fold at most where so many take too long."""
ADDITIVE = Config("lightgbm", {"num_leaves": 2, "learning_rate": 0.1, "rounds": 300})
"""Boosted trees of one cut each: what they leave unexplained, columns explain together only."""
RANKED, ROUNDS = 2_000, 60
"""Rows on which columns are ranked by shuffling, and rounds of the model that is asked; halves share them."""


@dataclass(frozen=True)
class Bench:
    """Where features are tried.

    Args:
        data: rows, recipe and folds, each row judged once.
        configs: the quick models that judge.
        rounds: rounds of boosting, so that none is chosen on the rows that judge; None lets them choose.
        engine: where its folds run.
        memory: remembers finished fits.
        seconds: wall-clock seconds that one fit may take.
        most: training rows of a fold at most.
    """

    data: Material
    configs: tuple[Config, ...]
    engine: Engine
    rounds: int | None = None
    memory: Memory | None = None
    seconds: float = float("inf")
    most: int = ROWS

    @property
    def rows(self) -> int:
        """Training rows of a fold, 0 for all."""
        return self.most if min(len(fold.train) for fold in self.data.folds) > self.most else 0

    def run(self, data: Material) -> tuple[Evaluated, ...]:
        """Out-of-fold predictions of each quick model on these folds with this recipe."""
        fits = [
            Fit(c, 0, data.seed, self.rows, seconds=self.seconds, rounds=self.rounds) for c in self.configs
        ]
        done = list(evaluate(data, fits, self.engine, self.memory))
        return tuple(sorted(done, key=lambda one: self.configs.index(one.config)))


@dataclass(frozen=True)
class Proposed:
    """The features of a family that are worth a try.

    Args:
        fields: all of them.
        sides: for the rows of each half the places of those that the other half proposes.
    """

    fields: tuple[Field, ...]
    sides: tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Attempt:
    """A family of made features and the predictions that judge it.

    Args:
        family: its name.
        proposed: how many features were proposed.
        fields: the features that all rows together name; none where none is firm.
        predictions: out-of-fold predictions of each quick model in the order of `Material.scored`; those of
            each half are made with the features that the other half named.
        cut: whether time ran out in some fit.
    """

    family: str
    proposed: int
    fields: tuple[Field, ...]
    predictions: tuple[Array, ...]
    cut: bool


def attempt(bench: Bench, base: Sequence[Evaluated], family: str, proposed: Proposed) -> Attempt:
    """Tries a family of features.

    What an additive model leaves unexplained on one half of the folds names at most 6 features; the quick
    models are fitted with them on the folds of the other half, and the other way round. No row judges a
    feature that it helped to propose or to name, so that a paired test of all rows against the same model
    without them tests the whole procedure.

    Args:
        bench: rows, folds and the quick models.
        base: the additive model, then the quick models, without made features.
        family: the name of the family.
        proposed: the features proposed.
    """
    data, fields = bench.data, proposed.fields
    left = residuals(data.task, data.truth[data.scored], base[0].prediction)
    numbers = _numbers(data, fields)
    half = halves(data)
    predictions = [np.array(one.prediction, copy=True) for one in base[1:]]
    cut = False
    for side in (0, 1):
        named = _named(numbers, left, np.flatnonzero(half != side), proposed.sides[side], data.seed)
        mine = np.flatnonzero(half == side)
        if not named or not len(mine):
            continue
        folds = [i for i in range(len(data.folds)) if (half[data.fold_of == i] == side).any()]
        richer = made(data, [fields[i] for i in named])
        # Fits are remembered by the place of their fold, which is another one here.
        own_key = digest(richer.key, "folds", folds)
        fitted = bench.run(replace(richer, folds=tuple(data.folds[i] for i in folds), key=own_key))
        whole = np.flatnonzero(np.isin(data.fold_of, folds))
        own = half[whole] == side
        for prediction, done in zip(predictions, fitted, strict=True):
            prediction[whole[own]] = done.prediction[own]
            cut = cut or done.cut
    named = _named(numbers, left, np.arange(len(left)), range(len(fields)), data.seed)
    return Attempt(family, len(fields), tuple(fields[i] for i in named), tuple(predictions), cut)


def made(data: Material, fields: Sequence[Field]) -> Material:
    """The same rows and folds with made features beside the columns."""
    if not fields:
        return data
    recipe = replace(data.recipe, made=(*data.recipe.made, *fields))
    named = [(field.modality, field.names) for field in fields]
    return replace(data, recipe=recipe, key=digest(data.key, "made", named))


def proposals(bench: Bench) -> Mapping[str, Proposed]:
    """The features worth a try, a family together, from the columns that the first model uses most.

    Where there are more columns than are tried, each half of the judged rows ranks them for the other half.
    """
    data = bench.data
    first, second = (candidates(data.frame, data.recipe, ranked) for ranked in _ranked(bench))
    found = {}
    for family in dict.fromkeys([*first, *second]):
        parts = first.get(family, ()), second.get(family, ())
        fields = {field.name: field for part in parts for field in part}
        place = {name: i for i, name in enumerate(fields)}
        mine, theirs = (tuple(place[field.name] for field in part) for part in parts)
        found[family] = Proposed(tuple(fields.values()), (mine, theirs))
    return found


def residuals(task: Task, truth: Array, prediction: Array) -> Array:
    """What is left to explain, (rows, outputs): truth less probability or value."""
    if task.labels and task.exclusive and prediction.ndim == 2:
        return np.eye(prediction.shape[1])[np.asarray(truth, np.int64)] - prediction
    return np.asarray(truth - prediction, np.float64).reshape(len(truth), -1)


def halves(data: Material) -> Array:
    """The half, 0 or 1, of every validation prediction: whole folds, or whole units where one fold judges."""
    if len(data.folds) > 1:
        return data.fold_of % 2
    _, unit = np.unique(data.units, return_inverse=True)
    drawn = np.random.default_rng(data.seed).permutation(int(unit.max()) + 1) % 2
    return np.asarray(drawn[unit.ravel()])


def _ranked(bench: Bench) -> tuple[list[str], list[str]]:
    """Columns, the most used first, for the rows of each half: by the rows of the other one.

    Where one fold judges, its training rows do not, and they rank for both halves.
    """
    data = bench.data
    if not crowded(data.recipe):
        plain = [column.name for column in data.recipe.schema.inputs]
        return plain, plain
    if len(data.folds) == 1:
        ranked = _order(bench, data, 0, (bench.rows, RANKED, ROUNDS))
        return ranked, ranked
    half, most = halves(data), (ROWS // 2, RANKED // 2, ROUNDS // 2)
    others = (only(data, np.unique(data.scored[half != side])) for side in (0, 1))
    first, second = (_order(bench, other, -1, most) for other in others)
    return first, second


def _order(bench: Bench, data: Material, fold: int, most: tuple[int, int, int]) -> list[str]:
    """Columns by what the first model's training loss loses when their features are shuffled.

    Those that it does not use lose nothing; of the others, those that it uses most are asked for first, and
    the last ones not at all where time is up.

    Args:
        bench: the first model, and the seconds it may take.
        data: the rows.
        fold: whose training rows, -1 for all.
        most: training rows at most, 0 for all; rows that are shuffled; rounds.
    """
    config, (rows, shown, rounds) = bench.configs[0], most
    prepared = data.prepared(fold, learners[config.learner].view, rows)
    fit = Fit(config, fold, data.seed, rows=rows, seconds=bench.seconds, rounds=rounds)
    model = train(prepared, fit)
    truth = data.truth[data.train_rows(fold, rows)][:shown]
    x, sources = prepared.train.x[:shown], np.array(prepared.transform.sources)
    order, shuffled = np.random.default_rng(data.seed).permutation(len(x)), x.copy()
    fields, uses, end = data.recipe.schema.fields(), model.uses(x.shape[1]), time.monotonic() + bench.seconds
    losses = dict.fromkeys(fields, float(data.task.losses(truth, prepared.head.predict(model.raw(x))).mean()))
    splits = {field: int(uses[sources == field.name].sum()) for field in fields}
    for field in sorted(fields, key=lambda field: -splits[field]):
        if not splits[field] or time.monotonic() > end:
            break
        own = sources == field.name
        shuffled[:, own] = x[order][:, own]
        losses[field] = float(data.task.losses(truth, prepared.head.predict(model.raw(shuffled))).mean())
        shuffled[:, own] = x[:, own]
    rises = {name: loss for field, loss in losses.items() for name in field.names}
    return sorted(rises, key=lambda name: -rises[name])


def _numbers(data: Material, fields: Sequence[Field]) -> Array:
    """The made numbers of all judged rows, float32 (rows, fields)."""
    recipe: Recipe = data.recipe
    frame = recipe.mask(data.frame[data.scored], data.seed + 1)
    parts = tuple(
        (part, recipe.vectorizer(part, "trees").fit(selected(frame, part.names), None, None))
        for part in fields
    )
    return Transform("trees", parts).matrix(frame)


def _named(numbers: Array, left: Array, rows: Array, places: Sequence[int], seed: int) -> list[int]:
    """The features of those at some places that some rows name, at most `ROWS` of them."""
    if len(rows) > ROWS:
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:ROWS])
    if not len(rows) or not places:
        return []
    return [places[at] for at, _ in screen(numbers[rows][:, list(places)], left[rows], MOST, seed)]
