"""A calibrator's plain form, applied to predictions and as nodes of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.table import emit_table
from milepost.statistics.calibrators import EDGE, Calibrator

Array = np.ndarray[Any, Any]
Form = Sequence[Any]
"""The `form` of a `Calibrator`, as it is or read back from JSON."""


def apply(form: Form, prediction: Array) -> Array:
    """Calibrated predictions: class-1 probabilities (rows,), probabilities (rows, k), or values unchanged."""
    return prediction if form[0] == "identity" else Calibrator("", tuple(form))(prediction)


def emit(form: Form, builder: Builder, proba: str) -> str:
    """Adds the calibrator's nodes to a double tensor (rows, classes); returns the same shape."""
    kind, *values = form
    if kind == "identity":
        return proba
    low, high = builder.const(np.float64(EDGE)), builder.const(np.float64(1 - EDGE))
    if kind == "softmax":
        log = builder.node("Log", builder.node("Clip", proba, low, high))
        return builder.node("Softmax", builder.node("Mul", log, builder.const(np.float64(values[0]))), axis=1)
    column = builder.node("Slice", proba, *(builder.const(np.array([v])) for v in (1, 2, 1)))
    p = builder.node("Clip", column, low, high)
    if kind == "table":
        one = emit_table(builder, p, values[0], values[1])
    else:
        one = builder.node("Sigmoid", _logit(builder, p, kind, values))
    return builder.node("Concat", builder.node("Sub", builder.const(np.float64(1)), one), one, axis=1)


def _logit(builder: Builder, p: str, kind: str, values: Sequence[float]) -> str:
    """The calibrated logit of the forms "affine_logit" and "beta"."""
    a, b, c = (values[0], values[0], values[1]) if kind == "affine_logit" else values
    log = builder.node("Mul", builder.node("Log", p), builder.const(np.float64(a)))
    rest = builder.node("Log", builder.node("Sub", builder.const(np.float64(1)), p))
    other = builder.node("Mul", rest, builder.const(np.float64(b)))
    return builder.node("Add", builder.node("Sub", log, other), builder.const(np.float64(c)))
