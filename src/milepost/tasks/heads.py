"""The last layers: sigmoid, softmax, a sigmoid a label, and identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from milepost.graphs.builder import Builder
from milepost.tasks.base import Array, Head


@dataclass(frozen=True)
class SigmoidHead(Head):
    """One raw score a row, whose sigmoid is the probability of the positive class."""

    width: int = 1
    link: ClassVar[str] = "sigmoid"

    def encode(self, truth: Array) -> Array:
        """0/1 floats (rows,)."""
        return np.asarray(truth, dtype=np.float64)

    def predict(self, raw: Array) -> Array:
        """Probabilities of the positive class (rows,)."""
        scores = np.asarray(raw, dtype=np.float64).reshape(-1)
        return np.asarray(0.5 * (1 + np.tanh(scores / 2)))

    def emit(self, builder: Builder, raw: str) -> str:
        """Probabilities of both classes, float (rows, 2)."""
        return builder.node("Sigmoid", builder.node("Concat", builder.node("Neg", raw), raw, axis=1))

    def statistics_target(self, truth: Array) -> Array:
        """0/1 floats (rows,)."""
        return self.encode(truth)


@dataclass(frozen=True)
class SoftmaxHead(Head):
    """One raw score a class, whose softmax are the probabilities."""

    link: ClassVar[str] = "softmax"

    def encode(self, truth: Array) -> Array:
        """Class codes int64 (rows,)."""
        return np.asarray(truth, dtype=np.int64)

    def predict(self, raw: Array) -> Array:
        """Probabilities (rows, classes)."""
        scores = np.asarray(raw, dtype=np.float64)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def emit(self, builder: Builder, raw: str) -> str:
        """Probabilities, float (rows, classes)."""
        return builder.node("Softmax", raw, axis=1)

    def statistics_target(self, truth: Array) -> Array:
        """One-hot floats (rows, classes)."""
        return np.asarray(np.eye(self.width)[np.asarray(truth, dtype=np.int64)])


@dataclass(frozen=True)
class SigmoidsHead(Head):
    """One raw score a label, whose sigmoid is the probability that the row bears it."""

    link: ClassVar[str] = "sigmoids"

    def encode(self, truth: Array) -> Array:
        """0/1 floats (rows, labels)."""
        return np.asarray(truth, dtype=np.float64).reshape(-1, self.width)

    def predict(self, raw: Array) -> Array:
        """Probabilities (rows, labels), which need not sum to 1."""
        scores = np.asarray(raw, dtype=np.float64).reshape(-1, self.width)
        return np.asarray(0.5 * (1 + np.tanh(scores / 2)))

    def emit(self, builder: Builder, raw: str) -> str:
        """Probabilities, float (rows, labels)."""
        return builder.node("Sigmoid", raw)

    def statistics_target(self, truth: Array) -> Array:
        """0/1 floats (rows, labels)."""
        return self.encode(truth)


@dataclass(frozen=True)
class IdentityHead(Head):
    """Raw scores are standardised values; predictions are brought back to the target's unit.

    Args:
        mean: mean of each output over training rows.
        sd: standard deviation of each output; 1 where the output is constant.
        scalar: whether predictions have shape (rows,) rather than (rows, width).
    """

    mean: tuple[float, ...]
    sd: tuple[float, ...]
    scalar: bool
    link: ClassVar[str] = "identity"

    @classmethod
    def fit(cls, truth: Array) -> IdentityHead:
        """The head of training rows with this truth, (rows,) or (rows, d)."""
        values = np.asarray(truth, dtype=np.float64)
        wide = values.reshape(len(values), -1)
        mean, sd = wide.mean(axis=0), spread(wide)
        return cls(wide.shape[1], tuple(mean.tolist()), tuple(sd.tolist()), values.ndim == 1)

    def encode(self, truth: Array) -> Array:
        """Standardised values (rows, width)."""
        wide = np.asarray(truth, dtype=np.float64).reshape(-1, self.width)
        return np.asarray((wide - np.array(self.mean)) / np.array(self.sd))

    def predict(self, raw: Array) -> Array:
        """Values in the target's unit, (rows,) for a scalar, else (rows, width)."""
        wide = np.asarray(raw, dtype=np.float64).reshape(-1, self.width)
        values = wide * np.array(self.sd) + np.array(self.mean)
        return np.asarray(values[:, 0] if self.scalar else values)

    def emit(self, builder: Builder, raw: str) -> str:
        """Values in the target's unit, double (rows, width)."""
        wide = builder.cast(raw, "double")
        scaled = builder.node("Mul", wide, builder.const(np.array([self.sd], dtype=np.float64)))
        return builder.node("Add", scaled, builder.const(np.array([self.mean], dtype=np.float64)))

    def statistics_target(self, truth: Array) -> Array:
        """Standardised values, (rows,) for a scalar, else (rows, width)."""
        values = self.encode(truth)
        return np.asarray(values[:, 0] if self.scalar else values)


def spread(wide: Array) -> Array:
    """Returns the standard deviation of each column; 1 where it is constant up to rounding."""
    sd = wide.std(axis=0)
    noise = 1e-12 * np.abs(wide).max(axis=0, initial=0.0)
    return np.asarray(np.where(np.isfinite(sd) & (sd > noise), sd, 1.0))
