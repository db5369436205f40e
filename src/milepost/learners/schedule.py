"""How the learning rate runs over a training, and how many epochs the time allows."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

WARM = 0.1
"""Share of a training in which the learning rate rises."""
LOW = 0.01
"""The learning rate ends at so much of its peak."""
RESERVE = 0.06
"""Share of the time left that is not planned away."""


def one_cycle(done: float) -> float:
    """The learning rate as a share of its peak: up for a tenth of the way, then down a cosine to a hundredth.

    The shape is that of Smith & Topin (2018).

    >>> [round(one_cycle(done), 3) for done in (0.0, 0.1, 0.55, 1.0)]
    [0.1, 1.0, 0.505, 0.01]
    """
    if done < WARM:
        return 0.1 + 0.9 * done / WARM
    turn = min(1.0, (done - WARM) / (1 - WARM))
    return LOW + (1 - LOW) * 0.5 * (1 + math.cos(math.pi * turn))


def four_cycles(done: float) -> float:
    """The learning rate as a share of its peak: four cosine cycles, each twice as long as the one before.

    "coslog4" of RealMLP (Holzmueller, Grinsztajn & Steinwart 2024): each end of a cycle is a model that may
    be kept, and the first ones come early.

    >>> [round(four_cycles(done), 3) for done in (0.0, 1 / 15, 0.3, 1.0)]
    [0.0, 0.0, 0.984, 0.0]
    """
    return 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * min(1.0, done))))


def late_fall(done: float) -> float:
    """How strong regularisation is: whole for half of the way, then down a cosine to nothing ("flat_cos").

    >>> [late_fall(done) for done in (0.0, 0.5, 0.75, 1.0)]
    [1.0, 1.0, 0.5, 0.0]
    """
    return 1.0 if done < 0.5 else round(0.5 * (1 + math.cos(math.pi * (2 * min(1.0, done) - 1))), 12)


@dataclass
class Plan:
    """How many steps a training has, so that its schedule ends when the time does.

    Args:
        each: steps an epoch.
        epochs: epochs that are wanted.
        least: epochs that are made however late it is.
        deadline: `time.monotonic()` value at which training must have ended.

    >>> plan = Plan(each=10, epochs=5, least=0, deadline=math.inf)
    >>> plan.total
    50
    """

    each: int
    epochs: int
    least: int
    deadline: float

    def __post_init__(self) -> None:
        self.total = self.each * self.epochs

    def fit(self, step: int, seconds: float, between: float) -> None:
        """Plans again at a step: whole epochs where there is time for one, else as many steps as fit.

        Args:
            step: steps made.
            seconds: what a step takes.
            between: what is done once an epoch beside its steps, in seconds.
        """
        if math.isinf(self.deadline):
            return
        left = (1 - RESERVE) * (self.deadline - time.monotonic())
        more = left / max(1e-9, self.each * seconds + between)
        epochs = math.floor(step / self.each + more)
        fitting = epochs * self.each if epochs else step + int(max(0.0, left - between) / max(1e-9, seconds))
        self.total = max(1, step, self.least * self.each, min(self.epochs * self.each, fitting))
