"""How plain a model is: how many numbers it holds, and must be read for an answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from milepost.training.evaluate import Evaluated


def numbers(learner: str, params: Mapping[str, Any], rounds: int) -> float:
    """About how many numbers a model of some settings holds; 0 for a straight line, the plainest of all.

    >>> numbers("catboost", {"depth": 4}, 100), numbers("lightgbm", {"num_leaves": 31}, 100)
    (1600.0, 3100.0)
    """
    if learner == "linear":
        return 0.0
    if "num_leaves" in params:
        return float(rounds * params["num_leaves"])
    if "depth" in params and "width" not in params:
        return float(rounds * 2 ** int(params["depth"]))
    width, depth = float(params.get("width", 1)), float(params.get("depth", 1))
    return max(1.0, width * width * depth * (2 if params.get("residual") else 1))


def plainness(done: Evaluated) -> int:
    """A rank: 0 for a straight line, else one more for each doubling of the numbers a model holds."""
    size = numbers(done.config.learner, done.config.params, done.rounds)
    return 0 if size <= 0 else 1 + max(0, math.ceil(math.log2(max(size, 1.0))))
