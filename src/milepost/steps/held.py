"""What else could answer the sealed rows: its score there, and the model's gain over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from milepost.metrics.base import Metric
from milepost.steps.margin import margin

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Held:
    """An answer without the model, on the sealed rows.

    Args:
        name: "naive answer" or "existing solution".
        score: its score.
        low, high: 95 % interval of the score.
        gain: how much better the model is on the same rows.
        gain_low, gain_high: 95 % interval of the gain, from paired differences.
    """

    name: str
    score: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float


def held(
    metric: Metric, truth: Array, model: Array, others: Mapping[str, Array], units: Array, seed: int
) -> tuple[Held, ...]:
    """Sets the model beside other answers to the same rows.

    Args:
        metric: the metric.
        truth: truth of the sealed rows.
        model: the model's predictions.
        others: predictions of each other answer.
        units: unit of independence of each row.
        seed: of bootstraps.
    """
    found = []
    for name, prediction in others.items():
        score, own = margin(metric, truth, [prediction], units, seed)
        gain, error = margin(metric, truth, [model, prediction], units, seed)
        own, error = (1.96 * e if isfinite(e) else 0.0 for e in (own, error))
        found.append(Held(name, score, score - own, score + own, gain, gain - error, gain + error))
    return tuple(found)
