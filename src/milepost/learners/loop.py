"""Follows a training run: when to look, when to stop, which step was best, and its curve."""

from __future__ import annotations

import math
from typing import Any

from milepost.learners.base import Job, Point

POINTS = 200


class Loop:
    """Decides after every round or epoch whether training goes on.

    Validation decides where there is any, unless the job fixes the rounds or forbids stopping early.

    Args:
        job: how to fit.
        limit: the largest number of steps where the job does not fix it.
        patience: steps without a new best loss after which training ends.
        validated: whether there are validation rows.

    >>> loop = Loop(Job({}, None), limit=100, patience=2, validated=True)
    >>> [loop.on(step, valid) for step, valid in enumerate([5.0, 4.0, 4.5, 4.2], start=1)]
    [True, True, True, False]
    >>> loop.best
    2
    """

    def __init__(self, job: Job, limit: int, patience: int, validated: bool) -> None:
        self.job = job
        self.limit = job.rounds or limit
        self.patience = patience
        self.decides = validated and job.rounds is None and job.stop_early
        self.step, self.best, self.lowest = 0, 0, math.inf
        self._points: list[Point] = []
        self._every = 1

    def on(self, step: int, valid: float = math.nan) -> bool:
        """Notes a finished step with its validation loss and returns whether to go on."""
        self.step = step
        if not self.decides:
            self.best = step
        elif valid < self.lowest or not self.best:
            self.best, self.lowest = step, valid
        self.job.watch(step, valid)
        worn = self.decides and step - self.best >= self.patience
        return not (worn or step >= self.limit or (step >= self.job.least and self.job.late))

    def due(self, step: int) -> bool:
        """Whether the curve wants this step; the first, then fewer and fewer as it grows."""
        return step == 1 or step % self._every == 0 or step == self.limit

    def add(self, step: int, train: float, valid: float = math.nan) -> None:
        """Adds a point; beyond 200 points every second one is dropped."""
        self._points.append(Point(step, float(train), float(valid)))
        if len(self._points) > POINTS:
            self._every *= 2
            self._points = [p for p in self._points if p.step in (1, self.limit) or p.step % self._every == 0]

    def state(self) -> tuple[Any, ...]:
        """How far it got, in plain values."""
        points = [(p.step, p.train, p.valid) for p in self._points]
        return self.step, self.best, self.lowest, self._every, points

    def load(self, state: tuple[Any, ...]) -> None:
        """Goes on from a state."""
        self.step, self.best, self.lowest, self._every, points = state
        self._points = [Point(*point) for point in points]

    @property
    def curve(self) -> tuple[Point, ...]:
        """The training curve, at most 200 points."""
        return tuple(self._points)
