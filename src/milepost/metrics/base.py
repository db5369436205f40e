"""What a metric is, and the decorator that makes one of a function."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from string import Formatter
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from milepost.errors import InputError, did_you_mean
from milepost.registry import Registry

Array: TypeAlias = NDArray[Any]
Score: TypeAlias = Callable[..., float]
Rows: TypeAlias = Callable[[Array, Array], Array | None]
Better: TypeAlias = Literal["higher", "lower"]
Reads: TypeAlias = Literal["probabilities", "scores", "labels", "values"]
Kind: TypeAlias = Literal["auc", "proportion", "loss", "other"]


class _Spaced(float):
    """A number that is written with a space before the percent sign, as everywhere in the report.

    A share that is not whole is not rounded to nothing or to all.
    """

    def __format__(self, spec: str) -> str:
        said = super().__format__(spec)
        if spec.endswith("%") and 0 < self < 1 and float(said[:-1]) in (0, 100):
            edge = 100 * min(self, 1 - self)
            said = super().__format__(f".{min(6, -math.floor(math.log10(edge)))}%")
        return said.replace("%", " %")


@dataclass(frozen=True)
class Metric:
    """A number that says how good predictions are, with all that steps need to know about it.

    Truth is int 0/1 (binary), int codes (multiclass), int 0/1 (n, k) (multilabel) or floats (n,) or (n, d)
    (regression). Predictions are probabilities of class 1 (n,), probabilities (n, k), or floats shaped like
    truth. A metric that reads labels takes probabilities too (class 1, or each of several labels, from .5 on,
    or the likeliest class) and integers as labels.

    Args:
        name: how users name it.
        better: "higher" or "lower".
        reads: what it reads of a prediction.
        tasks: the tasks it is for.
        says: a sentence with {value}, and {positive}, {positives}, {negative}, {target} where they help.
        kind: which interval suits it: "auc", "proportion", "loss" or "other".
        perfect: its value for perfect predictions.
        function: (truth, prediction, weight) -> float.
        rows: (truth, prediction) -> one loss a row, when the metric is made of a mean over rows.
    """

    name: str
    better: Better
    reads: Reads
    tasks: tuple[str, ...]
    says: str
    kind: Kind
    perfect: float
    function: Score = field(repr=False)
    rows: Rows | None = field(default=None, repr=False)

    def __call__(self, truth: ArrayLike, prediction: ArrayLike, weight: ArrayLike | None = None) -> float:
        """Returns the metric's value; nan where it is not defined, such as the AUC of a single class.

        Raises:
            InputError: lengths differ, there is no row, or a prediction is missing or infinite.
        """
        true, predicted = self._read(truth, prediction)
        return float(self.function(true, predicted, _weights(weight, len(true))))

    def gain(self, a: float, b: float) -> float:
        """Returns by how much `a` is better than `b`: positive when it is.

        >>> metric_of_rmse = Metric("rmse", "lower", "values", ("regression",), "", "loss", 0.0, max)
        >>> metric_of_rmse.gain(2.0, 3.0)
        1.0
        """
        return a - b if self.better == "higher" else b - a

    def losses(
        self, truth: ArrayLike, prediction: ArrayLike, weight: ArrayLike | None = None
    ) -> NDArray[np.float64] | None:
        """Returns one loss a row (n,), lower is better, or None when the metric is not made of rows.

        Of two predictions for the same rows the one with the lower mean is the better one by this metric.
        Weights are normalised to mean 1 and multiplied in, so that the plain mean is the weighted one.
        """
        if self.rows is None:
            return None
        true, predicted = self._read(truth, prediction)
        losses = self.rows(true, predicted)
        if losses is None:
            return None
        weights = _weights(weight, len(true))
        scaled = losses if weights is None else losses * (weights / weights.mean())
        return np.asarray(scaled, dtype=np.float64)

    def sentence(
        self,
        value: float,
        *,
        positive: str = "positive row",
        negative: str = "negative row",
        target: str = "the target",
        span: tuple[float, float] | None = None,
    ) -> str:
        """Returns the value in plain words, with its interval where one is given."""
        said = self.says.format(
            value=_Spaced(value),
            positive=positive,
            positives=positive.replace("row", "rows", 1) if positive.startswith("row ") else f"{positive}s",
            negative=negative,
            target=target,
        )
        return said if span is None else f"{said} ({self._told(span[0])} to {self._told(span[1])})"

    def _told(self, value: float) -> str:
        """A value alone, written as in the sentence."""
        spec = next((s for _, name, s, _ in Formatter().parse(self.says) if name == "value"), None) or ".3g"
        return format(_Spaced(value), spec)

    def _read(self, truth: ArrayLike, prediction: ArrayLike) -> tuple[Array, Array]:
        true, predicted = np.asarray(truth), np.asarray(prediction)
        if len(true) != len(predicted):
            raise InputError(
                f"{len(predicted):,} predictions for {len(true):,} rows.", expected="One prediction a row."
            )
        if len(true) == 0:
            raise InputError(f"no row to compute {self.name} from.", expected="At least one row.")
        for what, array in (("truths", true), ("predictions", predicted)):
            if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
                raise InputError(
                    f"some {what} are missing, infinite or not numbers.",
                    expected=f"{self.name} reads finite numbers, and class codes rather than names.",
                )
        if self.reads == "values":
            return true.astype(np.float64), predicted.astype(np.float64)
        if true.ndim == 2:
            return _indicators(true, predicted, self.reads == "labels")
        true = _codes(true, predicted.shape[1] if predicted.ndim == 2 else None)
        if self.reads == "labels":
            return true, labels(predicted)
        if predicted.ndim == 2 and predicted.shape[1] == 2:
            predicted = predicted[:, 1]
        return true, predicted.astype(np.float64)

    def __reduce__(self) -> tuple[object, ...]:
        return (find, (self.name,))


METRICS: Registry[Metric] = Registry("metric", "milepost.metrics")


def metric(
    *,
    better: Better,
    reads: Reads,
    tasks: tuple[str, ...],
    says: str,
    kind: Kind = "other",
    perfect: float = 1.0,
) -> Callable[[Score], Metric]:
    """Makes a registered `Metric` of a function `(truth, prediction, weight=None) -> float`.

    The arguments are the fields of `Metric`. A project's own metric is such a function in `plugins/`.

    >>> @metric(better="lower", reads="values", tasks=("regression",), says="at worst {value}", perfect=0.0)
    ... def worst_error(truth, values, weight=None):
    ...     return abs(truth - values).max()
    >>> worst_error([1.0, 2.0], [1.0, 2.5])
    0.5
    """

    def make(function: Score) -> Metric:
        name, rows = function.__name__, getattr(function, "rows", None)
        return METRICS.add(name, Metric(name, better, reads, tasks, says, kind, perfect, function, rows))

    return make


def by_row(rows: Rows) -> Callable[[Score], Score]:
    """Says under `metric` that a metric is made of a mean over rows, and how: (truth, prediction) -> (n,).

    >>> @by_row(lambda truth, values: abs(truth - values))
    ... def mean_error(truth, values, weight=None):
    ...     return float(abs(truth - values).mean())
    >>> mean_error.rows(3, 1)
    2
    """

    def mark(function: Score) -> Score:
        function.rows = rows  # type: ignore[attr-defined]
        return function

    return mark


_AT = re.compile(r"(recall|precision)_at_(\d+(?:\.\d+)?)%")


def find(name: str) -> Metric:
    """Returns the metric of a name; `recall_at_2%` and `precision_at_0.5%` give the share looked at.

    Raises:
        InputError: there is none; the nearest names are offered.

    >>> find("recall_at_2%").better
    'higher'
    """
    share = _AT.fullmatch(name)
    if share and 0 < float(share[2]) < 100:
        base = METRICS[f"{share[1]}_at_k"]
        return replace(base, name=name, function=_looking_at(base.function, float(share[2]) / 100))
    if name not in METRICS:
        raise InputError(f"there is no metric '{name}'.", todo=did_you_mean(name, METRICS))
    return METRICS[name]


def _looking_at(function: Score, k: float) -> Score:
    return lambda truth, prediction, weight=None: function(truth, prediction, weight, k=k)


def labels(prediction: ArrayLike) -> NDArray[np.int64]:
    """Returns class codes (n,) of probabilities (n,) or (n, k); integers pass as they are.

    >>> labels([0.2, 0.5]).tolist(), labels([[0.2, 0.8]]).tolist(), labels([2, 0]).tolist()
    ([0, 1], [1], [2, 0])
    """
    predicted = np.asarray(prediction)
    if predicted.ndim == 2:
        return np.asarray(predicted.argmax(axis=1), dtype=np.int64)
    if predicted.dtype.kind == "f" and predicted.size and predicted.max() <= 1:
        return (predicted >= 0.5).astype(np.int64)
    return np.asarray(predicted, dtype=np.int64)


def _indicators(truth: Array, predicted: Array, decide: bool) -> tuple[Array, Array]:
    """0/1 truth (n, k) beside probabilities, or beside 0/1 where decisions are read."""
    if predicted.shape != truth.shape or not np.isin(truth, (0, 1)).all():
        raise InputError(
            f"the truth is shaped {truth.shape}, the prediction {predicted.shape}.",
            expected="0 or 1 a row and label, and a probability for each.",
        )
    if not decide:
        return truth.astype(np.int64), predicted.astype(np.float64)
    borne = predicted >= 0.5 if predicted.dtype.kind == "f" else predicted.astype(np.int64)
    return truth.astype(np.int64), borne.astype(np.int64)


def _codes(truth: Array, classes: int | None) -> Array:
    codes = truth.astype(np.int64)
    if (codes != truth).any() or codes.min() < 0 or (classes is not None and codes.max() >= classes):
        raise InputError(
            f"the truth holds {truth.min()} to {truth.max()}.",
            expected="Class codes from 0, one column of probabilities for each.",
        )
    return codes


def _weights(weight: ArrayLike | None, rows: int) -> NDArray[np.float64] | None:
    if weight is None:
        return None
    weights = np.asarray(weight, dtype=np.float64)
    if weights.shape != (rows,) or not (weights >= 0).all() or weights.sum() <= 0:
        raise InputError(
            f"the weights, shaped {weights.shape}, cannot weigh {rows:,} rows.",
            expected="One weight a row, none negative, not all 0.",
        )
    return weights
