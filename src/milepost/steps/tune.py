"""Milepost 10: the best generalisation within the budget, every look counted, its optimism taken off."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from milepost import metrics
from milepost.digest import Json
from milepost.learners.base import learners
from milepost.report.blocks import Block, Facts, Notice, Table, Text
from milepost.report.charts import forest
from milepost.report.sentences import count
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.material import material, memory
from milepost.steps.measure import Findings as Measured
from milepost.steps.work import Work
from milepost.training.calibrate import apply
from milepost.training.ensemble import blend, greedy
from milepost.training.evaluate import Evaluated, evaluate
from milepost.training.fit import Config, Fit
from milepost.training.material import Material
from milepost.training.optimism import corrected
from milepost.training.polish import calibrator, propose

Array = np.ndarray[Any, Any]
FAMILIES = ("lightgbm", "linear", "catboost", "network")


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
class Findings:
    """What the search found.

    Args:
        tried: every configuration, best loss first, with its weight in the ensemble.
        metric: the metric of success.
        naive: score of the ensemble on the rows that chose it.
        corrected: the same with the optimism of choosing taken off (BBC).
        low, high: 95 % interval of the corrected score.
        error: its standard error.
        optimism: naive less corrected, in the direction of better.
        looks: looks at validation rows so far, over all steps.
        effective: the number of independent looks that would cost as much.
        form: the calibrator's plain form.
        calibrator: its name and why.
        threshold: proposed decision threshold, or None.
        threshold_low, threshold_high: its interval.
        threshold_why: how it was found.
        skipped: families that were not tried, and why.
    """

    tried: tuple[Tried, ...]
    metric: str
    naive: float
    corrected: float
    low: float
    high: float
    error: float
    optimism: float
    looks: int
    effective: float
    form: Json
    calibrator: str
    threshold: float | None
    threshold_low: float | None
    threshold_high: float | None
    threshold_why: str
    skipped: tuple[str, ...]


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
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Searches, blends, corrects for the looks, calibrates and proposes a threshold."""
        data = material(work)
        metric = metrics.get(work.found("measure", Measured).metric)
        skipped: list[str] = []
        queue = self._queue(work, data, skipped)
        tried: list[Evaluated] = []
        for done in evaluate(data, queue, work.engine, memory(work)):
            tried.append(done)
            best = min(e.loss for e in tried)
            used = 1 - work.clock.left / max(work.clock.seconds, 1e-9)
            work.ledger.look("tune", done.config.name, {"loss": done.loss, "params": done.config.params})
            work.say(f"{done.config.name}: loss {done.loss:.4f}, best {best:.4f}", min(1.0, used))
        tried.sort(key=lambda e: e.loss)
        truth, predictions = data.truth[data.scored], [e.prediction for e in tried]
        units = work.array("protocol", "units")[data.scored]
        weights = greedy(data.task, truth, predictions, rounds=25 if len(truth) < 1000 else 50)
        found = corrected(data.task, metric, truth, predictions, units, work.seed)
        mixed = blend(predictions, weights)
        form, why = calibrator(data.task, mixed, truth, units, work.seed)
        final = apply(form, mixed)
        proposal = propose(
            work.brief.value, data.task, final, truth, (data.frame[data.scored], units), work.seed
        )
        looks = len(work.ledger.looks())
        findings = Findings(
            tried=tuple(self._told(e, w, metric, truth) for e, w in zip(tried, weights, strict=True)),
            metric=metric.name,
            naive=float(metric(truth, mixed)),
            corrected=found.corrected,
            low=found.interval.low,
            high=found.interval.high,
            error=found.standard_error,
            optimism=found.optimism,
            looks=looks,
            effective=float(found.effective_looks),
            form=list(form),
            calibrator=why,
            threshold=proposal.value,
            threshold_low=proposal.low,
            threshold_high=proposal.high,
            threshold_why=proposal.why,
            skipped=tuple(skipped),
        )
        artifacts = {
            "prediction": work.keep(np.asarray(final, np.float32)),
            "raw": work.keep(mixed.astype(np.float32)),
        }
        artifacts |= {f"prediction:{e.config.name}": work.keep(e.prediction) for e in tried}
        reason = (
            f"{metric.name} {findings.naive:.4f} on the rows that chose, {findings.corrected:.4f} "
            f"({findings.low:.4f} to {findings.high:.4f}) once the luck of {looks} looks is taken off."
        )
        return Outcome(findings, "passed", reason, artifacts)

    def _told(self, e: Evaluated, weight: float, metric: Any, truth: Array) -> Tried:
        score = float(metric(truth, e.prediction))
        return Tried(
            e.config.name,
            e.config.learner,
            dict(e.config.params),
            e.loss,
            score,
            e.rounds,
            e.seconds,
            e.cut,
            float(weight),
        )

    def _queue(self, work: Work, data: Material, skipped: list[str]) -> Iterator[Fit]:
        """Fits in the order that pays, as long as the clock allows."""
        portfolios = {}
        for name in self.families:
            learner = learners[name]
            prepared = data.prepared(0, learner.view)
            rows, width = prepared.train.x.shape
            objection = learner.objection(rows, width, prepared.head)
            if objection:
                skipped.append(f"{learner.title}: {objection}")
                continue
            portfolios[name] = learner.portfolio(rows, width, prepared.head)
        longest = max((len(p) for p in portfolios.values()), default=0)
        order = [(n, p[i]) for i in range(longest) for n, p in portfolios.items() if i < len(p)]
        start, given = time.monotonic(), 0
        for name, params in order:
            left = work.clock.left
            mean = (time.monotonic() - start) / given if given > 1 else 0.0
            if given and left < max(mean, 0.05 * work.clock.seconds):
                skipped.append(f"{len(order) - given} configurations of {len(order)}: the time was up")
                return
            given += 1
            share = left * work.threads / len(data.folds) * (0.5 if given < 3 else 0.7)
            yield Fit(Config(name, params), 0, work.seed, seconds=max(1.0, share))

    def tell(self, told: Told) -> Sequence[Block]:
        """Scores with and without luck, and every configuration."""
        found: Findings = told.findings
        facts = (
            ("score on the rows that chose", f"{found.naive:.4f} {found.metric}"),
            ("expected on fresh rows", f"{found.corrected:.4f} ({found.low:.4f} to {found.high:.4f})"),
            ("optimism taken off", f"{found.optimism:.4f}"),
            (
                "looks at validation rows",
                f"{count(found.looks)}, worth about {found.effective:.1f} independent ones",
            ),
            ("calibrator", found.calibrator),
            ("proposed threshold", _threshold(found)),
        )
        table = tuple(
            (
                t.name,
                f"{t.score:.4f}",
                f"{t.loss:.4f}",
                f"{t.weight:.0%}",
                str(t.rounds),
                f"{t.seconds:.1f} s",
            )
            for t in found.tried
        )
        head = ("configuration", found.metric, "loss", "weight", "rounds", "seconds")
        bars = [("on the rows that chose", found.naive, found.naive, found.naive)]
        bars.append(("expected on fresh rows", found.corrected, found.low, found.high))
        return [
            Facts(facts),
            forest(bars, "What choosing by luck is worth", found.metric),
            Table(head, table, "Every configuration that was looked at"),
            Text("The corrected score repeats the whole choice, ensemble included, on resampled rows (BBC)."),
            *(Notice("info", text) for text in found.skipped),
        ]


def _threshold(found: Findings) -> str:
    if found.threshold is None:
        return "none needed"
    return f"{found.threshold:.4f} ({found.threshold_low:.4f} to {found.threshold_high:.4f}): {found.threshold_why}"
