"""Milepost 8: does anything beat the best trivial answer and the existing solution, by a paired test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from milepost import metrics
from milepost.learners.base import learners
from milepost.report.blocks import Block, Facts, Table, Text
from milepost.report.charts import forest
from milepost.report.sentences import count, percent
from milepost.statistics.arrays import widening
from milepost.statistics.compare import holm, paired_t
from milepost.statistics.power import power_of
from milepost.statistics.quick import quick_interval
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.material import material, memory
from milepost.steps.measure import Findings as Measured
from milepost.steps.work import Work
from milepost.training.evaluate import evaluate
from milepost.training.fit import Config, Fit
from milepost.training.material import Material

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Scored:
    """One answer: a trivial one, the existing solution, or a model."""

    name: str
    kind: str
    score: float
    low: float
    high: float
    loss: float
    seconds: float


@dataclass(frozen=True)
class Findings:
    """Whether a model beats what is there without one.

    Args:
        metric: name of the metric.
        answers: every answer with its score and 95 % interval.
        baseline: name of the best answer without a model.
        best: name of the best model.
        gain: gain of the best model over the baseline in the metric.
        gain_low, gain_high: its 95 % interval.
        p: one-sided p-value of the paired test on the losses, corrected for the number of models tried.
        beats: whether it is below 5 %.
        detectable: smallest gain (in the loss) that would be seen 8 times in 10.
        rows: scored rows.
        needed: rows that would confirm the gain seen, or None.
        test: how it was tested.
    """

    metric: str
    answers: tuple[Scored, ...]
    baseline: str
    best: str
    gain: float
    gain_low: float
    gain_high: float
    p: float
    beats: bool
    detectable: float
    rows: int
    needed: int | None
    test: str


@dataclass(frozen=True)
class Baseline(Step):
    """Compares naive answers, a stump, the existing rule, a linear model and trees on the same rows."""

    alpha: float = setting(0.05, "one-sided level of the test against the best answer without a model")
    name: ClassVar[str] = "baseline"
    question: ClassVar[str] = "Does a model beat the best answer one has without it?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "understand", "measure", "prepare", "protocol")
    reads: ClassVar[tuple[str, ...]] = ("existing",)
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Scores all answers and tests the models against the best of the others."""
        data = material(work)
        units = work.array("protocol", "units")[data.scored]
        metric = metrics.get(work.found("measure", Measured).metric)
        truth = data.truth[data.scored]
        simple = self._simple(work, data)
        models = self._models(work, data)
        kinds = {name: kind for name, (kind, _, _) in {**simple, **models}.items()}
        losses = {n: data.task.losses(truth, p) for n, (_, p, _) in {**simple, **models}.items()}
        answers = tuple(
            self._scored(metric, truth, name, entry, losses[name], units)
            for name, entry in {**simple, **models}.items()
        )
        baseline = min(simple, key=lambda n: losses[n].mean())
        folds = (
            len(data.folds)
            if len(data.folds) > 1 and work.evidence["protocol"].findings["kind"] != "rolling"
            else None
        )
        tests = {n: paired_t(losses[n], losses[baseline], groups=units, folds=folds) for n in models}
        corrected = dict(zip(tests, holm([t.p for t in tests.values()]), strict=True))
        best = min(tests, key=lambda n: (corrected[n], losses[n].mean()))
        for name in models:
            work.ledger.look("baseline", name, {"loss": float(losses[name].mean())})
        sign = 1.0 if metric.better == "higher" else -1.0
        gained = quick_interval(
            lambda y, p, q: sign * (metric(y, p) - metric(y, q)),
            [truth, models[best][1], simple[baseline][1]],
            units,
            work.seed,
            widening(folds),
        )
        seen = power_of(tests[best], len(np.unique(units)))
        findings = Findings(
            metric=metric.name,
            answers=answers,
            baseline=baseline,
            best=best,
            gain=(gained.low + gained.high) / 2,
            gain_low=gained.low,
            gain_high=gained.high,
            p=float(corrected[best]),
            beats=bool(tests[best].gain > 0 and corrected[best] < self.alpha),
            detectable=seen.mde,
            rows=len(np.unique(data.scored)),
            needed=None if seen.rows_needed is None else round(seen.rows_needed * len(truth) / seen.n),
            test=f"{tests[best].method}, Holm over {len(tests)} models",
        )
        artifacts = {
            f"prediction:{n}": work.keep(np.asarray(p, np.float32))
            for n, (_, p, _) in {**simple, **models}.items()
        }
        return self._verdict(findings, kinds, artifacts)

    def _verdict(self, found: Findings, kinds: dict[str, str], artifacts: dict[str, str]) -> Outcome:
        gain = f"{found.gain:+.4f} {found.metric} ({found.gain_low:+.4f} to {found.gain_high:+.4f})"
        if found.beats:
            against = f"'{found.baseline}' ({kinds[found.baseline]})"
            return Outcome(
                found, "passed", f"'{found.best}' beats {against} by {gain}, p = {found.p:.2g}.", artifacts
            )
        if found.needed is not None and found.needed <= 20 * found.rows:
            reason = (
                f"Inconclusive: the gain over '{found.baseline}' is {gain}, p = {found.p:.2g}. "
                f"To confirm it you would need about {count(found.needed)} labelled rows."
            )
        else:
            reason = (
                f"No model beats '{found.baseline}' ({gain}, p = {found.p:.2g}): the inputs may not hold the answer. "
                "Back to frame or collect."
            )
        return Outcome(found, "failed", reason, artifacts)

    def _simple(self, work: Work, data: Material) -> dict[str, tuple[str, Array, float]]:
        """Predictions without a model: the naive answer and the existing solution."""
        naive = [
            data.task.repeat(data.task.naive(data.truth[fold.train]), len(fold.valid)) for fold in data.folds
        ]
        found: dict[str, tuple[str, Array, float]] = {"naive": ("naive answer", np.concatenate(naive), 0.0)}
        existing = work.brief.existing
        if existing.rule or existing.column:
            from milepost.learners.rule import Rule

            rule = Rule.of(existing.rule, existing.column, work.folder)
            parts = []
            for fold in data.folds:
                fitted = rule.fit(data.frame[fold.train], data.truth[fold.train], data.task)
                parts.append(fitted.predict(data.frame[fold.valid]))
            found["existing"] = ("existing solution", np.concatenate(parts), 0.0)
        return found

    def _models(self, work: Work, data: Material) -> dict[str, tuple[str, Array, float]]:
        """Out-of-fold predictions of a stump, a linear model and trees."""
        fits = []
        for name in ("linear", "lightgbm"):
            learner = learners[name]
            prepared = data.prepared(0, learner.view)
            rows, width = prepared.train.x.shape
            seconds = work.clock.seconds * work.threads / (3 * len(data.folds))
            params = learner.portfolio(rows, width, prepared.head)[0]
            fits.append(Fit(Config(name, params), 0, work.seed, seconds=max(1.0, seconds)))
        found = {}
        for n, done in enumerate(evaluate(data, fits, work.engine, memory(work)), 1):
            found[done.config.learner] = ("model", done.prediction, done.seconds)
            work.say(f"{done.config.learner}: loss {done.loss:.4f}", n / len(fits))
        return found

    def _scored(
        self,
        metric: Any,
        truth: Array,
        name: str,
        entry: tuple[str, Array, float],
        losses: Array,
        units: Array,
    ) -> Scored:
        kind, prediction, seconds = entry
        value = metric(truth, prediction)
        around = quick_interval(metric, [truth, prediction], units)
        return Scored(name, kind, value, around.low, around.high, float(losses.mean()), seconds)

    def tell(self, told: Told) -> Sequence[Block]:
        """The comparison as a forest plot and a table."""
        found: Findings = told.findings
        rows = [(a.name, a.score, a.low, a.high) for a in found.answers]
        table = tuple(
            (a.name, a.kind, f"{a.score:.4f}", f"{a.low:.4f} to {a.high:.4f}", f"{a.loss:.4f}")
            for a in found.answers
        )
        facts = (
            (
                "gain over the best answer without a model",
                f"{found.gain:+.4f} ({found.gain_low:+.4f} to {found.gain_high:+.4f})",
            ),
            ("p-value", f"{found.p:.2g} ({found.test})"),
            (
                "smallest gain seen 8 times in 10",
                f"{found.detectable:.4f} in the loss, with {count(found.rows)} rows",
            ),
        )
        return [
            forest(rows, f"Every answer on the same rows ({found.metric})", found.metric),
            Facts(facts),
            Table(("answer", "kind", found.metric, "95 % interval", "loss"), table, "Scores out of fold"),
            Text(
                f"The test asks for p below {percent(0.05)}; a gain by luck alone would pass it that often."
            ),
        ]
