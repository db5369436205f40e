"""Milepost 8: does anything beat the best trivial answer and the existing solution, by a paired test."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from milepost.report.blocks import Block, Details, Facts, Mark, Notice, Table, Text
from milepost.report.charts import forest
from milepost.report.sentences import chance, count, figure, gained, number, percent
from milepost.steps.answers import Answer, simple
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.canary import Canary, canary, signal
from milepost.steps.duel import FAR, Court, Result, Test, interval_of, three_way
from milepost.steps.first import court_of, first_models
from milepost.steps.frame import Findings as Framed
from milepost.steps.material import material
from milepost.steps.work import Work
from milepost.training.evaluate import narrow
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
FEW = 100
"""Below this number of independent rows the exact permutation test decides."""
MARKS: Mapping[str, Mark] = {"supported": "passed", "refuted": "failed", "open": "noted"}


@dataclass(frozen=True)
class Scored:
    """One answer: a trivial one, the existing solution, or a model; without interval where undefined."""

    name: str
    kind: str
    score: float
    low: float | None
    high: float | None
    loss: float
    seconds: float
    rows: int
    cut: bool


@dataclass(frozen=True)
class Findings:
    """Whether a model beats what is there without one.

    Args:
        metric: name of the metric.
        answers: every answer with its score and 95 % interval.
        models: names of those that are models.
        result: the test of the best model against the best answer without one.
        beats: whether its p-value is below the level.
        rows: scored rows.
        canary: what shuffled labels showed.
        hypothesis: the first hypothesis of the frame.
        supported: "supported", "refuted" or "open".
        evidence: why, one sentence.
    """

    metric: str
    answers: tuple[Scored, ...]
    models: tuple[str, ...]
    result: Result
    beats: bool
    rows: int
    canary: Canary
    hypothesis: str
    supported: str
    evidence: str

    @property
    def baseline(self) -> str:
        """The best answer without a model."""
        return self.result.baseline

    @property
    def best(self) -> str:
        """The best of the first models."""
        return self.result.best

    @property
    def gain(self) -> float:
        """Gain of the best model over the baseline in the metric."""
        return self.result.gain

    @property
    def gain_low(self) -> float:
        """Lower end of its 95 % interval; NaN where undefined."""
        return math.nan if self.result.low is None else self.result.low

    @property
    def gain_high(self) -> float:
        """Upper end of its 95 % interval; NaN where undefined."""
        return math.nan if self.result.high is None else self.result.high

    @property
    def p(self) -> float:
        """One-sided p-value of the deciding test."""
        return self.result.p

    @property
    def needed(self) -> int | None:
        """Rows that would confirm the gain seen."""
        return self.result.needed


@dataclass(frozen=True)
class Baseline(Step):
    """Compares naive answers, a stump, the existing rule, a linear model and trees on the same rows."""

    alpha: float = setting(0.05, "one-sided level of the test against the best answer without a model")
    name: ClassVar[str] = "baseline"
    question: ClassVar[str] = "Does a model beat the best answer one has without it?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "understand", "measure", "prepare", "protocol")
    reads: ClassVar[tuple[str, ...]] = ("existing", "data")
    version: ClassVar[int] = 2
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Scores all answers and tests the models against the best of the others."""
        data = material(work)
        court = court_of(work, data)
        plain = simple(work, data, court.metric)
        first = first_models(work, data, (court, plain), self.alpha)
        models, answers, level = first.models, {**plain, **first.models}, first.level
        for name in models:
            work.ledger.look("baseline", name, {"loss": float(court.losses(models[name].prediction).mean())})
        result = self._exactly(work, data, court, first.result)
        bird = canary(data, work.seed)
        beats = bool(result.loss_gain > 0 and result.p < level)
        hypothesis = (*work.found("frame", Framed).hypotheses, "The target can be predicted.")[0]
        supported, evidence = _judged(court.metric.name, result, beats)
        findings = Findings(
            metric=court.metric.name,
            answers=tuple(_scored(court, answer) for answer in answers.values()),
            models=tuple(models),
            result=result,
            beats=beats,
            rows=len(np.unique(data.scored)),
            canary=bird,
            hypothesis=hypothesis,
            supported=supported,
            evidence=evidence,
        )
        artifacts = {f"prediction:{n}": work.keep(narrow(a.prediction)) for n, a in answers.items()}
        return self._verdict(findings, artifacts)

    def _exactly(self, work: Work, data: Material, court: Court, result: Result) -> Result:
        """For few independent rows the exact test of any signal decides, if a constant is to be beaten."""
        naive = result.baseline in ("class shares", "mean", "median")
        if court.unit != "row" or len(np.unique(court.units)) >= FEW or not naive:
            return result
        exact = signal(data, work.seed, max(1.0, work.clock.left * 0.6))
        if exact is None:
            return result
        test = Test(
            "permutation of the labels, linear model",
            exact.gain,
            exact.p,
            "exact for few rows; this test decides",
        )
        rest = (replace(result.tests[0], says="approximate for so few rows"), *result.tests[1:])
        return replace(result, p=exact.p, tests=(test, *rest))

    def _verdict(self, found: Findings, artifacts: dict[str, str]) -> Outcome:
        result = found.result
        gain = _gain(result, found.metric)
        kind = _kind(found, result.baseline)
        against = f"'{result.baseline}'" + (f" ({kind})" if result.baseline == "existing" else "")
        if not found.canary.sings:
            return Outcome(found, "failed", found.canary.says, artifacts)
        if found.beats and result.low is not None and result.low <= 0:
            reason = (
                f"'{result.best}' has lower losses than '{result.baseline}' ({chance(result.p)}), but in "
                f"{found.metric} that is not to be seen: {gain}."
            )
            return Outcome(found, "noted", reason, artifacts)
        if found.beats:
            reason = f"'{result.best}' beats {against} by {gain}, {chance(result.p)}."
            return Outcome(found, "passed", reason, artifacts)
        return Outcome(found, "failed", f"{found.evidence} {_advice(found)}", artifacts)

    def tell(self, told: Told) -> Sequence[Block]:
        """The comparison as a forest plot, in sentences and in tables."""
        found: Findings = told.findings
        result = found.result
        mark = MARKS[found.supported]
        best = next(a.score for a in found.answers if a.name == result.baseline)
        rows = [(a.name, a.score, *_ends(a)) for a in found.answers]
        facts = (
            ("best answer without a model", f"{result.baseline}: {_kind(found, result.baseline)}"),
            ("best first model", f"{result.best}: {_kind(found, result.best)}"),
            ("gain", _gain(result, found.metric)),
            ("in the loss", f"{percent(result.relative)} lower" if result.relative > 0 else "not lower"),
            ("the best model is", three_way(result, found.metric)),
        )
        tests = tuple((t.name, number(t.gain), f"{t.p:.2g}", t.says) for t in result.tests)
        table = tuple(_row(a) for a in found.answers)
        more = (
            Table(("test", "gain", "one-sided p", "what it says"), tests, "Every test that was made"),
            Table(
                ("answer", "what it is", found.metric, "95 % interval", "loss", "trained on"),
                table,
                "Scores on rows that did not train",
            ),
            Text(f"A gain by luck alone passes this gate at most {percent(self.alpha)} of the time."),
            Text(found.canary.says),
        )
        return [
            Notice(mark, f"“{found.hypothesis}” is {found.supported}. {found.evidence}"),
            forest(rows, f"Every answer on the same rows ({found.metric})", found.metric, best),
            Text(result.sentence),
            Facts(facts),
            Details("Tests, scores and the check on shuffled labels", more),
        ]


def _scored(court: Court, answer: Answer) -> Scored:
    score, low, high = interval_of(court, answer)
    loss = float(court.losses(answer.prediction).mean())
    return Scored(answer.name, answer.kind, score, low, high, loss, answer.seconds, answer.rows, answer.cut)


def _judged(metric: str, result: Result, beats: bool) -> tuple[str, str]:
    """Whether the first hypothesis holds, and the evidence."""
    gain = _gain(result, metric)
    if beats:
        return "supported", f"'{result.best}' beats '{result.baseline}' by {gain}, {chance(result.p)}."
    if result.equal > 0.95 or result.worse > 0.95:
        near = f"by more than {number(result.rope)} {metric}"
        return (
            "refuted",
            f"The inputs do not predict the target better than '{result.baseline}' {near}: {gain}.",
        )
    return "open", f"No model is shown to beat '{result.baseline}': {gain}, {chance(result.p)}."


def _advice(found: Findings) -> str:
    """What to do after a failed test."""
    result = found.result
    if found.supported == "open" and result.needed is not None and result.needed <= FAR * found.rows:
        needed = max(result.needed, found.rows + 1)
        return f"Inconclusive: to confirm that gain you would need about {count(needed)} labelled rows."
    if result.baseline in ("last value", "existing") or result.baseline.endswith(" ago"):
        return (
            f"Either give the model what '{result.baseline}' knows as a column, or keep that answer: "
            "it needs no model."
        )
    return "The inputs may not hold the answer: back to frame or collect."


def _gain(result: Result, metric: str) -> str:
    gain, _, around = gained(result.gain, result.low, result.high).partition(" ")
    return f"{gain} {metric} {around}".rstrip()


def _kind(found: Findings, name: str) -> str:
    return next(a.kind for a in found.answers if a.name == name)


def _ends(answer: Scored) -> tuple[float, float]:
    if answer.low is None or answer.high is None:
        return answer.score, answer.score
    return answer.low, answer.high


def _row(answer: Scored) -> tuple[str, ...]:
    around = (
        "not estimable" if answer.low is None else f"{figure(answer.low)} to {figure(answer.high or 0.0)}"
    )
    trained = "all rows" if not answer.rows else f"{count(answer.rows)} rows a fold"
    trained += ", time ran out" if answer.cut else ""
    return answer.name, answer.kind, figure(answer.score), around, f"{answer.loss:.4f}", trained
