"""The rungs of a family's ladder: how a size did, and what climbing them showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.report.sentences import number
from milepost.statistics.border import clear

Curve = tuple[tuple[int, float, float], ...]


@dataclass(frozen=True)
class Rung:
    """One size of a family.

    Args:
        capacity: its size in words.
        params: its settings.
        train: training loss after the last step.
        valid: validation loss after the last step.
        least: validation loss at the best step.
        at: the best step.
        last: the last step.
        rise: how much the validation loss rises from the best step to the last.
        error: paired standard error of that.
        seconds: what its fits took.
    """

    capacity: str
    params: Mapping[str, Any]
    train: float
    valid: float
    least: float
    at: int
    last: int
    rise: float
    error: float
    seconds: float


@dataclass(frozen=True)
class Climb:
    """One family grown step by step.

    Args:
        learner: the family.
        rows: training rows of each fit.
        judged: rows that judged.
        rungs: its sizes, small to large.
        overfits: the size at which validation turned beyond its noise, or "".
        border: the smallest size within one standard error of the best, or "".
        found: "yes", "no" where it was climbed to the end, or "short" where time ran out before.
        reason: in a sentence.
        curves: training curve at the turn, else at the largest size: step, training and validation loss.
        curve_of: the size that curve is of.
    """

    learner: str
    rows: int
    judged: int
    rungs: tuple[Rung, ...]
    overfits: str
    border: str
    found: str
    reason: str
    curves: Curve
    curve_of: str


def joined(curves: Sequence[Sequence[Any]]) -> Curve:
    """The mean of several training curves at the steps that all have; an ended one keeps its last point.

    >>> from milepost.learners.base import Point
    >>> joined([[Point(1, 2.0, 3.0), Point(2, 1.0, 2.0)], [Point(1, 4.0, 5.0)]])
    ((1, 3.0, 4.0), (2, 2.5, 3.5))
    """
    filled = [curve for curve in curves if curve]
    steps = sorted({point.step for curve in filled for point in curve})
    found = []
    for step in steps:
        points = [max((p for p in curve if p.step <= step), key=lambda p: p.step) for curve in filled
                  if curve[0].step <= step]  # fmt: skip
        train, valid = (float(np.mean([getattr(p, n) for p in points])) for n in ("train", "valid"))
        if np.isfinite(valid):
            found.append((step, train, valid))
    return tuple(found)


def sized(params: Mapping[str, Any]) -> str:
    """A size in words.

    >>> sized({"num_leaves": 16, "rounds": 200}), sized({"width": 64, "depth": 2, "epochs": 20})
    ('16 leaves', '2 x 64 units')
    """
    if "num_leaves" in params:
        return f"{params['num_leaves']} leaves"
    if "channels" in params:
        return f"{params['channels']} channels"
    if "width" in params:
        return f"{params.get('depth', 1)} x {params['width']} units"
    known = {name: value for name, value in params.items() if name in ("C", "depth")}
    return ", ".join(f"{name} {value}" for name, value in (known or params).items())


def turned(rungs: Sequence[Rung], place: int, enough: str) -> str:
    """In words how validation turned."""
    rung, limit = rungs[place], clear(len(rungs))
    if rung.rise > limit * rung.error and rung.rise > 0:
        said = (
            f"Validation turns at {rung.capacity}: after step {rung.at} of {rung.last} its loss rises by "
            f"{number(rung.rise)} (standard error {number(rung.error, 2)}) while training goes on to "
            f"{number(rung.train)}."
        )
    else:
        worse = f"its loss {number(rung.valid)} is clearly above a smaller model's"
        said = f"Validation turns at {rung.capacity}: {worse}."
    return f"{said} {enough} is the smallest size within one standard error of the best."
