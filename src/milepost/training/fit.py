"""The one job that trains: a configuration on one fold, remembered by its digest."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from milepost.digest import Digest, digest
from milepost.learners.base import Job, Model, Point, learners
from milepost.training.alone import ROWS, alone
from milepost.training.bulk import bulk
from milepost.training.material import Material, Prepared

Array = np.ndarray[Any, Any]
MORE = 1.5
"""A fit that the clock cut is trained anew only where it now has so many times the seconds."""


@dataclass(frozen=True)
class Config:
    """A learner with its settings."""

    learner: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """A short stable name, such as `lightgbm-3fa2c41b`."""
        return f"{self.learner}-{digest(self.learner, self.params)[:8]}"


@dataclass(frozen=True)
class Fit:
    """One training job.

    Args:
        config: what to train.
        fold: on which fold.
        seed: seed of the learner.
        rows: number of training rows (0: all).
        stop_early: False grows on after validation has turned.
        seconds: wall-clock seconds the fit may take.
        threads: threads it may use.
        rounds: fixed number of rounds or epochs; None lets validation or the settings decide.
    """

    config: Config
    fold: int
    seed: int = 0
    rows: int = 0
    stop_early: bool = True
    seconds: float = float("inf")
    threads: int = 1
    rounds: int | None = None


@dataclass(frozen=True)
class Fitted:
    """What a fit left: validation predictions, best rounds, curve, seconds, whether time ran out.

    `bytes` is what the model takes of a package, and `view_bytes` what its features do, which models of one
    view share; 0 where they were not weighed. `ms` and `view_ms` are what one row alone takes in them, in
    milliseconds; 0 where that was not timed. `learnt` is the digest of what a refit may begin from, or "".
    """

    prediction: Array
    train_loss: float
    rounds: int
    curve: tuple[Point, ...]
    seconds: float
    cut: bool
    bytes: int = 0
    view_bytes: int = 0
    learnt: Digest = ""
    ms: float = 0.0
    view_ms: float = 0.0


class Memory(Protocol):
    """Where finished fits are remembered, so that a stopped search is picked up where it was."""

    def recall(self, key: Digest) -> Fitted | None:
        """The fit of a key, if it was ever finished or cut by its time limit."""

    def remember(self, key: Digest, fitted: Fitted) -> None:
        """Keeps a finished fit."""

    def checkpoint(self, key: Digest) -> Path | None:
        """The file in which a long fit may keep its state while it runs; None where there is no folder."""

    def leave(self, learnt: bytes) -> Digest:
        """Keeps what a fit learnt, for a refit to begin from."""

    def recall_all(self, key: Digest) -> list[Fitted] | None:
        """The fits of all folds of a configuration, if they were remembered as a whole."""

    def remember_all(self, key: Digest, fits: Sequence[Fitted]) -> None:
        """Keeps the fits of all folds of a configuration."""


Watch = Callable[[int, float], None]
"""Told each round or epoch and its validation loss."""


def silent(step: int, loss: float) -> None:
    """Watches without a word."""


class Stopped(Exception):
    """Raised inside a fit that is no longer wanted."""


def train(
    prepared: Prepared, fit: Fit, watch: Watch = silent, checkpoint: Path | None = None, leave: bool = False
) -> Model:
    """Fits a learner on prepared matrices; a checkpoint is given up with a fit that fails or is halted."""
    job = Job(
        params=fit.config.params,
        head=prepared.head,
        seed=fit.seed,
        threads=fit.threads,
        deadline=time.monotonic() + fit.seconds,
        rounds=fit.rounds,
        stop_early=fit.stop_early,
        watch=watch,
        checkpoint=checkpoint,
        leave=leave,
    )
    try:
        return learners[fit.config.learner].fit(prepared.train, prepared.watched, job)
    except Exception as problem:
        if checkpoint is not None and not isinstance(problem, Stopped):
            checkpoint.unlink(missing_ok=True)
        raise


def made(name: str) -> int | tuple[int, str]:
    """The version of a learner; of a plug-in's with the digest of its source, which names its module."""
    learner = learners[name]
    module = type(learner).__module__
    return (learner.version, module) if module.startswith("milepost_plugin_") else learner.version


def identity(material: Material, fit: Fit) -> Digest:
    """What a finished fit is remembered by: everything that decides its result, but not its time limit."""
    version = made(fit.config.learner)
    return digest(material.key, fit.config, version, fit.fold, fit.seed, fit.rows, fit.stop_early, fit.rounds)


def run(
    material: Material,
    fit: Fit,
    memory: Memory | None = None,
    watch: Watch = silent,
    least: float = 0.0,
) -> Fitted:
    """Runs a fit, or recalls it; the seconds do not include making the matrices.

    What the clock cut is recalled too, unless there is clearly more time now. Where one fold judges,
    a network leaves what it learnt, as refitting it anew would take as long as the search; but only where all
    features are signals, since the form of the network depends on the rows otherwise.

    Args:
        material: rows and folds.
        fit: what to train.
        memory: remembers finished fits.
        watch: called after each round with its validation loss; what it raises ends the fit.
        least: fits that ended by themselves in fewer seconds are not worth remembering.
    """
    key = identity(material, fit)
    known = memory.recall(key) if memory else None
    if known is not None and (not known.cut or fit.seconds < MORE * known.seconds):
        return known
    prepared = material.prepared(fit.fold, learners[fit.config.learner].view, fit.rows)
    start = time.monotonic()
    signals = sum(block.width for block in prepared.train.blocks) == prepared.train.x.shape[1]
    leave = memory is not None and len(material.folds) == 1 and not fit.rows and signals
    model = train(prepared, fit, watch, memory.checkpoint(key) if memory else None, leave)
    seconds = time.monotonic() - start
    assert prepared.valid is not None
    prediction = prepared.head.predict(model.raw(prepared.valid.x))
    rows = np.random.default_rng(0).permutation(len(prepared.train.x))[:5000]
    truth = material.truth[material.train_rows(fit.fold, fit.rows)][rows]
    train_loss = material.task.losses(truth, prepared.head.predict(model.raw(prepared.train.x[rows]))).mean()
    taken = bulk(prepared, model, material.recipe.schema) if material.weighed else (0, 0)
    shown = material.frame[material.folds[fit.fold].valid[:ROWS]]
    spent = alone(prepared, model, material.recipe.schema, shown) if material.timed else (0.0, 0.0)
    learnt = memory.leave(model.learnt) if memory and model.learnt else ""
    cut = seconds >= fit.seconds or model.short
    told = (prediction, float(train_loss), model.rounds, model.curve, seconds, cut)
    fitted = Fitted(*told, *taken, learnt, *spent)
    if memory and (seconds >= least or fitted.cut):
        memory.remember(key, fitted)
    return fitted
