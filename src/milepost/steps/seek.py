"""The search of `tune`: the portfolio first, then suggestions, each look counted and kept."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from milepost.engines.local import Local
from milepost.errors import MilepostError
from milepost.learners.base import learners
from milepost.steps.clock import SHARES
from milepost.steps.lead import OTHERS, PILOT, lasting, leaders, worse
from milepost.steps.material import memory
from milepost.steps.portfolio import Queue, unordered
from milepost.steps.within import weight
from milepost.steps.work import Work
from milepost.training.evaluate import SHARED, Evaluated, evaluate
from milepost.training.fit import Config, Fit
from milepost.training.material import Material
from milepost.training.pace import CAUTION, refit_seconds
from milepost.training.race import Dropped

REFIT, TWICE = 0.5, 0.25
"""Share of the time after the search that a refit of what ships may take, without and with a twin."""
LOST = "another form of it was better after {seconds:.0f} seconds"
POLISH, AGAIN = 0.1, 0.1
"""Shares of the time kept for correction, calibrator and threshold, and for honest rounds of members."""
MEMBERS = 5
"""So many of the best configurations tell what honest rounds and the refit will take."""
LAST = 0.07
"""Share of the whole that the last step takes beside its refits, to open the seal, score and prove."""
PROVEN = 5e-7
"""Seconds a byte that graphs of what ships take to be made and held against it, also in coarser numbers."""


def refit_time(work: Work, left: float) -> float:
    """Wall-clock seconds that one refit of what ships may take, where so much of the search's is left.

    Less than nothing is left where the search took what the last step does not need.
    """
    return _share(work) * (work.clock.total * SHARES["final"] + left)


def ending(work: Work, data: Material) -> float:
    """The `time.monotonic()` value at which the search has to end, before it is known what it found."""
    kept = POLISH + (AGAIN if len(data.folds) > 1 else 0.0)
    return work.clock.deadline - kept * work.clock.seconds


def _share(work: Work) -> float:
    return TWICE if work.brief.budget.refit == "all" else REFIT


@dataclass
class Search:
    """Looks at configurations until time or trials are up, or nothing more is gained.

    Args:
        work: the running step.
        data: the development rows.
        families: learners to try.
        trials: exact number of configurations, or None for the clock.
        own: whether the step has a budget of its own, beyond which it takes nothing.
    """

    work: Work
    data: Material
    families: Sequence[str]
    trials: int | None
    own: bool = False
    tried: list[Evaluated] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    history: list[tuple[str, float, float]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """Every configuration that was looked at."""
    suggested: int = 0
    """Configurations that were suggested by what had been seen."""
    ended: str = ""
    """Why it ended before time or trials were up, or ""."""

    def __post_init__(self) -> None:
        self.start = time.monotonic()
        clock = self.work.clock
        deadline = math.inf if self.trials is not None else ending(self.work, self.data)
        self.fixed = self.trials is not None
        afford = math.inf if self.trials is not None else refit_time(self.work, POLISH * clock.seconds)
        self.queue = Queue(self.work, self.data, self.families, deadline, self.trials, afford)
        looks = self.work.ledger.looks()
        self.counted = {(look["name"], look.get("rows")) for look in looks if look["step"] == "tune"}

    @property
    def count(self) -> int:
        """How many configurations were looked at."""
        return len(self.tried) + len(self.dropped) + len(self.failed)

    def portfolio(self) -> None:
        """Tries the portfolio, in order, as long as its configurations can end in time.

        Raises:
            MilepostError: not a single configuration could be fitted.
        """
        if self.trials is None:
            self._lead()
        self._evaluate(self.queue.fits(), self.queue.order)

    def _lead(self) -> None:
        """Gives a network that is all there is most of the time, alone, and its refits what they need."""
        forms, left = leaders(self.queue), self.queue.deadline - time.monotonic()
        seconds = lasting(self.work, left, self.work.clock.total * SHARES["final"]) if forms else 0.0
        if not seconds:
            return
        start = time.monotonic()
        chosen = self._pilot(forms, PILOT * seconds)
        seconds -= time.monotonic() - start
        fit = Fit(chosen, 0, self.work.seed, seconds=seconds, threads=self.work.threads)
        self.queue.take(chosen)
        for done in evaluate(self.data, [fit], Local(1), memory(self.work), self.fail, self._epoch):
            self.note(done)
        self.queue.deadline = min(self.queue.deadline, time.monotonic() + OTHERS * left)
        self.fixed = True

    def _pilot(self, forms: Sequence[Config], seconds: float) -> Config:
        """The form that leads; of two the one that short trainings side by side prefer, once and for all."""
        if len(forms) == 1:
            return forms[0]
        looks = [one for one in self.work.ledger.looks() if one.get("rows") == self.data.key]
        lost = {one["name"] for one in looks if one["step"] == "tune" and one["state"] == "dropped"}
        loser = next((form for form in forms if form.name in lost), None)
        if loser is None:
            each = seconds / -(-len(forms) // self.work.engine.workers)
            fits = [Fit(form, 0, self.work.seed, seconds=each) for form in forms]
            ended = list(evaluate(self.data, fits, self.work.engine, None, self.fail))
            if len(ended) < len(forms):
                return next((one.config for one in ended), forms[0])
            behind = worse(*sorted(ended, key=lambda done: forms.index(done.config)))
            loser = behind.config
            self.drop(Dropped(loser, 1, behind.loss, behind.seconds, LOST.format(seconds=each)))
        self.queue.take(loser)
        return next(form for form in forms if form != loser)

    def _epoch(self, config: Config, epoch: int, loss: float) -> None:
        self.say(f"{config.name}, epoch {epoch}: loss {loss:.4f}")

    def replay(self, configs: Sequence[Config]) -> None:
        """Tries exactly these configurations, without a clock.

        Raises:
            MilepostError: not a single one could be fitted.
        """
        kept = [config for config in configs if not unordered(self.data, config.learner)]
        fits = [Fit(config, 0, self.work.seed) for config in kept]
        self._evaluate(fits, [config.name for config in kept])

    def _evaluate(self, fits: Any, order: Sequence[str]) -> None:
        work = self.work
        for done in evaluate(self.data, fits, work.engine, memory(work), self.fail):
            self.note(done)
        if not self.tried:
            raise MilepostError(
                "no configuration could be fitted.",
                expected="At least one has to end within the budget.",
                todo="; ".join(self.failed + self.queue.skipped) or "Give the road more time.",
            )
        if self.trials is not None:  # in the order of the queue, whichever ended first
            place = {name: i for i, name in enumerate(order)}
            self.tried.sort(key=lambda e: place[e.config.name])
            losses = [(e.config.name, e.loss) for e in self.tried]
            best = math.inf
            self.history = [(name, loss, best := min(best, loss)) for name, loss in losses]

    def note(self, done: Evaluated, suggested: bool = False) -> bool:
        """Keeps a configuration that ended; False where its predictions are no numbers."""
        if not np.isfinite(done.losses).all():
            self.fail(done.config, ArithmeticError("it predicted values that are no numbers"))
            return False
        self.tried.append(done)
        self.queue.note(done)
        if not self.fixed:
            self.queue.deadline = self._deadline()
        best = min([done.loss, *(b for _, _, b in self.history[-1:])])
        self.history.append((done.config.name, done.loss, best))
        folds = [float(loss) for loss in done.fold_losses]
        seen = {"loss": done.loss, "cut": done.cut, "state": "complete", "folds": folds}
        self._look(done.config, {**seen, "suggested": suggested})
        self.say(f"{done.config.name}: loss {done.loss:.4f}, best {best:.4f}")
        return True

    def _deadline(self) -> float:
        """Until when it may search: what ships is finished soon where its fits are quick, later where not."""
        clock, folds, workers = self.work.clock, len(self.data.folds), self.work.engine.workers
        best = sorted(self.tried, key=lambda done: done.loss)[:MEMBERS]
        again = sum(done.seconds for done in best) / workers if folds > 1 else 0.0
        kept = POLISH * clock.seconds + min(AGAIN * clock.seconds, CAUTION * again)
        if self.own or self.data.thinned:  # a refit on more rows than a sample has takes what time there is
            return clock.deadline - kept
        twice = 2 if self.work.brief.budget.refit == "all" else 1
        refits = [CAUTION * twice * refit_seconds(done, folds, self.data.more) for done in best]
        proofs = [PROVEN * weight(done) for done in best]
        share = (SHARES["final"] - LAST) * clock.total
        spare = share - sum(refits) / max(1.0, SHARED * workers) - sum(proofs)
        if spare < 0:  # not all of them ship, but the best one does
            spare = min(0.0, share - refits[0] - proofs[0])
        return clock.deadline - kept + spare

    def drop(self, found: Dropped) -> None:
        """Keeps a configuration that was dropped on the way: a look all the same."""
        self.dropped.append(found)
        seen = {"loss": found.loss, "state": "dropped", "folds": found.folds, "why": found.why}
        self._look(found.config, {**seen, "suggested": True})
        self.say(f"{found.config.name} dropped: {found.why}")

    def fail(self, config: Config, problem: Exception) -> None:
        """Keeps a configuration whose fit failed."""
        title = learners[config.learner].title
        self.failed.append(f"{config.name} ({title}): {type(problem).__name__}: {problem}")
        self._look(config, {"loss": None, "state": "failed", "failed": str(problem)})
        self.say(f"{config.name} failed: {problem}")

    def say(self, text: str) -> None:
        """Shows progress, by the clock or by trials."""
        if self.trials is not None:
            share = self.count / max(1, self.trials)
        else:
            share = (time.monotonic() - self.start) / max(self.work.clock.seconds, 1e-9)
        self.work.say(text, min(1.0, share))

    def _look(self, config: Config, seen: Mapping[str, Any]) -> None:
        """Counts a look; a configuration that is recalled on the same rows is not looked at anew."""
        self.names.add(config.name)
        mark = (config.name, self.data.key)
        if mark not in self.counted:
            self.counted.add(mark)
            what = {"learner": config.learner, "params": config.params, "rows": self.data.key}
            self.work.ledger.look("tune", config.name, {**seen, **what})
