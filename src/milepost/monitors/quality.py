"""Quality: the score expected without labels, and the real one where outcomes have arrived."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from milepost.errors import InputError
from milepost.monitors.base import LEAST_ROWS, TOLERATED, Array, Monitor, Reference, Signal, Window, monitors
from milepost.monitors.split import taken_apart
from milepost.report.sentences import interval, number, percent
from milepost.statistics.cbpe import Estimate, Score, apart, cbpe, importance
from milepost.statistics.delong import delong
from milepost.statistics.dle import Sizes, dle
from milepost.statistics.draws import several
from milepost.statistics.intervals import mean_se
from milepost.statistics.quick import spread

APART = 0.6
"""From this AUC between the two samples on, the calibrator is weighted (PAPE)."""
DOMAIN, FITTED = 10_000, 8000
"""Rows of each side that the domain classifier reads, and rows that sizes of residuals are learnt from."""
EFFECTIVE, SHARE = 300, 0.1
"""The least effective number of normal rows, and share of them, for weights to be used."""


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
                    "estimated",
                    "",
                    max(0.0, drop - reference.doubt),
                    least,
                    reference.score,
                    estimate.value,
                    says,
                    estimate.low,
                    estimate.high,
                )
            )
        return [*found, *self._real(window, reference, least, estimate)]

    def _real(
        self, window: Window, reference: Reference, least: float, estimate: Estimate | None
    ) -> list[Signal]:
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
        size = max(0.0, drop - float(np.hypot(error, reference.doubt)))
        lost = None
        if not window.past and drop > least:
            lost = taken_apart(window, reference, (value, error), estimate, estimated)
        says += f"; {lost.says}" if lost else ""
        parts = None if lost is None else (lost.inputs, lost.relation, lost.error)
        return [Signal("real", "", size, least, reference.score, value, says, low, high, parts=parts)]


def real(reference: Reference, truth: Array, prediction: Array) -> tuple[float, float]:
    """The score on rows with truth, and its standard error; nan where it is not defined."""
    metric = reference.metric
    value = float(metric(truth, prediction))
    if metric.kind == "auc" and prediction.ndim == 1:
        if not 2 <= int((truth == 1).sum()) <= len(truth) - 2:
            return float("nan"), float("nan")
        return value, float(np.sqrt(delong(truth, prediction).covariance[0, 0]))
    losses = metric.losses(truth, prediction)
    if losses is not None and min(abs(value - losses.mean()), abs(1 - value - losses.mean())) < 1e-9:
        return value, mean_se(losses)[0]
    try:
        return spread(lambda t, p: float(metric(t, p)), [truth, prediction], seed=reference.seed)
    except InputError:
        return float("nan"), float("nan")


def weights(window: Window, reference: Reference) -> tuple[Array, Array] | None:
    """Numbers of normal rows, with weights that make them look like the window.

    None where a classifier cannot tell the two well apart (AUC up to 0.6), where chance could have made it,
    or where so few normal rows look like the window that weights cannot help (effective size, Kish 1965).
    """
    rng = np.random.default_rng(reference.seed)
    rows, mine = (rng.permutation(n)[:DOMAIN] for n in (len(reference.truth), window.frame.height))
    here = reference.table(reference.frame[rows])
    if not here.shape[1]:
        return None
    there = reference.table(window.frame[mine])
    area, chances = apart(here, there, reference.seed, reference.threads)
    n, m = len(here), len(there)
    if area <= APART or area - 0.5 < 3 * np.sqrt((n + m + 1) / (12 * n * m)):
        return None
    weight = importance(np.repeat([0, 1], [n, m]), chances)
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    return (rows, weight) if effective >= max(EFFECTIVE, SHARE * n) else None


def estimated(window: Window, reference: Reference) -> Estimate | None:
    """The score expected of a window without labels; None where it is not defined."""
    metric = reference.metric

    def score(truth: Array, prediction: Array, weight: Array | None = None) -> float:
        return float(metric(truth, prediction) if weight is None else metric(truth, prediction, weight))

    try:
        if not reference.task.labels:
            return _numbers(window, reference, score)
        found, own = weights(window, reference), reference.weight
        seen, heavy = (reference.prediction, reference.truth), own
        if found is not None:
            rows, heavy = found
            seen = (reference.prediction[rows], reference.truth[rows])
            heavy = heavy if own is None else heavy * own[rows]
        estimate = cbpe if reference.task.exclusive else several
        made = estimate(score, seen, window.prediction, heavy, reference.seed, bounds=not window.past)
        made = replace(made, method="cbpe" if found is None else "pape")
    except InputError:
        return None
    return made if np.isfinite(made.value) else None


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
