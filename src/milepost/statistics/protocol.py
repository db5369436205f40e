"""Which validation protocol the data can bear: holdout, K-fold or repeated K-fold.

The choice is computed from how precise each would be, what it costs and how the rows hang together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from milepost.errors import InputError
from milepost.statistics.intervals import hanley_mcneil_se

Kind = Literal["holdout", "kfold", "repeated"]
MetricKind = Literal["accuracy", "auc", "rate", "loss"]

HOLDOUT_SHARE = 0.2
HOLDOUT_CAP = 50_000
CLASS_FLOOR = 100
"""Rows of the rarest class that a holdout must hold."""
FEW_GROUPS = 10
EVEN = 1e-6
"""Losses that differ by less, as a share of the tolerance, are all the same."""
WINDOWS = 5


@dataclass(frozen=True)
class Situation:
    """What the choice of a protocol depends on.

    Args:
        rows: development rows (without the sealed ones).
        rarest: rows of the rarest class; None without classes.
        metric: "accuracy" (a share of all rows), "auc", "rate" (recall or precision: a share of the
            rarest class) or "loss" (a mean of per-row losses).
        expected: baseline accuracy, rate or AUC; None if unknown (0.5, or 0.8 for an AUC).
        spread: standard deviation of a quick baseline's per-row losses; needed for "loss".
        tolerance: half-width that a decision needs, in units of the metric.
        fit_seconds: time of one fit.
        budget: seconds that validation may take.
        groups: number of independent groups; None when rows are independent.
        time: rows are ordered in time and production predicts the future.
        split_sd: standard deviation of the K-fold score over split seeds, if it was measured.
    """

    rows: int
    rarest: int | None = None
    metric: MetricKind = "accuracy"
    expected: float | None = None
    spread: float | None = None
    tolerance: float = 0.01
    fit_seconds: float = 0.0
    budget: float = math.inf
    groups: int | None = None
    time: bool = False
    split_sd: float | None = None


@dataclass(frozen=True)
class Protocol:
    """How models are validated.

    Args:
        kind: "holdout", "kfold" or "repeated" (K-fold with several split seeds).
        folds: number of folds; 1 for a holdout.
        repeats: number of split seeds.
        fraction: share of rows that one model is scored on.
        halfwidth: expected half-width of the score's 95 % interval; infinite where nothing foretells it.
        reason: why, one sentence.
        ordered: folds follow time (rolling origin), never shuffled.
        grouped: groups are never split.
        notes: what the reader has to know besides.
    """

    kind: Kind
    folds: int
    repeats: int
    fraction: float
    halfwidth: float
    reason: str
    ordered: bool = False
    grouped: bool = False
    notes: tuple[str, ...] = ()


def halfwidth(situation: Situation, share: float) -> float:
    """Returns the expected 95 % half-width of a score on a share of the rows; infinite if not estimable.

    Where the naive answer costs every row the same, as with classes of one size, its losses foretell nothing.
    With groups the groups are counted, not the rows: the cautious bound, as if the rows of a group
    were all alike.
    """
    s = situation
    scale = share * (1.0 if s.groups is None else s.groups / s.rows)
    rows, rarest = s.rows * scale, (s.rows / 2 if s.rarest is None else s.rarest) * scale
    p = s.expected if s.expected is not None else 0.8 if s.metric == "auc" else 0.5
    if s.metric == "auc":
        return 1.96 * hanley_mcneil_se(p, rarest, rows - rarest) if rarest >= 1 else math.inf
    if s.metric == "loss":
        if s.spread is None:
            raise InputError(
                "The metric is a loss and `spread` is missing.",
                todo="Give the standard deviation of a quick baseline's per-row losses.",
            )
        return 1.96 * s.spread / math.sqrt(rows) if s.spread > EVEN * s.tolerance else math.inf
    count = rarest if s.metric == "rate" else rows
    return 1.96 * math.sqrt(p * (1 - p) / count) if count > 0 else math.inf


def repeats(split_sd: float, tolerance: float) -> int:
    """Returns how many split seeds make the noise of splitting small: clip(ceil((sd/(tol/2))²), 2, 10).

    >>> repeats(0.01, 0.01), repeats(0.1, 0.01)
    (4, 10)
    """
    return min(max(math.ceil((split_sd / (tolerance / 2)) ** 2), 2), 10)


def _notes(situation: Situation) -> tuple[str, ...]:
    rarest = situation.rarest
    if rarest is None or rarest >= 10:
        return ()
    return (f"The rarest class has {rarest} row(s): scores of single classes are not estimable.",)


def _folds(situation: Situation) -> int:
    """The number of folds that the classes and the number of rows ask for."""
    rarest, wanted = situation.rarest, 10 if situation.rows < 1000 else 5
    if situation.groups is not None:
        wanted = min(wanted, situation.groups)
    wanted = min(wanted, situation.rows)
    if rarest is None:
        return wanted
    enough = [k for k in (wanted, 5) if k <= wanted and rarest >= 2 * k]
    return enough[0] if enough else max(2, min(wanted, 3, rarest))


def _scored_by_all(situation: Situation, folds: int) -> float:
    return halfwidth(situation, 1.0) * math.sqrt(1 + 1 / (folds - 1))


def _by_time(situation: Situation) -> Protocol:
    folds = min(WINDOWS, situation.rows - 1)
    fraction = 1 / (folds + 1)
    return Protocol(
        "kfold",
        folds,
        1,
        fraction,
        halfwidth(situation, folds * fraction),
        f"Production predicts the future: {folds} windows, each model trained on what came before.",
        ordered=True,
        grouped=situation.groups is not None,
        notes=(
            "Leave a gap of the label delay plus the look-back of the features before each window.",
            *_notes(situation),
        ),
    )


def _within(plain: Protocol, situation: Situation) -> bool:
    """Whether a holdout is precise enough, as far as that can be foretold."""
    unknown = situation.metric == "loss" and math.isinf(plain.halfwidth)
    return unknown or plain.halfwidth <= situation.tolerance


def _holdout(situation: Situation) -> Protocol:
    fraction = min(HOLDOUT_SHARE, HOLDOUT_CAP / situation.rows)
    width = halfwidth(situation, fraction)
    held = round(fraction * situation.rows)
    reason = f"A holdout of {held:,} rows is precise enough: ±{width:.3g}, ±{situation.tolerance:g} is asked."
    if math.isinf(width):
        reason = f"A holdout of {held:,} rows: how precise it is shows with the first model."
    return Protocol(
        "holdout",
        1,
        1,
        fraction,
        width,
        reason,
        grouped=situation.groups is not None,
        notes=_notes(situation),
    )


def _unaffordable(situation: Situation, folds: int) -> Protocol:
    plain = _holdout(situation)
    wide = f"±{plain.halfwidth:.3g} is wider than the tolerance of {situation.tolerance:g} or a class is rare"
    if _within(plain, situation):
        wide = "a class is rare"
    reason = (
        f"{folds} fits of {situation.fit_seconds:.2g} s exceed the budget of {situation.budget:.2g} s: "
        f"one holdout, though {wide}."
    )
    return replace(plain, reason=reason)


def choose(situation: Situation) -> Protocol:
    """Returns the cheapest protocol that is precise enough, or the most precise within the budget.

    In this order: rolling origin for time; leave-one-group-out below ten groups; a holdout if its
    half-width is within the tolerance and it holds 100 rows of the rarest class; K-fold (10 below
    1,000 rows, else 5; 3 when the budget or the rarest class asks for it); repeated K-fold when the
    measured noise of splitting exceeds the tolerance. Repeating removes the noise of how rows were
    split, never that of which rows were collected.

    Raises:
        InputError: fewer than four rows, a single group, or a missing `spread`.

    >>> choose(Situation(rows=100_000, rarest=40_000)).kind
    'holdout'
    """
    s = situation
    if s.rows < 4 or s.tolerance <= 0:
        raise InputError(
            f"{s.rows} rows, tolerance {s.tolerance}.", expected="Four rows and a tolerance above 0."
        )
    if s.groups is not None and s.groups < 2:
        raise InputError(
            "All rows belong to one group.", todo="Collect a second group, or declare another group column."
        )
    if s.time:
        return _by_time(s)
    if s.groups is not None and s.groups < FEW_GROUPS:
        reason = f"There are only {s.groups} groups: each is left out once, {s.groups} scores in all."
        width = _scored_by_all(s, s.groups)
        return Protocol("kfold", s.groups, 1, 1 / s.groups, width, reason, grouped=True, notes=_notes(s))
    plain = _holdout(s)
    if _within(plain, s) and (s.rarest is None or s.rarest * plain.fraction >= CLASS_FLOOR):
        return plain
    return _across_folds(s, plain)


def _across_folds(s: Situation, plain: Protocol) -> Protocol:
    wanted = _folds(s)
    affordable = [k for k in (wanted, 5, 3) if k <= wanted and k * s.fit_seconds <= s.budget]
    if not affordable:
        return _unaffordable(s, min(wanted, 3))
    folds = affordable[0]
    why = (
        f"a holdout would leave ±{plain.halfwidth:.3g}"
        if not _within(plain, s)
        else f"a holdout would hold {s.rarest * plain.fraction:.0f} rows of the rarest class"
        if s.rarest is not None
        else ""
    )
    again = 1
    # Two seeds differ by sqrt(2) standard deviations; only a visible difference is worth repeating for.
    if s.split_sd is not None and math.sqrt(2) * s.split_sd > s.tolerance:
        again = repeats(s.split_sd, s.tolerance)
        if s.fit_seconds > 0:
            again = max(1, math.floor(min(again, s.budget / (folds * s.fit_seconds))))
    width = _scored_by_all(s, folds)
    precise = f"with all rows scored it is ±{width:.3g}"
    if math.isinf(width):
        precise = "how precise that is shows with the first model"
    times = f", {again} times with new splits" if again > 1 else ""
    return Protocol(
        "repeated" if again > 1 else "kfold",
        folds,
        again,
        1 / folds,
        width,
        f"{folds} folds{times}: {why}; {precise}.",
        grouped=s.groups is not None,
        notes=_notes(s),
    )
