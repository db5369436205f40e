"""How columns become numbers: what is to be learnt of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
import polars as pl

from milepost.data.crosses import Found, crossed
from milepost.data.readers import readers
from milepost.data.schema import Field, Schema
from milepost.data.transform import Transform, open_field, run_field
from milepost.errors import InputError
from milepost.modalities.base import RICH, Array, Facts, Fitted, Vectorizer, View, modalities, selected
from milepost.modalities.cross import CrossVectorizer
from milepost.modalities.made import KINDS, MadeVectorizer
from milepost.modalities.tabled import Tabled

FOLDS = 5


@dataclass(frozen=True)
class Recipe:
    """What is to be learnt of each input column, on the training rows of each fit.

    Args:
        schema: the columns.
        facts: what is known of each column.
        masks: the missing rate in production of columns that miss values more often there.
        made: numbers made of two columns each, beside those columns; their modality is one of `made.KINDS`.
    """

    schema: Schema
    facts: Mapping[str, Facts]
    masks: Mapping[str, float] = field(default_factory=dict)
    made: tuple[Field, ...] = ()

    @classmethod
    def of(cls, frame: pl.DataFrame, schema: Schema, masks: Mapping[str, float] | None = None) -> Recipe:
        """The recipe with the facts of the frame's input columns."""
        from milepost.data.facts import facts_of

        return cls(schema, {c.name: facts_of(frame[c.name]) for c in schema.inputs}, masks or {})

    def view(self, wanted: View) -> View:
        """The view that stands for a wanted one: without codes a network sees what a linear model sees."""
        if wanted in RICH and wanted not in self.views:
            wanted = RICH[wanted]
        fields = self.schema.fields() if wanted == "network" else ()
        if any(modalities[f.modality].coded({n: self.facts[n] for n in f.names}) for f in fields):
            return wanted
        return "dense" if wanted == "network" else wanted

    @property
    def views(self) -> tuple[View, ...]:
        """The views that are worth making: those of every table, and those of the text and media in it."""
        own: set[View] = set()
        for part in self.schema.fields():
            own |= modalities[part.modality].views({name: self.facts[name] for name in part.names})
        return ("trees", "dense", "network", *(view for view in RICH if view in own))

    @property
    def rich(self) -> bool:
        """Whether there are texts, images or sounds among the inputs."""
        return not RICH.keys().isdisjoint(self.views)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of columns among the inputs."""
        return frozenset(part.modality for part in self.schema.fields())

    def vectorizer(self, part: Field, view: View) -> Vectorizer:
        """What learns a field's features for a view; a view that its kind does not have falls back."""
        if part.modality in KINDS:
            wires = tuple(column.wire for column in part.columns)
            return MadeVectorizer(part.modality, part.names, wires, RICH.get(view, view))
        facts = {name: self.facts[name] for name in part.names}
        modality = modalities[part.modality]
        own = view if view not in RICH or view in modality.views(facts) else RICH[view]
        return modality.vectorizer(own, facts)

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

        Columns that say more together than alone, and whole numbers that are names, become further fields,
        chosen on these rows (see `crosses.crossed`). The features are the transform's, except that statistics
        of the target come out of fold: for each of 5 inner folds from the rows of the other four, so that a
        row's own target never enters its features.
        Rows are taken as they are: mask them before.

        Args:
            frame: training rows.
            view: for what kind of learner.
            target: (rows,) or (rows, k) floats, see `Vectorizer.fit`; None leaves its statistics out.
            weight: row weights or None.
            groups: rows of one group (rows,) share a fold; None for none.
            seed: seed of the inner folds.
        """
        if view in readers:
            whole = Transform(view, (readers[view].part(self.schema),))
            return whole, whole.matrix(frame)
        parts: list[tuple[Field, Fitted]] = []
        learners: list[Vectorizer] = []
        for part in (*self.schema.fields(), *self.made):
            learner = self.vectorizer(part, view)
            wanted = target if learner.uses_target else None
            parts.append((part, learner.fit(selected(frame, part.names), wanted, weight)))
            learners.append(learner)
        if not parts:
            raise InputError(
                "no column is left as an input.", todo="Give at least one column the role 'input'."
            )
        folds = inner_folds(len(frame), groups, seed)
        if target is not None:
            for found in self.crosses(frame, (target, weight, folds), view):
                part = found.field
                cross = CrossVectorizer(part.names, tuple(c.wire for c in part.columns), RICH.get(view, view))
                parts.append((part, cross.fit(selected(frame, part.names), target, weight)))
                learners.append(cross)
        transform = Transform(view, tuple(parts))
        matrix = transform.matrix(frame)
        if target is not None and any(learner.uses_target for learner in learners):
            at = 0
            for (part, fitted), learner in zip(parts, learners, strict=True):
                columns = matrix[:, at : at + len(fitted.features)]
                if learner.uses_target:
                    given = (target, weight, folds)
                    _out_of_fold((part, fitted), learner, selected(frame, part.names), given, columns)
                at += len(fitted.features)
        return transform, matrix

    def crosses(
        self, frame: pl.DataFrame, given: tuple[Array, Array | None, Array], view: View = "trees"
    ) -> tuple[Found, ...]:
        """What columns say together, or whole numbers as names, beyond single columns; see `crossed`."""
        return crossed(frame, self.schema.fields(), self.facts, given, view)

    def mask(self, frame: pl.DataFrame, seed: int) -> pl.DataFrame:
        """Returns the frame with values removed until each column misses as often as in production.

        Only upwards: a column that misses more already is left alone. The two columns of a place lose the
        same rows. The same seed removes the same rows.
        """
        changes: list[pl.Series] = []
        for part in self.schema.fields():
            wanted = max((self.masks.get(name, 0.0) for name in part.names), default=0.0)
            if not wanted:
                continue
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
    if column.dtype.is_float():
        values: Array = column.to_numpy()
        return np.isnan(values)
    if column.dtype == pl.String:
        return (column == "").fill_null(True).to_numpy()
    return column.is_null().to_numpy()


def inner_folds(rows: int, groups: Array | None, seed: int) -> Array:
    """Returns the inner fold of each row, 0 to 4, int (rows,); rows of one group share a fold."""
    if groups is None:
        return _drawn(rows, seed)
    generator = np.random.default_rng(seed)
    _, codes = np.unique(groups, return_inverse=True)
    counts = np.bincount(codes.ravel())
    fold, load = np.zeros(len(counts), np.int64), np.zeros(FOLDS)
    shuffled = generator.permutation(len(counts))
    for group in shuffled[np.argsort(-counts[shuffled], kind="stable")]:
        fold[group] = int(np.argmin(load))
        load[fold[group]] += counts[group]
    return np.asarray(fold[codes.ravel()])


@lru_cache(4)
def _drawn(rows: int, seed: int) -> Array:
    """The inner folds of rows that hang together in no way: each of many columns alone asks for them."""
    folds = np.random.default_rng(seed).permutation(np.arange(rows) % FOLDS)
    folds.flags.writeable = False
    return folds


def _out_of_fold(
    pair: tuple[Field, Fitted],
    learner: Vectorizer,
    columns: pl.DataFrame,
    given: tuple[Array, Array | None, Array],
    result: Array,
) -> None:
    """Writes a field's features of each fold, learnt from the rows of the others, into `result`."""
    part, fitted = pair
    if isinstance(fitted, Tabled):
        result[:] = fitted.out_of_fold(columns, given)
        return
    target, weight, folds = given
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if not len(inside) or not len(outside):
            continue
        others = None if weight is None else weight[outside]
        table = learner.refit(fitted, columns[outside], target[outside], others)
        features = np.empty((len(inside), len(fitted.features)), np.float32)
        run_field((part, table), partial(open_field, part, table), columns[inside], features)
        result[inside] = features
