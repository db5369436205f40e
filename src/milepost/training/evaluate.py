"""Judges configurations on the folds: every row's out-of-fold prediction and loss is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.engines.base import Engine
from milepost.learners.base import Point
from milepost.training.fit import Config, Fit, Fitted, Memory, run
from milepost.training.material import Material

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Evaluated:
    """A configuration and what the folds say of it.

    Args:
        config: the configuration.
        prediction: out-of-fold predictions in the order of `Material.scored`.
        losses: their per-row losses.
        fold_losses: mean loss of each fold.
        train_loss: mean loss on training rows, averaged over folds.
        rounds: median of the folds' best rounds.
        seconds: sum of the folds' fit seconds.
        cut: whether time ran out in some fold.
        curves: training curve of each fold.
    """

    config: Config
    prediction: Array
    losses: Array
    fold_losses: tuple[float, ...]
    train_loss: float
    rounds: int
    seconds: float
    cut: bool
    curves: tuple[tuple[Point, ...], ...]

    @property
    def loss(self) -> float:
        """Mean loss over all validation predictions."""
        return float(self.losses.mean())


def gather(material: Material, config: Config, fits: Sequence[Fitted]) -> Evaluated:
    """Puts the fits of all folds, in fold order, together."""
    prediction = np.concatenate([fit.prediction for fit in fits])
    losses = material.task.losses(material.truth[material.scored], prediction)
    fold_of = material.fold_of
    return Evaluated(
        config=config,
        prediction=prediction.astype(np.float32),
        losses=losses,
        fold_losses=tuple(float(losses[fold_of == i].mean()) for i in range(len(fits))),
        train_loss=float(np.mean([fit.train_loss for fit in fits])),
        rounds=max(1, int(np.median([fit.rounds for fit in fits]))),
        seconds=sum(fit.seconds for fit in fits),
        cut=any(fit.cut for fit in fits),
        curves=tuple(fit.curve for fit in fits),
    )


def evaluate(
    material: Material, fits: Iterable[Fit], engine: Engine, memory: Memory | None = None
) -> Iterator[Evaluated]:
    """Runs each fit on every fold and yields a configuration when all its folds have ended.

    Args:
        material: rows and folds.
        fits: one fit a configuration; its `fold` is replaced. Taken one by one as workers fall free, so that
            the caller may stop when time is short.
        engine: where the folds run.
        memory: remembers finished fits.
    """
    done: dict[int, dict[int, Fitted]] = {}
    configs: dict[int, Config] = {}

    def jobs() -> Iterator[tuple[int, Fit]]:
        for number, fit in enumerate(fits):
            configs[number] = fit.config
            done[number] = {}
            for fold in range(len(material.folds)):
                yield number, replace(fit, fold=fold)

    for (number, fit), fitted in engine.map(lambda job: run(material, job[1], memory), jobs()):
        done[number][fit.fold] = fitted
        if len(done[number]) == len(material.folds):
            ordered = [done[number][fold] for fold in range(len(material.folds))]
            yield gather(material, configs[number], ordered)
