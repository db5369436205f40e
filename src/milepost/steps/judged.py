"""The opened rows, and what is scored on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost import metrics
from milepost.steps.drop import Check, Fell, explain
from milepost.steps.exam import finite
from milepost.steps.fits import Refitted, members
from milepost.steps.forecast import Forecast
from milepost.steps.held import held
from milepost.steps.jury import production_shares
from milepost.steps.lost import Missing, raised, told
from milepost.steps.margin import margin
from milepost.steps.measure import Findings as Measured
from milepost.steps.opening import Opening
from milepost.steps.sealed import Findings
from milepost.steps.standing import Standing
from milepost.steps.units import units
from milepost.steps.work import Work
from milepost.training.material import Material

Array = np.ndarray[Any, Any]


class Judged:
    """The opened rows, and what is scored on them.

    Args:
        work: the running step.
        data: the development rows.
        stands: what is judged.
        test: the opened rows.
        prediction: its answers to them.
    """

    def __init__(
        self, work: Work, data: Material, stands: Standing, test: pl.DataFrame, prediction: Array
    ) -> None:
        self.work, self.data, self.test, self.prediction = work, data, test, prediction
        self.tuned, self.validation, self.fitted = stands.tuned, stands.validation, stands.fitted
        self.missing: list[Missing] = []
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

    def _unrefitted(self, other: Refitted | None) -> float | None:
        """The score of the model without its refit; None where it fails, as the seal is spent by then."""
        if other is None:
            return None
        try:
            return self.score(finite(other.model.predict(self.test), "sealed rows"))
        except Exception as problem:
            self.missing.append(Missing("the model without its refit", raised(problem)))
            return None

    def _error(self, shown: Sequence[Array]) -> float:
        """The standard error of a score on the sealed rows, or of the difference of two."""
        return margin(self.metric, self.truth, shown, self.units, self.work.seed)[1]

    def price(self, prediction: Array, other: Array) -> tuple[float, float, float]:
        """How much worse it scores than another on the sealed rows, the error, and the share of the gain."""
        gain, error = margin(self.metric, self.truth, [prediction, other], self.units, self.work.seed)
        naive = self.score(self.data.task.repeat(self.data.task.naive(self.data.truth), len(self.truth)))
        gained = self.metric.gain(self.score(other), naive)
        return -gain, error, -gain / gained if gained > 0 else math.nan

    def findings(self, promised: Forecast, other: Refitted | None, opening: Opening) -> Findings:
        """Everything but the proof of the graph."""
        work, data, tuned, fitted = self.work, self.data, self.tuned, self.fitted
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
            unrefitted=self._unrefitted(other),
            bar=work.brief.success.bar,
            openings=opening.count,
            others=opening.others,
            refit=work.brief.budget.refit,
            seconds=fitted.seconds,
            cut=fitted.cut,
            fitted=fitted.why,
            difference=0.0,
            flips=0,
            lost=fitted.lost,
            instead=told(fitted.lost, len(members(tuned))),
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
