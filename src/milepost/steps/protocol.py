"""Milepost 7: holdout, K-fold or iterated K-fold, computed from the rows and the difference that matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost import metrics
from milepost.brief.durations import seconds
from milepost.data.split import Fold, sparse
from milepost.data.split import folds as split_folds
from milepost.errors import InputError
from milepost.report.blocks import Block, Facts, Notice, Text
from milepost.report.sentences import count, number, plural
from milepost.statistics.protocol import Protocol as Chosen
from milepost.statistics.protocol import Situation, choose
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.collect import Findings as Collected
from milepost.steps.measure import Findings as Measured
from milepost.steps.price import ROWS, Price, Quick, price, priced, split_noise
from milepost.steps.situation import situation_of
from milepost.steps.work import Work

Array = np.ndarray[Any, Any]
NOISY = 4_000
"""Up to so many rows the noise of drawing folds is measured."""
REPEATS, LEAST_FIT = 0.04, 0.2
"""Share of the budget that one configuration may take on repeated folds, and seconds of a fit at least."""
JUDGED = 100_000
"""Rows of windows in time that judge, at most."""


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
        split_noise: standard deviation of a quick score over draws of the folds; None where not measured.
        needed: rows with which the half-width would be precise enough; None where it is.
        price: what rows that belong together, on both sides, would have promised; None where there are none.
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
    split_noise: float | None = None
    needed: int | None = None
    price: Price | None = None


@dataclass(frozen=True)
class Protocol(Step):
    """Chooses how validation is done: stratified, grouped, by time, near-duplicates kept together."""

    tolerance: float = setting(0.01, "half-width of the score's interval that is precise enough to decide")
    name: ClassVar[str] = "protocol"
    question: ClassVar[str] = "Which rows judge, so that the judgement holds in production?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "measure", "prepare")
    reads: ClassVar[tuple[str, ...]] = ("data",)
    version: ClassVar[int] = 2
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Chooses the protocol and draws the folds."""
        rows, task = work.rows("development"), work.task
        truth = task.encode(rows.select(task.targets))
        groups = work.array("collect", "groups")
        grouped = len(np.unique(groups)) < len(groups)
        data = work.brief.data
        how = work.found("collect", Collected).how
        timed = bool(data.time) and how in ("time", "file") and data.split in ("", "time")
        strata = task.strata(truth)
        count_groups = len(np.unique(groups)) if data.group else None
        situation = situation_of(work, rows, (count_groups, timed), self.tolerance)
        chosen = choose(situation)
        quick = self._quick(work, rows, groups, chosen)
        chosen, noise = self._repeated(work, situation, chosen, quick, grouped)
        kind = "rolling" if chosen.ordered else chosen.kind
        order = rows[data.time].rank("dense").fill_null(0).cast(pl.Int64).to_numpy() if timed else None
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
        if timed:
            drawn = late(sparse(drawn, JUDGED, work.seed), rows[data.time], data.delay)
        units, unit = self._units(work, rows, groups if grouped else None, order)
        scored = np.unique(np.concatenate([fold.valid for fold in drawn]))
        findings = Findings(
            **_counted(drawn),
            kind=kind,
            folds=chosen.folds,
            repeats=chosen.repeats,
            tolerance=situation.tolerance,
            halfwidth=float(chosen.halfwidth) if np.isfinite(chosen.halfwidth) else None,
            grouped=grouped,
            unit=unit,
            units=len(np.unique(units[scored])),
            reason=" ".join((chosen.reason, *chosen.notes)),
            split_noise=noise,
            needed=_needed(rows.height, chosen.halfwidth, situation.tolerance),
            price=price(quick, max(2, min(5, chosen.folds))) if quick and grouped and not timed else None,
        )
        artifacts = {"folds": work.keep(_packed(drawn, rows.height)), "units": work.keep(units)}
        absent = self._absent(task.labels, truth, drawn) if task.labels and task.exclusive else ""
        if absent:
            return Outcome(findings, "failed", absent, artifacts)
        if findings.needed is None:
            return Outcome(findings, "passed", chosen.reason, artifacts)
        of = " (1 % of the naive)" if situation.metric == "loss" else ""
        what = "the loss" if of else work.found("measure", Measured).metric
        what += f" to ±{number(situation.tolerance, 2)}{of} takes about {count(findings.needed)} rows."
        return Outcome(findings, "noted", f"{chosen.reason} To know {what}", artifacts)

    def _quick(self, work: Work, rows: pl.DataFrame, groups: Array, chosen: Chosen) -> Quick | None:
        """The rows for quick scores, where there is something to measure and time for it."""
        copies = len(np.unique(groups)) < len(groups)
        small = chosen.kind != "holdout" and rows.height <= NOISY
        if chosen.ordered or not (copies or small) or work.clock.left < 1:
            return None
        most = ROWS if work.clock.left > 5 else ROWS // 2
        return Quick.of(work, metrics.get(work.found("measure", Measured).metric), rows, groups, most)

    def _repeated(
        self, work: Work, situation: Situation, chosen: Chosen, quick: Quick | None, grouped: bool
    ) -> tuple[Chosen, float | None]:
        """The protocol with its folds drawn anew several times, where their draw is noisy and time allows."""
        if quick is None or chosen.kind == "holdout" or len(quick.truth) < situation.rows:
            return chosen, None
        losses = situation.metric == "loss"
        noise = split_noise(quick, chosen.folds, grouped, losses, work.clock.left * 0.5)
        if noise is None:
            return chosen, None
        share = work.brief.budget.seconds * REPEATS
        each = max(LEAST_FIT, situation.fit_seconds)
        again = choose(replace(situation, split_sd=noise, fit_seconds=each, budget=max(share, each)))
        return (again, noise) if again.folds == chosen.folds else (chosen, noise)

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

    def _absent(self, labels: Sequence[str], truth: Array, drawn: Sequence[Any]) -> str:
        """A sentence where a class has no row at all, or none in some fold's training part."""
        have = np.bincount(truth.astype(np.int64), minlength=len(labels))
        if (have == 0).any():
            return f"The class '{labels[int((have == 0).argmax())]}' has no development row: collect some."
        for place, fold in enumerate(drawn, 1):
            kept = np.bincount(truth[fold.train].astype(np.int64), minlength=len(labels))
            if (kept == 0).any():
                name = f"the class '{labels[int((kept == 0).argmax())]}'"
                return f"Fold {place} has no training row of {name}: collect it in other groups or times."
        return ""

    def tell(self, told: Told) -> Sequence[Block]:
        """The protocol in words."""
        found: Findings = told.findings
        facts = [
            ("protocol", f"{found.kind}: a configuration is fitted {plural(len(found.valid_rows), 'time')}"),
            ("rows that train", " / ".join(count(n) for n in found.train_rows[:5])),
            ("rows that judge", " / ".join(count(n) for n in found.valid_rows[:5])),
            ("independent units", f"{count(found.units)} ({found.unit}s)"),
            ("groups kept together", "yes" if found.grouped else "no groups or repeats found"),
        ]
        if found.halfwidth is not None:
            facts.append(
                ("expected half-width", f"±{number(found.halfwidth)} (wanted: ±{number(found.tolerance, 2)})")
            )
        if found.split_noise is not None:
            facts.append(
                ("noise of drawing the folds", f"±{number(1.96 * found.split_noise)} on a quick score")
            )
        blocks: list[Block] = [Facts(tuple(facts)), Text(found.reason)]
        if found.repeats > 1:
            blocks.append(
                Text(
                    f"The folds are drawn {found.repeats} times. That takes out the luck of how rows were "
                    "divided, never the luck of which rows were collected."
                )
            )
        if found.needed is not None:
            blocks.append(
                Notice(
                    "noted",
                    f"An interval of ±{number(found.tolerance, 2)} takes about {count(found.needed)} rows.",
                )
            )
        return blocks + priced(found.price, found.grouped and found.kind != "rolling")


def late(drawn: Sequence[Fold], time: pl.Series, delay: str) -> tuple[Fold, ...]:
    """Folds without the training rows whose answers are not known yet when the window begins.

    Args:
        drawn: windows in time.
        time: the time of each row.
        delay: how long after the row its answer is known, such as "30d"; "" for at once.
    """
    if not delay or not time.dtype.is_temporal():
        return tuple(drawn)
    stamps = time.dt.epoch("s").fill_null(0).to_numpy()
    found = []
    for fold in drawn:
        known = stamps[fold.train] + seconds(delay) <= stamps[fold.valid].min()
        if not known.any():
            raise InputError(
                f"the answers are known only {delay} later, and a window has no older row to learn from.",
                todo="Collect rows over a longer time, or mend `delay`.",
            )
        found.append(replace(fold, train=fold.train[known]))
    return tuple(found)


def _needed(rows: int, halfwidth: float, tolerance: float) -> int | None:
    """Rows with which the half-width shrinks to the tolerance; it falls with the root of their number."""
    wide = np.isfinite(halfwidth) and halfwidth > tolerance
    return int(np.ceil(rows * (halfwidth / tolerance) ** 2)) if wide else None


def _counted(folds: Sequence[Any]) -> dict[str, Any]:
    """The repeat of each fold, and how many rows train and judge in it."""
    return {
        "repeat_of": tuple(int(fold.repeat) for fold in folds),
        "train_rows": tuple(len(fold.train) for fold in folds),
        "valid_rows": tuple(len(fold.valid) for fold in folds),
    }


def _packed(folds: Sequence[Any], rows: int) -> Array:
    """Folds as one small matrix (folds, rows): 1 trains, 2 judges, 0 neither."""
    packed = np.zeros((len(folds), rows), dtype=np.int8)
    for i, fold in enumerate(folds):
        packed[i, fold.train], packed[i, fold.valid] = 1, 2
    return packed
