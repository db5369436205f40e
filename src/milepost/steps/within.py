"""What may ship: members whose refit ends in time and whose package is as small as the brief wants it."""

from __future__ import annotations

import math
from collections.abc import Sequence
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


@dataclass(frozen=True)
class Within:
    """Limits of what ships, and what each configuration takes of them.

    Args:
        tried: every configuration, best loss first.
        data: the development rows.
        workers: refits that run at once.
        seconds: wall-clock seconds that refitting all members may take; infinity where no clock runs.
        room: bytes that members and their features may take; infinity where nothing is wanted.
    """

    tried: Sequence[Evaluated]
    data: Material
    workers: int
    seconds: float = math.inf
    room: float = math.inf

    @property
    def cost(self) -> Array:
        """Seconds of refitting each configuration on one thread."""
        return np.array([refit_seconds(e, len(self.data.folds), self._ratio) for e in self.tried])

    def bytes(self, members: Sequence[int]) -> float:
        """What a package of these configurations takes; those of one view share their features."""
        views: dict[str, float] = {}
        models = 0.0
        for i in members:
            one = self.tried[i]
            name = one.config.learner
            view = self.data.recipe.view(learners[name].view)
            views[view] = max(views.get(view, 0.0), one.view_bytes)
            models += (one.bytes or _guess(one)) * refit_rounds(name, 1000, self._ratio) / 1000
        return GROWTH * (sum(views.values()) + models)

    def alone(self) -> Array:
        """Configurations that may ship alone; one at least.

        The best one stays however long its refit takes: that stops at its deadline with what it has. Where
        none is small enough, the smallest stays.
        """
        sizes = np.array([self.bytes([i]) for i in range(len(self.tried))])
        small = sizes <= self.room
        if not small.any():
            return np.array([int(sizes.argmin())])
        late = self.cost > self.seconds * max(1.0, 0.7 * self.workers)
        late[int(small.argmax())] = False
        return np.flatnonzero(small & ~late)

    def trim(self, weights: Array) -> tuple[Array, str]:
        """Leaves out members, lightest first, until the rest keeps the limits; weights sum to 1; and why."""
        cost, weights = self.cost, weights.copy()
        left: dict[str, int] = {}
        while len(members := np.flatnonzero(weights)) > 1:
            if cost[members].sum() > self.seconds * self.workers:
                why = "refitting them would take too long"
            elif self.bytes(members.tolist()) > self.room:
                why = "the package would be larger than the brief allows"
            else:
                break
            weights[members[int(weights[members].argmin())]] = 0.0
            left[why] = left.get(why, 0) + 1
        note = "".join(f"; {many} left out, as {why}" for why, many in left.items())
        return weights / weights.sum(), note

    @property
    def _ratio(self) -> float:
        return len(self.data.frame) / float(np.mean([len(fold.train) for fold in self.data.folds]))


def _guess(one: Evaluated) -> float:
    """Bytes of a model that was not weighed."""
    outputs = one.prediction.shape[1] if one.prediction.ndim > 1 else 1
    return NUMBER * outputs * max(1.0, numbers(one.config.learner, one.config.params, one.rounds))
