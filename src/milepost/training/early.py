"""Whether the beginning of a fit tells its end, and then which fits are worth going on with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from milepost.learners.base import Point
from milepost.training.evaluate import Evaluated

Array = np.ndarray[Any, Any]
FIRST = 10
"""Configurations of a family that must have ended before the beginning of a fit may be judged by."""
AGREE = 0.7
"""Rank correlation of early and final losses above which it may."""
RUNGS = (1 / 9, 1 / 3)
"""Shares of the median number of rounds at which fits are judged (successive halving by thirds)."""
KEPT = 1 / 3


class Halted(Exception):
    """A fit whose beginning is not among the best third."""

    def __init__(self, step: int, loss: float) -> None:
        super().__init__(f"halted after {step} rounds with a loss of {loss:.4g}")
        self.step, self.loss = step, loss


class Early:
    """Judges fits by their beginning, where ranks agree (Li et al. 2020, asynchronous successive halving).

    Only the first fold is judged so; where early and final losses of the family's first 10 configurations do
    not agree in rank, every fit runs to its end.
    """

    def __init__(self) -> None:
        self._seen: dict[str, list[Evaluated]] = {}
        self._steps: dict[str, tuple[int, ...]] = {}
        self._losses: dict[tuple[str, int], list[float]] = {}

    def note(self, done: Evaluated) -> None:
        """Learns from a configuration whose fits have all ended."""
        name = done.config.learner
        seen = self._seen.setdefault(name, [])
        if not stepwise(done):
            return
        seen.append(done)
        if len(seen) == FIRST:
            self._steps[name] = _trusted(seen)
            for step in self._steps[name]:
                self._losses[name, step] = [at(one.curves[0], step) for one in seen]
        elif len(seen) > FIRST:
            for step in self._steps[name]:
                self._losses[name, step].append(at(done.curves[0], step))

    def halted(self, learner: str, found: Halted) -> None:
        """Learns from a fit that was halted."""
        if (learner, found.step) in self._losses:
            self._losses[learner, found.step].append(found.loss)

    def steps(self, learner: str) -> tuple[int, ...]:
        """The rounds at which fits of a family are judged; none where that would not be fair."""
        return self._steps.get(learner, ())

    def judge(self, learner: str) -> Callable[[int, float], None]:
        """Watches a fit and raises `Halted` where its loss is not among the best third so far."""
        bars = {step: float(np.quantile(self._losses[learner, step], KEPT)) for step in self.steps(learner)}

        def watch(step: int, loss: float) -> None:
            if step in bars and loss > bars[step]:
                raise Halted(step, loss)

        return watch


def stepwise(done: Evaluated) -> bool:
    """Whether each fold of a configuration has a validation curve of several steps."""
    return all(sum(np.isfinite(p.valid) for p in curve) > 1 for curve in done.curves)


def at(curve: tuple[Point, ...], step: int) -> float:
    """The validation loss at a step, between two points by a straight line, beyond the last as there."""
    points = [p for p in curve if np.isfinite(p.valid)]
    return float(np.interp(step, [p.step for p in points], [p.valid for p in points]))


def _trusted(seen: list[Evaluated]) -> tuple[int, ...]:
    """The rungs at which ranks agree with the final ones."""
    from scipy.stats import spearmanr

    middle = float(np.median([one.rounds for one in seen]))
    final = [one.loss for one in seen]
    found = []
    for share in RUNGS:
        step = round(middle * share)
        early = [float(np.mean([at(curve, step) for curve in one.curves])) for one in seen]
        if step >= 1 and np.ptp(early) > 0 and np.ptp(final) > 0:
            agreement = float(spearmanr(early, final).statistic)
            if agreement > AGREE:
                found.append(step)
    return tuple(dict.fromkeys(found))
