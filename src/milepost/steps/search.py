"""The findings of `tune` and its chapter: what the search found, and what of it was luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from milepost.digest import Json
from milepost.learners.base import learners
from milepost.report.blocks import Block, Details, Facts, Notice, Table, Text
from milepost.report.charts import forest, trend
from milepost.report.sentences import count, listed, number, percent, plural


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
        threshold: proposed decision threshold, or None.
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
    threshold: float | None
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


def story(found: Findings) -> list[Block]:
    """The chapter: with and without luck, what ships, the search, every configuration."""
    bars = [("on the rows that chose", found.naive, found.naive, found.naive)]
    bars.append(("expected on fresh rows", found.corrected, found.low, found.high))
    blocks: list[Block] = [
        Text(_summary(found)),
        forest(bars, "What is left of the score once luck is taken off", found.metric),
        Facts(tuple(_facts(found))),
    ]
    if found.warning:
        blocks.append(Notice("noted", f"{found.warning} What helps: {listed(found.remedies)}."))
    if len(found.history) > 1:
        steps = [float(i + 1) for i in range(len(found.history))]
        best = [b for _, _, b in found.history]
        blocks.append(trend(steps, best, "The best validation loss so far, by look", "loss"))
    blocks += [Notice("info", f"Failed: {text}") for text in found.failed]
    head = ("configuration", found.metric, "loss", "weight", "rounds", "seconds", "settings")
    rows = tuple(_row(t) for t in found.tried)
    method = (
        "The corrected score repeats the whole choice, blend or single model, on resampled rows and scores "
        "it on rows left out (BBC-CV, Tsamardinos, Greasidou and Borboudakis 2018)."
    )
    more: list[Block] = [Table(head, rows, "Every configuration that was looked at"), Text(method)]
    more += [Notice("info", f"Not tried: {text}") for text in found.skipped]
    return [
        *blocks,
        Details(f"{plural(len(found.tried), 'configuration')} and how they were judged", tuple(more)),
    ]


def _summary(found: Findings) -> str:
    members = [t for t in found.tried if t.weight > 0]
    what = listed([learners[t.learner].title + f" ({percent(t.weight)})" for t in members])
    ships = what if len(members) > 1 else learners[members[0].learner].title
    return (
        f"Of {plural(len(found.tried), 'configuration')} this ships: {ships}. It scores {found.naive:.4f} "
        f"{found.metric} on the rows that chose it; on fresh rows {found.corrected:.4f} is to be expected "
        f"({found.low:.4f} to {found.high:.4f})."
    )


def _facts(found: Findings) -> list[tuple[str, str]]:
    facts = [
        ("score on the rows that chose", f"{found.naive:.4f} {found.metric}"),
        ("expected on fresh rows", f"{found.corrected:.4f} ({found.low:.4f} to {found.high:.4f})"),
        (
            "luck of choosing",
            f"{number(found.optimism)}; before the search {number(found.prior)} was to be feared",
        ),
        ("luck of rounds and calibrator", number(found.stopping)),
        ("how rounds were chosen", found.stopped),
        (
            "looks at validation rows",
            f"{count(found.looks)}, worth about {found.effective:.1f} independent ones",
        ),
        ("what ships", found.choice),
        ("calibrator", found.calibrator),
        ("proposed threshold", _threshold(found)),
    ]
    if found.trials is not None:
        facts.append(
            ("trials", f"exactly {found.trials} asked for, without a clock: the same package each time")
        )
    return facts


def _row(tried: Tried) -> tuple[str, ...]:
    settings = ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                         for name, value in tried.params.items())  # fmt: skip
    rounds = f"{tried.rounds}, time ran out" if tried.cut else str(tried.rounds)
    weight = percent(tried.weight) if tried.weight else "-"
    return (
        tried.name, f"{tried.score:.4f}", f"{tried.loss:.4f}", weight, rounds, f"{tried.seconds:.1f}",
        settings,
    )  # fmt: skip


def _threshold(found: Findings) -> str:
    if found.threshold is None:
        return "none needed"
    flat = ""
    if len(found.threshold_flat) == 2 and found.threshold_flat[0] < found.threshold_flat[1]:
        low, high = found.threshold_flat
        flat = f" Anything from {low:.4f} to {high:.4f} does as well."
    return (
        f"{found.threshold:.4f} ({found.threshold_low:.4f} to {found.threshold_high:.4f} on other rows of "
        f"the same kind): {found.threshold_why}.{flat} {found.threshold_note}".rstrip()
    )
