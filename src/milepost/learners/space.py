"""The space of a learner's settings: ranges, choices, and which settings matter only beside others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Knob:
    """One setting that may be searched: a range, or a choice among values.

    Args:
        name: the setting's name.
        low, high: the ends of its range, both allowed; not used where there are values.
        log: whether steps are ratios rather than differences.
        whole: whether only whole numbers are allowed.
        values: the values to choose among, in place of a range.
        when: another knob, listed before, and the value of it with which alone this one matters.

    >>> Knob("C", 0.1, 10.0, log=True).holds(1.0), Knob("depth", 2, 8, whole=True).holds(2.5)
    (True, False)
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False
    values: tuple[Any, ...] = ()
    when: tuple[str, Any] | None = None

    def holds(self, value: Any) -> bool:
        """Whether a value lies in the range or among the values."""
        if self.values:
            return value in self.values
        return bool(self.low <= value <= self.high) and (not self.whole or float(value).is_integer())

    def near(self, value: Any) -> Any:
        """The value itself, or the end of the range that is nearest."""
        return value if self.values else min(max(value, self.low), self.high)

    def draw(self, generator: np.random.Generator) -> Any:
        """A random value, even in the logarithm where steps are ratios."""
        if self.values:
            return self.values[int(generator.integers(len(self.values)))]
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        value = float(generator.uniform(low, high))
        value = min(max(math.exp(value) if self.log else value, self.low), self.high)
        return round(value) if self.whole else value


Space = Sequence[Knob]


def matters(knob: Knob, params: Params) -> bool:
    """Whether a knob has any say beside the settings of the others."""
    return knob.when is None or params.get(knob.when[0]) == knob.when[1]


def complete(space: Space, defaults: Params, params: Params) -> dict[str, Any]:
    """The value of each knob that matters in a configuration, defaults, or what is near, where it is silent.

    >>> space = (Knob("kind", values=("a", "b")), Knob("size", 1, 9, when=("kind", "b")))
    >>> complete(space, {"kind": "a", "size": 2}, {}), complete(space, {"size": 2}, {"kind": "b"})
    ({'kind': 'a'}, {'kind': 'b', 'size': 2})
    """
    found: dict[str, Any] = {}
    for knob in space:
        if matters(knob, found):
            found[knob.name] = params[knob.name] if knob.name in params else knob.near(defaults[knob.name])
    return found


def outside(space: Space, full: Params) -> str:
    """The first knob whose value the space does not hold, in words; "" where all do."""
    for knob in space:
        if matters(knob, full) and not (knob.name in full and knob.holds(full[knob.name])):
            return f"{knob.name} is {full.get(knob.name)!r}"
    return ""


def draw(space: Space, generator: np.random.Generator) -> dict[str, Any]:
    """A random configuration."""
    found: dict[str, Any] = {}
    for knob in space:
        if matters(knob, found):
            found[knob.name] = knob.draw(generator)
    return found
