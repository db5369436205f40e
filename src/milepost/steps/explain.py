"""Milepost 12: what a stakeholder may expect, how the model fails, whom it serves worse, and the signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from milepost import metrics
from milepost.report.blocks import Block, Chart, Details, Facts, Notice, Table, Text
from milepost.report.charts import calibration, effects, forest, importance, tradeoff
from milepost.report.gallery import Failure, failures
from milepost.report.sentences import count
from milepost.statistics.reliability import reliability
from milepost.statistics.slices import Slice, slices
from milepost.statistics.threshold import tradeoff_curve
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.card import card
from milepost.steps.expect import Expected, expect
from milepost.steps.material import material
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Question, Work
from milepost.training.attribute import Effect, Importance, Probe
from milepost.training.fit import Config
from milepost.training.material import Material

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Findings:
    """What may be expected of the model.

    Args:
        threshold: the signed threshold, or None where none is needed.
        signed_by, signed_at, because: who signed it, when, and how it was found.
        expected: counts a day, or errors, at that threshold.
        expectations: the same as plain JSON for the package.
        importances: permutation importance of each field.
        effects: effect of the most important columns.
        probe: name of the member that was asked.
        gallery: surprising failures.
        slices: score by group, a tuple a column.
        card: the model card in Markdown.
    """

    threshold: float | None
    signed_by: str
    signed_at: str
    because: str
    expected: Expected
    expectations: Mapping[str, Any]
    importances: tuple[Importance, ...]
    effects: tuple[Effect, ...]
    probe: str
    gallery: tuple[Failure, ...]
    slices: Mapping[str, tuple[Slice, ...]]
    card: str


@dataclass(frozen=True)
class Explain(Step):
    """Turns scores into counts a day, shows what the model listens to and how it fails, and has it signed."""

    rows: int = setting(4000, "rows used for permutation importance and effects")
    name: ClassVar[str] = "explain"
    question: ClassVar[str] = "What may a stakeholder expect, and who signs for it?"
    after: ClassVar[tuple[str, ...]] = (
        "frame", "collect", "understand", "measure", "prepare", "protocol", "baseline", "tune", "final",
    )  # fmt: skip
    reads: ClassVar[tuple[str, ...]] = ("problem", "value", "people", "data")
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Asks for the signature, counts, probes, and picks failures and slices."""
        tuned, data = work.found("tune", Tuned), material(work)
        threshold, signed = self._sign(work, tuned)
        truth, prediction = work.array("final", "truth"), work.array("final", "prediction")
        expected = expect(work.brief.value, data.task, truth, prediction, threshold)
        best = max(tuned.tried, key=lambda t: t.weight)
        work.say(f"asking {best.name} what it listens to", None)
        probe = Probe(data, Config(best.learner, best.params), self.rows, 30.0, work.threads)
        found = probe.importances()
        inputs = [c.name for c in data.recipe.schema.inputs]
        strong = [i.name for i in found if i.rise > 2 * i.error and i.name in inputs][:6]
        effect = tuple(probe.effect(name) for name in strong)
        oof = np.asarray(work.array("tune", "prediction"))
        seen, rows = data.truth[data.scored], data.frame[data.scored]
        gallery = failures(data.task, seen, oof, rows, [*strong, *inputs])
        parts = self._slices(work, data, oof, strong)
        plain = {"threshold": threshold, "daily": vars(expected), "final": work.evidence["final"].reason}
        findings = Findings(
            threshold=threshold,
            signed_by=signed.get("by", ""),
            signed_at=signed.get("at", ""),
            because=tuned.threshold_why,
            expected=expected,
            expectations=plain,
            importances=tuple(found),
            effects=effect,
            probe=best.name,
            gallery=gallery,
            slices=parts,
            card=card(work, expected, threshold, parts),
        )
        return Outcome(findings, "passed", expected.sentence)

    def _sign(self, work: Work, tuned: Tuned) -> tuple[float | None, Mapping[str, Any]]:
        """The signed threshold, or the proposal while it waits for a signature."""
        if tuned.threshold is None:
            return None, {}
        question = Question(
            "explain.threshold",
            f"Sign the decision threshold. Proposed: {tuned.threshold:.4f} ({tuned.threshold_why}).",
            (),
            repr(tuned.threshold),
            "It decides how many cases are flagged and how many are missed.",
        )
        given = work.ask(question)
        signed = work.ledger.answers(question.name).get(question.name, {})
        try:
            value = float(given) if given is not None else tuned.threshold
        except ValueError:
            from milepost.errors import InputError

            raise InputError(
                f"'{given}' is no threshold.", expected="A number between 0 and 1.",
                todo="milepost answer . explain.threshold 0.3",
            ) from None  # fmt: skip
        return value, signed

    def _slices(
        self, work: Work, data: Material, oof: Array, strong: Sequence[str]
    ) -> dict[str, tuple[Slice, ...]]:
        """Scores by the people columns first, then by the strongest categories."""
        metric = metrics.get(work.found("tune", Tuned).metric)
        units = work.array("protocol", "units")[data.scored]
        kinds = {c.name: c.modality for c in data.recipe.schema.columns}
        people = [name for name in work.brief.people.columns if name in data.frame.columns]
        chosen = [*people, *(n for n in strong if kinds.get(n) == "category" and n not in people)][:5]
        truth, frame = data.truth[data.scored], data.frame[data.scored]
        found = {}
        for name in chosen:
            names = frame[name].cast(str).fill_null("missing").to_numpy()
            found[name] = slices(names, truth, oof, metric, units)[:20]
        return found

    def tell(self, told: Told) -> Sequence[Block]:
        """The expectation first, then the curve, calibration, importance, effects, failures and groups."""
        found: Findings = told.findings
        work, task = told.work, told.work.task
        blocks: list[Block] = [Notice("info", found.expected.sentence)]
        blocks += [Text(line) for line in found.expected.scenarios]
        if found.threshold is not None:
            who = found.signed_by or "nobody yet"
            blocks.append(
                Facts((("threshold", f"{found.threshold:.4f}, {found.because}"), ("signed by", who)))
            )
        if task.family == "binary":
            blocks += _curves(work, found)
        bars = [
            (i.name, i.rise, i.rise - 1.96 * i.error, i.rise + 1.96 * i.error) for i in found.importances[:15]
        ]
        blocks.append(importance(bars, "What the model listens to", "rise of the loss when shuffled"))
        blocks.append(Text(f"Asked of {found.probe} on rows it was not trained on."))
        blocks.append(Details("Effect of the most important columns", tuple(_effects(found))))
        blocks.append(_gallery(found))
        for name, parts in found.slices.items():
            rows = [(f"{s.name} ({count(s.rows)})", s.score, s.low, s.high) for s in parts]
            if rows:
                blocks.append(forest(rows, f"Score by {name}", work.found("tune", Tuned).metric))
        return blocks


def _curves(work: Work, found: Findings) -> list[Block]:
    """Trade-off and calibration from out-of-fold predictions."""
    packed = work.array("protocol", "folds")
    scored = np.concatenate([np.flatnonzero(row == 2) for row in packed])
    truth = work.task.encode(work.rows("development").select(work.task.targets))[scored]
    oof = np.asarray(work.array("tune", "prediction"), dtype=np.float64)
    curve, bins = tradeoff_curve(oof, truth), reliability(oof, truth).bins
    caught = curve.tp / np.maximum(1e-12, curve.tp + curve.fn)
    flagged = (curve.tp + curve.fp) / len(truth)
    return [
        tradeoff(flagged, caught, curve.thresholds, found.threshold, "What each threshold buys"),
        calibration(
            [b.said for b in bins], [b.happened for b in bins], [b.lower for b in bins], [b.upper for b in bins],
            "Said and happened",
        ),
    ]  # fmt: skip


def _effects(found: Findings) -> list[Chart]:
    return [effects(e.values, e.mean, f"Effect of {e.name}", e.label or "prediction") for e in found.effects]


def _gallery(found: Findings) -> Block:
    names = list(found.gallery[0].row) if found.gallery else []
    rows = tuple((f.said, f.truth, *(f.row.get(n, "") for n in names)) for f in found.gallery)
    return Table(("it said", "it was", *names), rows, "Confident and wrong: the most surprising failures")
