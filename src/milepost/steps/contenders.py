"""The first models: a stump, a linear model and trees, each cut to what the clock allows."""

from __future__ import annotations

import time

import numpy as np

from milepost.learners.base import learners
from milepost.steps.answers import Answer
from milepost.steps.material import memory
from milepost.steps.prepare import Findings as Prepared
from milepost.steps.work import Work
from milepost.training.evaluate import evaluate
from milepost.training.fit import Config, Fit, train
from milepost.training.material import Material

FAMILIES = ("stump", "linear", "lightgbm")
NETWORK, SHORTEST = "deep", 2.0
"""What tries signals that these hardly see, and seconds of a fit below which it learns nothing."""
PILOT = 2_000
SMALL = 2_000_000
"""Cells (training rows times features) up to which all rows are taken without a trial; where there are texts,
images or sounds, of which few features take long, twice the rows of a trial."""
LEAST, MOST = 5_000, 50_000
"""Training rows a fold where not all are taken; of texts, images and sounds as few as in the trial."""
CAUTION = 0.7
"""Share of the time allowed that is planned for."""


def contenders(work: Work, data: Material, seconds: float) -> dict[str, Answer]:
    """Out-of-fold predictions of the first models.

    One that cannot be fitted is left out; where none can be, what the first one raised is raised.

    Args:
        work: the running step.
        data: rows and folds.
        seconds: wall-clock seconds for all of them.
    """
    size = int(np.mean([len(fold.train) for fold in data.folds]))
    configs, started = {}, time.monotonic()
    for name in FAMILIES:
        sample = data.prepared(0, learners[name].view, PILOT)
        params = learners[name].portfolio(size, sample.train.x.shape[1], sample.head)[0]
        configs[name] = Config(name, params)
    # Families that see columns alike share their matrices, and so their rows.
    slowest = {learners[name].view: configs[name] for name in FAMILIES}
    lanes = work.engine.workers
    limits = {view: affordable(data, c, seconds / len(slowest), lanes) for view, c in slowest.items()}
    left = seconds - (time.monotonic() - started)
    most = max(1.0, left * lanes / (len(FAMILIES) * len(data.folds)))
    fits = [
        Fit(config, 0, work.seed, rows=limits[learners[name].view], seconds=most)
        for name, config in configs.items()
    ]
    found: dict[str, Answer] = {}
    problems: list[Exception] = []

    def failed(config: Config, problem: Exception) -> None:
        problems.append(problem)
        work.say(f"{config.learner} failed: {problem}", None)

    for number, done in enumerate(evaluate(data, fits, work.engine, memory(work), failed), 1):
        name = done.config.learner
        rows = next(fit.rows for fit in fits if fit.config.learner == name)
        title = learners[name].title
        found[name] = Answer(name, title, done.prediction, done.prediction, done.seconds, rows, done.cut)
        work.say(f"{name}: loss {done.loss:.4f}", number / len(fits))
    if not found:
        raise problems[0]
    return {name: found[name] for name in FAMILIES if name in found}


def late(work: Work, data: Material) -> bool:
    """Whether the inputs are signals that the first models hardly see: no text, nothing pretrained."""
    learner, fold = learners[NETWORK], data.folds[0].train
    if (
        not learner.needs & data.recipe.kinds
        or "text" in data.recipe.kinds
        or "embedded" in data.recipe.views
    ):
        return False
    width = work.found("prepare", Prepared).widths.get(learner.view, 0)
    return not learner.objection(len(fold), width, data.task.head(data.truth[fold]))


def network(work: Work, data: Material, seconds: float) -> dict[str, Answer]:
    """Out-of-fold predictions of a short training of the deep network; none where there is no time.

    Args:
        work: the running step.
        data: rows and folds.
        seconds: wall-clock seconds for all folds.
    """
    lanes = work.engine.workers
    each = seconds * min(lanes, len(data.folds)) / len(data.folds)
    if each < SHORTEST:
        return {}
    learner = learners[NETWORK]
    sample = data.prepared(0, learner.view, PILOT)
    config = Config(NETWORK, learner.portfolio(PILOT, sample.train.x.shape[1], sample.head)[0])
    fits = [Fit(config, 0, work.seed, seconds=each, threads=max(1, work.threads // len(data.folds)))]
    (done,) = evaluate(data, fits, work.engine, memory(work))
    work.say(f"{NETWORK}: loss {done.loss:.4f}", None)
    return {
        NETWORK: Answer(NETWORK, learner.title, done.prediction, done.prediction, done.seconds, 0, done.cut)
    }


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
    cells = whole * data.prepared(0, view, PILOT).train.x.shape[1]
    if whole <= 2 * PILOT if data.recipe.rich else cells <= SMALL:
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
    rows = min(MOST, int(CAUTION * allowed / (each + fitted / PILOT)))
    return 0 if rows >= whole else max(PILOT if data.recipe.rich else LEAST, rows)
