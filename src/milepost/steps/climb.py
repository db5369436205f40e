"""Grows one family of models rung by rung until validation turns beyond its noise."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.learners.base import Params, learners
from milepost.report.sentences import count, number
from milepost.statistics.border import Border, border, sweep_rows
from milepost.statistics.intervals import mean_se
from milepost.steps.material import memory
from milepost.steps.rungs import Climb, Curve, Rung, joined, sized, turned
from milepost.steps.work import Work
from milepost.training.fit import Config, Fit, Fitted, run
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
JUDGED = 2_000
"""Rows that should judge; folds are added until they do."""
MOST_FOLDS = 5
PILOT = 2_000
LEAST = 500
WHOLE = 5.0
"""What climbing costs, in units of the middle rung."""
BEYOND = 2
"""Rungs climbed past the first rise, because the loss of large models may fall again."""


@dataclass
class Climber:
    """Climbs one family's ladder.

    Args:
        work: the running step.
        data: rows and folds.
        name: the family.
        seconds: wall-clock seconds it may take.
        most: at most so many training rows a fit.
        units: unit of independence of each row.
    """

    work: Work
    data: Material
    name: str
    seconds: float
    most: int
    units: Array

    def __post_init__(self) -> None:
        self.start = time.monotonic()
        self.learner = learners[self.name]
        self.folds = judging(self.data)
        self.judged = np.concatenate([self.data.folds[f].valid for f in self.folds])
        self.truth = self.data.truth[self.judged]
        self.units = self.units[self.judged]
        self.rows = 0

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.seconds - (time.monotonic() - self.start)

    def climb(self) -> Climb:
        """Fits ever larger models until validation turns, two rungs more, or time is up."""
        prepared = self.data.prepared(self.folds[0], self.learner.view, min(PILOT, self.most))
        size = min(self.most, min(len(self.data.folds[f].train) for f in self.folds))
        ladder = self.learner.ladder(size, prepared.train.x.shape[1], prepared.head)
        if len(ladder) < 2:
            return Climb(self.name, 0, 0, (), "", "", "no", "This family has no ladder here.", (), "")
        self.rows = self._affordable(ladder[len(ladder) // 2], size)
        for fold in self.folds:
            self.data.prepared(fold, self.learner.view, self.rows)
        rungs: list[Rung] = []
        late: list[Array] = []
        early: list[Array] = []
        curves: list[Curve] = []
        beyond, cost, growth = 0, 0.0, 2.0
        for place, params in enumerate(ladder):
            if rungs and self.left < cost * growth:
                break
            began = time.monotonic()
            rung, losses, best, curve, cut = self._rung(params)
            took = time.monotonic() - began
            growth, cost = float(np.clip(took / cost, 1.5, 4.0)) if cost else 2.0, took
            if cut and len(rungs) > 1:
                break
            rungs.append(rung)
            late.append(losses)
            early.append(best)
            curves.append(curve)
            self.work.say(f"{self.name}, {rung.capacity}: training {number(rung.train)}, "
                          f"validation {number(rung.valid)}", None)  # fmt: skip
            if len(rungs) > 1 and self._border(rungs, late, early).found:
                beyond += 1
            if place == len(ladder) - 1 or beyond > BEYOND:
                break
        done = len(rungs) == len(ladder)
        return self._told(rungs, late, early, curves, done)

    def _affordable(self, params: Params, size: int) -> int:
        """Training rows a fit with which the ladder can be climbed in time, by a trial of its middle."""
        if size <= PILOT:
            return size
        took = run(self.data, self._fit(params, self.folds[0], PILOT, self.left / 4)).seconds
        lanes = min(self.work.engine.workers, len(self.folds)) if len(self.folds) > 1 else 1
        whole = WHOLE * took * len(self.folds) / lanes
        return int(np.clip(PILOT * self.left / max(whole, 1e-6), LEAST, size))

    def _fit(self, params: Params, fold: int, rows: int, seconds: float, rounds: int | None = None) -> Fit:
        return Fit(
            Config(self.name, params),
            fold,
            self.work.seed,
            rows=rows,
            stop_early=False,
            seconds=max(0.5, seconds),
            threads=1 if len(self.folds) > 1 else self.work.threads,
            rounds=rounds,
        )

    def _run(self, params: Params, rounds: int | None = None) -> list[Fitted]:
        kept = memory(self.work)
        seconds = self.left * min(self.work.engine.workers, len(self.folds)) / len(self.folds)
        jobs = [self._fit(params, fold, self.rows, seconds, rounds) for fold in self.folds]
        done = {fit.fold: fitted for fit, fitted in self.work.map(lambda j: run(self.data, j, kept), jobs)}
        return [done[fold] for fold in self.folds]

    def _rung(self, params: Params) -> tuple[Rung, Array, Array, Curve, bool]:
        """One size: per-row losses after the last and at the best step, mean curve, whether time ran out."""
        fits = self._run(params)
        losses = self._losses(fits)
        curve = joined([fit.curve for fit in fits])
        best = min(range(len(curve)), key=lambda i: curve[i][2]) if curve else 0
        early, seconds, cut = losses, sum(fit.seconds for fit in fits), any(fit.cut for fit in fits)
        if curve and curve[best][2] < curve[-1][2] and not cut:
            again = self._run(params, rounds=max(1, curve[best][0]))
            early = self._losses(again)
            seconds += sum(fit.seconds for fit in again)
            if early.mean() > losses.mean():
                early = losses
        self.work.ledger.look("overfit", Config(self.name, params).name, {"loss": float(losses.mean())})
        rise = losses - early
        rung = Rung(
            capacity=sized(params),
            params=dict(params),
            train=float(np.mean([fit.train_loss for fit in fits])),
            valid=float(losses.mean()),
            least=float(early.mean()),
            at=curve[best][0] if curve else 1,
            last=curve[-1][0] if curve else 1,
            rise=float(rise.mean()),
            error=mean_se(rise, self.units)[0],
            seconds=seconds,
        )
        return rung, losses, early, curve, cut

    def _losses(self, fits: Sequence[Fitted]) -> Array:
        return self.data.task.losses(self.truth, np.concatenate([fit.prediction for fit in fits]))

    def _border(self, rungs: Sequence[Rung], late: list[Array], early: list[Array]) -> Border:
        flat = [self.data.task.naive(self.data.truth[self.data.folds[f].train]) for f in self.folds]
        parts = [
            self.data.task.repeat(c, len(self.data.folds[f].valid))
            for c, f in zip(flat, self.folds, strict=True)
        ]
        naive = float(self.data.task.losses(self.truth, np.concatenate(parts)).mean())
        places = np.arange(1.0, len(rungs) + 1)
        train = [rung.train for rung in rungs]
        return border(sweep_rows(places, np.stack(late), np.stack(early), self.units, train, naive))

    def _told(
        self,
        rungs: list[Rung],
        late: list[Array],
        early: list[Array],
        curves: list[Curve],
        done: bool,
    ) -> Climb:
        if len(rungs) < 2:
            says = f"There was time for one size only ({rungs[0].capacity}): no border can be told."
            return self._climbed(rungs, "", "", "short", says, (curves[0], rungs[0].capacity))
        found = self._border(rungs, late, early)
        enough = rungs[round(found.border) - 1].capacity
        if found.overfit_at is not None:
            place = round(found.overfit_at) - 1
            says = turned(rungs, place, enough) + (
                " Beyond the rise it falls again (double descent)." if found.descends_again else ""
            )
            shown = (curves[place], rungs[place].capacity)
            return self._climbed(rungs, rungs[place].capacity, enough, "yes", says, shown)
        largest = rungs[-1].capacity
        if found.interpolates and done:
            says = (
                f"Up to {largest} the training rows are learnt by heart and validation suffers no more than "
                f"its noise; {enough} is the smallest within one standard error of the best."
            )
        elif done:
            says = (
                f"No border was found up to {largest}, the largest: rich data, or a family too small for it."
            )
        else:
            says = f"No border was found up to {largest}, where time ran out: a larger one may be better."
        kind = "no" if done else "short"
        return self._climbed(rungs, "", enough, kind, says, (curves[-1], largest))

    def _climbed(
        self, rungs: list[Rung], over: str, enough: str, found: str, says: str, shown: tuple[Curve, str]
    ) -> Climb:
        judged = len(np.unique(self.judged))
        where = f" ({count(self.rows)} training rows, {count(judged)} judged)"
        return Climb(
            self.name, self.rows, judged, tuple(rungs), over, enough, found, says + where, shown[0], shown[1]
        )


def judging(data: Material) -> tuple[int, ...]:
    """The folds that judge: from the last on, until 2,000 rows do."""
    chosen: list[int] = []
    for fold in reversed(range(len(data.folds))):
        if data.folds[fold].repeat == data.folds[-1].repeat:
            chosen.append(fold)
        if sum(len(data.folds[f].valid) for f in chosen) >= JUDGED or len(chosen) == MOST_FOLDS:
            break
    return tuple(chosen)
