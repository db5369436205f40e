"""The rows that judge what could ship: how they score it, and the calibrator that they choose for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from milepost.metrics.base import Metric
from milepost.steps.margin import margin
from milepost.steps.work import Work
from milepost.training.calibrate import apply, shifted, shrunk
from milepost.training.material import Material
from milepost.training.polish import Calibrated, bounded, calibrator

Array = np.ndarray[Any, Any]


class Jury:
    """The rows that judge.

    Args:
        work: the running step.
        data: the development rows.
        metric: the metric of success.
    """

    def __init__(self, work: Work, data: Material, metric: Metric) -> None:
        self.work, self.data, self.metric = work, data, metric
        self.truth = data.truth[data.scored]
        self.units = np.unique(work.array("protocol", "units")[data.scored], return_inverse=True)[1]
        self.shares = production_shares(work)
        self.old: Array | None = None
        self.weight = None
        if data.task.labels:
            codes = np.asarray(self.truth, np.int64)
            self.old = data.task.counts(self.truth) / len(codes)
            if self.shares is not None:
                self.weight = (np.array(self.shares) / np.maximum(self.old, 1e-12))[codes]

    def score(self, prediction: Array, rows: Array | slice = slice(None)) -> float:
        """The metric, each class counting as in production where shares are given."""
        extra = () if self.weight is None else (self.weight[rows],)
        return float(self.metric(self.truth[rows], prediction[rows], *extra))

    def error(self, prediction: Array) -> float:
        """The standard error of a score; NaN where most resamples leave the metric undefined."""
        return margin(self.metric, self.truth, [prediction], self.units, self.work.seed)[1]

    def naive(self) -> float:
        """The score of the naive answer."""
        task = self.data.task
        return self.score(task.repeat(task.naive(self.data.truth), len(self.truth)))

    def by_fold(self, prediction: Array) -> tuple[float, ...]:
        """The score in each fold in which there is one."""
        of = self.data.fold_of
        scores = [self.score(prediction, np.flatnonzero(of == i)) for i in range(len(self.data.folds))]
        return tuple(s for s in scores if math.isfinite(s))

    def calibrated(self, mixed: Array) -> tuple[Calibrated, Array]:
        """The calibrator, and what it makes of rows that had no say in it; no surer than the rows allow."""
        found = calibrator(self.data.task, mixed, self.truth, self.units, self.work.seed, self.shares)
        if self.old is None:
            return found, found.honest
        shown = found.honest
        if self.shares is not None:
            shown = apply(shifted(("identity",), self.old, np.array(self.shares)), shown)
        rows, shares = len(np.unique(self.data.scored)), np.array(self.shares or self.old.tolist())
        return bounded(found, rows, shares), apply(shrunk(("identity",), rows, shares), shown)


def production_shares(work: Work) -> tuple[float, ...] | None:
    """Shares of the classes in production, negative class first, where label shift is to be corrected."""
    if not work.has("understand"):
        return None
    found: Mapping[str, Any] = work.evidence["understand"].findings
    method, prior = found.get("correction"), found.get("prevalence")
    if isinstance(method, Mapping):
        prior = method.get("prevalence", prior)
        method = method.get("method", "")
    if method != "label-shift" or prior is None or not work.task.exclusive:
        return None
    if isinstance(prior, int | float):
        return (1.0 - float(prior), float(prior))
    if isinstance(prior, Mapping):
        prior = [prior.get(label, 0.0) for label in work.task.labels]
    shares = tuple(float(v) for v in prior)
    return shares if len(shares) == len(work.task.labels) else None
