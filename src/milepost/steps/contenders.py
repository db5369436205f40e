"""The first models: a stump, a linear model and trees, each cut to what the clock allows."""

from __future__ import annotations

import time

import numpy as np

from milepost.learners.base import learners
from milepost.steps.answers import Answer
from milepost.steps.material import memory
from milepost.steps.work import Work
from milepost.training.evaluate import evaluate
from milepost.training.fit import Config, Fit, train
from milepost.training.material import Material

FAMILIES = ("stump", "linear", "lightgbm")
PILOT = 2_000
SMALL = 2_000_000
"""Cells (training rows times features) up to which all rows are taken without a trial."""
LEAST = 5_000


def contenders(work: Work, data: Material, seconds: float) -> dict[str, Answer]:
    """Out-of-fold predictions of the first models.

    Args:
        work: the running step.
        data: rows and folds.
        seconds: wall-clock seconds for all of them.
    """
    fits: list[Fit] = []
    started = time.monotonic()
    for name in FAMILIES:
        learner = learners[name]
        sample = data.prepared(0, learner.view, PILOT)
        size = int(np.mean([len(fold.train) for fold in data.folds]))
        params = learner.portfolio(size, sample.train.x.shape[1], sample.head)[0]
        left = seconds - (time.monotonic() - started)
        rows = affordable(data, Config(name, params), max(1.0, left / len(FAMILIES)), work.engine.workers)
        most = max(1.0, left * work.engine.workers / (len(FAMILIES) * len(data.folds)))
        fits.append(Fit(Config(name, params), 0, work.seed, rows=rows, seconds=most))
    found: dict[str, Answer] = {}
    for number, done in enumerate(evaluate(data, fits, work.engine, memory(work)), 1):
        name = done.config.learner
        rows = next(fit.rows for fit in fits if fit.config.learner == name)
        title = learners[name].title
        found[name] = Answer(name, title, done.prediction, done.prediction, done.seconds, rows, done.cut)
        work.say(f"{name}: loss {done.loss:.4f}", number / len(fits))
    return {name: found[name] for name in FAMILIES if name in found}


def affordable(data: Material, config: Config, seconds: float, workers: int) -> int:
    """Training rows a fold with which all folds end in time, by a trial on 2,000; 0 for all.

    Args:
        data: rows and folds.
        config: what is to be trained.
        seconds: wall-clock seconds for all folds.
        workers: fits that run at once.
    """
    view = learners[config.learner].view
    whole = float(np.mean([len(fold.train) for fold in data.folds]))
    if whole * data.prepared(0, view, PILOT).train.x.shape[1] <= SMALL:
        return 0
    start = time.monotonic()
    sample = data.prepared(0, view, PILOT + 1)
    made = time.monotonic() - start
    start = time.monotonic()
    train(sample, Fit(config, 0, seconds=seconds / 4))
    fitted = time.monotonic() - start
    judged = len(data.folds[0].valid)
    each = made / (judged + PILOT)
    mean_judged = float(np.mean([len(fold.valid) for fold in data.folds]))
    allowed = seconds * workers / len(data.folds) - each * mean_judged
    rows = int(allowed / (each + fitted / PILOT))
    return 0 if rows >= whole else max(LEAST, rows)
