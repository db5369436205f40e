"""Milepost 11: one model on all development rows, and the seal opened once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
import numpy as np

from milepost.digest import Digest, Json, digest
from milepost.report.blocks import Block
from milepost.report.sentences import figure
from milepost.steps.alternatives import Bench, alternatives
from milepost.steps.base import Outcome, Step, Told
from milepost.steps.coarser import rounding
from milepost.steps.exam import Exam, Seen
from milepost.steps.forecast import Forecast, forecast
from milepost.steps.judged import Judged
from milepost.steps.lost import Missing, gone
from milepost.steps.material import material
from milepost.steps.opening import open_seal
from milepost.steps.refit import predicted, unrefitted
from milepost.steps.sealed import Findings, ended, sentence, story
from milepost.steps.sound import answering, sound
from milepost.steps.standing import Standing, fitted
from milepost.steps.student import taught
from milepost.steps.tune import Findings as Tuned
from milepost.steps.twin import Twin, twin
from milepost.steps.work import Work

__all__ = ["Final", "Findings"]

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
        """Refits and proves, writes the prediction down, opens the seal, compares."""
        data = material(work)
        exam = Exam.of(work, data)
        stands = sound(work, data, fitted(work, data, work.found("tune", Tuned)), exam)
        tuned, shift, missing = rounding(work, data, stands.tuned, stands.fitted.model, exam)
        stands = replace(stands, tuned=tuned)
        promised = forecast(work, data, tuned).shifted(shift)
        cheap = tuned.trials is not None or predicted(work, data, tuned, anew=True) <= CHEAP * work.clock.left
        other = unrefitted(work, data, tuned) if cheap else None
        student, failed = taught(work, data, stands, exam)
        missing += failed
        span = f"{figure(promised.low, promised.high)} to {figure(promised.high)}"
        work.say(f"promised: {span} {tuned.metric}; opening the seal")
        beside = [*["the model without its refit"] * bool(other), *["point student"] * bool(student)]
        opening = open_seal(work, _before(work, promised, stands, (beside, missing)))
        promise = stands
        stands, seen = answering(work, data, stands, opening.rows, exam)
        if student is not None and stands is not promise:
            student, failed = taught(work, data, stands, exam)
            missing += failed
        judged = Judged(work, data, stands, opening.rows, seen.native)
        findings = judged.findings(promised, other, opening)
        last = Twin(stands.fitted.model, seen)
        if findings.refit == "all":
            last = twin(work, data, stands, last, (exam, opening.rows))
            findings = _renewed(findings, last)
        bench = Bench(
            stands.fitted.model, last.exact, last.seen.graph, exam, data.frame, opening.rows, judged, student
        )
        frontier = alternatives(work, stands.tuned, bench)
        gap = last.seen.gap
        findings = replace(
            findings,
            difference=gap.difference,
            flips=gap.flips,
            stray=gap.apart if exam.strays(gap) else 0.0,
            points=tuple(frontier.found),
            missing=(*missing, *judged.missing, *frontier.missing),
        )
        kept = self._kept(work, last.seen, exam, judged)
        kind, reason = ended(findings, judged.metric)
        return Outcome(findings, kind, reason, {**kept, **frontier.kept, **stands.kept(work)})

    def _kept(self, work: Work, shipped: Seen, exam: Exam, judged: Judged) -> dict[str, Digest]:
        """The graph; truth and prediction of the sealed rows, golden rows and the answers to them."""
        plain = {"columns": [msgspec.to_builtins(c) for c in exam.columns], "rows": exam.golden}
        return {
            "truth": work.keep(np.asarray(judged.truth)),
            "prediction": work.keep(np.asarray(judged.prediction)),
            "golden": work.keep(plain),
            "golden answers": work.keep(shipped.model.predict(exam.made, exam.known)),
            "scale": work.keep(exam.scale.tolist()),
            "graph": work.keep(shipped.graph.SerializeToString(deterministic=True)),
        }

    def tell(self, told: Told) -> Sequence[Block]:
        """Promise and truth side by side."""
        return story(told.findings, told.work.task)

    def expect(self, told: Told) -> Sequence[str]:
        """What the score means, in a sentence."""
        return (sentence(told.findings, told.work.task),)


def _before(
    work: Work, promised: Forecast, stands: Standing, beside: tuple[Sequence[str], Sequence[Missing]]
) -> dict[str, Json]:
    """What is written down before the seal is opened; without some members it is another model's.

    Args:
        work: the running step.
        promised: the promise.
        stands: what is judged.
        beside: what else is scored on the sealed rows, and what could not be made for that.
    """
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
        "also": ["naive answer", "existing solution", *beside[0], *points],
        **({"missing": [one.told for one in beside[1]]} if beside[1] else {}),
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
