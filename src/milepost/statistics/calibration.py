"""Which calibrator to use: the simplest within one standard error of the best, on out-of-fold predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.statistics.arrays import Floats, Integers
from milepost.statistics.calibrators import FITS, IDENTITY, Calibrator, calibrate, venn_abers
from milepost.statistics.intervals import mean_se
from milepost.statistics.reliability import Reliability, reliability

__all__ = [
    "Calibrator",
    "Choice",
    "Reliability",
    "Trial",
    "calibrate",
    "choose_calibrator",
    "reliability",
    "venn_abers",
]

FOLDS = 5
CLIP = 1e-6
LEAST_ROWS = 50
LEAST_OF_A_CLASS = 10


@dataclass(frozen=True)
class Trial:
    """One candidate's cross-validated log loss.

    Args:
        name: the candidate.
        parameters: its number of parameters (of tables: a rank of their freedom).
        loss: mean log loss of the held-out rows, in nats.
        behind: how much more that is than the best candidate's.
        se: standard error of `behind`, paired by row (by group where there are groups).
    """

    name: str
    parameters: int
    loss: float
    behind: float
    se: float


@dataclass(frozen=True)
class Choice:
    """The calibrator to use, fitted on all rows given, and what the choice was made of.

    Args:
        calibrator: the one chosen.
        trials: every candidate that had enough rows, fewest parameters first.
        reason: one sentence.
    """

    calibrator: Calibrator
    trials: tuple[Trial, ...]
    reason: str


def choose_calibrator(
    p: npt.ArrayLike,
    y: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    weight: npt.ArrayLike | None = None,
) -> Choice:
    """Chooses a calibrator by cross-validated log loss with the one-standard-error rule.

    Of the candidates whose loss is within one standard error (of the paired difference) of the best one's,
    the one with the fewest parameters is taken. Isotonic regression needs 1,000 rows and 100 of each class,
    Venn-Abers 500 rows, any fit 50 rows and 10 of each class. Several classes choose between identity and
    temperature.

    Args:
        p: out-of-fold probabilities of class 1 (n,), or of all classes (n, k); never those of training rows.
        y: true codes (n,).
        groups: rows of one group stay in one fold (n,).
        seed: of the folds.
        weight: of rows (n,).

    Raises:
        InputError: the arrays do not fit together.
    """
    given, truth = np.asarray(p, dtype=np.float64), np.asarray(y).astype(np.int64)
    weights = np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=np.float64)
    calibrate("identity", given, truth, weights)
    names = _candidates(given, truth)
    if names == ["identity"]:
        rare = int(np.bincount(truth, minlength=2).min())
        few = f"{len(truth):,} rows with {rare:,} of the rarest class are too few to calibrate on."
        return Choice(IDENTITY, (), few)
    group = None if groups is None else np.asarray(groups)
    fold = _folds(truth, group, np.random.default_rng(seed))
    losses = {name: _held_out(name, given, truth, weights, fold) for name in names}
    means = {name: float(np.average(loss, weights=weights)) for name, loss in losses.items()}
    best = min(names, key=lambda name: means[name])
    trials = []
    for name in names:
        gap = (losses[name] - losses[best]) * weights / weights.mean()
        se = mean_se(gap, group)[0] if name != best else 0.0
        trials.append(Trial(name, FITS[name][1], means[name], means[name] - means[best], se))
    chosen = min((t for t in trials if t.behind <= t.se), key=lambda t: (t.parameters, t.loss))
    fitted = calibrate(chosen.name, given, truth, weights)
    return Choice(fitted, tuple(trials), _reason(chosen, best, means))


def _candidates(p: Floats, y: Integers) -> list[str]:
    """The candidates that have enough rows, fewest parameters first."""
    count = np.bincount(y, minlength=2 if p.ndim == 1 else p.shape[1])
    rows, rare = len(y), int(count.min() if p.ndim == 1 else np.sort(count)[-2])
    if rows < LEAST_ROWS or rare < LEAST_OF_A_CLASS:
        return ["identity"]
    if p.ndim == 2:
        return ["identity", "temperature"]
    tables = (["venn_abers"] if rows >= 500 else []) + (["isotonic"] if rows >= 1000 and rare >= 100 else [])
    return ["identity", "temperature", "platt", "beta", *tables]


def _folds(y: Integers, groups: npt.NDArray[Any] | None, generator: np.random.Generator) -> Integers:
    """A fold for each row: classes spread evenly, or whole groups."""
    if groups is not None:
        _, group = np.unique(groups, return_inverse=True)
        return np.asarray(generator.permutation(np.arange(group.max() + 1) % FOLDS)[group], dtype=np.int64)
    order = np.lexsort((generator.uniform(size=len(y)), y))
    fold = np.empty(len(y), dtype=np.int64)
    fold[order] = np.arange(len(y)) % FOLDS
    return fold


def _held_out(name: str, p: Floats, y: Integers, weight: Floats, fold: Integers) -> Floats:
    losses = np.empty(len(y))
    for part in np.unique(fold):
        held = fold == part
        fitted = calibrate(name, p[~held], y[~held], weight[~held])(p[held])
        if fitted.ndim == 1:
            given = np.where(y[held] == 1, fitted, 1 - fitted)
        else:
            given = fitted[np.arange(held.sum()), y[held]]
        losses[held] = -np.log(np.clip(given, CLIP, 1))
    return losses


def _reason(chosen: Trial, best: str, means: dict[str, float]) -> str:
    raw = means["identity"]
    if chosen.name == "identity":
        rival = (
            "no candidate does better"
            if best == "identity"
            else f"the best other ({best}) gains nothing sure"
        )
        return f"the probabilities are honest as they are: {rival}."
    if chosen.name == best:
        return f"{best} lowers the log loss from {raw:.4f} to {means[best]:.4f}, more than any other."
    return (
        f"{chosen.name} lowers the log loss from {raw:.4f} to {chosen.loss:.4f}; {best} is not surely better "
        "and has more parameters."
    )
