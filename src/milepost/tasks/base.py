"""What every step asks of a problem type: a task is an object that answers, never a string to compare."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.registry import Registry

Array = np.ndarray[Any, Any]
Cut: TypeAlias = float | tuple[float, ...]
"""Where a decision begins: a probability, or one a label where a row may bear several."""


@dataclass(frozen=True)
class Head(ABC):
    """The last layer: between a learner's raw scores (rows, width) and predictions, fitted on training rows.

    Args:
        width: number of raw scores a learner gives.
    """

    width: int
    link: ClassVar[str]
    """The name of the last layer: "sigmoid", "softmax", "sigmoids" (one a label) or "identity"."""

    @abstractmethod
    def encode(self, truth: Array) -> Array:
        """What a learner fits: 0/1 floats, (rows,) or (rows, width), class codes, or standardised values."""

    @abstractmethod
    def predict(self, raw: Array) -> Array:
        """Predictions from raw scores: class-1 probability (rows,), probabilities (rows, k), or values."""

    @abstractmethod
    def emit(self, builder: Builder, raw: str) -> str:
        """The same as nodes: from a float tensor (rows, width) to predictions as float (rows, outputs).

        Outputs are [p0, p1] for binary, k probabilities for k classes or labels, doubles in target units for
        numbers.
        """

    @abstractmethod
    def statistics_target(self, truth: Array) -> Array:
        """What target statistics of categories are of: (rows,) or (rows, k) floats."""


class Task(ABC):
    """A problem type, bound to one target.

    Truth arrays: binary 0/1 int (1 is the positive class), multiclass int codes in the order of `labels`,
    multilabel 0/1 int (rows, k), regression floats (rows,), vector regression floats (rows, d). Prediction
    arrays: binary class-1 probabilities (rows,), multiclass and multilabel probabilities (rows, k), which sum
    to 1 for multiclass only, regression values shaped like the truth.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    loss_name: ClassVar[str]
    """The additive loss for tuning, as a metric's name: "log_loss" or "squared_error"."""
    labels: tuple[str, ...]
    """Class labels as text, negative first for binary; empty for regression."""
    noun: ClassVar[str] = "class"
    """What one of the labels is called."""
    exclusive: ClassVar[bool] = True
    """Whether a row bears one label and no other; False where it bears none, one or several."""
    targets: tuple[str, ...]
    """The target columns."""

    @property
    def family(self) -> str:
        """How metrics and tests know the task: "binary", "multiclass", "multilabel" or "regression"."""
        return self.name if self.labels else "regression"

    @property
    @abstractmethod
    def positive(self) -> str:
        """The label counted as positive, or ""."""

    @property
    def remark(self) -> str:
        """What there is to know of the target beside its kind, half a sentence or ""."""
        return ""

    @abstractmethod
    def encode(self, target: pl.DataFrame) -> Array:
        """Truth array from target columns without missing values.

        Raises:
            InputError: a label that is not in `labels`, or a value that is no number.
        """

    @abstractmethod
    def head(self, truth: Array) -> Head:
        """The last layer for training rows with this truth."""

    def narrowed(self, truth: Array, most: int) -> tuple[Task, Array]:  # noqa: ARG002
        """The task and truth with at most so many of the labels that a row may bear at once."""
        return self, truth

    def counts(self, truth: Array) -> Array:
        """Rows that bear each label (k,)."""
        return np.bincount(np.asarray(truth, dtype=np.int64), minlength=len(self.labels))

    def rarest(self, truth: Array) -> int:
        """Rows of the rarest class that occurs, all rows for numbers: by them a score is known.

        Where the score is a mean over labels that rows may bear at once, it is known as well as that of a
        single label with so many rows.
        """
        counts = self.counts(truth) if self.labels else np.zeros(0)
        return int(counts[counts > 0].min(initial=len(truth)))

    def decide(self, prediction: Array, cut: Cut | None) -> Array:  # noqa: ARG002
        """What is decided: class codes (rows,), 0/1 for each label (rows, k), or numbers as they are.

        Where there is no cut it is the likeliest class, or every label from a probability of .5 on.
        """
        if not self.labels:
            return np.asarray(prediction)
        return np.asarray(np.asarray(prediction).argmax(axis=1))

    @abstractmethod
    def losses(self, truth: Array, prediction: Array) -> Array:
        """Per-row losses (rows,): log loss, or squared error in units of the variance, output mean."""

    @abstractmethod
    def naive(self, truth: Array) -> Array:
        """The best constant prediction learnt from training truth: a prior, or a mean."""

    @abstractmethod
    def repeat(self, constant: Array, rows: int) -> Array:
        """A constant prediction for a number of rows."""

    @abstractmethod
    def strata(self, truth: Array) -> Array | None:
        """Integer strata for splitting: classes, or ten quantile bins of a scalar; None for vectors."""

    @abstractmethod
    def facts(self, truth: Array) -> Mapping[str, Any]:
        """Plain facts of the truth: counts a class and prevalence, or mean, sd, quantiles."""

    @abstractmethod
    def columns(self, prediction: Array, threshold: Cut | None) -> pl.DataFrame:
        """The output table: `prediction`, `proba_<class>`, `decision` where a threshold is given."""

    @abstractmethod
    def plain(self) -> Mapping[str, Any]:
        """The task as plain JSON, from which `registry[name].of(plain)` makes it again."""

    @classmethod
    @abstractmethod
    def of(cls, plain: Mapping[str, Any]) -> Task:
        """The task from plain JSON."""

    @classmethod
    def meant(cls, target: pl.DataFrame) -> pl.DataFrame:
        """Target columns as this task means them: a missing value is a row without an answer."""
        return target

    @classmethod
    @abstractmethod
    def suits(cls, target: pl.DataFrame) -> tuple[float, str]:
        """How well a target suits this task (0 to 1), and why, in one sentence."""

    @classmethod
    @abstractmethod
    def bind(cls, target: pl.DataFrame, positive: str = "") -> Task:
        """The task bound to target columns; `positive` names the class to find, else the rarer one.

        Raises:
            InputError: nothing to learn (constant target, a class a row, an identifier), with the better way.
        """


tasks: Registry[type[Task]] = Registry("task", "milepost.tasks")
