"""How columns become numbers: what is to be learnt (Recipe), and what was (Transform)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from milepost.data.schema import Field, Schema
from milepost.errors import InputError, did_you_mean
from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities.base import Array, Facts, Fitted, Vectorizer, View, feed, modalities
from milepost.modalities.distinct import distinct

FOLDS = 5
CHUNK = 65_536
"""Rows that run through the graph at once."""


@dataclass(frozen=True, eq=False)
class Transform:
    """The fitted transform of all fields: one graph, from raw columns to features.

    Args:
        view: what the features are made for.
        parts: fields with their fitted transforms, in the order of the features.
    """

    view: View
    parts: tuple[tuple[Field, Fitted], ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features."""
        return tuple(name for _, fitted in self.parts for name in fitted.features)

    @property
    def codes(self) -> tuple[int, ...]:
        """For each feature the number of its codes, 0 for a number; empty where all are numbers."""
        found = [fitted.codes or (0,) * len(fitted.features) for _, fitted in self.parts]
        flat = tuple(size for sizes in found for size in sizes)
        return flat if any(flat) else ()

    @property
    def sources(self) -> tuple[str, ...]:
        """For each feature the field it came from."""
        return tuple(field.name for field, fitted in self.parts for _ in fitted.features)

    def matrix(self, frame: pl.DataFrame, threads: int = 1) -> Array:
        """Returns the features float32 (rows, features), field by field through ONNX Runtime.

        Text runs through the graph once a distinct value, other columns in chunks of rows.

        Raises:
            InputError: a column that a field reads is not in the frame.
        """
        result = np.empty((len(frame), len(self.features)), np.float32)
        ends = np.cumsum([0, *(len(fitted.features) for _, fitted in self.parts)])

        def fill(at: int) -> None:
            part, opened = self.parts[at][0], self._sessions[at]
            _run_field(part, opened, frame, result[:, ends[at] : ends[at + 1]])

        if threads == 1:
            for at in range(len(self.parts)):
                fill(at)
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(fill, range(len(self.parts))))
        return result

    def emit(self, builder: Builder, raw: Mapping[str, str]) -> str:
        """Adds all nodes; `raw` names the tensor (rows, 1) of each column; returns float (rows, features)."""
        columns = [
            fitted.emit(builder, tuple(raw[name] for name in part.names)) for part, fitted in self.parts
        ]
        return columns[0] if len(columns) == 1 else builder.node("Concat", *columns, axis=1)

    @cached_property
    def _sessions(self) -> tuple[Any, ...]:
        return tuple(open_field(part, fitted) for part, fitted in self.parts)

    def __getstate__(self) -> dict[str, Any]:
        return {"view": self.view, "parts": self.parts}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def open_field(part: Field, fitted: Fitted) -> Any:
    """Opens a session of one field's graph."""
    builder = Builder()
    raw = tuple(builder.input(column.name, column.wire) for column in part.columns)
    title = "features" if "features" not in raw else "features of " + " and ".join(raw)
    builder.output(fitted.emit(builder, raw), title, "float", len(fitted.features))
    return session(builder.model(), arena=False)


def _run_field(part: Field, opened: Any, frame: pl.DataFrame, result: Array) -> None:
    """Writes a field's features of all rows into `result`."""
    for name in part.names:
        if name not in frame.columns:
            raise InputError(f"there is no column '{name}'.", todo=did_you_mean(name, frame.columns))
    if len(part.columns) == 1 and part.columns[0].wire == "string":
        codes, values = distinct(frame[part.names[0]])
        if len(values):
            (rows,) = run(opened, {part.names[0]: feed(values, "string")}).values()
            result[:] = rows[codes]
        return
    for start in range(0, len(frame), CHUNK):
        chunk = frame.slice(start, CHUNK)
        feeds = {column.name: feed(chunk[column.name], column.wire) for column in part.columns}
        (result[start : start + CHUNK],) = run(opened, feeds).values()


@dataclass(frozen=True)
class Recipe:
    """What is to be learnt of each input column, on the training rows of each fit.

    Args:
        schema: the columns.
        facts: what is known of each column.
        masks: the missing rate in production of columns that miss values more often there.
    """

    schema: Schema
    facts: Mapping[str, Facts]
    masks: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: pl.DataFrame, schema: Schema, masks: Mapping[str, float] | None = None) -> Recipe:
        """The recipe with the facts of the frame's input columns."""
        from milepost.data.facts import facts_of

        return cls(schema, {c.name: facts_of(frame[c.name]) for c in schema.inputs}, masks or {})

    def view(self, wanted: View) -> View:
        """The view that stands for a wanted one: without codes a network sees what a linear model sees."""
        fields = self.schema.fields() if wanted == "network" else ()
        if any(modalities[f.modality].coded({n: self.facts[n] for n in f.names}) for f in fields):
            return wanted
        return "dense" if wanted == "network" else wanted

    def fit(
        self,
        frame: pl.DataFrame,
        view: View,
        target: Array | None,
        weight: Array | None = None,
        groups: Array | None = None,
        seed: int = 0,
    ) -> tuple[Transform, Array]:
        """Fits on training rows; returns the transform and the training features float32 (rows, features).

        The features are the transform's, except that statistics of the target come out of fold: for each of 5
        inner folds from the rows of the other four, so that a row's own target never enters its features.
        Rows are taken as they are: mask them before.

        Args:
            frame: training rows.
            view: "trees", "dense" or "network".
            target: (rows,) or (rows, k) floats, see `Vectorizer.fit`; None leaves its statistics out.
            weight: row weights or None.
            groups: rows of one group (rows,) share a fold; None for none.
            seed: seed of the inner folds.
        """
        parts: list[tuple[Field, Fitted]] = []
        learners: list[Vectorizer] = []
        for part in self.schema.fields():
            facts = {name: self.facts[name] for name in part.names}
            learner = modalities[part.modality].vectorizer(view, facts)
            wanted = target if learner.uses_target else None
            parts.append((part, learner.fit(frame.select(part.names), wanted, weight)))
            learners.append(learner)
        if not parts:
            raise InputError(
                "no column is left as an input.", todo="Give at least one column the role 'input'."
            )
        transform = Transform(view, tuple(parts))
        matrix = transform.matrix(frame)
        if target is not None and any(learner.uses_target for learner in learners):
            folds = inner_folds(len(frame), groups, seed)
            at = 0
            for (part, fitted), learner in zip(parts, learners, strict=True):
                columns = matrix[:, at : at + len(fitted.features)]
                if learner.uses_target:
                    given = (target, weight, folds)
                    _out_of_fold((part, fitted), learner, frame.select(part.names), given, columns)
                at += len(fitted.features)
        return transform, matrix

    def mask(self, frame: pl.DataFrame, seed: int) -> pl.DataFrame:
        """Returns the frame with values removed until each column misses as often as in production.

        Only upwards: a column that misses more already is left alone. The two columns of a place lose the
        same rows. The same seed removes the same rows.
        """
        changes: list[pl.Series] = []
        for part in self.schema.fields():
            wanted = max((self.masks.get(name, 0.0) for name in part.names), default=0.0)
            columns = [frame[name] for name in part.names]
            missing = np.any([is_missing(column) for column in columns], axis=0)
            have = float(missing.mean()) if len(missing) else 0.0
            if wanted <= have:
                continue
            generator = np.random.default_rng([seed, *part.name.encode()])
            # Among the rows that have the value, the share that brings the whole up to `wanted`.
            known = np.flatnonzero(~missing)
            count = min(round(wanted * len(missing)) - int(missing.sum()), len(known))
            gone = np.zeros(len(missing), bool)
            gone[generator.permutation(known)[:count]] = True
            empty = pl.Series(gone)
            for column in columns:
                changes.append(
                    column.to_frame().select(pl.when(~empty).then(pl.col(column.name)))[column.name]
                )
        return frame.with_columns(changes)


def is_missing(column: pl.Series) -> Array:
    """Whether values are missing: null, NaN, or empty text, bool (rows,)."""
    gone = column.is_null()
    if column.dtype.is_float():
        gone = gone | column.is_nan().fill_null(True)
    if column.dtype == pl.String:
        gone = gone | (column == "").fill_null(True)
    return gone.to_numpy()


def inner_folds(rows: int, groups: Array | None, seed: int) -> Array:
    """Returns the inner fold of each row, 0 to 4, int (rows,); rows of one group share a fold."""
    generator = np.random.default_rng(seed)
    if groups is None:
        return generator.permutation(np.arange(rows) % FOLDS)
    _, codes = np.unique(groups, return_inverse=True)
    counts = np.bincount(codes.ravel())
    fold, load = np.zeros(len(counts), np.int64), np.zeros(FOLDS)
    shuffled = generator.permutation(len(counts))
    for group in shuffled[np.argsort(-counts[shuffled], kind="stable")]:
        fold[group] = int(np.argmin(load))
        load[fold[group]] += counts[group]
    return np.asarray(fold[codes.ravel()])


def _out_of_fold(
    pair: tuple[Field, Fitted],
    learner: Vectorizer,
    columns: pl.DataFrame,
    given: tuple[Array, Array | None, Array],
    result: Array,
) -> None:
    """Writes a field's features of each fold, learnt from the rows of the others, into `result`."""
    part, fitted = pair
    target, weight, folds = given
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if not len(inside) or not len(outside):
            continue
        others = None if weight is None else weight[outside]
        table = learner.refit(fitted, columns[outside], target[outside], others)
        features = np.empty((len(inside), len(fitted.features)), np.float32)
        _run_field(part, open_field(part, table), columns[inside], features)
        result[inside] = features
