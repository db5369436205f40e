"""The losses that belong to the links of a head, as means over weighted rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from milepost.learners.base import Batch

Array = np.ndarray[Any, Any]


LOGITS = ("sigmoid", "sigmoids")
"""Links of raw scores that are logits, each of a yes and a no."""


def active(batch: Batch) -> Batch:
    """The rows of a batch that weigh anything; the same batch where all do."""
    if batch.weight is None:
        return batch
    kept = np.asarray(batch.weight) > 0
    if kept.all():
        return batch
    return replace(batch, x=batch.x[kept], y=batch.y[kept], weight=batch.weight[kept])


def targets(y: Array, link: str, width: int) -> Array:
    """Encoded truth as floats (rows, width); class codes become indicators.

    >>> targets(np.array([0, 2]), "softmax", 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if link == "softmax":
        return np.eye(width)[np.asarray(y, np.int64)]
    return np.asarray(y, np.float64).reshape(len(y), width)


def row_losses(raw: Array, y: Array, link: str) -> Array:
    """Loss of each row (rows,): log loss, or squared error, the mean over labels or outputs.

    >>> row_losses(np.array([[0.0]]), np.array([1.0]), "sigmoid").round(3).tolist()
    [0.693]
    >>> row_losses(np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]]), "identity").tolist()
    [2.5]
    >>> row_losses(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]), "sigmoids").round(3).tolist()
    [0.693]
    """
    scores = np.asarray(raw, np.float64)
    if link == "sigmoid":
        z = scores[:, 0]
        return np.asarray(np.logaddexp(0, z) - np.asarray(y, np.float64) * z)
    if link == "sigmoids":
        return np.asarray((np.logaddexp(0, scores) - np.asarray(y, np.float64) * scores).mean(axis=1))
    if link == "softmax":
        top = scores.max(axis=1, keepdims=True)
        total = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
        return np.asarray(total - scores[np.arange(len(scores)), np.asarray(y, np.int64)])
    return np.asarray(((scores - np.asarray(y, np.float64).reshape(scores.shape)) ** 2).mean(axis=1))


def mean_loss(raw: Array, batch: Batch, link: str) -> float:
    """Weighted mean loss of raw scores (rows, width) on a batch."""
    return float(np.average(row_losses(raw, batch.y, link), weights=batch.weight))


def constant(batch: Batch, link: str, width: int) -> Array:
    """The raw scores (width,) of the best constant answer; rates are kept off 0 and 1 by half a row."""
    truth = targets(batch.y, link, width)
    mean = np.average(truth, axis=0, weights=batch.weight)
    if link == "identity":
        return np.asarray(mean)
    classes = 2 if link in LOGITS else width
    rate = (mean * len(truth) + 0.5) / (len(truth) + 0.5 * classes)
    return np.asarray(np.log(rate) - np.log1p(-rate) if link in LOGITS else np.log(rate))
