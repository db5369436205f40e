"""What else could answer the sealed rows: its score there, and the model's gain over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from milepost.metrics.base import Metric

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
    metric: Metric,
    model: Array,
    others: Mapping[str, Array],
    score: Callable[[Array], float],
    error: Callable[[Sequence[Array]], float],
) -> tuple[Held, ...]:
    """Sets the model beside other answers to the same rows; those that the metric cannot score are left out.

    Args:
        metric: the metric.
        model: the model's predictions of the sealed rows.
        others: predictions of each other answer.
        score: scores predictions.
        error: the standard error of a score, or of the difference of two.
    """
    found = []
    for name, prediction in others.items():
        value, own = score(prediction), error([prediction])
        gain, apart = metric.gain(score(model), value), error([model, prediction])
        if isfinite(value) and isfinite(gain):
            own, apart = (1.96 * e if isfinite(e) else 0.0 for e in (own, apart))
            found.append(Held(name, value, value - own, value + own, gain, gain - apart, gain + apart))
    return tuple(found)
