"""Whether a candidate takes the champion's place: the rule, and what flips from right to wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from milepost.errors import InputError, did_you_mean
from milepost.statistics.comparison import SURE, Comparison

Array = np.ndarray[Any, Any]
Rule = Literal["better", "equal"]
Verdict = Literal["better", "as good", "worse", "not better"]


@dataclass(frozen=True)
class Promotion:
    """What the rule says.

    Args:
        promoted: whether the candidate takes the champion's place.
        verdict: "better", "as good" (not worse by more than what matters), "worse", or "not better".
    """

    promoted: bool
    verdict: Verdict


def promotion(found: Comparison, rule: Rule = "better", worn: bool = False) -> Promotion:
    """Returns whether a candidate takes the champion's place, by a paired test on fresh rows.

    "better": the candidate has to be significantly better (one-sided p below 0.05), so that a candidate that
    is no better is promoted at most once in twenty renewals. From a champion that is worn out, because it
    expired or can no longer answer, a candidate that is as good takes over as well: worse by more than the
    ROPE with a probability below 0.05. "equal": from any champion a candidate that is as good takes over.

    Args:
        found: the paired test of candidate against champion, with its ROPE.
        rule: "better" or "equal".
        worn: whether the champion is worn out.

    Raises:
        InputError: there is no such rule.
    """
    if rule not in get_args(Rule):
        raise InputError(
            f"there is no rule '{rule}'.", expected="better or equal", todo=did_you_mean(rule, get_args(Rule))
        )
    if found.beats:
        return Promotion(True, "better")
    if found.p_worse < 1 - SURE:
        return Promotion(worn or rule == "equal", "as good")
    surely = found.gain < 0 and found.p > SURE
    return Promotion(False, "worse" if surely else "not better")


@dataclass(frozen=True)
class Flips:
    """Rows on which exactly one of two models is right (Yan et al. 2021, positive-congruent training).

    Args:
        negative: rows that the champion had right and the candidate has wrong.
        positive: rows that the champion had wrong and the candidate has right.
        rows: all rows.
        rate: negative flips as a share of all rows.
        low, high: its 95 % interval.
    """

    negative: int
    positive: int
    rows: int
    rate: float
    low: float
    high: float

    @property
    def net(self) -> int:
        """Rows gained: positive less negative flips."""
        return self.positive - self.negative


def flips(old: Array, new: Array) -> Flips:
    """Counts flips between the correctness of two models on the same rows.

    Args:
        old: correctness of the champion (rows,).
        new: correctness of the candidate (rows,).

    >>> flips(np.array([True, True, False]), np.array([True, False, False])).negative
    1
    """
    from milepost.statistics.intervals import wilson

    before, after = np.asarray(old, bool), np.asarray(new, bool)
    negative, positive = int((before & ~after).sum()), int((~before & after).sum())
    span = wilson(negative, len(before))
    return Flips(negative, positive, len(before), negative / max(1, len(before)), span.low, span.high)


def right(truth: Array, champion: Array, candidate: Array) -> tuple[Array, Array]:
    """Correctness of two models that answer with numbers: within the champion's usual error.

    A row is right where the error is at most the median absolute error of the champion.

    Args:
        truth: true values (rows,) or (rows, d).
        champion: the champion's answers.
        candidate: the candidate's answers.
    """
    wide = [np.abs(np.asarray(a, np.float64) - truth).reshape(len(truth), -1) for a in (champion, candidate)]
    usual = np.median(wide[0], axis=0)
    before, after = ((gap <= usual).all(axis=1) for gap in wide)
    return np.asarray(before), np.asarray(after)


def needed(found: Comparison, units: int, rows: int) -> int | None:
    """Returns the fresh rows that would confirm the gain seen 8 times in 10; None where there is none.

    Args:
        found: the paired test.
        units: independent units it had.
        rows: rows it had.
    """
    from milepost.statistics.power import required_rows

    if not found.gain > 0 or not math.isfinite(found.standard_error):
        return None
    return math.ceil(required_rows(units, found.standard_error, found.gain) * rows / max(1, units))
