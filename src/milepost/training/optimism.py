"""The corrected score: the whole choice, ensemble included, repeated on resampled rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.metrics import Metric
from milepost.statistics.optimism import Optimism, bbc_metric
from milepost.statistics.resample import Resampling
from milepost.tasks.base import Task
from milepost.training.ensemble import blend, greedy

Array = np.ndarray[Any, Any]


def corrected(
    task: Task,
    metric: Metric,
    truth: Array,
    predictions: Sequence[Array],
    units: Array,
    seed: int,
    resamples: int = 60,
) -> Optimism:
    """Returns what the greedy ensemble of all that was looked at is expected to score on fresh rows (BBC).

    Args:
        task: gives the loss by which the ensemble is chosen.
        metric: the metric of success.
        truth: truth of the validation predictions.
        predictions: one array a configuration.
        units: the unit of independence of each validation prediction.
        seed: seed of the resampling.
        resamples: how often the choice is repeated.
    """
    stacked = [np.asarray(p, dtype=np.float64) for p in predictions]

    def select(rows: Any) -> Any:
        weights = greedy(task, truth[rows], [p[rows] for p in stacked], rounds=12, limit=4000)
        return blend(stacked, weights)

    how = Resampling(resamples=resamples, seed=seed, groups=units)
    return bbc_metric(truth, stacked, metric, metric.better, how, select)
