"""Milepost 10: the best generalisation within the budget, every look counted, its optimism taken off."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from milepost import metrics
from milepost.errors import MilepostError
from milepost.learners.base import learners
from milepost.report.blocks import Block
from milepost.report.sentences import plural
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.clock import SHARES
from milepost.steps.material import material, memory
from milepost.steps.measure import Findings as Measured
from milepost.steps.portfolio import FAMILIES, Queue
from milepost.steps.search import Findings, Tried, story
from milepost.steps.select import Selected, Selection
from milepost.steps.work import Work
from milepost.training.evaluate import Evaluated, evaluate
from milepost.training.fit import Config
from milepost.training.material import Material

__all__ = ["FAMILIES", "Findings", "Tried", "Tune"]

Array = np.ndarray[Any, Any]
POLISH, AGAIN = 0.1, 0.1
"""Shares of the time kept for correction, calibrator and threshold, and for honest rounds of members."""
REFIT = 0.4
"""Share of the time after this step that refitting the members may take."""


@dataclass(frozen=True)
class Tune(Step):
    """Tries a portfolio of linear models, boosted trees and a network; blends, calibrates, corrects."""

    budget: float | None = setting(
        None, "wall-clock seconds for the search; its share of the whole where not given"
    )
    families: tuple[str, ...] = setting(FAMILIES, "learners to try")
    name: ClassVar[str] = "tune"
    question: ClassVar[str] = "What generalises best, once the luck of choosing is taken off?"
    after: ClassVar[tuple[str, ...]] = (
        "frame", "collect", "understand", "measure", "prepare", "protocol", "baseline", "overfit",
    )  # fmt: skip
    reads: ClassVar[tuple[str, ...]] = ("value",)
    version: ClassVar[int] = 2
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Searches, blends, corrects for the looks, calibrates and proposes a threshold."""
        data = material(work)
        metric = metrics.get(work.found("measure", Measured).metric)
        search = _Search(work, data, self.families)
        tried, history = search.run()
        limit = math.inf
        if work.brief.budget.trials is None:
            limit = REFIT * (work.clock.total * SHARES["final"] + work.clock.left)
        selected = Selection(work, data, metric, tried, limit).run()
        return self._outcome(work, search, selected, history)

    def _outcome(
        self, work: Work, search: _Search, found: Selected, history: Sequence[tuple[str, float, float]]
    ) -> Outcome:
        """Findings, artifacts and the sentence."""
        metric, truth = found.metric, found.truth
        proposal = found.proposal
        findings = Findings(
            tried=tuple(
                _told(e, float(w), metric, truth) for e, w in zip(found.tried, found.weights, strict=True)
            ),
            metric=metric.name,
            naive=found.naive,
            corrected=found.corrected,
            low=found.low,
            high=found.high,
            error=found.error,
            optimism=found.optimism,
            stopping=found.stopping,
            stopped=found.stopped,
            looks=len(work.looks()),
            effective=found.effective,
            prior=found.prior,
            spread=found.spread,
            warning=found.warning,
            remedies=found.remedies,
            choice=found.choice,
            form=list(found.calibrated.form),
            calibrator=found.calibrated.why,
            threshold=proposal.value,
            threshold_low=proposal.low,
            threshold_high=proposal.high,
            threshold_why=proposal.why,
            threshold_flat=tuple(proposal.flat or ()),
            threshold_note=proposal.note,
            shares=tuple(found.shares or ()),
            fold_scores=found.fold_scores,
            history=tuple(history),
            failed=tuple(search.failed),
            skipped=tuple(search.queue.skipped),
            trials=work.brief.budget.trials,
        )
        artifacts = {
            "prediction": work.keep(np.asarray(found.final, np.float32)),
            "raw": work.keep(found.mixed.astype(np.float32)),
        }
        artifacts |= {f"prediction:{e.config.name}": work.keep(e.prediction) for e in found.tried}
        reason = (
            f"{metric.name} {findings.naive:.4f} on the rows that chose, {findings.corrected:.4f} "
            f"({findings.low:.4f} to {findings.high:.4f}) once the luck of {plural(findings.looks, 'look')} "
            "is taken off."
        )
        return Outcome(findings, "noted" if findings.warning else "passed", reason, artifacts)

    def tell(self, told: Told) -> Sequence[Block]:
        """Scores with and without luck, the search, and every configuration."""
        return story(told.findings)


class _Search:
    """The search itself: configurations until the time is up, each look counted."""

    def __init__(self, work: Work, data: Material, families: Sequence[str]) -> None:
        self.work, self.data = work, data
        self.failed: list[str] = []
        trials = work.brief.budget.trials
        clock = work.clock
        kept = POLISH + (AGAIN if len(data.folds) > 1 else 0.0)
        deadline = math.inf if trials is not None else clock.deadline - kept * clock.seconds
        self.queue = Queue(work, data, families, deadline, trials)
        if trials is not None and trials > self.queue.total:
            self.queue.skipped.append(
                f"{plural(trials, 'trial')} were asked for, the portfolio has {self.queue.total}"
            )
        looks = work.ledger.looks()
        self.counted = {(look["name"], look.get("rows")) for look in looks if look["step"] == "tune"}

    def run(self) -> tuple[list[Evaluated], list[tuple[str, float, float]]]:
        """Every configuration that ended, and the history of the best.

        Raises:
            MilepostError: not a single configuration could be fitted.
        """
        work, tried = self.work, []
        history: list[tuple[str, float, float]] = []
        best, start = math.inf, time.monotonic()
        for done in evaluate(self.data, self.queue.fits(), work.engine, memory(work), self._fail):
            if not np.isfinite(done.losses).all():
                self._fail(done.config, ArithmeticError("it predicted values that are no numbers"))
                continue
            tried.append(done)
            self.queue.note(done)
            best = min(best, done.loss)
            history.append((done.config.name, done.loss, best))
            self._look(done.config, {"loss": done.loss, "cut": done.cut})
            work.say(f"{done.config.name}: loss {done.loss:.4f}, best {best:.4f}", self._share(start))
        if not tried:
            raise MilepostError(
                "no configuration could be fitted.",
                expected="At least one has to end within the budget.",
                todo="; ".join(self.failed + self.queue.skipped) or "Give the road more time.",
            )
        if self.work.brief.budget.trials is not None:  # in the order of the queue, whichever ended first
            place = {config: i for i, config in enumerate(self.queue.order)}
            tried.sort(key=lambda e: place[e.config.name])
            best = math.inf
            losses = [(e.config.name, e.loss) for e in tried]
            history = [(n, v, best := min(best, v)) for n, v in losses]
        return tried, history

    def _share(self, start: float) -> float:
        if self.work.brief.budget.trials is not None:
            return min(
                1.0, len(self.queue.done) / max(1, min(self.queue.total, self.work.brief.budget.trials))
            )
        return min(1.0, (time.monotonic() - start) / max(self.work.clock.seconds, 1e-9))

    def _look(self, config: Config, seen: Mapping[str, Any]) -> None:
        """Counts a look; a configuration that is recalled on the same rows is not looked at anew."""
        mark = (config.name, self.data.key)
        if mark not in self.counted:
            self.counted.add(mark)
            self.work.ledger.look(
                "tune", config.name, {**seen, "params": config.params, "rows": self.data.key}
            )

    def _fail(self, config: Config, problem: Exception) -> None:
        title = learners[config.learner].title
        self.failed.append(f"{config.name} ({title}): {type(problem).__name__}: {problem}")
        self._look(config, {"loss": None, "failed": str(problem)})
        self.work.say(f"{config.name} failed: {problem}")


def _told(e: Evaluated, weight: float, metric: Any, truth: Array) -> Tried:
    score = float(metric(truth, e.prediction))
    return Tried(
        e.config.name, e.config.learner, dict(e.config.params), e.loss, score, e.rounds, e.seconds, e.cut,
        weight,
    )  # fmt: skip
