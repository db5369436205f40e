"""Rounds chosen without the rows that judge: each fold trained for what the other folds found best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.engines.base import Engine
from milepost.learners.base import Point
from milepost.training.evaluate import LONG, Evaluated, narrow
from milepost.training.fit import Fit, Memory, run
from milepost.training.material import Material

Array = np.ndarray[Any, Any]


def others(material: Material, rounds: Sequence[int]) -> list[int] | None:
    """For each fold the median best round of the other folds of its repeat; None where there are none."""
    repeat = [fold.repeat for fold in material.folds]
    found = []
    for i, mine in enumerate(repeat):
        rest = [r for j, r in enumerate(rounds) if j != i and repeat[j] == mine]
        if not rest:
            return None
        found.append(max(1, int(np.median(rest))))
    return found


def stops_early(done: Evaluated) -> bool:
    """Whether validation chose the rounds of a configuration."""
    return max(done.fold_rounds, default=1) > 1


def honest(
    material: Material, done: Evaluated, engine: Engine, memory: Memory | None, seed: int
) -> Array | None:
    """Out-of-fold predictions with rounds that the judging rows had no say in; None with a single fold.

    Args:
        material: rows and folds.
        done: the configuration with each fold's best rounds.
        engine: where the folds run.
        memory: remembers finished fits.
        seed: seed of the learner.
    """
    wanted = others(material, done.fold_rounds)
    if wanted is None:
        return None
    if not stops_early(done):
        return done.prediction
    jobs = [Fit(done.config, fold, seed, rounds=n) for fold, n in enumerate(wanted)]
    found: dict[int, Array] = {}
    for job, fitted in engine.map(lambda fit: run(material, fit, memory, least=LONG), jobs):
        found[job.fold] = fitted.prediction
    return narrow(np.concatenate([found[fold] for fold in range(len(jobs))]))


def flattery(material: Material, done: Evaluated) -> float | None:
    """How much each fold's own best round lowers the loss against the others' median, by the curves."""
    wanted = others(material, done.fold_rounds)
    if wanted is None or not stops_early(done):
        return None
    gaps = []
    for curve, own, other in zip(done.curves, done.fold_rounds, wanted, strict=True):
        points = [p for p in curve if np.isfinite(p.valid)]
        if points:
            gaps.append(_at(points, other) - _at(points, own))
    return float(np.mean(gaps)) if gaps else None


def _at(points: Sequence[Point], step: int) -> float:
    return float(np.interp(step, [p.step for p in points], [p.valid for p in points]))
