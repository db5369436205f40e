"""What a model listens to: permutation importance and single-column effects, on rows it did not train on."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.schema import Field
from milepost.learners.base import Model, learners
from milepost.modalities.feeds import WIDE
from milepost.statistics.intervals import mean_se
from milepost.training.alike import alike
from milepost.training.fit import Config, Fit, train
from milepost.training.material import Material, Prepared

Array = np.ndarray[Any, Any]
LEARN = 60_000
"""Training rows of a probe, at most."""


@dataclass(frozen=True)
class Importance:
    """By how much the loss rises when a field's values are shuffled among rows.

    Args:
        name: the field: a column, or a place.
        rise: mean rise of the loss over the repeats.
        error: its standard error, over rows or their units of independence.
        alike: other fields that say nearly the same; all of them were shuffled together.
    """

    name: str
    rise: float
    error: float
    alike: tuple[str, ...] = ()


ASKED, FEWEST = 150, 500
"""How often all rows are asked, about, and rows that are kept at least."""
REPEATS, MANY, FEWER = 2, 100, 200
"""How often each field is shuffled; from how many fields on once is enough, and so many rows at least."""


@dataclass(frozen=True)
class Effect:
    """The mean prediction when a column is set to each of some values, all else as it is.

    Args:
        name: the column.
        values: the values, as text for categories and moments, else numbers.
        mean: mean prediction at each value: the probability of `label`, or the value.
        low, high: where the change of 8 in 10 single rows lies: the 10 and 90 % quantiles of their curves,
            each shifted to the common mean.
        label: what is predicted: "probability of late = true", or the target.
    """

    name: str
    values: tuple[float | str, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
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
        learn = min(LEARN, len(material.folds[fold].train))
        self.material = material
        self.learnt = learn
        self.prepared: Prepared = material.prepared(fold, learners[config.learner].view, learn)
        fit = Fit(config, fold, material.seed, rows=learn, seconds=seconds, threads=threads)
        self.model: Model = train(self.prepared, fit)
        valid = material.folds[fold].valid
        picked = np.random.default_rng(material.seed).permutation(len(valid))[:rows]
        self.rows = valid[np.sort(picked)]
        self.frame = material.recipe.mask(material.frame[self.rows], material.seed + 1)
        self.truth = material.truth[self.rows]
        self.fields: tuple[Field, ...] = material.recipe.schema.fields()
        self.matrix = self.prepared.transform.matrix(self.frame)
        own, parts = set(self.fields), self.prepared.transform.parts
        self.made = [at for at, (part, _) in enumerate(parts) if part not in own]

    def within(self, seconds: float) -> None:
        """Keeps as many rows as can be asked over and over in so many seconds, 500 or 200 at least."""
        start = time.monotonic()
        self._head(self.matrix)
        took = max(ASKED, self._repeats * len(self.fields)) * (time.monotonic() - start)
        least = FEWEST if len(self.fields) <= MANY else FEWER
        kept = min(len(self.rows), max(least, int(len(self.rows) * seconds / max(took, 1e-9))))
        some = np.linspace(0, len(self.rows) - 1, kept).astype(np.int64)
        self.rows, self.truth = self.rows[some], self.truth[some]
        self.frame, self.matrix = self.frame[some], self.matrix[some]

    def predict(self, frame: pl.DataFrame) -> Array:
        """Predictions for raw rows."""
        return self._head(self.prepared.transform.matrix(frame))

    def _head(self, matrix: Array) -> Array:
        return self.prepared.head.predict(self.model.raw(matrix))

    @property
    def _repeats(self) -> int:
        """How often each field is shuffled: once where there are many."""
        return REPEATS if len(self.fields) <= MANY else 1

    def importances(self, repeats: int = 0) -> list[Importance]:
        """Permutation importance of every field (Breiman 2001), largest first; fields alike as one.

        Args:
            repeats: how often each is shuffled; 0: twice, or once where there are more than 100.
        """
        task, rng = self.material.task, np.random.default_rng(self.material.seed)
        base = task.losses(self.truth, self._head(self.matrix))
        groups = None if self.material.groups is None else self.material.groups[self.rows]
        if groups is not None and not 10 <= len(np.unique(groups)) < len(groups):
            groups = None
        found, uses = [], self.model.uses(self.matrix.shape[1])
        for names in alike(self.frame, self.fields):
            columns = self.prepared.transform.made_of(names)
            rises = []
            for _ in range(repeats or self._repeats):
                order = rng.permutation(len(self.matrix))
                if not uses[columns].any():
                    rises.append(np.zeros_like(base))
                    continue
                shuffled = self.matrix.copy()
                shuffled[:, columns] = self.matrix[order][:, columns]
                self._remake(shuffled, names, order)
                rises.append(task.losses(self.truth, self._head(shuffled)) - base)
            mean = np.mean(rises, axis=0)
            error = mean_se(mean, groups)[0] if len(mean) > 1 else float("inf")
            found.append(Importance(names[0], float(mean.mean()), error, tuple(names[1:])))
        return sorted(found, key=lambda importance: -importance.rise)

    def _remake(self, shuffled: Array, names: Sequence[str], order: Array) -> None:
        """Writes the features made of shuffled columns anew, so that they count as those columns' own."""
        if not self.made:
            return
        raw = {name for field in self.fields if field.name in names for name in field.names}
        places = self._reading(raw, self.made)
        if places:
            mixed = self.frame.with_columns(self.frame[name][order] for name in sorted(raw))
            self.prepared.transform.renew(shuffled, mixed, places)

    def _reading(self, raw: Collection[str], places: Iterable[int]) -> list[int]:
        """The parts of the transform, of these, that read any of the raw columns."""
        parts = self.prepared.transform.parts
        return [at for at in places if not set(parts[at][0].names).isdisjoint(raw)]

    def _changed(self, frame: pl.DataFrame, matrix: Array, name: str) -> Array:
        """Predictions for raw rows whose features are known but for those that read one column."""
        parts = range(len(self.prepared.transform.parts))
        changed = matrix.copy()
        self.prepared.transform.renew(changed, frame, self._reading({name}, parts))
        return self._head(changed)

    def effect(self, name: str, points: int = 12, rows: int = 300) -> Effect:
        """Partial dependence (Friedman 2001) with the spread of single rows (Goldstein et al. 2015).

        Args:
            name: the column.
            points: number of its values, quantiles or the commonest ones.
            rows: rows that are asked.
        """
        column, sample = self.frame[name], self.frame.head(rows)
        values = _grid(column, points)
        curves = []
        for value in values:
            fixed = sample.with_columns(pl.lit(value, dtype=column.dtype).alias(name))
            said = self._changed(fixed, self.matrix[: sample.height], name)
            curves.append(np.asarray(said, np.float64).reshape(sample.height, -1))
        stack = np.array(curves).reshape(len(values), sample.height, -1)
        means = stack.mean(axis=1)
        unit = stack.std(axis=(0, 1)) + 1e-12
        scale = np.ones_like(unit) if self.material.task.labels else unit
        output = int(np.argmax(np.ptp(means, axis=0) / scale)) if len(values) else 0
        single = stack[:, :, output] if len(values) else np.zeros((0, sample.height))
        centred = single - single.mean(axis=0) + single.mean() if len(values) else single
        low, high = np.quantile(centred, [0.1, 0.9], axis=1) if len(values) else (np.zeros(0), np.zeros(0))
        shown = tuple(v if isinstance(v, int | float) and not isinstance(v, bool) else str(v) for v in values)
        told = (tuple(single.mean(axis=1).tolist()), tuple(low.tolist()), tuple(high.tolist()))
        return Effect(name, shown, *told, self._label(output))

    def _label(self, output: int) -> str:
        task = self.material.task
        if not task.labels:
            return task.targets[output]
        label = task.positive if task.family == "binary" else task.labels[output]
        return f"probability of {task.targets[0]} = {label}"

    def mattered(
        self, frame: pl.DataFrame, truth: Array, names: Sequence[str], most: int = 3
    ) -> list[list[str]]:
        """For each row the columns without whose value it would have been answered better, largest first.

        Each column in turn takes its typical value: the median, or the commonest; texts, images and sounds
        are taken away.

        Args:
            frame: raw rows.
            truth: their truth.
            names: the columns to try.
            most: columns a row.
        """
        losses = self.material.task.losses
        rich = {c.name for f in self.fields for c in f.columns if c.wire in WIDE}
        matrix = self.prepared.transform.matrix(frame)
        base = losses(truth, self._head(matrix))
        gains = np.zeros((len(names), len(base)))
        for place, name in enumerate(names):
            column = self.frame[name]
            usual = pl.lit(None if name in rich else _typical(column), dtype=column.dtype).alias(name)
            gains[place] = base - losses(truth, self._changed(frame.with_columns(usual), matrix, name))
        found = []
        for row, loss in enumerate(base):
            order = np.argsort(-gains[:, row], kind="stable")[:most]
            found.append([names[i] for i in order if gains[i, row] > 0.05 * loss])
        return found


def _typical(column: pl.Series) -> Any:
    """The median of numbers and moments, the commonest category."""
    known = column.drop_nulls()
    if not len(known):
        return None
    if known.dtype.is_numeric() or known.dtype.is_temporal():
        return known.sort()[len(known) // 2]
    return known.value_counts(sort=True)[known.name][0]


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
