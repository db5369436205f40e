"""Classification: two classes of which one is looked for, or several that exclude one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.errors import InputError, did_you_mean
from milepost.modalities.base import text
from milepost.tasks.base import Array, Cut, Head, Task, tasks
from milepost.tasks.checks import distinct, learnable, single, whole, wordy
from milepost.tasks.heads import SigmoidHead, SoftmaxHead
from milepost.tasks.labels import choose_positive, lonely, ordered

TINY = 1e-7
"""Probabilities are kept this far from 0 and 1 in losses, so that one row cannot weigh infinitely."""
FEW = 20


@dataclass(frozen=True)
class Classes(Task):
    """What both kinds of classification share.

    Args:
        targets: the one target column.
        labels: the classes as text, negative first for binary.
    """

    targets: tuple[str, ...]
    labels: tuple[str, ...]
    loss_name: ClassVar[str] = "log_loss"

    @property
    def positive(self) -> str:
        """No class is looked for."""
        return ""

    def encode(self, target: pl.DataFrame) -> Array:
        """Class codes int64 (rows,).

        Raises:
            InputError: a label that is not in `labels`, or a missing one.
        """
        words = text(target[self.targets[0]])
        places = range(len(self.labels))
        codes = words.replace_strict(list(self.labels), places, default=None, return_dtype=pl.Int64)
        if codes.null_count():
            strange = words.filter(codes.is_null()).unique().to_list()[0]
            raise InputError(
                f"'{self.targets[0]}' holds {strange!r}, which is no label of this task.",
                expected="The labels known since the task was framed.",
                todo="Leave out the rows without a target."
                if strange is None
                else did_you_mean(strange, self.labels) + " A new class needs the task framed anew.",
            )
        return codes.to_numpy()

    def strata(self, truth: Array) -> Array | None:
        """The classes."""
        return np.asarray(truth, dtype=np.int64)

    def facts(self, truth: Array) -> Mapping[str, Any]:
        """Rows, counts a class, classes with one row, and for a binary task the positive's prevalence."""
        counts = {label: int(n) for label, n in zip(self.labels, self.counts(truth), strict=True)}
        found: dict[str, Any] = {"rows": len(truth), "counts": counts}
        found["single"] = [label for label, n in counts.items() if n == 1]
        if self.positive and len(truth):
            found |= {"positive": self.positive, "prevalence": counts[self.positive] / len(truth)}
        return found

    def _table(self, chosen: Array, proba: Array) -> pl.DataFrame:
        """The columns `prediction` and `proba_<class>`."""
        names = pl.Series("prediction", np.array(self.labels, dtype=object)[chosen].tolist(), dtype=pl.String)
        chances = [pl.Series(f"proba_{label}", proba[:, i]) for i, label in enumerate(self.labels)]
        return pl.DataFrame([names, *chances])

    def plain(self) -> Mapping[str, Any]:
        """The task as plain JSON."""
        return {"name": self.name, "targets": list(self.targets), "labels": list(self.labels)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Classes:
        """The task from plain JSON."""
        return cls(tuple(plain["targets"]), tuple(plain["labels"]))


@dataclass(frozen=True)
class Binary(Classes):
    """Two classes, of which the second is the one to find.

    >>> task = Binary.bind(pl.DataFrame({"late": ["yes", "no"] * 5}))
    >>> task.labels, task.encode(pl.DataFrame({"late": ["no", "yes"]})).tolist()
    (('no', 'yes'), [0, 1])
    """

    name: ClassVar[str] = "binary"
    title: ClassVar[str] = "Binary classification"

    @property
    def positive(self) -> str:
        """The class to find."""
        return self.labels[1]

    def head(self, truth: Array) -> Head:  # noqa: ARG002
        """A sigmoid."""
        return SigmoidHead()

    def losses(self, truth: Array, prediction: Array) -> Array:
        """Log losses (rows,)."""
        p = np.clip(np.asarray(prediction, dtype=np.float64).reshape(-1), TINY, 1 - TINY)
        return np.asarray(-np.log(np.where(np.asarray(truth) == 1, p, 1 - p)))

    def naive(self, truth: Array) -> Array:
        """The share of positives, shape (1,)."""
        return np.array([float(np.mean(truth))])

    def repeat(self, constant: Array, rows: int) -> Array:
        """The share of positives for each row."""
        return np.full(rows, float(np.ravel(constant)[0]))

    def decide(self, prediction: Array, cut: Cut | None) -> Array:
        """Codes (rows,): 1 from the cut on, compared in single precision as the shipped graph does."""
        p = np.asarray(prediction, dtype=np.float64).reshape(-1)
        limit = 0.5 if cut is None else np.ravel(cut)[0]
        return (p.astype(np.float32) >= np.float32(limit)).astype(np.int64)

    def columns(self, prediction: Array, threshold: Cut | None) -> pl.DataFrame:
        """`prediction` (the likelier label), both `proba_<class>`, and `decision` at a threshold.

        The decision compares in single precision, as the shipped graph does.
        """
        p = np.asarray(prediction, dtype=np.float64).reshape(-1)
        table = self._table((p >= 0.5).astype(np.int64), np.column_stack([1 - p, p]))
        if threshold is None:
            return table
        names = np.array(self.labels, dtype=object)[self.decide(p, threshold)].tolist()
        return table.with_columns(pl.Series("decision", names, dtype=pl.String))

    @classmethod
    def suits(cls, target: pl.DataFrame) -> tuple[float, str]:
        """Two distinct values suit."""
        if target.width != 1:
            return 0.0, "a binary task has one target column."
        column = target.to_series()
        values = distinct(column)
        if column.dtype == pl.Boolean:
            return 1.0, f"'{column.name}' is true or false."
        if values == 2 and not column.dtype.is_temporal():
            first, second = ordered(text(column).drop_nulls().unique().to_list())
            return 0.95, f"'{column.name}' holds two values, '{first}' and '{second}'."
        return 0.0, f"'{column.name}' holds {values:,} distinct values, not two."

    @classmethod
    def bind(cls, target: pl.DataFrame, positive: str = "") -> Binary:
        """Binds to a column with two values.

        Raises:
            InputError: there are not exactly two values, or `positive` is none of them.
        """
        column = single(target, cls.title.lower())
        learnable(column)
        words = text(column)
        labels = ordered(words.unique().to_list())
        if len(labels) != 2:
            more = " ..." if len(labels) > 6 else ""
            shown = ", ".join(f"'{label}'" for label in labels[:6])
            raise InputError(
                f"'{column.name}' holds {len(labels):,} distinct values: {shown}{more}.",
                expected="A binary task has two.",
                todo='Choose the task "multiclass", or "regression" for numbers.',
            )
        chosen, _ = choose_positive(words, positive)
        return cls((column.name,), (labels[1 - labels.index(chosen)], chosen))


@dataclass(frozen=True)
class Multiclass(Classes):
    """Several classes that exclude one another.

    >>> task = Multiclass.bind(pl.DataFrame({"kind": ["a", "b", "c", "b"] * 4}))
    >>> task.labels, task.losses(np.array([0]), np.array([[0.5, 0.25, 0.25]])).round(3).tolist()
    (('a', 'b', 'c'), [0.693])
    """

    name: ClassVar[str] = "multiclass"
    title: ClassVar[str] = "Multiclass classification"

    def head(self, truth: Array) -> Head:  # noqa: ARG002
        """A softmax over the classes."""
        return SoftmaxHead(len(self.labels))

    def losses(self, truth: Array, prediction: Array) -> Array:
        """Log losses (rows,)."""
        codes = np.asarray(truth, dtype=np.int64)
        chances = np.asarray(prediction, dtype=np.float64)[np.arange(len(codes)), codes]
        return np.asarray(-np.log(np.clip(chances, TINY, 1 - TINY)))

    def naive(self, truth: Array) -> Array:
        """The share of each class (classes,)."""
        return np.asarray(self.counts(truth) / len(truth))

    def repeat(self, constant: Array, rows: int) -> Array:
        """The shares for each row (rows, classes)."""
        return np.tile(np.asarray(constant, dtype=np.float64), (rows, 1))

    def columns(self, prediction: Array, threshold: Cut | None) -> pl.DataFrame:  # noqa: ARG002
        """`prediction` (the likeliest label) and `proba_<class>`; a threshold has no meaning here."""
        proba = np.asarray(prediction, dtype=np.float64)
        return self._table(proba.argmax(axis=1), proba)

    @classmethod
    def suits(cls, target: pl.DataFrame) -> tuple[float, str]:
        """Text with few values suits, and few whole numbers that read like codes or grades."""
        if target.width != 1:
            return 0.0, "a multiclass task has one target column."
        column, rows = target.to_series(), max(1, target.height)
        name, values = column.name, distinct(column)
        if wordy(column):
            sure = 0.9 if values <= max(FEW, 0.05 * rows) else 0.5
            return sure * (values > 2), f"'{name}' is text with {values:,} distinct values{lonely(column)}."
        if whole(column) and 2 < values <= FEW and values <= 0.5 * rows:
            says = f"'{name}' holds {values} distinct whole numbers"
            if values <= 10:
                advice = 'if their distances matter, choose the task "regression"'
                return (
                    0.8,
                    f"{says}, taken as classes ({advice}){lonely(column)}.",
                )
            return 0.4, f"{says}, which may be classes{lonely(column)}."
        return 0.0, f"'{name}' holds {values:,} distinct values that are not names of classes."

    @classmethod
    def bind(cls, target: pl.DataFrame, positive: str = "") -> Multiclass:  # noqa: ARG003
        """Binds to a column of class names; `positive` has no meaning here.

        Raises:
            InputError: nothing to learn, or more than half as many classes as rows.
        """
        column = single(target, cls.title.lower())
        learnable(column)
        labels = ordered(text(column).unique().to_list())
        if len(labels) > 0.5 * len(column):
            raise InputError(
                f"'{column.name}' has {len(labels):,} classes in {len(column):,} rows, nearly one a row.",
                expected="At least two rows a class on average.",
                todo='Merge classes into fewer, choose another column, or "regression" if it is a quantity.',
            )
        return cls((column.name,), tuple(labels))


tasks.add(Binary.name, Binary)
tasks.add(Multiclass.name, Multiclass)
