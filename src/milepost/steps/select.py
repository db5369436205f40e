"""From everything that was looked at to what ships: choice, corrected score, calibrator, threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.metrics.base import Metric
from milepost.report.sentences import number
from milepost.statistics.optimism import effective_looks, prior_optimism
from milepost.steps import proof
from milepost.steps.jury import Jury
from milepost.steps.material import memory
from milepost.steps.points import Point, Scales, offered, picked
from milepost.steps.within import Within
from milepost.steps.work import Work
from milepost.training.calibrate import apply
from milepost.training.ensemble import Library, blend, choose, stride
from milepost.training.evaluate import Evaluated
from milepost.training.material import Material
from milepost.training.optimism import Looks, corrected
from milepost.training.plain import plainness
from milepost.training.polish import Calibrated, Proposal, Rows, propose
from milepost.training.rounds import flattery, honest, stops_early

Array = np.ndarray[Any, Any]
BBC, AGAIN = 0.04, 0.2
"""Shares of the step's time for the correction, and for fits with rounds chosen by other rows."""
LOUD = 0.5
"""Optimism beyond this share of the score's standard error is warned of."""
REMEDIES = (
    "more folds or repeats in the protocol",
    "other splits for each configuration",
    "fresh validation rows",
    "stopping here",
)


@dataclass(frozen=True)
class Selected:
    """What ships, and what is known of it.

    Args:
        metric: the metric of success.
        tried: every configuration, best loss first.
        weights: the weight of each.
        truth: truth of the scored rows.
        mixed: out-of-fold predictions of what ships, not calibrated.
        final: the same calibrated, for the shares of classes in production where they differ.
        shares: those shares, or None.
        calibrated: the calibrator.
        proposal: the threshold.
        naive, corrected, low, high, error: scores and interval.
        optimism, stopping, stopped: what was taken off, and how rounds were chosen.
        effective, prior, spread: what the looks were worth.
        warning, remedies: where the optimism is large.
        choice: why this ships.
        points, point: what could ship, the whole ensemble first, and the name of what does.
        fold_scores: score in each fold.
    """

    metric: Metric
    tried: tuple[Evaluated, ...]
    weights: Array
    truth: Array
    mixed: Array
    final: Array
    shares: tuple[float, ...] | None
    calibrated: Calibrated
    proposal: Proposal
    naive: float
    corrected: float
    low: float
    high: float
    error: float
    optimism: float
    stopping: float
    stopped: str
    effective: float
    prior: float
    spread: float
    warning: str
    remedies: tuple[str, ...]
    choice: str
    points: tuple[Point, ...]
    point: str
    fold_scores: tuple[float, ...]


class Selection(Jury):
    """Chooses what ships.

    Args:
        work: the running step.
        data: the development rows.
        metric: the metric of success.
        tried: every configuration that was evaluated.
        limit: wall-clock seconds that refitting the members may take; infinity where no clock runs.
    """

    def __init__(
        self, work: Work, data: Material, metric: Metric, tried: Sequence[Evaluated], limit: float
    ) -> None:
        super().__init__(work, data, metric)
        self.limit = limit
        self.tried = tuple(sorted(tried, key=lambda e: e.loss))
        self.predictions = [e.prediction for e in self.tried]
        self.plainness = [plainness(e) for e in self.tried]
        self.sign = 1.0 if metric.better == "higher" else -1.0

    def run(self) -> Selected:
        """The whole choice."""
        work, data = self.work, self.data
        weights, why, points, point = self._point(*self._choice())
        work.say("repeating the choice on resampled rows")
        timed = math.isfinite(self.limit)
        looks = Looks(
            data.task, self.metric, self.truth, self.predictions, self.units, self.plainness, self.weight
        )
        found = corrected(looks, work.seed, BBC * work.clock.seconds if timed else math.inf)
        seen = blend(self.predictions, weights)
        mixed, stopped = self._honest(weights, timed)
        calibrated, shown = self.calibrated(mixed)
        final = apply(calibrated.form, mixed)
        naive = self.score(apply(calibrated.form, seen))
        base, optimism = self.score(shown), max(0.0, found.optimism)
        center = base - self.sign * optimism
        spread = self.error(shown)
        spread = found.standard_error if not math.isfinite(spread) else spread
        judged = Rows(data.frame[data.scored], self.units, self.weight)
        loud = optimism > LOUD * spread > 0
        return Selected(
            metric=self.metric,
            tried=self.tried,
            weights=weights,
            truth=self.truth,
            mixed=mixed,
            final=final,
            shares=self.shares,
            calibrated=calibrated,
            proposal=propose(work.brief.value, data.task, final, self.truth, judged, work.seed),
            naive=naive,
            corrected=center,
            low=center + found.interval.low - found.corrected,
            high=center + found.interval.high - found.corrected,
            error=max(found.standard_error, 1e-12),
            optimism=optimism,
            stopping=self.sign * (naive - base),
            stopped=stopped,
            effective=float(effective_looks(optimism, spread)),
            prior=float(prior_optimism(spread, max(1, len(self.tried)))),
            spread=float(spread),
            warning=_warning(optimism, spread, self.metric.name) if loud else "",
            remedies=REMEDIES if loud else (),
            choice=why,
            points=points,
            point=point,
            fold_scores=self.by_fold(shown),
        )

    def _choice(self) -> tuple[Array, str]:
        """Weights of all configurations, of those whose refit can be afforded."""
        most = self.work.brief.constraints.latency_ms or math.inf
        within = Within(self.tried, self.data, self.work.engine.workers, self.limit, self._room(), most)
        kept = within.alone()
        step = stride(len(self.truth), sum(self.predictions[i][0].size for i in kept))
        units = np.unique(self.units[::step], return_inverse=True)[1]
        shown = np.stack([self.predictions[i][::step] for i in kept], dtype=np.float64)
        alone = len(np.unique(units)) == len(units)
        price = within.cost[kept], self.limit * self.work.engine.workers
        library = Library(self.data.task, self.truth[::step], shown, None, None if alone else units, *price)
        found = choose(library, [self.plainness[i] for i in kept], 25 if len(self.truth) < 1000 else 50)
        weights = np.zeros(len(self.tried))
        weights[kept] = found.weights
        weights, note = within.trim(weights)
        return weights, found.why + note + within.missed

    def _point(self, weights: Array, why: str) -> tuple[Array, str, tuple[Point, ...], str]:
        """The weights of the point of the frontier that the brief asks for, why, all points, its name."""
        task, limits, members = self.data.task, self.work.brief.constraints, np.flatnonzero(weights)
        within = Within(self.tried, self.data, self.work.engine.workers)
        scales = Scales(
            self.metric,
            Library(task, self.truth, np.stack([self.predictions[i] for i in members], dtype=np.float64)),
            self.units,
            [self.tried[i].config.name for i in members],
            lambda some: within.bytes(members[some].tolist()),
            self.calibrated,
            self.naive(),
            self.work.seed,
        )
        points = offered(scales, weights[members], limits.loss)
        found = picked(points, limits.point, limits.loss)
        why += "" if found is points[0] else f"; the brief asks for less of it: '{found.name}'"
        return np.array([found.weights.get(e.config.name, 0.0) for e in self.tried]), why, points, found.name

    def _room(self) -> float:
        """Bytes that models and their features may take of the package, beside its golden rows and card."""
        limit = self.work.brief.constraints.size_mb
        if limit is None:
            return math.inf
        return 1e6 * limit - proof.overhead(self.data.frame, self.data.recipe.schema, self.work.seed)

    def _honest(self, weights: Array, timed: bool) -> tuple[Array, str]:
        """Predictions of what ships with rounds that the judging rows did not choose, where that is cheap."""
        work, data = self.work, self.data
        members = [i for i in np.flatnonzero(weights) if stops_early(self.tried[i])]
        seen = blend(self.predictions, weights)
        if not members:
            return seen, "no member's rounds were chosen on rows that judge"
        if len({fold.repeat for fold in data.folds}) == len(data.folds):
            return seen, (
                "the rows that judge also chose the number of rounds: one number, whose optimism is small "
                "beside that of the looks and is not taken off"
            )
        spare = AGAIN * work.clock.seconds + max(0.0, work.clock.left - 0.1 * work.clock.seconds)
        cost = sum(self.tried[i].seconds for i in members) / work.engine.workers
        if timed and cost > spare:
            gaps = [flattery(data, self.tried[i]) or 0.0 for i in members]
            gap = float(np.average(gaps, weights=weights[members]))
            return seen, (
                f"each fold's own rows chose its rounds; by the training curves that flatters the "
                f"{data.task.loss_name.replace('_', ' ')} by {number(gap)}, which is not taken off"
            )
        work.say("fitting the members for rounds that other folds chose")
        predictions = list(self.predictions)
        for i in members:
            made = honest(data, self.tried[i], work.engine, memory(work), work.seed)
            predictions[i] = self.tried[i].prediction if made is None else made
        return blend(predictions, weights), (
            "each fold of what ships was fitted again for the rounds that the other folds found best, so "
            "that no row that judges had a say in them"
        )


def _warning(optimism: float, spread: float, metric: str) -> str:
    return (
        f"Choosing the best of what was looked at flatters the score by {number(optimism)} {metric}, more "
        f"than half its standard error ({number(spread)}): trust the corrected score."
    )
