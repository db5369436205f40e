"""Milepost 11: one model on all development rows, and the seal opened once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
import numpy as np
import polars as pl

from milepost import metrics
from milepost.data.split import verify_commitment
from milepost.errors import Corrupt
from milepost.report.blocks import Block, Facts, Notice, Text
from milepost.report.charts import forest
from milepost.report.sentences import count
from milepost.statistics.quick import quick_interval
from milepost.statistics.seal import drop_test, prediction_interval
from milepost.steps import proof
from milepost.steps.base import Outcome, Step, Told
from milepost.steps.collect import ROW
from milepost.steps.collect import Findings as Collected
from milepost.steps.material import material
from milepost.steps.measure import Findings as Measured
from milepost.steps.refit import refit
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Work
from milepost.training.assemble import Assembly

Array = np.ndarray[Any, Any]
GOLDEN = 500


@dataclass(frozen=True)
class Findings:
    """What the seal held.

    Args:
        metric: name of the metric.
        expected: corrected validation score.
        low, high: interval predicted for the test score before opening.
        score: score on the sealed rows.
        score_low, score_high: its 95 % interval.
        rows: sealed rows.
        drop: expected less seen, in the direction of worse.
        p: one-sided p-value of the drop.
        detectable: smallest drop that would be seen.
        verdict: "as expected", "below", "above" or "cannot tell".
        also: further metrics on the sealed rows.
        naive: score of the naive answer on the sealed rows.
        existing: score of the existing solution on them, or None.
        bar: the brief's bar, or None.
        openings: how often the seal of this generation was opened.
        refit: "development" or "all": the rows of the model that ships.
        seconds: seconds of the refits.
    """

    metric: str
    expected: float
    low: float
    high: float
    score: float
    score_low: float
    score_high: float
    rows: int
    drop: float
    p: float
    detectable: float
    verdict: str
    also: dict[str, float]
    naive: float
    existing: float | None
    bar: float | None
    openings: int
    refit: str
    seconds: float


@dataclass(frozen=True)
class Final(Step):
    """Refits the chosen model on all development rows and opens the seal once."""

    name: ClassVar[str] = "final"
    question: ClassVar[str] = "Does the promise hold on rows that nobody has seen?"
    after: ClassVar[tuple[str, ...]] = (
        "frame", "collect", "understand", "measure", "prepare", "protocol", "baseline", "tune",
    )  # fmt: skip
    reads: ClassVar[tuple[str, ...]] = ("success", "budget.refit", "existing")
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Refits, writes the prediction down, opens the seal, compares."""
        tuned = work.found("tune", Tuned)
        data = material(work)
        model = refit(work, data, tuned)
        metric = metrics.get(tuned.metric)
        planned = self._planned(work, data, tuned)
        predicted = prediction_interval(tuned.corrected, tuned.error, planned)
        before = {
            "metric": metric.name,
            "low": predicted.low,
            "high": predicted.high,
            "model": work.evidence["tune"].key,
        }
        openings = work.ledger.opened(work.generation, before)
        test = work.rows("test")
        collected = work.found("collect", Collected)
        if not verify_commitment(test[ROW].to_numpy(), collected.salt, collected.commitment):
            raise Corrupt("the sealed rows do not match the commitment made when they were sealed.")
        truth = data.task.encode(test.select(data.task.targets))
        prediction = model.predict(test)
        score = float(metric(truth, prediction))
        units = self._units(work, test)
        around = quick_interval(metric, [truth, prediction], units, work.seed)
        error = max((around.high - around.low) / 3.92, 1e-12)
        drop = drop_test(tuned.corrected, tuned.error, score, error, metric.better)
        naive = data.task.repeat(data.task.naive(data.truth), len(truth))
        findings = Findings(
            metric=metric.name,
            expected=tuned.corrected,
            low=predicted.low,
            high=predicted.high,
            score=score,
            score_low=around.low,
            score_high=around.high,
            rows=len(truth),
            drop=drop.drop,
            p=drop.p,
            detectable=drop.detectable,
            verdict=drop.verdict,
            also={n: float(metrics.get(n)(truth, prediction)) for n in work.found("measure", Measured).also},
            naive=float(metric(truth, naive)),
            existing=None,
            bar=work.brief.success.bar,
            openings=openings,
            refit=work.brief.budget.refit,
            seconds=0.0,
        )
        return self._close(work, data, model, findings, (truth, prediction, test))

    def _close(
        self, work: Work, data: Any, model: Assembly, found: Findings, seen: tuple[Array, Array, pl.DataFrame]
    ) -> Outcome:
        """Keeps predictions and graph, and says how it ended."""
        truth, prediction, test = seen
        shipped = model
        if found.refit == "all":
            shipped = refit(work, data, work.found("tune", Tuned), extra=test)
        artifacts = {
            "truth": work.keep(np.asarray(truth)),
            "prediction": work.keep(np.asarray(prediction)),
            "graph": work.keep(shipped.graph().SerializeToString(deterministic=True)),
        }
        columns, golden = proof.rows(data.frame, shipped.schema, GOLDEN, work.seed)
        artifacts["golden"] = work.keep(
            {"columns": [msgspec.to_builtins(c) for c in columns], "rows": golden}
        )
        artifacts["golden answers"] = work.keep(shipped.predict(proof.raw(columns, golden)))
        artifacts["scale"] = work.keep(np.std(data.truth, axis=0).tolist())
        span = f"{found.low:.4f} to {found.high:.4f}"
        seen_text = (
            f"{found.metric} {found.score:.4f} on {count(found.rows)} sealed rows, {span} was predicted"
        )
        sign = 1.0 if metrics.get(found.metric).better == "higher" else -1.0
        if found.bar is not None and sign * found.score < sign * found.bar:
            return Outcome(
                found, "failed", f"{seen_text}; that is short of the bar {found.bar:g}.", artifacts
            )
        if found.verdict == "below":
            return Outcome(
                found, "failed", f"{seen_text}: significantly worse (p = {found.p:.2g}).", artifacts
            )
        spent = (
            f" The seal was opened {found.openings} times: the score is no longer clean."
            if found.openings > 1
            else ""
        )
        kind = "noted" if found.verdict != "as expected" or spent else "passed"
        return Outcome(found, kind, f"{seen_text}: {found.verdict}.{spent}", artifacts)  # type: ignore[arg-type]

    def _planned(self, work: Work, data: Any, tuned: Tuned) -> float:
        """The standard error to expect on the sealed rows: validation's, scaled by the number of rows."""
        scored = len(np.unique(data.scored))
        sealed = work.found("collect", Collected).sealed
        return float(tuned.error * np.sqrt(scored / max(1, sealed)))

    def _units(self, work: Work, test: pl.DataFrame) -> Array | None:
        column = work.brief.data.time or work.brief.data.group
        if not column:
            return None
        series = test[column]
        if column == work.brief.data.time and series.dtype.is_temporal():
            series = series.dt.date()
        codes = series.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
        return codes if len(np.unique(codes)) >= 10 else None

    def tell(self, told: Told) -> Sequence[Block]:
        """Promise and truth side by side."""
        found: Findings = told.findings
        rows = [("predicted before opening", found.expected, found.low, found.high)]
        rows.append(("on the sealed rows", found.score, found.score_low, found.score_high))
        rows.append(("naive answer", found.naive, found.naive, found.naive))
        facts = [
            (
                "score on the sealed rows",
                f"{found.score:.4f} ({found.score_low:.4f} to {found.score_high:.4f}) {found.metric}",
            ),
            ("predicted before opening", f"{found.expected:.4f} ({found.low:.4f} to {found.high:.4f})"),
            (
                "drop",
                f"{found.drop:+.4f}, p = {found.p:.2g}; a drop above {found.detectable:.4f} would be seen",
            ),
            ("the seal was opened", f"{found.openings} time(s)"),
        ]
        facts += [(name, f"{value:.4f}") for name, value in found.also.items()]
        blocks: list[Block] = [
            forest(rows, "What was promised and what came", found.metric),
            Facts(tuple(facts)),
        ]
        if found.refit == "all":
            blocks.append(
                Notice(
                    "info",
                    "The model that ships is a twin fitted on all labelled rows, sealed ones included; "
                    "its promises stay those of the model evaluated here.",
                )
            )
        blocks.append(Text("The interval was written into the ledger before the sealed rows were read."))
        return blocks
