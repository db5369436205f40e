"""Quality: the score expected without labels, and the real one where outcomes have arrived."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from milepost.errors import InputError
from milepost.monitors.base import LEAST_ROWS, Array, Monitor, Reference, Signal, Window, monitors
from milepost.report.sentences import interval, number, percent
from milepost.statistics.cbpe import Estimate, Score, cbpe, importance
from milepost.statistics.dle import Sizes, dle
from milepost.statistics.quick import spread
from milepost.statistics.shift import Setting, c2st

TOLERATED = 0.1
"""The share of the gain over knowing nothing whose loss begins to matter."""
APART = 0.6
"""From this AUC between the two samples on, the calibrator is weighted (PAPE)."""
DOMAIN, FITTED = 1500, 8000
"""Rows of each side that the domain classifier reads, and rows that sizes of residuals are learnt from."""


class Quality(Monitor):
    """The estimated score and the real one, by how much they are below the normal score."""

    name: ClassVar[str] = "quality"

    def watch(self, window: Window, reference: Reference) -> list[Signal]:
        """The signals "estimated", and "real" where 30 outcomes are known."""
        least = max(TOLERATED * reference.gain, 1e-9)
        found = []
        estimate = estimated(window, reference)
        if estimate is not None:
            drop = reference.metric.gain(reference.score, estimate.value)
            told = interval(estimate.value, estimate.low, estimate.high)
            says = f"{reference.metric.name} is estimated at {told}, {number(reference.score)} is normal"
            found.append(
                Signal(
                    "estimated", "", max(0.0, drop), least, reference.score, estimate.value, says,
                    estimate.low, estimate.high,
                )
            )  # fmt: skip
        return [*found, *self._real(window, reference, least)]

    def _real(self, window: Window, reference: Reference, least: float) -> list[Signal]:
        if window.truth is None or window.known is None or len(window.truth) < LEAST_ROWS:
            return []
        value, error = real(reference, window.truth, window.prediction[window.known])
        if not np.isfinite(value) or not np.isfinite(error):
            return []
        drop = reference.metric.gain(reference.score, value)
        low, high = value - 1.96 * error, value + 1.96 * error
        share = len(window.truth) / max(1, len(window.prediction))
        says = (
            f"{reference.metric.name} was {interval(value, low, high)} on the {percent(share)} of the rows "
        )
        says += f"whose outcome is known, {number(reference.score)} is normal"
        size = max(0.0, drop - error)
        return [Signal("real", "", size, least, reference.score, value, says, low, high)]


def real(reference: Reference, truth: Array, prediction: Array) -> tuple[float, float]:
    """The score on rows with truth, and its standard error; nan where it is not defined."""
    try:
        return spread(lambda t, p: float(reference.metric(t, p)), [truth, prediction], seed=reference.seed)
    except InputError:
        return float("nan"), float("nan")


def apart(window: Window, reference: Reference) -> tuple[float, Array | None, Array | None]:
    """How well rows of the window are told from normal ones (AUC), and weights of the normal rows read.

    Returns:
        AUC, and where it is above 0.6 beyond chance the numbers of the normal rows with their weights.
    """
    here, there = reference.table(reference.frame), reference.table(window.frame)
    if not here.shape[1] or min(len(here), len(there)) < LEAST_ROWS:
        return 0.5, None, None
    how = Setting(seed=reference.seed, most=DOMAIN, balance=False, threads=reference.threads)
    found = c2st(here, there, setting=how)
    if found.auc <= APART or not found.different:
        return found.auc, None, None
    return found.auc, found.rows[found.second == 0], importance(found.second, found.probabilities)


def estimated(window: Window, reference: Reference) -> Estimate | None:
    """The score expected of a window without labels; None where it is not defined."""
    metric = reference.metric

    def score(truth: Array, prediction: Array, weight: Array | None = None) -> float:
        return float(metric(truth, prediction) if weight is None else metric(truth, prediction, weight))

    try:
        if not reference.task.labels:
            return _numbers(window, reference, score)
        _, rows, weight = apart(window, reference)
        own = reference.weight
        if rows is None or weight is None:
            seen, heavy = (reference.prediction, reference.truth), own
        else:
            seen = (reference.prediction[rows], reference.truth[rows])
            heavy = weight if own is None else weight * own[rows]
        found = cbpe(score, seen, window.prediction, heavy, reference.seed)
        found = Estimate(found.value, found.low, found.high, "cbpe" if rows is None else "pape")
    except InputError:
        return None
    return found if np.isfinite([found.value, found.low, found.high]).all() else None


def _numbers(window: Window, reference: Reference, score: Score) -> Estimate:
    if "sizes" not in reference.memory:
        rows = np.random.default_rng(reference.seed).permutation(len(reference.truth))[:FITTED]
        reference.memory["sizes"] = Sizes(
            reference.table(reference.frame[rows]),
            reference.prediction[rows],
            reference.truth[rows],
            reference.seed,
            reference.threads,
        )
    inputs = reference.table(window.frame)
    return dle(score, reference.memory["sizes"], inputs, window.prediction, reference.seed)


monitors.add(Quality.name, Quality())
