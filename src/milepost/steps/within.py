"""What may ship: members whose refit ends in time, and whose package is small and quick enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.learners.base import learners
from milepost.training.evaluate import Evaluated
from milepost.training.material import Material
from milepost.training.pace import refit_rounds, refit_seconds
from milepost.training.plain import numbers

Array = np.ndarray[Any, Any]
GROWTH = 1.02
"""The constants of a package outgrow those of a fold by so much: names, levels and nodes of their own."""
NUMBER = 15
"""Bytes that a number of a model takes, about: a leaf of a tree with the node above it."""
AROUND, TAIL = 0.03, 1.5
"""Milliseconds of one answer beside its graph, and how many times the median its 99th percentile is."""


@dataclass(frozen=True)
class Within:
    """Limits of what ships, and what each configuration takes of them.

    Args:
        tried: every configuration, best loss first.
        data: the development rows.
        workers: refits that run at once.
        seconds: wall-clock seconds that refitting all members may take; infinity where no clock runs.
        room: bytes that members and their features may take; infinity where nothing is wanted.
        most: milliseconds that one row alone may take (99th percentile); infinity where nothing is wanted.
    """

    tried: Sequence[Evaluated]
    data: Material
    workers: int
    seconds: float = math.inf
    room: float = math.inf
    most: float = math.inf

    @property
    def cost(self) -> Array:
        """Seconds of refitting each configuration on one thread."""
        return np.array([refit_seconds(e, len(self.data.folds), self.data.more) for e in self.tried])

    def bytes(self, members: Sequence[int]) -> float:
        """What a package of these configurations takes; those of one view share their features."""
        sizes = {i: weight(self.tried[i]) for i in members}
        return GROWTH * self._together(sizes, {i: self.tried[i].view_bytes for i in members})

    def milliseconds(self, members: Sequence[int]) -> float:
        """What one row alone takes in a package of these configurations, 99th percentile."""
        models = {i: self.tried[i].ms for i in members}
        return TAIL * (AROUND + self._together(models, {i: self.tried[i].view_ms for i in members}))

    def _together(self, models: Mapping[int, float], features: Mapping[int, float]) -> float:
        """The sum of models, grown as their rounds will be, and of features, those of one view once."""
        views: dict[str, float] = {}
        for i, value in features.items():
            view = self.data.recipe.view(learners[self.tried[i].config.learner].view)
            views[view] = max(views.get(view, 0.0), value)
        names = {i: self.tried[i].config.learner for i in models}
        grown = [models[i] * refit_rounds(names[i], 1000, self._ratio) / 1000 for i in models]
        return sum(views.values()) + sum(grown)

    def alone(self) -> Array:
        """Configurations that may ship alone; one at least.

        The best one stays however long its refit takes: that stops at its deadline with what it has. Where
        none is small enough, the smallest stays; where none of these is quick enough, the quickest.
        """
        sizes = np.array([self.bytes([i]) for i in range(len(self.tried))])
        small = sizes <= self.room
        if not small.any():
            return np.array([int(sizes.argmin())])
        waits = np.array([self.milliseconds([i]) for i in range(len(self.tried))])
        waits[~small] = math.inf
        small &= waits <= self.most
        if not small.any():
            return np.array([int(waits.argmin())])
        late = self.cost > self.seconds * max(1.0, 0.7 * self.workers)
        late[int(small.argmax())] = False
        return np.flatnonzero(small & ~late)

    def trim(self, weights: Array) -> tuple[Array, str]:
        """Leaves out members, lightest first, until size and latency are kept; weights sum to 1; and why."""
        weights = weights.copy()
        left: dict[str, int] = {}
        while len(members := np.flatnonzero(weights)) > 1:
            if self.bytes(members.tolist()) > self.room:
                why = "the package would be larger than the brief allows"
            elif self.milliseconds(members.tolist()) > self.most:
                why = "an answer would take longer than the brief allows"
            else:
                break
            weights[members[int(weights[members].argmin())]] = 0.0
            left[why] = left.get(why, 0) + 1
        note = "".join(f"; {many} left out, as {why}" for why, many in left.items())
        return weights / weights.sum(), note

    @property
    def missed(self) -> str:
        """Why the best of all may not ship even alone; "" where it may."""
        if self.bytes([0]) > self.room:
            return "; the best of all would make the package larger than the brief allows"
        slow = self.milliseconds([0]) > self.most
        return "; the best of all would answer more slowly than the brief allows" if slow else ""

    @property
    def _ratio(self) -> float:
        return len(self.data.frame) / float(np.mean([len(fold.train) for fold in self.data.folds]))


def weight(one: Evaluated) -> float:
    """Bytes that a model takes of a package, about where it was not weighed."""
    if one.bytes:
        return one.bytes
    outputs = one.prediction.shape[1] if one.prediction.ndim > 1 else 1
    return NUMBER * outputs * max(1.0, numbers(one.config.learner, one.config.params, one.rounds))
