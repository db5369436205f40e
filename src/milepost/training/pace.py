"""How long a configuration will take, from finished ones of the same family."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from milepost.training.evaluate import Evaluated
from milepost.training.fit import Config

CELL: Mapping[str, float] = {
    "linear": 6e-8,
    "splines": 1.2e-7,
    "lightgbm": 3e-9,
    "ngrams": 3e-6,
    "catboost": 4e-10,
    "network": 8e-6,
    "deep": 4e-6,
}
"""Seconds a cell (row times feature) and unit of effort on one thread, before a fit of it has ended."""
BASE: Mapping[str, float] = {
    "linear": 0.01,
    "splines": 0.05,
    "probe": 0.3,
    "lightgbm": 0.05,
    "ngrams": 0.1,
    "catboost": 0.2,
    "network": 2.0,
    "deep": 10.0,
    "finetune": 10.0,
}
"""Seconds that even the fewest rows take."""
ROUNDS: Mapping[str, float] = {"catboost": 2.5e5}
"""Cells that take as long as a round does with hardly any."""
ROW: Mapping[str, float] = {"finetune": 0.1}
"""Seconds a row takes beside, where it is maps that cost and not features, at an effort of 1."""
OTHER = 1e-7
CAUTION = 1.3
"""Predictions are taken this much longer, so that most fits end in time."""
SCALED = ("lightgbm", "catboost")
"""Families whose rounds grow with the rows; epochs and strengths do not."""
TRUNK = ("network",)
"""Families whose outputs share nearly all of their work."""
WARM = 0.35
"""Share of the epochs that a refit takes where it begins from what the search learnt."""
PLANNED = (*SCALED, "network", "deep", "finetune")
"""Families that end in time with a model, however little there is: trees, and epochs that are planned."""


def effort(params: Mapping[str, Any]) -> float:
    """How much work the settings of a configuration ask for, within its family.

    >>> effort({"C": 1.0}), effort({"iterations": 300, "depth": 6})
    (1.0, 1800.0)
    """
    if "num_leaves" in params:
        share = 0.3 + 0.7 * float(params.get("feature_fraction", 1.0))
        return math.sqrt(float(params["num_leaves"])) * share / float(params.get("learning_rate", 0.1))
    if "iterations" in params:
        return float(params["iterations"]) * float(params.get("depth", 6))
    if "blocks" in params:
        return float(params.get("epochs", 8)) / 8 * (0.1 + 0.225 * float(params["blocks"]))
    if "channels" in params:
        return float(params["channels"]) / 16 * (1 + float(params.get("depth", 1))) / 2
    if "knots" in params:
        return 2.0 + float(params["knots"]) + float(params.get("crosses", 0)) / 2
    if "width" in params:
        units = float(params["width"]) * float(params.get("members", 1))
        return 1.0 + units * float(params.get("depth", 1)) / 256
    return 1.0


class Pace:
    """Predicts seconds of training.

    Args:
        cells: rows times features of a mean fold, times the outputs of the head.
        folds: fits a configuration.
        workers: fits that run at once.
        rows: rows of a mean fold.
        outputs: outputs of the head.

    >>> pace = Pace(cells=1e6, folds=5, workers=2)
    >>> pace.of(Config("linear", {"C": 1.0})) < pace.of(Config("catboost", {"iterations": 500, "depth": 6}))
    True
    """

    def __init__(self, cells: float, folds: int, workers: int, rows: int = 0, outputs: int = 1) -> None:
        self.cells, self.folds, self.workers, self.rows = cells, folds, workers, rows
        self.outputs = outputs
        self.seen: dict[str, list[float]] = {}

    def note(self, done: Evaluated) -> None:
        """Learns from a finished configuration."""
        rate = done.seconds / self.folds / effort(done.config.params)
        self.seen.setdefault(done.config.learner, []).append(rate)

    def known(self, config: Config) -> bool:
        """Whether a configuration of the family has ended."""
        return config.learner in self.seen

    def of(self, config: Config) -> float:
        """Seconds that one fold's fit is expected to take."""
        rates = self.seen.get(config.learner)
        if rates:
            recent = rates[-3:]
            return max(sum(recent) / len(recent), 0.7 * max(recent)) * effort(config.params)
        return self.guess(config)

    def guess(self, config: Config) -> float:
        """The same from rows and settings alone."""
        cell, row = CELL.get(config.learner, OTHER), ROW.get(config.learner, 0.0)
        cells = self.cells / (self.outputs if config.learner in TRUNK else 1)
        size = cell * (cells + ROUNDS.get(config.learner, 0.0)) + row * self.rows
        return BASE.get(config.learner, 0.05) + size * effort(config.params)

    def wall(self, config: Config) -> float:
        """Wall-clock seconds until all folds have ended, with caution."""
        return math.ceil(self.folds / self.workers) * self.of(config) * CAUTION


def refit_rounds(learner: str, rounds: int, ratio: float, warm: bool = False) -> int:
    """Rounds of a refit on more rows: boosting goes on for the square root of the ratio, others stay.

    More rows bear more rounds, but the best number grows more slowly than the rows do: no more than threefold
    where a search on a sample found it. A network that begins from what the search learnt needs about a third
    of its epochs, along a cycle of its own (warm restarts, Loshchilov & Hutter 2017).

    >>> refit_rounds("network", 20, 2.0), refit_rounds("catboost", 100, 1.25), refit_rounds("catboost", 9, 90)
    (20, 112, 27)
    """
    if learner not in SCALED:
        return max(1, round(WARM * rounds)) if warm else rounds
    return max(1, round(rounds * min(math.sqrt(max(ratio, 1.0)), 3.0)))


def refit_seconds(done: Evaluated, folds: int, ratio: float) -> float:
    """Seconds on one thread that a refit on `ratio` times a mean fold's rows is expected to take."""
    rounds = refit_rounds(done.config.learner, 100, ratio, bool(done.learnt)) / 100
    return done.seconds / folds * ratio * rounds
