"""The findings of `tune`: what the search found, and what of it was luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from milepost.digest import Json
from milepost.steps.crafted import Features
from milepost.steps.hours import Hours
from milepost.steps.points import Point
from milepost.steps.sampled import Sampled
from milepost.tasks.base import Cut


@dataclass(frozen=True)
class Tried:
    """One configuration that was looked at."""

    name: str
    learner: str
    params: Mapping[str, Any]
    loss: float
    score: float
    rounds: int
    seconds: float
    cut: bool
    weight: float
    learnt: str = ""


@dataclass(frozen=True)
class Passed:
    """One configuration that was dropped on the way: a look, but never a choice."""

    name: str
    learner: str
    params: Mapping[str, Any]
    loss: float
    folds: int
    why: str


@dataclass(frozen=True)
class Ranked:
    """How much of what separates the best configurations of a family lies in one setting."""

    learner: str
    knob: str
    share: float
    low: float
    high: float
    trials: int


@dataclass(frozen=True)
class Findings:
    """What the search found.

    Args:
        tried: every configuration, best loss first, with its weight in what ships.
        metric: the metric of success.
        naive: score of what ships on the rows that chose it.
        corrected: the same with the luck of choosing taken off: expected on fresh rows.
        low, high: 95 % interval of the corrected score.
        error: its standard error.
        optimism: what choosing among all that was looked at gained by luck (BBC), in the direction of better.
        stopping: what choosing the rounds on the rows that judge gained, taken off as well.
        stopped: how the rounds were chosen, in words.
        looks: looks at validation rows so far, over all steps.
        effective: the number of independent looks that would cost as much.
        prior: the optimism to expect from so many independent looks, known before any was taken.
        spread: standard error of the naive score with rows as they are (one model, no choice).
        warning: a sentence where the optimism is large, or "".
        remedies: what helps, in order.
        choice: why a blend or a single model ships.
        form: the calibrator's plain form.
        calibrator: its name and why.
        threshold: proposed decision threshold, or one a label; None where none is needed.
        threshold_low, threshold_high: its interval.
        threshold_why: how it was found.
        threshold_flat: the range of thresholds that do as well, or ().
        threshold_note: what else there is to know of it.
        shares: shares of the classes in production that scores and probabilities are made for, or ().
        fold_scores: score of what ships in each fold.
        history: name, loss and best loss so far of every look, in order.
        failed: configurations whose fit failed, and why.
        skipped: what was not tried, and why.
        trials: exact number of configurations asked for, or None.
        suggested: how many configurations were suggested by what had been seen, beyond the portfolio.
        dropped: configurations that were dropped on the way.
        ended: why the search ended before its time or trials were up, or "".
        importance: the settings that matter, for families of which enough configurations were tried.
        points: what could ship, the whole ensemble first, each with its price.
        point: the name of what ships.
        hours: what 50 more hours would buy; None with too few configurations to tell.
        remarks: what has to be known of the scores of learners that were tried.
        features: what was made of the columns before the search, and what of it was kept.
        sample: on how many rows fits were trained.
    """

    tried: tuple[Tried, ...]
    metric: str
    naive: float
    corrected: float
    low: float
    high: float
    error: float
    optimism: float
    stopping: float
    stopped: str
    looks: int
    effective: float
    prior: float
    spread: float
    warning: str
    remedies: tuple[str, ...]
    choice: str
    form: Json
    calibrator: str
    threshold: Cut | None
    threshold_low: float | None
    threshold_high: float | None
    threshold_why: str
    threshold_flat: tuple[float, ...]
    threshold_note: str
    shares: tuple[float, ...]
    fold_scores: tuple[float, ...]
    history: tuple[tuple[str, float, float], ...]
    failed: tuple[str, ...]
    skipped: tuple[str, ...]
    trials: int | None
    suggested: int = 0
    dropped: tuple[Passed, ...] = ()
    ended: str = ""
    importance: tuple[Ranked, ...] = ()
    hours: Hours | None = None
    remarks: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    point: str = "ensemble"
    features: Features = field(default_factory=Features)
    sample: Sampled = field(default_factory=Sampled)
