"""How good each labeller is by items whose truth is known, and when that is settled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Numbers
from milepost.statistics.intervals import Interval

KEEP, STOP, ERROR = 0.9, 0.6, 0.05
"""Accuracies of a labeller to keep and of one to stop, and the share of each taken for the other."""
LONGEST = 600
"""Answers after which a course is no longer followed."""
STRENGTHS = np.geomspace(2, 200, 60)
"""How many answers the team's accuracy counts as, at least and at most."""


@dataclass(frozen=True)
class Accuracy:
    """How often a labeller is right.

    Args:
        value: their accuracy, drawn towards the team's where they answered little.
        interval: where it lies, given what was answered (a credible interval).
        right: gold items answered right.
        answered: gold items answered.
    """

    value: float
    interval: Interval
    right: int
    answered: int


def accuracies(right: Numbers, answered: Numbers, level: float = 0.95) -> tuple[Accuracy, ...]:
    """Returns each labeller's accuracy on gold items, shrunk to the team's mean (beta-binomial).

    The prior is Beta with the team's mean. How many answers it counts as is not known: at least two, as a
    uniform prior does, and the likelier the better everybody's results fit (Gelman et al. 2013, section 5.3);
    all numbers are averaged by that. So alike labellers are drawn together, and unlike ones less.

    Args:
        right: gold items that each answered right (labellers,).
        answered: gold items that each answered (labellers,).
        level: of the intervals.

    >>> [round(a.value, 2) for a in accuracies([9, 0], [10, 0])]
    [0.87, 0.83]
    """
    hits, all_ = np.asarray(right, np.float64), np.asarray(answered, np.float64)
    if hits.shape != all_.shape or hits.ndim != 1 or (hits < 0).any() or (hits > all_).any():
        raise InputError(
            f"{hits.tolist()} right of {all_.tolist()} answered were given.",
            expected="0 <= right <= answered, one of each a labeller.",
        )
    mean = float((hits.sum() + 1) / (all_.sum() + 2))
    weights = _weights(hits, all_, mean)
    one = STRENGTHS * mean + hits[:, None]
    two = STRENGTHS * (1 - mean) + (all_ - hits)[:, None]
    low, high = (_quantile(one, two, weights, q) for q in ((1 - level) / 2, (1 + level) / 2))
    values = (one / (one + two)) @ weights
    return tuple(
        Accuracy(float(v), Interval(float(a), float(b), level, "beta-binomial"), int(h), int(n))
        for v, a, b, h, n in zip(values, low, high, hits, all_, strict=True)
    )


def _weights(right: Floats, answered: Floats, mean: float) -> Floats:
    """How probable each strength is, by the likelihood of everybody's answers; even in its inverse root."""
    from scipy.special import betaln

    one, two = STRENGTHS * mean, STRENGTHS * (1 - mean)
    hits, misses = right[:, None], (answered - right)[:, None]
    logs = (betaln(one + hits, two + misses) - betaln(one, two)).sum(0) - np.log(STRENGTHS) / 2
    weights = np.exp(logs - logs.max())
    found: Floats = weights / weights.sum()
    return found


def _quantile(one: Floats, two: Floats, weights: Floats, share: float) -> Floats:
    """Quantiles of mixtures of Beta distributions (labellers, strengths), by bisection."""
    from scipy.special import betainc

    low, high = np.zeros(len(one)), np.ones(len(one))
    for _ in range(40):
        middle = (low + high) / 2
        below = betainc(one, two, middle[:, None]) @ weights < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: Floats = (low + high) / 2
    return found


@dataclass(frozen=True)
class Trial:
    """Where a sequential test of one labeller stands.

    Args:
        verdict: "keep", "stop" or "undecided" so far.
        answers: gold answers until the verdict, or so far.
        score: the logarithm of the likelihood of `stop` over that of `keep`; a verdict falls at the bounds.
        bounds: `keep` at or below the first, `stop` at or above the second.
    """

    verdict: Literal["keep", "stop", "undecided"]
    answers: int
    score: float
    bounds: tuple[float, float]


def sequential(
    right: Sequence[bool] | Numbers, keep: float = KEEP, stop: float = STOP, error: float = ERROR
) -> Trial:
    """Tests by gold answers, as they come, whether a labeller is to be kept (Wald's SPRT, 1945).

    The first verdict stands; looking after each answer costs nothing, since the bounds take it into account.

    Args:
        right: whether each gold answer was right, in order.
        keep: accuracy of a labeller to keep.
        stop: accuracy of one to stop.
        error: the share of either that gets the other's verdict.

    >>> sequential([True] * 8).verdict, sequential([False, False, False]).verdict
    ('keep', 'stop')
    """
    bound, wrong, good = _steps(keep, stop, error)
    score, count = 0.0, 0
    for answer in np.asarray(right).tolist():
        score += good if answer else wrong
        count += 1
        if abs(score) >= bound:
            return Trial("stop" if score > 0 else "keep", count, score, (-bound, bound))
    return Trial("undecided", count, score, (-bound, bound))


@dataclass(frozen=True)
class Course:
    """How a sequential test goes for a labeller of known accuracy.

    Args:
        answers: gold answers until a verdict, on average.
        stopped: the probability of the verdict "stop".
    """

    answers: float
    stopped: float


def course(accuracy: float, keep: float = KEEP, stop: float = STOP, error: float = ERROR) -> Course:
    """Returns how many gold answers a verdict takes, for planning: exact, by all ways that answers may come.

    >>> round(course(0.9).answers), round(course(0.6).answers)
    (13, 11)
    """
    bound, wrong, right = _steps(keep, stop, error)
    alive = np.ones(1)
    answers, stopped = 0.0, 0.0
    for count in range(1, LONGEST + 1):
        answers += float(alive.sum())
        errors = np.arange(count + 1)
        alive = np.append(alive, 0) * accuracy + np.append(0, alive) * (1 - accuracy)
        score = errors * wrong + (count - errors) * right
        stopped += float(alive[score >= bound].sum())
        alive[np.abs(score) >= bound] = 0
    return Course(answers, stopped)


def _steps(keep: float, stop: float, error: float) -> tuple[float, float, float]:
    """The bound, and what a wrong and a right answer add."""
    if not 0 < stop < keep < 1 or not 0 < error < 0.5:
        raise InputError(
            f"keep={keep}, stop={stop} and error={error} were given.",
            expected="0 < stop < keep < 1 and 0 < error < 0.5.",
        )
    return math.log((1 - error) / error), math.log((1 - stop) / (1 - keep)), math.log(stop / keep)


@dataclass(frozen=True)
class Suspicion:
    """Why a labeller's answers may be guesses; none of it is proof.

    Args:
        hasty: the share of answers that took less than a quarter of the team's median time.
        run: the longest run of equal answers.
        run_p: the probability of a run at least so long, were answers independent.
        differs: the share of answers that the consensus contradicts; nan without one.
        reasons: what is out of the ordinary, in words; empty where nothing is.
    """

    hasty: float
    run: int
    run_p: float
    differs: float
    reasons: tuple[str, ...]


QUARTER, HASTY, RARE, FEW = 0.25, 0.2, 0.001, 10


def suspicion(
    answers: Sequence[Any], seconds: Numbers, median: float, contradicted: Numbers | None = None
) -> Suspicion:
    """Returns signs that somebody guesses: haste, long runs of one answer, contradiction by the others.

    Args:
        answers: their answers in the order given.
        seconds: time on task of each (n,).
        median: the team's median seconds.
        contradicted: the probability that each answer is wrong, by the consensus of all (n,); or None.
    """
    codes = np.unique(np.asarray(answers), return_inverse=True)[1].ravel()
    time = np.asarray(seconds, np.float64)
    hasty = float((time < QUARTER * median).mean()) if len(time) else 0.0
    run, p = _run(codes)
    wrong = math.nan if contradicted is None else float(np.asarray(contradicted, np.float64).mean())
    reasons = []
    if len(codes) >= FEW:
        if hasty > HASTY:
            reasons.append(
                f"{hasty:.0%} of the answers took less than a quarter of the usual {median:.3g} s."
            )
        if p < RARE:
            reasons.append(f"One answer came {run} times in a row; chance would do that in {p:.2g} of cases.")
        if wrong > 1 - STOP:
            reasons.append(f"The consensus contradicts {wrong:.0%} of the answers.")
    return Suspicion(hasty, run, p, wrong, tuple(reasons))


def _run(codes: np.ndarray[Any, Any]) -> tuple[int, float]:
    """The longest run, and how probable one as long is among independent answers with the same shares.

    Runs of at least r begin at n(1 - p)p^r places on average and are nearly Poisson (Arratia, Goldstein &
    Gordon 1990); over all answers p.
    """
    if not len(codes):
        return 0, 1.0
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    lengths = np.diff(np.append(starts, len(codes)))
    run = int(lengths.max())
    shares = np.bincount(codes) / len(codes)
    if len(shares) == 1:
        return run, 1.0
    began = ((len(codes) - run) * (1 - shares) + 1) * shares**run
    return run, float(-math.expm1(-began.sum()))
