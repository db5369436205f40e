"""What a model listens to: permutation importance and the effect of single columns, on rows it did not train on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.learners.base import Model, learners
from milepost.training.fit import Config, Fit, train
from milepost.training.material import Material, Prepared

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Importance:
    """By how much the loss rises when a field's values are shuffled among rows.

    Args:
        name: the field: a column, or a place.
        rise: mean rise of the loss over the repeats.
        error: its standard error over rows.
    """

    name: str
    rise: float
    error: float


@dataclass(frozen=True)
class Effect:
    """The mean prediction when a column is set to each of some values, all else as it is.

    Args:
        name: the column.
        values: the values, as text for categories and moments, else numbers.
        mean: mean prediction at each value: class-1 probability, or the value; for several classes, of each
            class in turn.
        label: whose probability it is, or "".
    """

    name: str
    values: tuple[float | str, ...]
    mean: tuple[float, ...]
    label: str


class Probe:
    """One member fitted on the last fold's training rows, asked on a sample of its validation rows.

    Args:
        material: rows and folds.
        config: the member.
        rows: size of the sample.
        seconds: time for the fit.
        threads: threads for the fit.
    """

    def __init__(self, material: Material, config: Config, rows: int, seconds: float, threads: int) -> None:
        fold = len(material.folds) - 1
        self.material = material
        self.prepared: Prepared = material.prepared(fold, learners[config.learner].view)
        fit = Fit(config, fold, material.seed, seconds=seconds, threads=threads)
        self.model: Model = train(self.prepared, fit)
        valid = material.folds[fold].valid
        picked = np.random.default_rng(material.seed).permutation(len(valid))[:rows]
        self.rows = valid[np.sort(picked)]
        self.frame = material.recipe.mask(material.frame[self.rows], material.seed + 1)
        self.truth = material.truth[self.rows]

    def predict(self, frame: pl.DataFrame) -> Array:
        """Predictions for raw rows."""
        return self.prepared.head.predict(self.model.raw(self.prepared.transform.matrix(frame)))

    def importances(self, repeats: int = 2) -> list[Importance]:
        """Permutation importance of every field (Breiman 2001), largest first."""
        task, rng = self.material.task, np.random.default_rng(self.material.seed)
        base = task.losses(self.truth, self.predict(self.frame))
        found = []
        for field in self.material.recipe.schema.fields():
            rises = []
            for _ in range(repeats):
                order = rng.permutation(self.frame.height)
                shuffled = self.frame.with_columns(
                    self.frame[name][order].alias(name) for name in field.names
                )
                rises.append(task.losses(self.truth, self.predict(shuffled)) - base)
            mean = np.mean(rises, axis=0)
            found.append(Importance(field.name, float(mean.mean()), float(mean.std() / np.sqrt(len(mean)))))
        return sorted(found, key=lambda importance: -importance.rise)

    def effect(self, name: str, points: int = 12, rows: int = 400) -> Effect:
        """Partial dependence of one column (Friedman 2001) over its quantiles or commonest values."""
        column = self.frame[name]
        sample = self.frame.head(rows)
        values = _grid(column, points)
        task = self.material.task
        label = task.positive if task.family == "binary" else task.labels[-1] if task.labels else ""
        means = []
        for value in values:
            fixed = sample.with_columns(pl.lit(value, dtype=column.dtype).alias(name))
            prediction = self.predict(fixed)
            means.append(float(prediction.mean() if prediction.ndim == 1 else prediction[:, -1].mean()))
        shown = tuple(v if isinstance(v, int | float) and not isinstance(v, bool) else str(v) for v in values)
        return Effect(name, shown, tuple(means), label)


def _grid(column: pl.Series, points: int) -> Sequence[Any]:
    """Values of a column worth asking about: quantiles of numbers and moments, the commonest texts."""
    known = column.drop_nulls()
    if known.dtype.is_numeric() or known.dtype.is_temporal():
        places = np.linspace(0.02, 0.98, points)
        ordered = known.sort()
        return (
            list(dict.fromkeys(ordered[int(q * (len(ordered) - 1))] for q in places)) if len(ordered) else []
        )
    counts = known.value_counts(sort=True).head(points)
    return sorted(counts[known.name].to_list(), key=str)
