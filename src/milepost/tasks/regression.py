"""Regression: one number, or several at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.errors import InputError
from milepost.tasks.base import Array, Cut, Head, Task, tasks
from milepost.tasks.checks import distinct, learnable, numbers, single, whole
from milepost.tasks.heads import IdentityHead, spread

BINS = 10
"""Quantile bins by which a scalar target is stratified."""
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class Numbers(Task):
    """What scalar and vector regression share.

    Args:
        targets: the target columns.
        scale: variance of each target column when the task was framed: the unit of losses.
    """

    targets: tuple[str, ...]
    scale: tuple[float, ...]
    loss_name: ClassVar[str] = "squared_error"
    labels: ClassVar[tuple[str, ...]] = ()  # type: ignore[misc]

    @property
    def positive(self) -> str:
        """No class is looked for."""
        return ""

    def head(self, truth: Array) -> Head:
        """The identity, with mean and standard deviation of these rows."""
        return IdentityHead.fit(truth)

    def losses(self, truth: Array, prediction: Array) -> Array:
        """Squared errors in units of the target's variance, the mean over outputs, (rows,)."""
        true = np.asarray(truth, dtype=np.float64).reshape(-1, len(self.targets))
        gap = true - np.asarray(prediction, dtype=np.float64).reshape(true.shape)
        return np.asarray((gap**2 / np.array(self.scale)).mean(axis=1))

    def naive(self, truth: Array) -> Array:
        """The mean of each output (d,)."""
        return np.asarray(np.asarray(truth, dtype=np.float64).reshape(len(truth), -1).mean(axis=0))

    def plain(self) -> Mapping[str, Any]:
        """The task as plain JSON."""
        return {"name": self.name, "targets": list(self.targets), "scale": list(self.scale)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Numbers:
        """The task from plain JSON; losses are in the target's own unit where the scale was left out."""
        targets = tuple(plain["targets"])
        return cls(targets, tuple(float(v) for v in plain.get("scale", ())) or (1.0,) * len(targets))


@dataclass(frozen=True)
class Regression(Numbers):
    """One number.

    >>> task = Regression.bind(pl.DataFrame({"price": [float(i % 7) for i in range(20)]}))
    >>> task.columns(np.array([1.5]), None).to_dicts()
    [{'prediction': 1.5}]
    """

    name: ClassVar[str] = "regression"
    title: ClassVar[str] = "Scalar regression"

    def encode(self, target: pl.DataFrame) -> Array:
        """Floats (rows,).

        Raises:
            InputError: a value is missing, infinite or no number.
        """
        return numbers(target[self.targets[0]]).to_numpy()

    def repeat(self, constant: Array, rows: int) -> Array:
        """The mean for each row."""
        return np.full(rows, float(np.ravel(constant)[0]))

    def strata(self, truth: Array) -> Array | None:
        """Ten quantile bins, fewer where values repeat."""
        values = np.asarray(truth, dtype=np.float64)
        edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
        codes = np.searchsorted(edges, values, side="right")
        return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)

    def facts(self, truth: Array) -> Mapping[str, Any]:
        """Rows, mean, standard deviation, quantiles and a histogram."""
        return {"rows": len(truth), **_shape(np.asarray(truth, dtype=np.float64))}

    def columns(self, prediction: Array, threshold: Cut | None) -> pl.DataFrame:  # noqa: ARG002
        """`prediction`; a threshold has no meaning here."""
        return pl.DataFrame({"prediction": np.asarray(prediction, dtype=np.float64).reshape(-1)})

    @classmethod
    def suits(cls, target: pl.DataFrame) -> tuple[float, str]:
        """Numbers with many values suit."""
        if target.width != 1:
            return 0.0, "scalar regression has one target column."
        column = target.to_series()
        values = distinct(column)
        if not column.dtype.is_numeric():
            return 0.0, f"'{column.name}' does not hold numbers."
        kind = "whole numbers" if whole(column) else "numbers"
        says = f"'{column.name}' holds {kind} with {values:,} distinct values"
        if whole(column) and values <= 10:
            return 0.3, f"{says}."
        if whole(column) and values <= 20:
            return 0.6, f'{says}, taken as a quantity; if they are codes, choose the task "multiclass".'
        return 0.9, f"{says}."

    @classmethod
    def bind(cls, target: pl.DataFrame, positive: str = "") -> Regression:  # noqa: ARG003
        """Binds to a column of numbers; `positive` has no meaning here.

        Raises:
            InputError: nothing to learn, or no numbers.
        """
        column = single(target, cls.title.lower())
        values = numbers(column)
        learnable(column)
        return cls((column.name,), _variances(values.to_numpy().reshape(-1, 1)))


@dataclass(frozen=True)
class Vector(Numbers):
    """Several numbers at once, each weighing the same.

    >>> frame = pl.DataFrame({"x": [0.0, 2.0] * 5, "y": [1.0, 5.0] * 5})
    >>> task = Vector.bind(frame)
    >>> task.losses(np.array([[0.0, 1.0]]), np.array([[1.0, 3.0]])).tolist()
    [1.0]
    """

    name: ClassVar[str] = "vector"
    title: ClassVar[str] = "Vector regression"

    def encode(self, target: pl.DataFrame) -> Array:
        """Floats (rows, d).

        Raises:
            InputError: a value is missing, infinite or no number.
        """
        return np.column_stack([numbers(target[name]).to_numpy() for name in self.targets])

    def repeat(self, constant: Array, rows: int) -> Array:
        """The means for each row (rows, d)."""
        return np.tile(np.asarray(constant, dtype=np.float64), (rows, 1))

    def strata(self, truth: Array) -> Array | None:  # noqa: ARG002
        """None: several outputs have no common order."""
        return None

    def facts(self, truth: Array) -> Mapping[str, Any]:
        """Rows, and for each output its mean, standard deviation, quantiles and histogram."""
        values = np.asarray(truth, dtype=np.float64)
        return {
            "rows": len(values),
            "outputs": {name: _shape(values[:, i]) for i, name in enumerate(self.targets)},
        }

    def columns(self, prediction: Array, threshold: Cut | None) -> pl.DataFrame:  # noqa: ARG002
        """`prediction_<target>` for each target; a threshold has no meaning here."""
        values = np.asarray(prediction, dtype=np.float64).reshape(-1, len(self.targets))
        return pl.DataFrame({f"prediction_{name}": values[:, i] for i, name in enumerate(self.targets)})

    @classmethod
    def suits(cls, target: pl.DataFrame) -> tuple[float, str]:
        """Two or more columns of numbers suit."""
        if target.width < 2:
            return 0.0, "vector regression has several target columns."
        words = [name for name in target.columns if not target[name].dtype.is_numeric()]
        if words:
            return 0.0, f"'{words[0]}' does not hold numbers."
        return 0.95, f"{target.width} target columns hold numbers."

    @classmethod
    def bind(cls, target: pl.DataFrame, positive: str = "") -> Vector:  # noqa: ARG003
        """Binds to several columns of numbers; `positive` has no meaning here.

        Raises:
            InputError: fewer than two columns, nothing to learn in one of them, or no numbers.
        """
        if target.width < 2:
            raise InputError(
                f"a vector task has several target columns, not {target.width}.",
                todo='Name more columns, or choose the task "regression".',
            )
        columns = []
        for column in target.get_columns():
            columns.append(numbers(column).to_numpy())
            learnable(column)
        return cls(tuple(target.columns), _variances(np.column_stack(columns)))


def _variances(wide: Array) -> tuple[float, ...]:
    return tuple((spread(wide) ** 2).tolist())


def _shape(values: Array) -> dict[str, Any]:
    """Mean, standard deviation, range, quantiles and histogram of numbers."""
    counts, edges = np.histogram(values, bins=min(40, max(10, int(np.sqrt(len(values))))))
    found = np.quantile(values, QUANTILES)
    return {
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "low": float(values.min()),
        "high": float(values.max()),
        "quantiles": {f"{q:.0%}": float(v) for q, v in zip(QUANTILES, found, strict=True)},
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
    }


tasks.add(Regression.name, Regression)
tasks.add(Vector.name, Vector)
