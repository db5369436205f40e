"""Milepost 9: grow models until validation turns, so that the border is known from both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from milepost.errors import MissingExtra
from milepost.learners.base import Params, learners
from milepost.report.blocks import Block, Facts, Notice, Text
from milepost.report.charts import curve_band, training_curves
from milepost.report.sentences import count
from milepost.statistics.border import border, sweep_rows
from milepost.statistics.curves import fit_learning_curve
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.material import material, memory
from milepost.steps.work import Work
from milepost.training.fit import Config, Fit, Fitted, run
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
FAMILIES = ("lightgbm", "network")
DRAWS = 3


@dataclass(frozen=True)
class Rung:
    """One size of a family: capacity, mean losses, and when validation turned."""

    capacity: str
    params: Mapping[str, Any]
    train: float
    valid: float
    least: float
    turned: bool
    at: int


@dataclass(frozen=True)
class Climb:
    """One family grown step by step.

    Args:
        learner: the family.
        rungs: its sizes, small to large.
        overfits: the capacity at which validation turned beyond its noise, or "".
        border: smallest capacity within one standard error of the best, or "".
        reason: in a sentence.
        curves: training curve of the last rung: step, train, valid.
    """

    learner: str
    rungs: tuple[Rung, ...]
    overfits: str
    border: str
    reason: str
    curves: tuple[tuple[int, float, float], ...]


@dataclass(frozen=True)
class Grown:
    """The learning curve: loss against rows.

    Args:
        sizes: training rows.
        losses: mean validation loss at each size, over the draws.
        kind: the law that fits, or "ill-behaved".
        double: expected loss with twice the rows, with its interval, or None where refused.
        says: what more rows would do.
    """

    sizes: tuple[int, ...]
    losses: tuple[tuple[float, ...], ...]
    kind: str
    double: tuple[float, float, float] | None
    says: str


@dataclass(frozen=True)
class Findings:
    """Where the border between too small and too large lies, and what rows would bring."""

    climbs: tuple[Climb, ...]
    learning: Grown | None
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Overfit(Step):
    """Grows trees and a network in width, depth and epochs until validation turns beyond its noise."""

    rows: int = setting(60_000, "at most so many training rows are used for growing")
    name: ClassVar[str] = "overfit"
    question: ClassVar[str] = "How large must a model be before validation turns?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "understand", "prepare", "protocol", "baseline")
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Climbs each family's ladder and draws the learning curve."""
        data = material(work)
        climbs, skipped = [], []
        for place, name in enumerate(FAMILIES):
            share = work.clock.left * (0.35 if place == 0 else 0.5)
            try:
                climbs.append(self._climb(work, data, name, share))
            except MissingExtra as problem:
                skipped.append(f"{learners[name].title}: {problem}")
        grown = self._grow(work, data)
        findings = Findings(tuple(climbs), grown, tuple(skipped))
        found = [c for c in climbs if c.overfits]
        if found:
            named = "; ".join(f"{c.learner} turns at {c.overfits}, enough is {c.border}" for c in found)
            return Outcome(findings, "passed", f"The border is known: {named}.")
        return Outcome(
            findings, "noted", "No border was found within the budget: too small a model is not excluded."
        )

    def _climb(self, work: Work, data: Material, name: str, seconds: float) -> Climb:
        """Fits ever larger models on the last fold until validation turns or time is up."""
        learner = learners[name]
        fold = len(data.folds) - 1
        prepared = data.prepared(fold, learner.view, self.rows)
        size, width = prepared.train.x.shape
        ladder = learner.ladder(size, width, prepared.head)
        if not ladder:
            return Climb(name, (), "", "", "this family has no ladder here.", ())
        truth, rungs = data.truth[data.folds[fold].valid], list[Rung]()
        losses: list[Array] = []
        curves: tuple[tuple[int, float, float], ...] = ()
        spent = 0.0
        for params in ladder:
            if rungs and spent + spent / len(rungs) > seconds:
                break
            fit = Fit(
                Config(name, params),
                fold,
                work.seed,
                self.rows,
                False,
                max(1.0, seconds - spent),
                work.threads,
            )
            done = run(data, fit, memory(work))
            spent += done.seconds
            rung, turned = self._rung(learner.capacity, params, done)
            rungs.append(rung)
            losses.append(data.task.losses(truth, done.prediction))
            curves = tuple((p.step, p.train, p.valid) for p in done.curve)
            work.ledger.look("overfit", Config(name, params).name, {"loss": float(losses[-1].mean())})
            work.say(f"{name} {rung.capacity}: training {rung.train:.4f}, validation {rung.valid:.4f}", None)
            if turned and len(rungs) >= 3:
                break
        return self._border(work, data, name, rungs, losses, curves)

    def _border(
        self,
        work: Work,
        data: Material,
        name: str,
        rungs: list[Rung],
        losses: list[Array],
        curves: tuple[tuple[int, float, float], ...],
    ) -> Climb:
        """Where the family begins to overfit, from paired per-row losses."""
        if len(rungs) < 2:
            return Climb(name, tuple(rungs), "", "", "there was time for one size only.", curves)
        valid = data.folds[-1].valid
        truth = data.truth[valid]
        naive = data.task.losses(truth, data.task.repeat(data.task.naive(data.truth), len(truth))).mean()
        units = work.array("protocol", "units")[valid]
        places = np.arange(1.0, len(rungs) + 1)
        swept = sweep_rows(places, np.stack(losses), None, units, [r.train for r in rungs], float(naive))
        typical = float(np.median(swept.errors[np.triu_indices(len(rungs), 1)]))
        uptick = np.array([max(0.0, r.valid - r.least) for r in rungs])
        found = border(replace(swept, uptick=uptick, uptick_error=np.full(len(rungs), typical)))
        over = "" if found.overfit_at is None else rungs[round(found.overfit_at) - 1].capacity
        return Climb(name, tuple(rungs), over, rungs[round(found.border) - 1].capacity, found.reason, curves)

    def _rung(self, capacity: str, params: Params, done: Fitted) -> tuple[Rung, bool]:
        valid = np.array([p.valid for p in done.curve])
        least = int(valid.argmin()) if len(valid) else 0
        turned = bool(len(valid) > 2 and valid[-1] > valid[least] * 1.005 and least < len(valid) - 1)
        label = f"{capacity}={params.get(capacity, '?')}"
        last = done.curve[-1] if done.curve else None
        train, seen = (last.train, last.valid) if last else (done.train_loss, float("nan"))
        at = done.curve[least].step if done.curve else 0
        best = float(valid[least]) if len(valid) else seen
        return Rung(label, dict(params), train, seen, best, turned, at), turned

    def _grow(self, work: Work, data: Material) -> Grown | None:
        """The learning curve of boosted trees on the last fold."""
        fold, learner = len(data.folds) - 1, learners["lightgbm"]
        whole = min(len(data.folds[fold].train), self.rows)
        least = max(50, 10 * max(1, len(data.task.labels)))
        sizes = np.unique(np.geomspace(min(least, whole // 2), whole, 7).astype(int))
        if whole < 2 * least or len(sizes) < 5:
            return None
        truth = data.truth[data.folds[fold].valid]
        losses: list[tuple[float, ...]] = []
        for size in sizes:
            row = []
            for draw in range(DRAWS):
                if work.clock.left < 1 and len(losses) >= 5:
                    break
                shifted = replace(data, seed=data.seed + 100 * draw)
                prepared = shifted.prepared(fold, learner.view, int(size))
                params = learner.portfolio(int(size), prepared.train.x.shape[1], prepared.head)[0]
                fit = Fit(Config("lightgbm", params), fold, work.seed + draw, int(size), threads=work.threads)
                row.append(float(data.task.losses(truth, run(shifted, fit, memory(work)).prediction).mean()))
            if len(row) < DRAWS:
                break
            losses.append(tuple(row))
        used = sizes[: len(losses)]
        curve = fit_learning_curve(used.tolist(), [list(row) for row in losses])
        double = None
        says = "The curve is ill-behaved: what more rows would bring cannot be told."
        if curve.kind != "ill-behaved":
            wanted = int(2 * used[-1])
            expected, around = curve.predict(wanted), curve.interval(wanted)
            double = (float(expected), float(around.low), float(around.high))
            now = float(np.mean(losses[-1]))
            says = (
                f"With {count(wanted)} rows instead of {count(int(used[-1]))} the loss would go from {now:.4f} to "
                f"about {expected:.4f} (between {around.low:.4f} and {around.high:.4f})."
            )
        return Grown(tuple(int(s) for s in used), tuple(losses), curve.kind, double, says)

    def tell(self, told: Told) -> Sequence[Block]:
        """Curves and border."""
        found: Findings = told.findings
        blocks: list[Block] = []
        for climb in found.climbs:
            blocks.append(Facts(((f"{climb.learner}: the border", climb.reason),)))
            if climb.curves:
                steps, train, valid = zip(*climb.curves, strict=True)
                title = f"{climb.learner} at its largest: training and validation loss"
                blocks.append(training_curves(steps, train, valid, title))
        if found.learning:
            grown = found.learning
            means = [float(np.mean(row)) for row in grown.losses]
            low, high = [min(row) for row in grown.losses], [max(row) for row in grown.losses]
            blocks.append(
                curve_band(grown.sizes, means, low, high, "Loss against training rows", "rows", "loss")
            )
            blocks.append(Text(grown.says))
        blocks += [Notice("info", text) for text in found.skipped]
        return blocks
