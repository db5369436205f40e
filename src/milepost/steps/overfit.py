"""Milepost 9: grow models until validation turns, so that the border is known from both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from milepost.errors import MissingExtra
from milepost.learners.base import learners
from milepost.report.blocks import Block, Details, Facts, Notice, Table, Text
from milepost.report.charts import capacity, curve_band, training_curves
from milepost.report.sentences import count, number
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.baseline import Findings as Compared
from milepost.steps.canary import part
from milepost.steps.climb import Climber
from milepost.steps.grow import Grown, grow, refusal
from milepost.steps.material import material
from milepost.steps.memorise import Memorised, memorise
from milepost.steps.portfolio import unordered
from milepost.steps.rungs import Climb, Rung
from milepost.steps.work import Work
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
JUDGE = 10_000
"""Rows that judge, at most."""
SHARES = {"lightgbm": 0.3, "network": 0.5, "deep": 0.6}
"""Share of the time left that a family may take, in the order of climbing."""
OTHERS = 0.3
"""The share of a plug-in's learner."""
LOADING = 2.0
"""Seconds left below which no network is begun: PyTorch alone takes about as long to load."""


@dataclass(frozen=True)
class Findings:
    """Where the border between too small and too large lies, and what rows would bring.

    Args:
        climbs: the families, each grown rung by rung.
        memorised: whether the network can learn a handful of rows by heart; None without a network.
        learning: the learning curve; None with too few rows or too little time.
        skipped: what was left out, and why.
        signals: whether the deep network can do so from text, images or sound; None without such columns.
    """

    climbs: tuple[Climb, ...]
    memorised: Memorised | None
    learning: Grown | None
    skipped: tuple[str, ...]
    signals: Memorised | None = None


@dataclass(frozen=True)
class Overfit(Step):
    """Grows trees and a network in width, depth and epochs until validation turns beyond its noise."""

    rows: int = setting(60_000, "at most so many training rows are used for growing")
    name: ClassVar[str] = "overfit"
    question: ClassVar[str] = "How large must a model be before validation turns?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "understand", "prepare", "protocol", "baseline")
    version: ClassVar[int] = 2
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Climbs each family's ladder and draws the learning curve."""
        data, units = material(work), work.array("protocol", "units")
        last = data.folds[-1]
        if len(last.valid) > JUDGE or len(last.train) > 2 * self.rows:
            data, rows = part(data, len(data.folds) - 1, (self.rows, JUDGE), work.seed)
            units = units[rows]
        skipped: list[str] = []
        climbs = self._grown(partial(self._climb, work, data, "lightgbm", units), "lightgbm", skipped)
        memorised: dict[str, Memorised | None] = {"network": None, "deep": None}
        networks = [name for name in memorised if not learners[name].needs or self._suits(data, name)]
        for name in networks:
            if bound := unordered(data, name):
                skipped.append(f"{learners[name].title}: {bound}")
                continue
            if work.clock.left < LOADING:
                skipped.append(f"There was too little time to load and grow a {learners[name].title}.")
                break
            try:
                memorised[name] = memorise(data, work.seed, work.clock.seconds * 0.1, name)
            except MissingExtra as problem:
                skipped.append(str(problem))
                break
            except Exception as problem:  # libraries raise anything
                skipped.append(_broken(name, problem))
                continue
            objection = self._objection(data, name)
            if objection:
                skipped.append(objection)
            else:
                climbs += self._grown(partial(self._climb, work, data, name, units), name, skipped)
        for name in learners.guests:
            if work.clock.left > LOADING:
                climbs += self._grown(partial(self._guest, work, data, name, units), name, skipped)
        best = work.found("baseline", Compared).best
        grown = grow(work, data, best if best in ("linear", "lightgbm") else "lightgbm", climbs)
        if grown is None:
            skipped.append("There were too few rows, or too little time, for a learning curve.")
        return self._verdict(
            Findings(tuple(climbs), memorised["network"], grown, tuple(skipped), memorised["deep"])
        )

    def _climb(self, work: Work, data: Material, name: str, units: Array) -> Climb:
        seconds = max(1.0, work.clock.left * SHARES.get(name, OTHERS))
        return Climber(work, data, name, seconds, self.rows, units).climb()

    def _guest(self, work: Work, data: Material, name: str, units: Array) -> Climb | None:
        return self._climb(work, data, name, units) if self._grows(data, name) else None

    def _grown(self, grow: Callable[[], Climb | None], name: str, skipped: list[str]) -> list[Climb]:
        """What became of a family; where it raised, that is told, and the others go on."""
        try:
            found = grow()
        except Exception as problem:  # libraries and the code of others raise anything
            skipped.append(_broken(name, problem))
            return []
        return [] if found is None else [found]

    def _grows(self, data: Material, name: str) -> bool:
        """Whether a plug-in's learner suits the rows and has sizes to climb."""
        learner = learners[name]
        if self._objection(data, name):
            return False
        prepared = data.prepared(0, learner.view, min(2_000, len(data.folds[0].train)))
        return len(learner.ladder(2_000, prepared.train.x.shape[1], prepared.head)) > 1

    def _suits(self, data: Material, name: str) -> bool:
        return bool(learners[name].needs & data.recipe.kinds)

    def _objection(self, data: Material, name: str) -> str:
        """Why a network should not be grown on so many rows as are used here."""
        learner = learners[name]
        prepared = data.prepared(0, learner.view, min(2_000, len(data.folds[0].train)))
        size = min(self.rows, len(data.folds[0].train))
        return learner.objection(size, prepared.train.x.shape[1], prepared.head)

    def _verdict(self, found: Findings) -> Outcome:
        known = [c for c in found.climbs if c.found == "yes"]
        if known:
            named = "; ".join(
                f"{learners[c.learner].title}: {c.border} is the smallest that is enough, {c.overfits} the "
                f"smallest that overfits when trained on"
                for c in known
            )
            return Outcome(found, "passed", f"The border is known. {named}.")
        if any(c.found == "short" for c in found.climbs):
            reason = "Time ran out before validation turned: too small a model is not excluded."
            return Outcome(found, "noted", f"{reason} Give overfit more time, or go on.")
        if not found.climbs:
            return Outcome(found, "noted", "No family of models could be grown.")
        return Outcome(
            found, "noted", "Even the largest models tried do not make validation turn beyond its noise."
        )

    def tell(self, told: Told) -> Sequence[Block]:
        """The border of each family, the learning curve, and what to invest in."""
        found: Findings = told.findings
        blocks: list[Block] = [
            Text(
                "A model too small to overfit may be too small to learn. Each family is grown, without any "
                "regularisation, until the loss on rows that did not train it turns upwards beyond its noise."
            )
        ]
        for climb in found.climbs:
            blocks += _family(climb)
        for memorised in (found.memorised, found.signals):
            if memorised:
                blocks.append(Text(memorised.says))
        if found.learning:
            blocks += _learning(found.learning)
        return [*blocks, *(Notice("info", text) for text in found.skipped)]


def _broken(name: str, problem: Exception) -> str:
    return f"'{name}' could not be grown: {type(problem).__name__}: {problem}"


def _family(climb: Climb) -> list[Block]:
    """One family's ladder, and its training curve at the turn."""
    title = learners[climb.learner].title
    mark: Any = {"yes": "passed", "no": "info", "short": "noted"}[climb.found]
    blocks: list[Block] = [Notice(mark, f"{title[0].upper()}{title[1:]}: {climb.reason}")]
    if len(climb.rungs) > 1:
        sizes = [rung.capacity for rung in climb.rungs]
        turn = sizes.index(climb.overfits) if climb.overfits else None
        train, valid = [r.train for r in climb.rungs], [r.valid for r in climb.rungs]
        blocks.append(capacity(sizes, train, valid, turn, f"{title}: loss by size"))
    if len(climb.curves) > 1:
        steps, learnt, judged = zip(*climb.curves, strict=True)
        blocks.append(training_curves(steps, learnt, judged, f"{title}, {climb.curve_of}: loss by step"))
    rows = tuple(_row(rung) for rung in climb.rungs)
    head = (
        "size",
        "training loss",
        "validation loss",
        "at its best step",
        "best step",
        "rise since",
        "seconds",
    )
    return [*blocks, Details(f"Every size of {title}", (Table(head, rows, "From small to large"),))]


def _row(rung: Rung) -> tuple[str, ...]:
    rise = f"{number(rung.rise)} ± {number(rung.error, 2)}" if rung.rise > 0 else "none"
    best = f"{rung.at} of {rung.last}"
    return (
        rung.capacity, number(rung.train), number(rung.valid), number(rung.least), best, rise,
        f"{rung.seconds:.1f}",
    )  # fmt: skip


def _learning(grown: Grown) -> list[Block]:
    """The learning curve and its advice."""
    means = [float(np.mean(row)) for row in grown.losses]
    low = grown.low or [min(row) for row in grown.losses]
    high = grown.high or [max(row) for row in grown.losses]
    title = f"What rows bring: validation loss of {learners[grown.learner].title}"
    blocks: list[Block] = [curve_band(grown.sizes, means, low, high, title, "training rows", "loss")]
    blocks.append(Text(f"{grown.says} {grown.advice}".strip()))
    if grown.ahead:
        facts = tuple(
            (
                f"{count(a.rows)} rows",
                refusal()
                if a.loss is None or a.low is None or a.high is None
                else f"loss {number(a.loss, 4)} ({number(a.low, 4)} to {number(a.high, 4)})",
            )
            for a in grown.ahead
        )
        blocks.append(Facts(facts))
    return blocks
