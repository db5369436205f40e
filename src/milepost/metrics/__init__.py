"""Metrics: one decorated function each, found by name, with the default and the unfit ones of a task."""

from milepost.metrics.base import METRICS, Metric, by_row, labels, metric
from milepost.metrics.base import find as get
from milepost.metrics.choice import Facts, default, facts, names, proper, unfit

__all__ = [
    "METRICS",
    "Facts",
    "Metric",
    "by_row",
    "default",
    "facts",
    "get",
    "labels",
    "metric",
    "names",
    "proper",
    "unfit",
]
