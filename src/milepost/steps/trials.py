"""What follows the portfolio: suggestions, raced fold by fold, until time, trials or gain are used up."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from milepost.learners.base import learners
from milepost.learners.space import Space, complete, outside
from milepost.report.sentences import plural
from milepost.steps.material import memory
from milepost.steps.search import Ranked
from milepost.steps.seek import Search
from milepost.training.early import Early
from milepost.training.evaluate import Evaluated, evaluate, remembered
from milepost.training.fit import Config, Fit
from milepost.training.halt import WINDOW, Halt
from milepost.training.importance import importances
from milepost.training.propose import Judged, suggest, turn
from milepost.training.race import Dropped, Race

BEHIND = 0.1
"""A family whose best loss is this share above the best of all gets no suggestions."""
REDRAWS = 4
"""So many suggestions of a family are drawn until one is new and can end in time."""
EACH = 15
"""A family gets at most so many suggestions for each of its knobs."""


class Trials:
    """Goes on from a search that has tried its portfolio.

    Args:
        search: the search; what is tried is noted there.
    """

    def __init__(self, search: Search) -> None:
        self.search, self.work, self.data = search, search.work, search.data
        self.early, self.halt = Early(), Halt(self._units(), self.work.seed)
        self.race = Race(self.data, self.work.engine, memory(self.work), self.early, search.fail)
        queue = search.queue
        widths = {name: queue.widths.get(learners[name].view, 1) for name in queue.suited}
        self.spaces: dict[str, Space] = {
            name: learners[name].space(queue.rows, widths[name], queue.head) for name in queue.suited
        }
        self.known: dict[str, list[Judged]] = {name: [] for name in self.spaces}
        self.given: dict[str, int] = {}
        self.best: dict[str, Evaluated] = {}
        for done in search.tried:
            self._learn(done)
        self.halt.fill(search.count)

    def run(self) -> None:
        """Suggests until nothing more can end in time, the trials are used up, or nothing is gained."""
        search = self.search
        if search.trials is None:
            self._resume()
        while batch := self._batch():
            for ended in self.race.run(batch, dict(self.best), search.queue.deadline):
                self._note(ended)
            self.halt.fill(search.count)
            if self.halt.over:
                search.ended = self._noise()
                return

    def importance(self) -> tuple[Ranked, ...]:
        """Which settings matter, for each family of which enough configurations were tried."""
        return tuple(
            Ranked(name, one.knob, one.share, one.low, one.high, len(self.known[name]))
            for name, space in self.spaces.items()
            for one in importances(space, self.known[name], self.work.seed)
        )

    def _noise(self) -> str:
        return (
            f"The noise of the search exceeds its gain: over the last {WINDOW} of "
            f"{plural(self.search.count, 'configuration')} the best loss, with the luck of choosing taken "
            f"off, fell by {max(0.0, self.halt.gain):.2f} standard errors."
        )

    def _units(self) -> Any:
        return self.work.array("protocol", "units")[self.data.scored]

    def _learn(self, done: Evaluated) -> None:
        """Takes a configuration that ended into account for what comes next."""
        name = done.config.learner
        self.halt.add(done.losses)
        self.early.note(done)
        if name not in self.best or done.loss < self.best[name].loss:
            self.best[name] = done
        space = self.spaces.get(name, ())
        if space:
            full = complete(space, learners[name].defaults, done.config.params)
            if not outside(space, full):
                self.known[name].append(Judged(full, done.loss))

    def _note(self, ended: Evaluated | Dropped) -> None:
        if isinstance(ended, Dropped):
            self.search.drop(ended)
            self.halt.add(None)
            self._remember(ended)
        elif self.search.note(ended, suggested=True):
            self._learn(ended)

    def _remember(self, ended: Dropped) -> None:
        """A dropped configuration tells where not to look."""
        name = ended.config.learner
        full = complete(self.spaces[name], learners[name].defaults, ended.config.params)
        if not outside(self.spaces[name], full):
            self.known[name].append(Judged(full, ended.loss, max(1, ended.folds)))

    def _resume(self) -> None:
        """Takes up the suggestions that an earlier run on the same rows recorded."""
        seen = set(self.search.names)
        fits: list[Fit] = []
        for look in recorded(self.work.ledger.looks(), self.data.key):
            config = Config(look["learner"], look["params"])
            if config.learner not in self.spaces or config.name in seen:
                continue
            seen.add(config.name)
            self._count(config)
            fit = Fit(config, 0, self.work.seed, seconds=0.0)
            if look["state"] == "dropped":
                self._note(Dropped(config, look["folds"], look["loss"], 0.0, look["why"]))
            elif remembered(self.data, fit, memory(self.work)):
                fits.append(fit)
        for done in evaluate(self.data, fits, self.work.engine, memory(self.work), self.search.fail):
            self._note(done)

    def _batch(self) -> list[Fit]:
        """As many configurations as keep all workers busy; fewer, or none, where time or trials are short."""
        search, workers, folds = self.search, self.work.engine.workers, len(self.data.folds)
        size = workers // math.gcd(workers, folds)
        if search.trials is not None:
            size = min(size, search.trials - search.count)
        batch: list[Fit] = []
        spent = 0.0
        for _ in range(size):
            found = self._next([fit.config for fit in batch], spent)
            if found is None:
                break
            spent += search.queue.wall(found)
            self._count(found)
            batch.append(Fit(found, 0, self.work.seed, seconds=search.queue.limit(found)))
        return [replace(fit, seconds=fit.seconds / len(batch)) for fit in batch]

    def _count(self, config: Config) -> None:
        self.given[config.learner] = self.given.get(config.learner, 0) + 1
        self.search.suggested += 1

    def _next(self, pending: Sequence[Config], spent: float) -> Config | None:
        """The next suggestion that is new and can end in time."""
        queue = self.search.queue
        left = math.inf if self.search.trials is not None else queue.deadline - time.monotonic() - spent
        names = self.search.names | {config.name for config in pending}
        losses = {name: done.loss for name, done in self.best.items() if self.spaces.get(name)}
        least = min(losses.values(), default=0.0)
        losses = {name: loss for name, loss in losses.items() if loss <= least * (1 + BEHIND)}
        for name in turn(losses, self.given):
            space, number = self.spaces[name], self.given.get(name, 0)
            if number >= EACH * len(space):
                continue
            waiting = [
                complete(space, learners[name].defaults, c.params) for c in pending if c.learner == name
            ]
            for draw in range(REDRAWS):
                params = suggest(space, self.known[name], waiting, self.work.seed + 1000 * draw)
                config = Config(name, learners[name].settle(params, queue.rows))
                if config.name not in names and queue.wall(config) <= left and queue.affordable(config):
                    return config
        return None


def recorded(looks: Sequence[Mapping[str, Any]], rows: str) -> list[Mapping[str, Any]]:
    """The looks of `tune` at suggestions on the same rows, oldest first."""
    return [
        look
        for look in looks
        if look["step"] == "tune"
        and look.get("rows") == rows
        and look.get("suggested")
        and look["state"] != "failed"
    ]
