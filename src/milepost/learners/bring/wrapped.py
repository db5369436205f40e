"""What all learners around a user's own model share: name, space, configurations to begin with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from milepost.errors import UsageError
from milepost.learners.base import Learner, Params, learners
from milepost.learners.space import Knob, Space, complete, draw, outside
from milepost.modalities.base import View
from milepost.tasks.base import Head

RUNGS = 6
"""Sizes of the ladder of the overfit step."""
DRAWN = 2
"""Configurations of the portfolio that are drawn beside the defaults."""


class Wrapped(Learner):
    """A learner around a model that a plug-in brings.

    Its portfolio is the defaults and two configurations drawn from the space; its ladder goes along the first
    knob of the space.
    """

    build: ClassVar[Callable[..., Any]]
    knobs: ClassVar[Space] = ()
    loose: ClassVar[Params] = {}
    """Settings with which regularisation is off, for the ladder."""
    source: ClassVar[str] = ""
    """The module of the plug-in."""

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """The defaults, and two drawn configurations where there is a space."""
        if not self.knobs:
            return (dict(self.defaults),)
        generator = np.random.default_rng(0)
        drawn = [{**self.defaults, **draw(self.knobs, generator)} for _ in range(DRAWN)]
        return (dict(self.defaults), *({name: _short(value) for name, value in one.items()} for one in drawn))

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """The plug-in's own."""
        return self.knobs

    def ladder(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """From the smallest to the largest value of the capacity, where that is a range."""
        knob = next((knob for knob in self.knobs if knob.name == self.capacity), None)
        if knob is None or knob.values:
            return ()
        ends = (math.log(knob.low), math.log(knob.high)) if knob.log else (knob.low, knob.high)
        steps = np.linspace(*ends, RUNGS)
        values = [knob.near(math.exp(step) if knob.log else float(step)) for step in steps]
        values = list(dict.fromkeys(round(value) if knob.whole else _short(value) for value in values))
        return tuple({**self.defaults, **self.loose, knob.name: value} for value in values)


def add(kind: type[Wrapped], build: Any, name: str, **given: Any) -> Learner:
    """Registers a learner of a kind around what a plug-in gives.

    Args:
        kind: the class of the learner.
        build: what makes or is the model.
        name: the learner's name.
        given: `title`, `view`, `space`, `defaults`, `loose`, `module`, `remark`, `version`.

    Raises:
        UsageError: the name is none, or a default lies outside of the space.
    """
    if not name.isidentifier() or not name.islower():
        raise UsageError(f"'{name}' is no name of a learner.", expected="Small letters, digits, underscores.")
    space: Sequence[Knob] = tuple(given.get("space") or ())
    own: Mapping[str, Any] = given.get("defaults") or {}
    defaults = {**complete(space, {knob.name: middle(knob) for knob in space}, own), **own}
    wrong = outside(space, complete(space, defaults, defaults))
    if wrong:
        raise UsageError(f"a default of '{name}' lies outside of its space: {wrong}.", todo="Mend the space.")
    module = given.get("module") or getattr(build, "__module__", "") or ""
    view: View = given.get("view") or kind.view
    body = {
        "name": name, "title": given.get("title") or name, "view": view, "knobs": space,
        "defaults": defaults, "loose": dict(given.get("loose") or {}), "source": module,
        "capacity": space[0].name if space else "", "remark": given.get("remark", kind.remark),
        "version": given.get("version", kind.version),
        "build": staticmethod(build) if callable(build) else build,
        "__module__": module or kind.__module__, "__doc__": kind.__doc__,
    }  # fmt: skip
    return learners.add(name, type(kind.__name__, (kind,), body)())


def middle(knob: Knob) -> Any:
    """The middle of a range, in the logarithm where steps are ratios; the first of several values.

    >>> middle(Knob("width", 16, 256, log=True, whole=True)), middle(Knob("dropout", 0.0, 0.5))
    (64, 0.25)
    """
    if knob.values:
        return knob.values[0]
    value = math.sqrt(knob.low * knob.high) if knob.log else (knob.low + knob.high) / 2
    return round(value) if knob.whole else _short(value)


def _short(value: Any) -> Any:
    """A number with three digits, so that it can be read; anything else as it is."""
    return float(f"{value:.3g}") if isinstance(value, float) else value
