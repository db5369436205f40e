"""Label shift: the classes' shares change while each class looks as before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers

WORST_CONDITION = 100.0
NEGLIGIBLE = 0.02
WIDEST = 0.5
MAX_ROWS = 10_000


def prior_correction(
    p: npt.ArrayLike, old_prior: npt.ArrayLike, new_prior: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Returns probabilities as they would be under other shares of the classes.

    Args:
        p: probabilities of class 1, with priors of class 1, or probabilities (n, k), with priors (k,).
        old_prior: shares the probabilities were learnt at.
        new_prior: shares they are to be used at.

    Raises:
        InputError: a prior is not strictly between 0 and 1, or does not fit p.

    >>> round(float(prior_correction(0.5, 0.2, 0.05)), 4)
    0.1739
    """
    given = np.asarray(p, dtype=np.float64)
    old, new = np.asarray(old_prior, dtype=np.float64), np.asarray(new_prior, dtype=np.float64)
    if not ((old > 0) & (old < 1)).all() or not ((new >= 0) & (new <= 1)).all() or old.shape != new.shape:
        raise InputError(
            f"priors {old.tolist()} and {new.tolist()} cannot be exchanged.",
            expected="Shares between 0 and 1, as many of each.",
        )
    if old.ndim == 0:
        up, down = given * new / old, (1 - given) * (1 - new) / (1 - old)
        return np.asarray(up / (up + down))
    scaled = given * (new / old)
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True))


def saerens_em(
    p: npt.ArrayLike, prior: npt.ArrayLike, *, tolerance: float = 1e-8, rounds: int = 1000
) -> npt.NDArray[np.float64]:
    """Returns the shares of the classes among unlabelled rows, by maximum likelihood.

    The EM algorithm of Saerens, Latinne & Decaestecker 2002; probabilities have to be calibrated at the prior
    given (Alexandari, Kundaje & Shrikumar 2020).

    Args:
        p: probabilities of class 1 (n,) with a prior of class 1, or (n, k) with priors (k,).
        prior: shares in the rows the probabilities were calibrated on.

    Returns:
        Shares (k,), class 0 first, also for p of shape (n,).
    """
    rows, old = _matrix(p), _shares(prior)
    share = old.copy()
    for _ in range(rounds):
        weighted = rows * (share / old)
        new = (weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0)
        moved = float(np.abs(new - share).max())
        share = new
        if moved < tolerance:
            break
    return np.asarray(share)


@dataclass(frozen=True)
class Bbse:
    """Shares of the classes by inverting the confusion matrix (Lipton, Wang & Smola 2018).

    Args:
        prior: estimated shares (k,), negative ones set to 0.
        condition: condition number of the confusion matrix; above 100 it cannot be inverted in earnest.
    """

    prior: Floats
    condition: float


def bbse(predicted: npt.ArrayLike, truth: npt.ArrayLike, fresh: npt.ArrayLike, classes: int) -> Bbse:
    """Estimates the shares of the classes from predicted labels.

    Args:
        predicted: labels predicted for validation rows (n,).
        truth: their true labels (n,).
        fresh: labels predicted for production rows (m,).
        classes: number of classes.

    Raises:
        InputError: a class is never predicted or has no validation row, so that nothing can be inverted.
    """
    said, true = np.asarray(predicted, dtype=np.int64), np.asarray(truth, dtype=np.int64)
    joint = np.bincount(said * classes + true, minlength=classes**2).reshape(classes, classes) / len(true)
    seen = np.bincount(np.asarray(fresh, dtype=np.int64), minlength=classes) / max(np.size(fresh), 1)
    condition = float(np.linalg.cond(joint))
    if not np.isfinite(condition) or condition > 1e12:
        raise InputError(
            "the confusion matrix cannot be inverted: a class is never predicted or has no rows.",
            todo="Use fewer classes, or more validation rows of the rare ones.",
        )
    share = np.clip(np.linalg.solve(joint, seen) * joint.sum(axis=0), 0, None)
    return Bbse(np.asarray(share / share.sum()), condition)


@dataclass(frozen=True)
class LabelShift:
    """The classes' shares in production, and whether label shift explains what is seen there.

    Args:
        prior: estimated shares (k,).
        low: lower ends of their 95 % intervals.
        high: upper ends.
        check: the shares by the confusion matrix, nan where it cannot be inverted.
        condition: of that matrix.
        residual: distance (KS) between the scores in production and the validation scores reweighted to the
            estimated shares; near 0 when label shift explains the change.
        chance: what the residual reaches by chance, 99 times of 100.
        usable: whether to correct by it.
        says: one sentence.
    """

    prior: Floats
    low: Floats
    high: Floats
    check: Floats
    condition: float
    residual: float
    chance: float
    usable: bool
    says: str


def estimate_label_shift(
    p: npt.ArrayLike, truth: npt.ArrayLike, fresh: npt.ArrayLike, *, seed: int = 0, resamples: int = 200
) -> LabelShift:
    """Estimates the classes' shares in production, with an interval and a test of the assumption.

    Not usable when the confusion matrix is nearly singular (condition above 100), when an interval is wider
    than half, or when the scores in production differ from what reweighted classes would give: then something
    else changed too. At most 10,000 rows of each are read.

    Args:
        p: calibrated probabilities of validation rows (n,) or (n, k), out of fold.
        truth: their classes (n,).
        fresh: probabilities of production rows (m,) or (m, k).
        seed: of the bootstrap over both.
        resamples: of the bootstrap.

    Raises:
        InputError: shapes differ or a class has no validation row.
    """
    draw = np.random.default_rng(seed)
    rows, true, new = _thinned(_matrix(p), np.asarray(truth, dtype=np.int64), _matrix(fresh), draw)
    classes = rows.shape[1]
    count = np.bincount(true, minlength=classes)
    if len(rows) != len(true) or new.shape[1] != classes or len(count) != classes or count.min() < 1:
        raise InputError(
            f"validation probabilities {rows.shape}, truth {true.shape}, production {new.shape}.",
            expected="The same classes in all, and validation rows of each class.",
        )
    prior = count / len(true)
    share = saerens_em(new, prior)
    drawn, gaps = np.empty((resamples, classes)), np.empty(resamples)
    likely = (share / prior)[true] / (share / prior)[true].sum()
    for number in range(resamples):
        one, other = (draw.integers(0, size, size) for size in (len(true), len(new)))
        counted = np.maximum(np.bincount(true[one], minlength=classes), 0.5)
        drawn[number] = saerens_em(new[other], counted / counted.sum(), tolerance=1e-5, rounds=200)
        mixed = rows[draw.choice(len(true), len(new), p=likely)]  # production if only the shares had changed
        gaps[number] = _residual(
            rows[one], true[one], mixed, saerens_em(mixed, prior, tolerance=1e-5, rounds=200)
        )
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    check, condition = _checked(rows, true, new, classes)
    residual, chance = _residual(rows, true, new, share), float(np.quantile(gaps, 0.99))
    blurred = condition > WORST_CONDITION or float((high - low).max()) > WIDEST
    usable = not blurred and residual <= max(chance, NEGLIGIBLE)
    says = _sentence(usable, blurred, condition, residual, chance)
    return LabelShift(share, low, high, check, condition, residual, chance, usable, says)


def _matrix(p: npt.ArrayLike) -> Floats:
    given = np.asarray(p, dtype=np.float64)
    if given.ndim not in (1, 2) or len(given) == 0 or not ((given >= 0) & (given <= 1)).all():
        raise InputError(
            f"{given.shape} are no probabilities.", expected="Values from 0 to 1, (n,) or (n, k)."
        )
    return given if given.ndim == 2 else np.column_stack([1 - given, given])


def _shares(prior: npt.ArrayLike) -> Floats:
    share = np.asarray(prior, dtype=np.float64)
    if share.ndim == 0:
        share = np.array([1 - share, share])
    if (share <= 0).any() or abs(float(share.sum()) - 1) > 1e-6:
        raise InputError(f"{share.tolist()} are no shares of classes.", expected="Positive, summing to 1.")
    return share


def _thinned(
    rows: Floats, true: Integers, new: Floats, draw: np.random.Generator
) -> tuple[Floats, Integers, Floats]:
    if len(rows) > MAX_ROWS and len(rows) == len(true):
        kept = draw.choice(len(rows), MAX_ROWS, replace=False)
        rows, true = rows[kept], true[kept]
    return rows, true, new if len(new) <= MAX_ROWS else new[draw.choice(len(new), MAX_ROWS, replace=False)]


def _checked(rows: Floats, true: Integers, new: Floats, classes: int) -> tuple[Floats, float]:
    try:
        found = bbse(rows.argmax(axis=1), true, new.argmax(axis=1), classes)
    except InputError:
        return np.full(classes, np.nan), float("inf")
    return found.prior, found.condition


def _residual(rows: Floats, true: Integers, new: Floats, share: Floats) -> float:
    """The largest KS distance, over classes, of production scores from validation scores reweighted."""
    counted = np.bincount(true, minlength=len(share)) / len(true)
    weight = (share / np.where(counted > 0, counted, 1))[true]
    worst = 0.0
    for first, second in zip(rows.T, new.T, strict=True):
        values, place = np.unique(np.concatenate([first, second]), return_inverse=True)
        left = np.bincount(place[: len(first)], weight, len(values)) / weight.sum()
        right = np.bincount(place[len(first) :], minlength=len(values)) / len(second)
        worst = max(worst, float(np.abs(np.cumsum(left - right)).max()))
        if rows.shape[1] == 2:
            break
    return worst


def _sentence(usable: bool, blurred: bool, condition: float, residual: float, chance: float) -> str:
    if usable:
        return (
            f"Other shares of the classes explain the change (residual {residual:.3f}, chance {chance:.3f})."
        )
    if blurred:
        return f"The classes are not told apart well enough to count them (condition {condition:.0f})."
    return (
        f"Other shares of the classes do not explain the change (residual {residual:.3f}, by chance up to "
        f"{chance:.3f}): the classes themselves look different."
    )
