"""A calibrator's plain form, applied to predictions and as nodes of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.table import emit_table
from milepost.statistics.calibrators import EDGE, Calibrator
from milepost.statistics.prior import prior_correction

Array = np.ndarray[Any, Any]
Form = Sequence[Any]
"""The `form` of a `Calibrator`, as it is or read back from JSON; ("shrunk", share, shares, form); or
("labels", forms): one a label, where a row may bear several."""


def shrunk(form: Form, rows: int, shares: Array) -> tuple[Any, ...]:
    """A form whose probabilities are drawn towards the shares of the classes by one row in `rows` + 2.

    Where all of n rows came out as they were told, the next one may still fail once in n + 2 times (Laplace's
    rule of succession): what is more certain than that was not learnt from n rows.

    Args:
        form: a calibrator, for the shares of the classes where it is to be used.
        rows: labelled rows.
        shares: shares of the classes (classes,).

    >>> apply(shrunk(("identity",), 98, np.array([0.5, 0.5])), np.array([0.0, 0.5])).round(4).tolist()
    [0.005, 0.5]
    """
    return ("shrunk", 1 / (rows + 2), np.asarray(shares, np.float64).tolist(), form)


def apply(form: Form, prediction: Array) -> Array:
    """Calibrated predictions: class-1 probabilities (rows,), probabilities (rows, k), or values unchanged.

    Probabilities are those of float32, as the graph gives them: in double precision a plateau of a table
    would break into steps that mean nothing, and rank what ships as equal.
    """
    if form[0] == "identity":
        return prediction
    return np.asarray(_exact(form, prediction), np.float32).astype(np.float64)


def _exact(form: Form, prediction: Array) -> Array:
    """Calibrated predictions in double precision."""
    if form[0] == "labels":
        return np.column_stack([_exact(one, prediction[:, i]) for i, one in enumerate(form[1])])
    if form[0] != "shrunk":
        return Calibrator("", tuple(form))(prediction)
    share, shares, inner = form[1], np.asarray(form[2]), form[3]
    other = shares[1] if np.ndim(prediction) == 1 else shares
    return np.asarray((1 - share) * _exact(inner, prediction) + share * other)


def shifted(form: Form, old: Array, new: Array) -> Form:
    """The form whose probabilities hold under other shares of the classes (Saerens et al. 2002).

    Args:
        form: a calibrator for rows with the old shares.
        old: shares of the classes in the rows it was fitted on (classes,).
        new: shares of the classes where it is to be used (classes,).

    >>> made = shifted(("identity",), np.array([0.8, 0.2]), np.array([0.95, 0.05]))
    >>> apply(made, np.array([0.5])).round(4).tolist()
    [0.1739]
    """
    before, after = (
        np.clip(np.asarray(old, np.float64), EDGE, 1),
        np.clip(np.asarray(new, np.float64), EDGE, 1),
    )
    change = np.log(after / before)
    kind, *values = form
    if len(change) > 2:
        slope = 1.0 if kind == "identity" else values[0]
        return ("softmax", float(slope), *change.tolist())
    odds = float(change[1] - change[0])
    if kind == "identity":
        return ("affine_logit", 1.0, odds)
    if kind == "table":
        return ("table", list(values[0]), prior_correction(values[1], before[1], after[1]).tolist())
    return (kind, *values[:-1], values[-1] + odds)


def emit(form: Form, builder: Builder, proba: str) -> str:
    """Adds the calibrator's nodes to a double tensor (rows, classes or labels); returns the same shape."""
    kind, *values = form
    if kind == "identity":
        return proba
    if kind == "shrunk":
        inner = emit(values[2], builder, proba)
        kept = builder.node("Mul", inner, builder.const(np.float64(1 - values[0])))
        return builder.node("Add", kept, builder.const(values[0] * np.array([values[1]], np.float64)))
    if kind == "labels":
        columns = [_column(builder, proba, i) for i in range(len(values[0]))]
        parts = [_one(f, builder, column) for f, column in zip(values[0], columns, strict=True)]
        return builder.node("Concat", *parts, axis=1)
    if kind == "softmax":
        log = builder.node("Log", _inside(builder, proba))
        scaled = builder.node("Mul", log, builder.const(np.float64(values[0])))
        if len(values) > 1:
            scaled = builder.node("Add", scaled, builder.const(np.array([values[1:]], np.float64)))
        return builder.node("Softmax", scaled, axis=1)
    one = _one(form, builder, _column(builder, proba, 1))
    return builder.node("Concat", builder.node("Sub", builder.const(np.float64(1)), one), one, axis=1)


def _one(form: Form, builder: Builder, column: str) -> str:
    """Adds the calibrator of one probability (rows, 1), that of a positive class or of a label."""
    kind, *values = form
    if kind == "identity":
        return column
    p = _inside(builder, column)
    if kind == "table":
        narrow = emit_table(builder, builder.cast(p, "float"), values[0], values[1])
        return builder.cast(narrow, "double")
    return builder.node("Sigmoid", _logit(builder, p, kind, values))


def _inside(builder: Builder, proba: str) -> str:
    """Probabilities kept off 0 and 1."""
    return builder.node("Clip", proba, builder.const(np.float64(EDGE)), builder.const(np.float64(1 - EDGE)))


def _column(builder: Builder, proba: str, place: int) -> str:
    """One column (rows, 1)."""
    return builder.node("Slice", proba, *(builder.const(np.array([v])) for v in (place, place + 1, 1)))


def _logit(builder: Builder, p: str, kind: str, values: Sequence[float]) -> str:
    """The calibrated logit of the forms "affine_logit" and "beta"."""
    a, b, c = (values[0], values[0], values[1]) if kind == "affine_logit" else values
    log = builder.node("Mul", builder.node("Log", p), builder.const(np.float64(a)))
    rest = builder.node("Log", builder.node("Sub", builder.const(np.float64(1)), p))
    other = builder.node("Mul", rest, builder.const(np.float64(b)))
    return builder.node("Add", builder.node("Sub", log, other), builder.const(np.float64(c)))
