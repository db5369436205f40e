"""Milepost 11: one model on all development rows, and the seal opened once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import msgspec
import numpy as np
import polars as pl

from milepost import metrics
from milepost.digest import Json, digest
from milepost.ledger import Verdict
from milepost.metrics.base import Metric
from milepost.report.blocks import Block
from milepost.report.sentences import chance, count, figure, plural
from milepost.statistics.optimism import prior_optimism
from milepost.steps import proof
from milepost.steps.alternatives import Bench, alternatives
from milepost.steps.base import Outcome, Step, Told
from milepost.steps.coarser import coarser, shipping
from milepost.steps.drop import Check, Fell, explain
from milepost.steps.fits import Refitted, members
from milepost.steps.forecast import Forecast, forecast
from milepost.steps.held import held
from milepost.steps.jury import production_shares
from milepost.steps.lost import gone, told
from milepost.steps.margin import margin
from milepost.steps.material import material
from milepost.steps.measure import Findings as Measured
from milepost.steps.opening import Opening, open_seal
from milepost.steps.refit import predicted, unrefitted
from milepost.steps.sealed import Findings, sentence, story
from milepost.steps.standing import Standing, answering, fitted
from milepost.steps.student import teach
from milepost.steps.tune import Findings as Tuned
from milepost.steps.twin import Twin, twin
from milepost.steps.units import units
from milepost.steps.work import Work
from milepost.training.assemble import Assembly
from milepost.training.material import Material

__all__ = ["Final", "Findings"]

Array = np.ndarray[Any, Any]
CHEAP = 0.3
"""The model is scored without its refit too where that takes at most this share of the time left."""


@dataclass(frozen=True)
class Final(Step):
    """Refits once, writes the predicted score down, opens the seal, compares."""

    name: ClassVar[str] = "final"
    question: ClassVar[str] = "Does the promise hold on rows that nobody has seen?"
    after: ClassVar[tuple[str, ...]] = (
        "frame", "collect", "understand", "measure", "prepare", "protocol", "baseline", "tune",
    )  # fmt: skip
    reads: ClassVar[tuple[str, ...]] = ("success", "budget.refit", "constraints.loss", "existing")
    version: ClassVar[int] = 5
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Refits, writes the prediction down, opens the seal, compares."""
        data = material(work)
        stands = fitted(work, data, work.found("tune", Tuned))
        tuned, shift = coarser(work, data, stands.tuned, stands.fitted.model)
        promised = forecast(work, data, tuned).shifted(shift)
        cheap = tuned.trials is not None or predicted(work, data, tuned, anew=True) <= CHEAP * work.clock.left
        other = unrefitted(work, data, tuned) if cheap else None
        student = teach(work, data, tuned)
        span = f"{figure(promised.low, promised.high)} to {figure(promised.high)}"
        work.say(f"promised: {span} {tuned.metric}; opening the seal")
        beside = [*["the model without its refit"] * bool(other), *["point student"] * bool(student)]
        stands = replace(stands, tuned=tuned)
        opening = open_seal(work, _before(work, promised, stands, beside))
        stands, prediction = answering(work, data, stands, opening.rows)
        tuned = stands.tuned
        judged = replace(stands.fitted, model=shipping(stands.fitted.model, tuned))
        bench = _Bench(work, data, stands, opening.rows, prediction)
        findings = bench.findings(promised, judged, other, opening)
        last = Twin(stands.fitted.model, judged.model, prediction)
        if findings.refit == "all":
            last = twin(work, data, tuned, stands.fitted, opening.rows)
            findings = _renewed(findings, last)
        shipped = last.shipped
        graph = shipped.graph()
        difference, flips = proof.agreement(
            graph, shipped, opening.rows, last.native, tuned.threshold, work.threads
        )
        findings = replace(findings, difference=difference, flips=flips)
        kept = self._kept(work, data, shipped, (bench.truth, prediction))
        golden = proof.raw(*proof.rows(data.frame, shipped.schema, proof.GOLDEN, work.seed))
        seen = Bench(stands.fitted.model, last.exact, golden, data.frame, opening.rows, bench, student)
        points, graphs = alternatives(work, tuned, seen)
        findings, kept = replace(findings, points=points), {**kept, **graphs, **stands.kept(work)}
        kept["graph"] = work.keep(graph.SerializeToString(deterministic=True))
        kind, reason = _verdict(findings, bench.metric)
        return Outcome(findings, kind, reason, kept)

    def _kept(
        self, work: Work, data: Material, shipped: Assembly, seen: tuple[Array, Array]
    ) -> dict[str, str]:
        """Truth and prediction of the sealed rows, golden rows and the answers to them."""
        columns, golden = proof.rows(data.frame, shipped.schema, proof.GOLDEN, work.seed)
        plain = {"columns": [msgspec.to_builtins(c) for c in columns], "rows": golden}
        return {
            "truth": work.keep(np.asarray(seen[0])),
            "prediction": work.keep(np.asarray(seen[1])),
            "golden": work.keep(plain),
            "golden answers": work.keep(shipped.predict(proof.raw(columns, golden))),
            "scale": work.keep(np.std(data.truth, axis=0).tolist()),
        }

    def tell(self, told: Told) -> Sequence[Block]:
        """Promise and truth side by side."""
        return story(told.findings, told.work.task)

    def expect(self, told: Told) -> Sequence[str]:
        """What the score means, in a sentence."""
        return (sentence(told.findings, told.work.task),)


class _Bench:
    """The opened rows, and what is scored on them."""

    def __init__(
        self, work: Work, data: Material, stands: Standing, test: pl.DataFrame, prediction: Array
    ) -> None:
        self.work, self.data, self.test, self.prediction = work, data, test, prediction
        self.tuned, self.validation, self.lost = stands.tuned, stands.validation, stands.fitted.lost
        self.metric = metrics.get(stands.tuned.metric)
        self.truth = data.task.encode(test.select(data.task.targets))
        self.units = units(work.brief, test)
        self.weight = None
        shares = production_shares(work)
        if shares is not None:
            here = np.bincount(np.asarray(self.truth, np.int64), minlength=len(shares)) / len(self.truth)
            self.weight = (np.array(shares) / np.maximum(here, 1e-12))[np.asarray(self.truth, np.int64)]

    def score(self, prediction: Array) -> float:
        """The metric on the sealed rows."""
        extra = () if self.weight is None else (self.weight,)
        return float(self.metric(self.truth, prediction, *extra))

    def _known(self, prediction: Array) -> float | None:
        """The score of predictions that are numbers, else None."""
        return self.score(prediction) if np.isfinite(prediction).all() else None

    def _error(self, shown: Sequence[Array]) -> float:
        """The standard error of a score on the sealed rows, or of the difference of two."""
        return margin(self.metric, self.truth, shown, self.units, self.work.seed)[1]

    def price(self, prediction: Array, other: Array) -> tuple[float, float, float]:
        """How much worse it scores than another on the sealed rows, the error, and the share of the gain."""
        gain, error = margin(self.metric, self.truth, [prediction, other], self.units, self.work.seed)
        naive = self.score(self.data.task.repeat(self.data.task.naive(self.data.truth), len(self.truth)))
        gained = self.metric.gain(self.score(other), naive)
        return -gain, error, -gain / gained if gained > 0 else math.nan

    def findings(
        self, promised: Forecast, fitted: Refitted, other: Refitted | None, opening: Opening
    ) -> Findings:
        """Everything but the proof of the graph."""
        work, data, tuned = self.work, self.data, self.tuned
        prediction = self.prediction
        score = self.score(prediction)
        error = self._error([prediction])
        reach = 1.96 * error if math.isfinite(error) else promised.high - promised.expected
        others = {"naive answer": data.task.repeat(data.task.naive(data.truth), len(self.truth))}
        existing = self._existing()
        if existing is not None:
            others["existing solution"] = existing
        naive = self.score(others["naive answer"])
        drop, p = promised.drop(score, self.metric.better)
        matters = abs(self.metric.gain(tuned.corrected, naive)) if math.isfinite(naive) else math.inf
        checks: tuple[Check, ...] = ()
        if p < 0.05:
            work.say("looking for what explains the drop")
            fell = Fell(self.metric, self.validation, self.test, score, 1.96 * promised.error)
            checks = tuple(explain(work, data, fell))
        return Findings(
            metric=self.metric.name,
            expected=promised.expected,
            low=promised.low,
            high=promised.high,
            method=promised.method,
            score=score,
            score_low=score - reach,
            score_high=score + reach,
            rows=len(self.truth),
            drop=drop,
            p=p,
            detectable=promised.detectable(),
            verdict=promised.verdict(score, self.metric.better, matters),
            raw=tuned.naive,
            optimism=self.metric.gain(tuned.naive, tuned.corrected),
            noise=promised.error,
            checks=checks,
            also=self._also(prediction),
            naive=naive,
            existing=None if existing is None else self.score(existing),
            held=held(self.metric, prediction, others, self.score, self._error),
            unrefitted=None if other is None else self._known(other.model.predict(self.test)),
            bar=work.brief.success.bar,
            openings=opening.count,
            others=opening.others,
            refit=work.brief.budget.refit,
            seconds=fitted.seconds,
            cut=fitted.cut,
            fitted=fitted.why,
            difference=0.0,
            flips=0,
            lost=self.lost,
            instead=told(self.lost, len(members(tuned))),
        )

    def _also(self, prediction: Array) -> dict[str, float]:
        names = self.work.found("measure", Measured).also
        task, cut = self.data.task, self.tuned.threshold
        decided = prediction if task.exclusive else task.decide(prediction, cut)
        shown = {name: decided if metrics.get(name).reads == "labels" else prediction for name in names}
        values = {name: float(metrics.get(name)(self.truth, answer)) for name, answer in shown.items()}
        return {name: value for name, value in values.items() if math.isfinite(value)}

    def _existing(self) -> Array | None:
        """What the existing solution, fitted on development rows, says of the sealed ones."""
        existing = self.work.brief.existing
        if not (existing.rule or existing.column):
            return None
        from milepost.learners.rule import Rule

        rule = Rule.of(existing.rule, existing.column, self.work.folder)
        fitted = rule.fit(self.data.frame, self.data.truth, self.data.task)
        return np.asarray(fitted.predict(self.test))


def _before(work: Work, promised: Forecast, stands: Standing, beside: Sequence[str]) -> dict[str, Json]:
    """What is written down before the seal is opened; without some members it is another model's."""
    tuned, model = stands.tuned, work.evidence["tune"].result
    left = sorted(gone(stands.fitted.lost))
    points = [f"point {point.name}" + ", rounded" * point.rounded for point in tuned.points[1:]]
    without: dict[str, Json] = {"model": digest(model, left), "left out": [*left]} if left else {}
    return {
        "metric": tuned.metric,
        "expected": promised.expected,
        "low": promised.low,
        "high": promised.high,
        "bar": work.brief.success.bar,
        "model": model,
        "also": ["naive answer", "existing solution", *beside, *points],
        **without,
    }


def _renewed(found: Findings, last: Twin) -> Findings:
    """The findings with what was made of the twin."""
    return replace(
        found,
        seconds=found.seconds + last.seconds,
        cut=(*found.cut, *last.cut),
        refit="development" if last.why else "all",
        instead=" ".join(part for part in (found.instead, last.why) if part),
    )


def _verdict(found: Findings, metric: Metric) -> tuple[Verdict, str]:
    """How it ended, and why in one sentence."""
    seen = (
        f"{found.metric} {figure(found.score, found.high)} on {count(found.rows)} sealed rows, "
        f"{figure(found.low, found.high)} to {figure(found.high)} was predicted"
    )
    spent = ""
    if found.openings > 1:
        told = plural(found.others, "other model") if found.others else "the same model"
        luck = prior_optimism((found.score_high - found.score_low) / 3.92, found.others + 1)
        spent = f" The sealed rows are spent: opened {found.openings} times, before by {told}"
        spent += f", worth up to {figure(luck)} of luck." if found.others else "."
    if found.bar is not None and metric.gain(found.score, found.bar) < 0:
        return "failed", f"{seen}; that is short of the bar {found.bar:g}.{spent}"
    if found.verdict == "below":
        why = next((f" {c.name.capitalize()}: {c.says}" for c in found.checks if c.explains), "")
        return "failed", f"{seen}: below the promise ({chance(found.p)}).{why}{spent}"
    words = found.verdict
    if found.p < 0.05 and words != "above":
        words = f"on the low side ({chance(found.p)}), but within what was promised"
    elif words == "above":
        words = "better than promised"
    elif words == "cannot tell":
        words = f"as expected, though a drop up to {figure(found.detectable)} would not show"
    noted = found.verdict != "as expected" or found.p < 0.05 or any((spent, found.cut, found.instead))
    if found.cut:
        spent += f" The clock stopped the refit of {', '.join(found.cut)} early."
    spent += "".join(f" {said}" for said in (found.fitted, found.instead) if said)
    return "noted" if noted else "passed", f"{seen}: {words}.{spent}"
