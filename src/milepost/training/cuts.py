"""A decision threshold a label, chosen on out-of-fold predictions; rare labels borrow from the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.report.sentences import listed

Array = np.ndarray[Any, Any]
Amount = float | Array
FEW = 25
"""Rows that bear a label below which its threshold is that of all labels together."""
EDGE = 1e-6
"""Thresholds keep this far from 0 and 1."""


@dataclass(frozen=True)
class Cuts:
    """Thresholds of several labels.

    Args:
        values: one a label: it applies from this probability on.
        why: how they were found.
        note: the labels whose own rows are too few, a sentence or "".
    """

    values: tuple[float, ...]
    why: str
    note: str


def by_label(
    labels: Sequence[str],
    prediction: Array,
    truth: Array,
    costs: tuple[Amount, Amount] | None = None,
) -> Cuts:
    """Chooses a threshold for each label: the least cost, or the best F1 of its out-of-fold predictions.

    A label that fewer than 25 rows bear takes the threshold that serves all labels together best: its own
    would follow the luck of a few rows.

    Args:
        labels: names of the labels.
        prediction: calibrated out-of-fold probabilities (n, k).
        truth: 0/1 (n, k).
        costs: what a false alarm and a miss cost, numbers or one a row; None for F1.

    >>> proba = np.tile([[0.9, 0.2], [0.6, 0.1], [0.2, 0.05]], (30, 1))
    >>> by_label("ab", proba, np.tile([[1, 1], [1, 0], [0, 0]], (30, 1))).values
    (0.4, 0.15)
    """
    rows, width = truth.shape
    alarm, miss = (None, None) if costs is None else (np.broadcast_to(cost, rows) for cost in costs)
    whole = None if alarm is None or miss is None else (np.repeat(alarm, width), np.repeat(miss, width))
    shared = best(prediction.ravel(), truth.ravel(), whole)
    counts = truth.sum(axis=0)
    own = None if alarm is None or miss is None else (alarm, miss)
    values = [
        best(prediction[:, i], truth[:, i], own) if min(n, rows - n) >= FEW else shared
        for i, n in enumerate(counts.tolist())
    ]
    few = [label for label, n in zip(labels, counts.tolist(), strict=True) if min(n, rows - n) < FEW]
    note = (
        f"Fewer than {FEW} rows tell {listed(few, 8)} apart: the threshold is that of all labels together, "
        f"{shared:.4f}."
        if few
        else ""
    )
    why = "the least cost of misses and false alarms" if costs is not None else "the best F1 of each label"
    return Cuts(tuple(values), why, note)


def best(p: Array, y: Array, costs: tuple[Array, Array] | None = None) -> float:
    """Returns the threshold of the least cost, or of the best F1, halfway between two scores.

    Args:
        p: out-of-fold probabilities (n,).
        y: 0/1 (n,).
        costs: what a false alarm and a miss cost in each row; None for F1.
    """
    order = np.argsort(-p, kind="stable")
    scores, hit = np.asarray(p[order], np.float64), y[order].astype(np.float64)
    ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    if costs is None:
        caught = np.cumsum(hit)[ends]
        gain = 2 * caught / np.maximum(ends + 1 + hit.sum(), 1e-12)
    else:
        alarm, miss = (cost[order] for cost in costs)
        gain = np.cumsum(np.where(hit == 1, miss, -alarm))[ends]
        if gain.max() <= 0:  # never deciding for it costs least
            return _inside((1.0 + float(scores[0])) / 2)
    place = ends[int(np.argmax(gain))]
    below = scores[place + 1] if place + 1 < len(scores) else 0.0
    return _inside(float(scores[place] + below) / 2)


def _inside(value: float) -> float:
    return round(float(np.clip(value, EDGE, 1 - EDGE)), 6)
