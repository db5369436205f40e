"""Multilabel classification: a row bears none, one or several of the labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.errors import InputError, did_you_mean
from milepost.modalities.base import text
from milepost.tasks import lists
from milepost.tasks.base import Array, Cut, Head, Task, tasks
from milepost.tasks.checks import LEAST, wordy
from milepost.tasks.heads import SigmoidsHead
from milepost.tasks.labels import ordered

TINY = 1e-7
"""Probabilities are kept this far from 0 and 1 in losses, so that one row cannot weigh infinitely."""
ESTIMABLE = 10
"""Rows that bear a label below which nothing can be estimated of it."""
RARE = 20
"""Rows of a stratum below which it is merged with others."""
SHOWN = 12
YES, NO = ("1", "true", "yes"), ("0", "false", "no")
SAID = frozenset((*YES, *NO))
"""What a column of a label may hold, folded."""


@dataclass(frozen=True)
class Multilabel(Task):
    """Labels that do not exclude one another.

    Args:
        targets: one text column that holds several labels a cell, or one column of 0/1 a label.
        labels: the labels that some rows bear and others do not.
        form: how cells hold several labels: a delimiter or "json"; "" for a column a label.
        left: labels that no row bears, or that every row bears: there is nothing to learn of them.

    >>> task = Multilabel.bind(pl.DataFrame({"tags": ["a;b", "a", "b;c", "c", ""] * 4}))
    >>> task.labels, task.encode(pl.DataFrame({"tags": ["c;a", ""]})).tolist()
    (('a', 'b', 'c'), [[1, 0, 1], [0, 0, 0]])
    """

    targets: tuple[str, ...]
    labels: tuple[str, ...]
    form: str = ""
    left: tuple[str, ...] = ()
    name: ClassVar[str] = "multilabel"
    title: ClassVar[str] = "Multilabel classification"
    loss_name: ClassVar[str] = "log_loss"
    noun: ClassVar[str] = "label"
    exclusive: ClassVar[bool] = False

    @property
    def positive(self) -> str:
        """No single label is looked for."""
        return ""

    def encode(self, target: pl.DataFrame) -> Array:
        """0/1 int64 (rows, labels).

        Raises:
            InputError: a label that is not in `labels`, or a cell that is neither 0 nor 1.
        """
        if not self.form:
            return np.column_stack([_truths(target[name]) for name in self.labels])
        place = {label: i for i, label in enumerate(self.labels)}
        column = text(target[self.targets[0]]).fill_null("")
        cells = {cell: lists.split(cell, self.form) for cell in column.unique().to_list()}
        found = np.zeros((len(cells), len(self.labels)), dtype=np.int64)
        for row, parts in enumerate(cells.values()):
            for part in parts:
                if part in place:
                    found[row, place[part]] = 1
                elif part not in self.left:
                    raise self._strange(part)
        rows = column.replace_strict(list(cells), range(len(cells)), return_dtype=pl.Int64)
        return np.asarray(found[rows.to_numpy()])

    def _strange(self, label: str) -> InputError:
        return InputError(
            f"'{self.targets[0]}' holds {label!r}, which is no label of this task.",
            expected="The labels known since the task was framed.",
            todo=did_you_mean(label, self.labels) + " A new label needs the task framed anew.",
        )

    def head(self, truth: Array) -> Head:  # noqa: ARG002
        """A sigmoid a label."""
        return SigmoidsHead(len(self.labels))

    def narrowed(self, truth: Array, most: int) -> tuple[Task, Array]:
        """The labels that tell the rows apart most evenly, in their order, and their truth."""
        rarer = np.minimum(self.counts(truth), len(truth) - self.counts(truth))
        kept = np.sort(np.argsort(-rarer, kind="stable")[:most])
        some = replace(self, labels=tuple(self.labels[i] for i in kept))
        return some, np.asarray(truth)[:, kept]

    def counts(self, truth: Array) -> Array:
        """Rows that bear each label (k,)."""
        return np.asarray(np.asarray(truth, dtype=np.int64).reshape(-1, len(self.labels)).sum(axis=0))

    def rarest(self, truth: Array) -> int:
        """Rows of a single label whose score is known as well as the mean over all labels is."""
        counts = self.counts(truth)
        borne = counts[counts > 0]
        return int(len(borne) ** 2 / (1 / borne).sum()) if len(borne) else 0

    def decide(self, prediction: Array, cut: Cut | None) -> Array:
        """0/1 int64 (rows, labels), compared in single precision as the shipped graph does."""
        p = np.asarray(prediction, dtype=np.float64).astype(np.float32)
        limits = np.asarray(0.5 if cut is None else cut, dtype=np.float32)
        return np.asarray(p >= limits, dtype=np.int64)

    def losses(self, truth: Array, prediction: Array) -> Array:
        """Binary cross-entropies, the mean over labels, (rows,)."""
        p = np.clip(np.asarray(prediction, dtype=np.float64), TINY, 1 - TINY)
        return np.asarray(-np.log(np.where(np.asarray(truth) == 1, p, 1 - p)).mean(axis=1))

    def naive(self, truth: Array) -> Array:
        """The share of rows that bear each label (labels,)."""
        return np.asarray(self.counts(truth) / len(truth))

    def repeat(self, constant: Array, rows: int) -> Array:
        """The shares for each row (rows, labels)."""
        return np.tile(np.asarray(constant, dtype=np.float64), (rows, 1))

    def strata(self, truth: Array) -> Array | None:
        """Combinations of labels; a row of a rare one counts as a row of its rarest label alone.

        So each part gets its share of every label and of every common combination, and no combination is too
        rare to be divided.
        """
        wide = np.asarray(truth, dtype=np.int64).reshape(-1, len(self.labels))
        _, kind, size = np.unique(wide, axis=0, return_inverse=True, return_counts=True)
        rare = size[kind.ravel()] < RARE
        order = np.where(wide == 1, self.counts(wide), np.iinfo(np.int64).max)
        codes = np.where(rare, -1 - order.argmin(axis=1), kind.ravel())
        codes = np.where(rare & (wide.sum(axis=1) == 0), -1 - len(self.labels), codes)
        return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)

    def facts(self, truth: Array) -> Mapping[str, Any]:
        """Rows, rows a label, labels a row, labels that are too rare to estimate, and those left out."""
        counts = {label: int(n) for label, n in zip(self.labels, self.counts(truth), strict=True)}
        each = np.bincount(np.asarray(truth, dtype=np.int64).sum(axis=1)) if len(truth) else np.zeros(1)
        return {
            "rows": len(truth),
            "counts": counts,
            "single": [label for label, n in counts.items() if n == 1],
            "labels_a_row": {str(n): int(rows) for n, rows in enumerate(each) if rows},
            "rare": [label for label, n in counts.items() if n < ESTIMABLE],
            "left": list(self.left),
        }

    @property
    def remark(self) -> str:
        """How many labels are left out, and which; "" where none is."""
        if not self.left:
            return ""
        whole = len(self.labels) + len(self.left)
        shown = ", ".join(f"'{name}'" for name in self.left[:SHOWN])
        rest = f" and {len(self.left) - SHOWN} more" if len(self.left) > SHOWN else ""
        verb = "occurs" if len(self.left) == 1 else "occur"
        return (
            f"{len(self.left)} of {whole} labels never {verb}, or in every row, and cannot be learnt: "
            f"{shown}{rest}; the other {len(self.labels)} go on."
        )

    def columns(self, prediction: Array, threshold: Cut | None) -> pl.DataFrame:
        """`prediction` (the labels that apply, joined by ";"), `proba_<label>`, `decision` at thresholds.

        Labels apply from their thresholds on, else from .5 on; `decision` repeats what was signed for.
        """
        proba = np.asarray(prediction, dtype=np.float64).reshape(-1, len(self.labels))
        borne = self.decide(proba, threshold)
        joined = [";".join(label for label, on in zip(self.labels, row, strict=True) if on) for row in borne]
        table = {"prediction": pl.Series(joined, dtype=pl.String)}
        table |= {f"proba_{label}": pl.Series(proba[:, i]) for i, label in enumerate(self.labels)}
        if threshold is not None:
            table["decision"] = table["prediction"]
        return pl.DataFrame(table)

    def plain(self) -> Mapping[str, Any]:
        """The task as plain JSON."""
        return {
            "name": self.name,
            "targets": list(self.targets),
            "labels": list(self.labels),
            "form": self.form,
            "left": list(self.left),
            "exclusive": self.exclusive,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Multilabel:
        """The task from plain JSON."""
        left = tuple(plain.get("left", ()))
        return cls(tuple(plain["targets"]), tuple(plain["labels"]), str(plain.get("form", "")), left)

    @classmethod
    def meant(cls, target: pl.DataFrame) -> pl.DataFrame:
        """An empty cell of one text column holds no label, unless empty lists are written as such."""
        if target.width != 1 or not wordy(target.to_series()):
            return target
        column = text(target.to_series())
        if (column.str.replace_all(r"\s", "") == "[]").any():
            return target
        return column.fill_null("").alias(target.columns[0]).to_frame()

    @classmethod
    def suits(cls, target: pl.DataFrame) -> tuple[float, str]:
        """Several columns of 0 and 1 suit, and cells that hold several labels in changing company."""
        if target.width > 1:
            if all(_binary(column) for column in target.get_columns()):
                return 0.97, f"{target.width} target columns say yes or no: a row may bear several labels."
            return 0.0, "not all target columns hold 0 and 1, true and false, or yes and no."
        if target.width != 1 or not wordy(target.to_series()):
            return 0.0, "a multilabel task has one column of text, or several of 0 and 1."
        found, evidence = lists.form(target.to_series())
        name = target.columns[0]
        if not found:
            return 0.0, f"no cell of '{name}' plainly holds several labels."
        return 0.97, f"in '{name}' {evidence}."

    @classmethod
    def bind(cls, target: pl.DataFrame, positive: str = "") -> Multilabel:  # noqa: ARG003
        """Binds to target columns; labels that no row or every row bears are left out.

        Raises:
            InputError: too few rows, cells that say neither yes nor no, or fewer than two labels to learn.
        """
        form = lists.guess(target.to_series()) if target.width == 1 else ""
        names: list[str] = list(target.columns)
        if form:
            cells = text(target.to_series()).fill_null("").unique().to_list()
            names = ordered(list({part for cell in cells for part in lists.split(cell, form)}))
        if target.height < LEAST:
            raise InputError(
                f"{', '.join(map(repr, target.columns))}: {target.height} labelled rows.",
                expected=f"At least {LEAST} are needed to learn and to check anything.",
                todo="Label more rows, or write the rule down by hand.",
            )
        whole = cls(tuple(target.columns), tuple(names), form)
        borne = whole.counts(whole.encode(target)) if names else np.zeros(0, np.int64)
        some = [bool(0 < n < target.height) for n in borne]
        kept = tuple(name for name, on in zip(names, some, strict=True) if on)
        if len(kept) < 2:
            raise InputError(
                f"{', '.join(map(repr, target.columns))}: {len(kept)} of {len(names)} labels vary.",
                expected="A multilabel task has two labels or more that some rows bear and others do not.",
                todo='Choose the task "multiclass" or "binary", or name other columns.',
            )
        left = tuple(name for name, on in zip(names, some, strict=True) if not on)
        return cls(tuple(target.columns), kept, form, left)


def _words(column: pl.Series) -> pl.Series:
    """A column of a label as folded text; whole floats as whole numbers."""
    if column.dtype.is_float():
        column = column.cast(pl.Int64, strict=False) if (column.drop_nulls() % 1 == 0).all() else column
    return text(column).str.strip_chars().str.to_lowercase()


def _binary(column: pl.Series) -> bool:
    return set(_words(column).drop_nulls().unique().to_list()) <= SAID


def _truths(column: pl.Series) -> Array:
    """0/1 of a column of a label."""
    words = _words(column)
    said = [*YES, *NO]
    codes = words.replace_strict(said, [1] * len(YES) + [0] * len(NO), default=None, return_dtype=pl.Int64)
    if codes.null_count():
        strange = column.filter(codes.is_null()).to_list()[0]
        raise InputError(
            f"'{column.name}' holds {strange!r}, which says neither yes nor no.",
            expected="A column of a label holds 0 and 1, true and false, or yes and no.",
            todo="Leave out the rows without a target."
            if strange is None
            else "Mend it, or name other columns.",
        )
    return codes.to_numpy()


tasks.add(Multilabel.name, Multilabel)
