"""Milepost 12: what to expect, how the model fails, whom it serves worse; and a signature under it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import msgspec
import numpy as np

from milepost import metrics
from milepost.digest import Json, digest, plain
from milepost.metrics.base import Metric
from milepost.modalities.feeds import WIDE
from milepost.report.blocks import Block
from milepost.report.gallery import failures, surprising
from milepost.statistics.reliability import Reliability, reliability
from milepost.steps.amounts import expect_amounts
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.card import card
from milepost.steps.chapter import chapter
from milepost.steps.classes import expect_classes
from milepost.steps.doubts import doubts
from milepost.steps.expect import Expected, Scene, expect, outcomes, scene
from milepost.steps.groups import groups
from milepost.steps.hypotheses import judged
from milepost.steps.insight import Asked, Findings
from milepost.steps.material import material
from milepost.steps.promise import promise
from milepost.steps.samples import measures_of
from milepost.steps.seen import Seen
from milepost.steps.several import expect_labels
from milepost.steps.sign import QUESTION, refuse, sign
from milepost.steps.standing import standing
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Work
from milepost.steps.worth import against, capacity, flags_of, worth
from milepost.tasks.base import Cut
from milepost.training.attribute import Probe
from milepost.training.fit import Config
from milepost.training.material import Material
from milepost.training.moved import moved

Array = np.ndarray[Any, Any]
SHARE, LONGEST = 0.05, 12.0
"""Share of the budget in which a member is fitted and asked, and seconds at most."""
FITTING, SHORTEST = 0.6, 1.0
"""Share of that which the fit may take, and seconds at least of the fit and of the questions."""
STRONG = 6
FAILURES = 12
MEASURES = 3
"""Plain measures of texts, images and sounds by which results are compared."""


@dataclass(frozen=True)
class Explain(Step):
    """Turns scores into counts a day, shows what the model listens to and how it fails, and has it signed."""

    rows: int = setting(4000, "rows used for permutation importance and effects")
    name: ClassVar[str] = "explain"
    question: ClassVar[str] = "What may a stakeholder expect, and who signs for it?"
    after: ClassVar[tuple[str, ...]] = (
        "frame", "collect", "understand", "measure", "prepare", "protocol", "baseline", "tune", "final",
    )  # fmt: skip
    reads: ClassVar[tuple[str, ...]] = ("problem", "value", "people", "data", "existing")
    version: ClassVar[int] = 4
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Asks for the signature, counts, probes, and picks failures and groups."""
        tuned, data = standing(work), material(work)
        threshold, signed = sign(work, tuned)
        seen, metric = Seen.of(work, data), metrics.get(tuned.metric)
        sealed = (np.asarray(work.array("final", "truth")), np.asarray(work.array("final", "prediction")))
        expected, costs = self._expected(work, seen, sealed, threshold)
        asked = self._asked(work, data, seen, tuned)
        found = self._groups(work, seen, metric, asked, threshold)
        findings = Findings(
            threshold=threshold,
            signed_by=str(signed.get("by", "")),
            signed_at=str(signed.get("at", "")),
            because=tuned.threshold_why,
            expected=expected,
            expectations=promise(work, expected, threshold, costs),
            asked=asked,
            calibration=_calibration(seen),
            hypotheses=judged(work),
            card="",
            doubts=doubts(seen, rich_of(data), [i.name for i in asked.importances]),
            **found,
        )
        findings = replace(findings, card=card(work, findings))
        reason = " ".join([*expected.warnings, expected.sentence])
        return Outcome(findings, "noted" if expected.warnings else "passed", reason)

    def _expected(
        self, work: Work, seen: Seen, sealed: tuple[Array, Array], threshold: Cut | None
    ) -> tuple[Expected, Mapping[str, tuple[float, float, float]]]:
        """The expectation, and the cost a day of each answer."""
        value, task = work.brief.value, seen.task
        if not task.exclusive:
            return expect_labels(value, task, sealed, threshold), {}
        if task.positive and isinstance(threshold, float):
            arrives = scene(value, task, sealed[0], seen.history(threshold))
            expected = expect(arrives, outcomes(*sealed, threshold), threshold)
            if not expected.counts:
                return expected, {}
            return _valued(work, seen, arrives, (expected, threshold), sealed)
        if task.labels:
            return expect_classes(value, task, *sealed), {}
        return expect_amounts(value, task, sealed, (seen.truth, seen.prediction)), {}

    def _asked(self, work: Work, data: Material, seen: Seen, tuned: Tuned) -> Asked:
        """Fits the heaviest member and asks it; remembered, so that a new signature does not ask again."""
        best = max(tuned.tried, key=lambda t: t.weight)
        config = Config(best.learner, best.params)
        key = digest("probe", self.version, data.key, work.evidence["tune"].result, config, self.rows)
        known = work.ledger.rows.last("probe", key)
        if known is not None:
            return msgspec.convert(known.body, Asked)
        work.say(f"asking {best.name} what it listens to", None)
        seconds, start = min(LONGEST, SHARE * work.clock.total), time.monotonic()
        probe = Probe(data, config, self.rows, max(SHORTEST, FITTING * seconds), work.threads)
        if tuned.trials is None:
            probe.within(max(SHORTEST, seconds - (time.monotonic() - start)))
        importances = probe.importances()
        inputs = [c.name for c in data.recipe.schema.inputs]
        strong = [i.name for i in importances if i.rise > 2 * i.error and i.name in inputs][:STRONG]
        ranked = list(dict.fromkeys([*strong, *(i.name for i in importances if i.name in inputs), *inputs]))
        picked = surprising(data.task, seen.truth, seen.prediction, FAILURES)
        frame, pair = seen.frame[picked], (seen.truth[picked], seen.prediction[picked])
        because = probe.mattered(frame, pair[0], ranked[: 2 * STRONG]) if len(picked) else []
        rich = rich_of(data)
        shown = moved(probe, data.task, frame, rich) if rich else ()
        asked = Asked(
            probe=best.name,
            learnt=probe.learnt,
            rows=len(probe.rows),
            importances=tuple(importances),
            effects=tuple(probe.effect(name) for name in strong if name not in rich),
            gallery=failures(data.task, pair, frame, ranked, because, shown),
        )
        work.ledger.rows.append("probe", key, plain(asked))
        return asked

    def _groups(
        self, work: Work, seen: Seen, metric: Metric, asked: Asked, threshold: Cut | None
    ) -> dict[str, Any]:
        """Results by the people columns first, then by what the model listens to."""
        work.say("comparing groups", None)
        measures = measures_of(work, seen.rows)
        seen = replace(seen, frame=seen.frame.hstack(measures))
        rich = {name.partition(": ")[0] for name in measures.columns}
        strong = [i.name for i in asked.importances if i.name in seen.frame.columns and i.name not in rich]
        others = [*strong[: STRONG - min(len(measures.columns), MEASURES)], *measures.columns]
        found = groups(seen, metric, work.brief.people.columns, others[:STRONG], threshold)
        return {"slices": found.scores, "rates": found.rates, "notes": found.notes, "weak": found.weak}

    def expect(self, told: Told) -> Sequence[str]:
        """The expectation, after what must not be overlooked."""
        found: Findings = told.findings
        return (*found.expected.warnings, found.expected.sentence)

    @classmethod
    def refuse(cls, question: str, value: Json) -> None:
        """Raises `InputError` where the answer is no threshold."""
        if question == QUESTION:
            refuse(value)

    def tell(self, told: Told) -> Sequence[Block]:
        """The expectation first, then the curve, calibration, importance, effects, failures and groups."""
        return chapter(told.work, told.findings, told.evidence.reason)


def rich_of(data: Material) -> dict[str, str]:
    """The inputs of texts, images and sounds, and their kind."""
    return {c.name: c.modality for c in data.recipe.schema.inputs if c.wire in WIDE}


def _valued(
    work: Work, seen: Seen, arrives: Scene, decided: tuple[Expected, float], sealed: tuple[Array, Array]
) -> tuple[Expected, Mapping[str, tuple[float, float, float]]]:
    """The expectation with costs and capacity."""
    value, (expected, threshold) = work.brief.value, decided
    loud, more = capacity(value.capacity_per_day, arrives, sealed, expected.counts["flagged"])
    priced = worth(value, arrives, seen, sealed, threshold)
    more += [priced.sentence] if priced else []
    loud += priced.warnings if priced else ()
    rule = flags_of(work.brief.existing, work.folder, value, seen)
    if rule is not None:
        text, weak = against(value, arrives, seen, threshold, rule)
        (loud if weak else more).append(text)
    whole = replace(
        expected,
        more=(*expected.more, *more),
        warnings=(*expected.warnings, *loud),
        tables=(*expected.tables, *((priced.table,) if priced else ())),
    )
    return whole, priced.daily if priced else {}


def _calibration(seen: Seen) -> Reliability | None:
    """Calibration of the probability of the positive class, of the class answered, or of all labels."""
    if not seen.task.labels:
        return None
    said, happened = seen.prediction, seen.truth
    if not seen.task.exclusive:
        said, happened = said.ravel(), happened.ravel().astype(np.float64)
    elif not seen.task.positive:
        said, happened = said.max(axis=1), (said.argmax(axis=1) == happened).astype(np.float64)
    found = reliability(said, happened)
    return found if np.isfinite([found.slope, found.intercept]).all() else None
