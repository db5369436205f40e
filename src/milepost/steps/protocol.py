"""Milepost 7: holdout, K-fold or iterated K-fold, computed from the rows and the difference that matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost import metrics
from milepost.data.split import folds as split_folds
from milepost.report.blocks import Block, Facts, Text
from milepost.report.sentences import count
from milepost.statistics.protocol import Situation, choose
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.collect import Findings as Collected
from milepost.steps.measure import Findings as Measured
from milepost.steps.prepare import Findings as Prepared
from milepost.steps.work import Work

Array = np.ndarray[Any, Any]
FIT_SECONDS_PER_CELL = 2.5e-7
"""Seconds a boosting fit of 300 trees takes on one thread, per row and feature; only for planning."""


@dataclass(frozen=True)
class Findings:
    """How validation is done.

    Args:
        kind: "holdout", "kfold", "repeated", "rolling" or "groups".
        folds: number of folds.
        repeats: how often the folds are drawn anew.
        repeat_of: the repeat of each fold.
        train_rows: training rows of each fold.
        valid_rows: validation rows of each fold.
        tolerance: half-width that is precise enough.
        halfwidth: half-width that this protocol is expected to have, or None.
        grouped: rows of a group are kept on one side.
        unit: what counts as independent: "row", "group" or "day".
        units: number of independent units among the scored rows.
        reason: why this protocol.
    """

    kind: str
    folds: int
    repeats: int
    repeat_of: tuple[int, ...]
    train_rows: tuple[int, ...]
    valid_rows: tuple[int, ...]
    tolerance: float
    halfwidth: float | None
    grouped: bool
    unit: str
    units: int
    reason: str


@dataclass(frozen=True)
class Protocol(Step):
    """Chooses how validation is done: stratified, grouped, by time, near-duplicates kept together."""

    tolerance: float = setting(0.01, "half-width of the score's interval that is precise enough to decide")
    name: ClassVar[str] = "protocol"
    question: ClassVar[str] = "Which rows judge, so that the judgement holds in production?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "measure", "prepare")
    reads: ClassVar[tuple[str, ...]] = ("data",)
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Chooses the protocol and draws the folds."""
        rows, task = work.rows("development"), work.task
        truth = task.encode(rows.select(task.targets))
        groups = work.array("collect", "groups")
        grouped = len(np.unique(groups)) < len(groups)
        how = work.found("collect", Collected).how
        timed = (
            bool(work.brief.data.time) and how in ("time", "file") and work.brief.data.split in ("", "time")
        )
        declared = bool(work.brief.data.group)
        strata = task.strata(truth)
        rarest = int(np.bincount(strata).min()) if task.labels and strata is not None else rows.height
        count_groups = len(np.unique(groups)) if declared else None
        situation = self._situation(work, truth, rarest, count_groups, timed)
        chosen = choose(situation)
        kind = "rolling" if chosen.ordered else chosen.kind
        order = (
            rows[work.brief.data.time].rank("dense").fill_null(0).cast(pl.Int64).to_numpy() if timed else None
        )
        drawn = split_folds(
            rows.height,
            kind=kind,
            folds=chosen.folds,
            repeats=chosen.repeats,
            fraction=chosen.fraction,
            strata=strata,
            groups=groups if grouped else None,
            time=order,
            seed=work.seed,
        )
        packed = np.zeros((len(drawn), rows.height), dtype=np.int8)
        for i, fold in enumerate(drawn):
            packed[i, fold.train], packed[i, fold.valid] = 1, 2
        units, unit = self._units(work, rows, groups if grouped else None, order)
        scored = np.unique(np.concatenate([fold.valid for fold in drawn]))
        findings = Findings(
            kind=kind,
            folds=chosen.folds,
            repeats=chosen.repeats,
            repeat_of=tuple(int(fold.repeat) for fold in drawn),
            train_rows=tuple(len(fold.train) for fold in drawn),
            valid_rows=tuple(len(fold.valid) for fold in drawn),
            tolerance=situation.tolerance,
            halfwidth=float(chosen.halfwidth) if np.isfinite(chosen.halfwidth) else None,
            grouped=grouped,
            unit=unit,
            units=len(np.unique(units[scored])),
            reason=" ".join((chosen.reason, *chosen.notes)),
        )
        artifacts = {"folds": work.keep(packed), "units": work.keep(units)}
        absent = self._absent(strata, drawn) if task.labels else ""
        if absent:
            return Outcome(findings, "failed", absent, artifacts)
        fine = chosen.halfwidth <= situation.tolerance
        return Outcome(findings, "passed" if fine else "noted", chosen.reason, artifacts)

    def _situation(self, work: Work, truth: Array, rarest: int, groups: int | None, timed: bool) -> Situation:
        """What the choice depends on; a loss needs to be known to 1 % of the naive answer's."""
        task, metric = work.task, metrics.get(work.found("measure", Measured).metric)
        features = work.found("prepare", Prepared).widths["trees"]
        losses = task.losses(truth, task.repeat(task.naive(truth), len(truth)))
        kinds: dict[str, Any] = {"auc": "auc", "proportion": "accuracy"}
        kind = kinds.get(metric.kind, "loss")
        precise = self.tolerance * float(losses.mean()) if kind == "loss" else self.tolerance
        return Situation(
            rows=len(truth),
            rarest=rarest if task.labels else None,
            metric=kind,
            spread=float(losses.std()) if kind == "loss" else None,
            tolerance=max(precise, 1e-12),
            fit_seconds=0.2 + len(truth) * features * FIT_SECONDS_PER_CELL,
            budget=work.brief.budget.seconds * 0.1,
            groups=groups,
            time=timed,
        )

    def _units(
        self, work: Work, rows: pl.DataFrame, groups: Array | None, order: Array | None
    ) -> tuple[Array, str]:
        """The unit of independence of each row: day under a time split, else its group, else the row."""
        if order is not None:
            time = rows[work.brief.data.time]
            if time.dtype.is_temporal():
                days = time.dt.date().rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
                if len(np.unique(days)) >= 30:
                    return days, "day"
            blocks = min(100, max(30, rows.height // 50))
            return np.argsort(np.argsort(order, kind="stable")) * blocks // rows.height, "stretch of time"
        if groups is not None:
            return groups, "group"
        return np.arange(rows.height), "row"

    def _absent(self, strata: Array | None, drawn: Sequence[Any]) -> str:
        """A sentence where a class has no row in some fold's training part."""
        if strata is None:
            return ""
        everything = set(np.unique(strata).tolist())
        for number, fold in enumerate(drawn, 1):
            if everything - set(np.unique(strata[fold.train]).tolist()):
                return f"Fold {number} has a class without a training row: collect more rows of the rarest class."
        return ""

    def tell(self, told: Told) -> Sequence[Block]:
        """The protocol in words."""
        found: Findings = told.findings
        facts = [
            ("protocol", f"{found.kind}: {len(found.valid_rows)} fit(s) a configuration"),
            ("rows that train", " / ".join(count(n) for n in found.train_rows[:5])),
            ("rows that judge", " / ".join(count(n) for n in found.valid_rows[:5])),
            ("independent units", f"{count(found.units)} ({found.unit}s)"),
            ("groups kept together", "yes" if found.grouped else "no groups or repeats found"),
        ]
        if found.halfwidth is not None:
            facts.append(("expected half-width", f"±{found.halfwidth:.4f} (wanted: ±{found.tolerance:g})"))
        return [Facts(tuple(facts)), Text(found.reason)]
