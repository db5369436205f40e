"""Milepost 10: the best generalisation within the budget, every look counted, its optimism taken off."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from milepost import metrics
from milepost.digest import Json, digest_file
from milepost.learners.base import learners
from milepost.ledger import Ledger
from milepost.report.blocks import Block
from milepost.report.sentences import figure, plural, scored
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.course import story
from milepost.steps.crafted import Features
from milepost.steps.features import featured
from milepost.steps.hours import hours
from milepost.steps.material import material
from milepost.steps.measure import Findings as Measured
from milepost.steps.pilot import foretold, sampled
from milepost.steps.portfolio import FAMILIES, tried
from milepost.steps.replay import replayed
from milepost.steps.sampled import Sampled
from milepost.steps.search import Findings, Passed, Tried
from milepost.steps.seek import Search, ending, refit_time
from milepost.steps.select import Selected, Selection
from milepost.steps.trials import Trials
from milepost.steps.work import Work
from milepost.training.evaluate import Evaluated, narrow
from milepost.training.race import Dropped
from milepost.training.subsample import thinned

__all__ = ["FAMILIES", "Findings", "Tried", "Tune"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Tune(Step):
    """Tries a portfolio of linear models, boosted trees and a network; blends, calibrates, corrects."""

    budget: float | None = setting(
        None, "wall-clock seconds for the search; its share of the whole where not given"
    )
    families: tuple[str, ...] = setting(FAMILIES, "learners to try; those in plugins/ are tried with these")
    trials: int | None = setting(
        None, "exact number of configurations, in place of the clock; the brief's where not given"
    )
    rows: int | None = setting(
        None, "training rows of a fit at most; as many as the time allows where not given"
    )
    replay: str | None = setting(
        None, "a file written by `milepost looks --json`, whose trials are tried again, without a clock"
    )
    name: ClassVar[str] = "tune"
    question: ClassVar[str] = "What generalises best, once the luck of choosing is taken off?"
    after: ClassVar[tuple[str, ...]] = (
        "frame", "collect", "understand", "measure", "prepare", "protocol", "baseline", "overfit",
    )  # fmt: skip
    reads: ClassVar[tuple[str, ...]] = (
        "value", "budget.refit", "constraints.size_mb", "constraints.latency_ms", "constraints.point",
        "constraints.loss",
    )  # fmt: skip
    version: ClassVar[int] = 6
    findings: ClassVar[type] = Findings

    def outside(self, folder: Path, ledger: Ledger) -> Json:  # noqa: ARG002
        """The digest of the recorded trials that are to be replayed."""
        return digest_file(folder / self.replay) if self.replay and (folder / self.replay).is_file() else None

    def run(self, work: Work) -> Outcome:
        """Searches, blends, corrects for the looks, calibrates and proposes a threshold."""
        metric = metrics.get(work.found("measure", Measured).metric)
        configs = replayed(work.folder, self.replay, tried(self.families)) if self.replay else []
        trials = len(configs) or self.trials or work.brief.budget.trials
        data = material(work)
        until = math.inf if trials is not None else ending(work, data)
        sample = sampled(work, data, tried(self.families), self.rows, until)
        first = foretold(work, sample, data) if trials is None else 0.0
        data, features = featured(work, thinned(data, sample.rows), timed=trials is None, first=first)
        search = Search(work, data, tried(self.families), trials, self.budget is not None)
        if configs:
            search.replay(configs)
        else:
            search.portfolio()
        trying = Trials(search)
        if not configs:
            trying.run()
        limit = math.inf
        if trials is None:
            limit = refit_time(work, work.clock.deadline - time.monotonic())
        selected = Selection(work, data, metric, search.tried, limit).run()
        return self._outcome(work, self._findings(work, trying, selected, (features, sample)), selected)

    def _findings(
        self, work: Work, trying: Trials, found: Selected, before: tuple[Features, Sampled]
    ) -> Findings:
        """What was made, tried, chosen and taken off; and what was decided before the search."""
        metric, truth, search = found.metric, found.truth, trying.search
        scores = [float(metric(truth, e.prediction)) for e in search.tried]
        proposal = found.proposal
        return Findings(
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
            history=tuple(search.history),
            failed=tuple(search.failed),
            skipped=tuple(search.queue.skipped),
            trials=search.trials,
            suggested=search.suggested,
            dropped=tuple(_dropped(one) for one in search.dropped),
            ended=search.ended,
            importance=trying.importance(),
            remarks=tuple(dict.fromkeys(r for e in search.tried if (r := learners[e.config.learner].remark))),
            hours=hours(work, metric, search.tried, scores),
            points=found.points,
            point=found.point,
            features=before[0],
            sample=before[1],
        )

    def _outcome(self, work: Work, findings: Findings, found: Selected) -> Outcome:
        """Artifacts and the sentence."""
        artifacts = {
            "prediction": work.keep(narrow(found.final)),
            "raw": work.keep(narrow(found.mixed)),
        }
        artifacts |= {f"prediction:{e.config.name}": work.keep(e.prediction) for e in found.tried}
        reason = (
            f"{findings.metric} {figure(findings.naive)} on the rows that chose, "
            f"{scored(findings.corrected, findings.low, findings.high)} once the luck of "
            f"{plural(findings.looks, 'look')} is taken off."
        )
        reason = f"{reason} {findings.ended}".rstrip()
        shipped = dict.fromkeys(learners[t.learner].remark for t in findings.tried if t.weight)
        reason = " ".join(part for part in (reason, *shipped) if part)
        noted = findings.warning or any(shipped)
        return Outcome(findings, "noted" if noted else "passed", reason, artifacts)

    def tell(self, told: Told) -> Sequence[Block]:
        """Scores with and without luck, the search, and every configuration."""
        return story(told.findings)


def _told(e: Evaluated, weight: float, metric: Any, truth: Array) -> Tried:
    score = float(metric(truth, e.prediction))
    return Tried(
        e.config.name, e.config.learner, dict(e.config.params), e.loss, score, e.rounds, e.seconds, e.cut,
        weight, e.learnt,
    )  # fmt: skip


def _dropped(found: Dropped) -> Passed:
    config = found.config
    return Passed(config.name, config.learner, dict(config.params), found.loss, found.folds, found.why)
