"""Judges configurations on the folds: every row's out-of-fold prediction and loss is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from milepost.digest import Digest, digest
from milepost.engines.base import Engine
from milepost.learners.base import Point
from milepost.training.fit import Config, Fit, Fitted, Memory, Stopped, identity, run
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
SHARED = 0.7
"""What a processor adds where several work on one fit."""
LONG = 0.5
"""Seconds from which on a fit is remembered by itself, as soon as it has ended."""
BLUR = 1e-3
"""What float32 may take off predictions, in their standard deviations."""


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
        seconds: sum of the folds' fit seconds, as they would be on one thread.
        cut: whether time ran out in some fold.
        curves: training curve of each fold.
        fold_rounds: best rounds of each fold.
        bytes: what the model takes of a package, in its largest fold; 0 where it was not weighed.
        view_bytes: what its features take, which models of one view share.
        learnt: digest of what a refit may begin from, where one fold judges; else "".
        ms: milliseconds that one row alone takes in the model, in the median fold; 0 where not timed.
        view_ms: what it takes to become features, which models of one view share.
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
    fold_rounds: tuple[int, ...] = ()
    bytes: int = 0
    view_bytes: int = 0
    learnt: Digest = ""
    ms: float = 0.0
    view_ms: float = 0.0

    @property
    def loss(self) -> float:
        """Mean loss over all validation predictions."""
        return float(self.losses.mean())


def narrow(prediction: Array) -> Array:
    """Returns predictions as float32, or as they are where that would blur numbers.

    A target far from 0, such as a moment in seconds, differs in digits that float32 does not have.

    >>> narrow(np.array([0.25, 0.75])).dtype.name, narrow(np.array([1e9, 1e9 + 1])).dtype.name
    ('float32', 'float64')
    """
    with np.errstate(over="ignore"):
        found = np.asarray(prediction, np.float32)
    if np.abs(found).max(initial=0.0) <= 1:
        return found
    blurred = np.abs(found - prediction).max(axis=0) > BLUR * np.std(prediction, axis=0, dtype=np.float64)
    return np.asarray(prediction) if blurred.any() else found


def gather(material: Material, config: Config, fits: Sequence[Fitted], threads: int = 1) -> Evaluated:
    """Puts the fits of all folds, in fold order, together; each had so many threads."""
    prediction = np.concatenate([fit.prediction for fit in fits])
    losses = material.task.losses(material.truth[material.scored], prediction)
    fold_of = material.fold_of
    return Evaluated(
        config=config,
        prediction=narrow(prediction),
        losses=losses,
        fold_losses=tuple(float(losses[fold_of == i].mean()) for i in range(len(fits))),
        train_loss=float(np.mean([fit.train_loss for fit in fits])),
        rounds=max(1, int(np.median([fit.rounds for fit in fits]))),
        seconds=sum(fit.seconds for fit in fits) * max(1.0, SHARED * threads),
        cut=any(fit.cut for fit in fits),
        curves=tuple(fit.curve for fit in fits),
        fold_rounds=tuple(int(fit.rounds) for fit in fits),
        bytes=max(fit.bytes for fit in fits),
        view_bytes=max(fit.view_bytes for fit in fits),
        learnt=fits[0].learnt if len(fits) == 1 else "",
        ms=float(np.median([fit.ms for fit in fits])),
        view_ms=float(np.median([fit.view_ms for fit in fits])),
    )


def evaluate(
    material: Material,
    fits: Iterable[Fit],
    engine: Engine,
    memory: Memory | None = None,
    failed: Callable[[Config, Exception], None] | None = None,
    watch: Callable[[Config, int, float], None] | None = None,
) -> Iterator[Evaluated]:
    """Runs each fit on every fold and yields a configuration when all its folds have ended.

    An interrupted evaluation asks running fits to stop at their next round; finished ones are remembered,
    quick ones a configuration at a time.

    Args:
        material: rows and folds.
        fits: one fit a configuration; its `fold` is replaced. Taken one by one as workers fall free, so that
            the caller may stop when time is short.
        engine: where the folds run.
        memory: remembers finished fits.
        failed: told of configurations whose fit raised; without it the error is raised here.
        watch: told each round or epoch of a configuration and its validation loss, in the fit's own thread.
    """
    tally = _Tally(material, memory, watch)
    for (number, fit), result in engine.map(tally.run, tally.jobs(fits)):
        if isinstance(result, Fitted):
            if done := tally.add(number, fit.fold, result):
                yield done
        elif failed is None:
            raise result
        elif tally.fail(number):
            failed(fit.config, result)


def remembered(material: Material, fit: Fit, memory: Memory) -> bool:
    """Whether a configuration need not be fitted: every fold is remembered, be it cut by the clock."""
    keys = [identity(material, replace(fit, fold=i)) for i in range(len(material.folds))]
    return recalled(material, fit, memory) is not None or all(memory.recall(key) for key in keys)


def recalled(material: Material, fit: Fit, memory: Memory) -> list[Fitted] | None:
    """The fits of all folds of a configuration that was remembered as a whole."""
    return memory.recall_all(_whole(material, fit))


def remember(material: Material, memory: Memory, fit: Fit, ordered: Sequence[Fitted]) -> None:
    """Keeps quick fits: together, or one by one where the clock cut others of the configuration."""
    quick = [i for i, f in enumerate(ordered) if f.seconds < LONG and not f.cut]
    if quick and not any(f.cut for f in ordered):
        memory.remember_all(_whole(material, fit), ordered)
        return
    for i in quick:
        key = identity(material, replace(fit, fold=i))
        known = memory.recall(key)
        if known is None or known.cut:
            memory.remember(key, ordered[i])


def _whole(material: Material, fit: Fit) -> Digest:
    return digest("folds", [identity(material, replace(fit, fold=i)) for i in range(len(material.folds))])


class _Tally:
    """Which folds of which configuration have ended."""

    def __init__(
        self,
        material: Material,
        memory: Memory | None,
        told: Callable[[Config, int, float], None] | None,
    ) -> None:
        self.material, self.memory, self.told = material, memory, told
        self.folds = len(material.folds)
        self.stop = threading.Event()
        self.done: dict[int, dict[int, Fitted]] = {}
        self.fits: dict[int, Fit] = {}
        self.broken: set[int] = set()
        self.known: dict[int, list[Fitted]] = {}

    def jobs(self, fits: Iterable[Fit]) -> Iterator[tuple[int, Fit]]:
        """Every fold of every fit; closing it tells running fits to stop."""
        try:
            for number, fit in enumerate(fits):
                self.fits[number], self.done[number] = fit, {}
                whole = recalled(self.material, fit, self.memory) if self.memory else None
                if whole is not None:
                    self.known[number] = whole
                for fold in range(self.folds):
                    yield number, replace(fit, fold=fold)
        except GeneratorExit:
            self.stop.set()
            raise

    def run(self, job: tuple[int, Fit]) -> Fitted | Exception:
        """One fold of one fit; what it raises is returned."""
        number, fit = job
        if number in self.known:
            return self.known[number][fit.fold]
        if number in self.broken:
            return Stopped()
        try:
            return run(self.material, fit, self.memory, partial(self._watch, fit.config), LONG)
        except Exception as problem:
            return problem

    def add(self, number: int, fold: int, fitted: Fitted) -> Evaluated | None:
        """Notes a fold; the configuration when it was the last one."""
        self.done[number][fold] = fitted
        if len(self.done[number]) < self.folds:
            return None
        ordered = [self.done[number].pop(fold) for fold in range(self.folds)]
        if self.memory and number not in self.known:
            remember(self.material, self.memory, self.fits[number], ordered)
        self.known.pop(number, None)
        fit = self.fits[number]
        return gather(self.material, fit.config, ordered, fit.threads)

    def fail(self, number: int) -> bool:
        """Notes a failure; whether it is the configuration's first."""
        first = number not in self.broken
        self.broken.add(number)
        return first

    def _watch(self, config: Config, step: int, loss: float) -> None:
        if self.stop.is_set():
            raise Stopped
        if self.told is not None:
            self.told(config, step, loss)
