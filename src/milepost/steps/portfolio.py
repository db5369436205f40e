"""The queue of configurations: complementary families in turn, as long as they can end in time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from milepost.learners.base import learners
from milepost.modalities.base import RICH
from milepost.report.sentences import duration, listed, plural
from milepost.steps.material import memory
from milepost.steps.prepare import Findings as Prepared
from milepost.steps.work import Work
from milepost.training.evaluate import SHARED, Evaluated, remembered
from milepost.training.fit import Config, Fit
from milepost.training.material import Material
from milepost.training.pace import PLANNED, SCALED, Pace, refit_rounds

FAMILIES = ("lightgbm", "linear", "splines", "ngrams", "probe", "catboost", "network", "finetune", "deep")
"""Learners that are tried where no others are named."""
UNSEEN = (
    "nothing makes this of {kinds} here: it is not installed (pip install 'milepost[{extra}]'), or they are "
    "too many for it or for the time."
)
"""Why a family is left out whose view nothing gives."""
HOPELESS = 0.05
"""A family whose best loss is this share above the best of all waits until the others are through."""
QUICK, MADE_FOR = 0.5, 5.0
"""Where a fit of the first family is expected to take more seconds, it comes before cheaper ones; so does a
family that is made for a kind of column among the inputs where a fit takes fewer than these."""
STOPPABLE = 0.5
"""The first configuration of a family of trees is begun where this share of its expected time is left."""
OTHER_KIND = 0.25
"""What the time of a family's first configuration counts in the order; that of the second counts twice."""
FIRST, NEW = 0.6, 0.35
"""The share of the time left that the first configuration, and the first one of a family, may take."""


def tried(families: Sequence[str]) -> tuple[str, ...]:
    """The learners to try: where all of milepost's are meant, those of the project's plug-ins as well."""
    own = learners.guests if tuple(families) == FAMILIES else ()
    return (*families, *(name for name in own if name not in families))


def unordered(data: Material, name: str) -> str:
    """Why a learner may not be tried where the brief asks for monotone columns; "" where it may."""
    asked = data.recipe.schema.monotone
    if not asked or learners[name].ordered:
        return ""
    return f"it does not keep to the direction that the brief asks for of {listed(asked, 4)}."


@dataclass
class Queue:
    """Hands out configurations one by one while there is time for them.

    Args:
        work: the running step.
        data: the development rows.
        families: learners to try.
        deadline: `time.monotonic()` value at which all fits must have ended; infinity without a clock.
        trials: exact number of configurations, or None.
        afford: wall-clock seconds that refitting what ships may take.
    """

    work: Work
    data: Material
    families: Sequence[str]
    deadline: float
    trials: int | None
    afford: float = math.inf
    skipped: list[str] = field(default_factory=list)
    done: list[Evaluated] = field(default_factory=list)
    suited: list[str] = field(default_factory=list)
    """The families that suit."""
    given: int = 0

    def __post_init__(self) -> None:
        self.rows = int(np.mean([len(fold.train) for fold in self.data.folds]))
        self.head = self.data.task.head(self.data.truth[self.data.folds[0].train])
        self.widths = self.work.found("prepare", Prepared).widths
        plain = max(width for view, width in self.widths.items() if view not in RICH)
        outputs = max(1, self.head.width)
        cells = self.rows * plain * outputs
        self.pace = Pace(cells, len(self.data.folds), self.work.engine.workers, self.rows, outputs)
        self.waiting = self._order()
        self.total = len(self.waiting)
        self.order = [config.name for config in self.waiting]

    def note(self, done: Evaluated) -> None:
        """Learns how long a configuration took and how good it is."""
        self.done.append(done)
        self.pace.note(done)

    def take(self, config: Config) -> None:
        """Takes a configuration out of the queue that is tried elsewhere."""
        if config in self.waiting:
            self.waiting.remove(config)
        self.given += 1

    @property
    def longest(self) -> float:
        """Seconds of a fold's fit whose refit on all rows, by all processors, can be afforded."""
        ratio = self.data.more
        growth = refit_rounds(SCALED[0], 1000, ratio) / 1000
        return self.afford * max(1.0, SHARED * self.work.threads) / (ratio * growth)

    def affordable(self, config: Config) -> bool:
        """Whether a configuration can be refitted in time; what the clock stops always can."""
        return config.learner in PLANNED or self.pace.of(config) <= self.longest

    def limit(self, config: Config) -> float:
        """Seconds that one fold's fit of a configuration may take."""
        left = self.deadline - time.monotonic()
        most = left / -(-len(self.data.folds) // self.work.engine.workers)
        if self.pace.known(config):
            most = most if self.trials else min(most, max(1.0, 3 * self.pace.of(config)))
        elif self.trials is None:
            most *= FIRST if self.given == 1 else NEW
        return max(0.2, most if self.trials else min(most, self.longest))

    def fits(self) -> Iterator[Fit]:
        """Fits in the order that pays; what cannot end in time is passed over, unless it is remembered."""
        while self.waiting:
            if self.trials is not None and self.given >= self.trials:
                return
            config = self._next()
            if config is None:
                break
            self.take(config)
            yield Fit(config, 0, self.work.seed, seconds=self.limit(config))
        for fit in [Fit(config, 0, self.work.seed, seconds=0.0) for config in self.waiting]:
            if remembered(self.data, fit, memory(self.work)):
                self.waiting.remove(fit.config)
                yield fit
        if self.waiting and self.trials is None:
            cheapest = min(self.wall(config) for config in self.waiting)
            self.skipped.append(
                f"{plural(len(self.waiting), 'configuration')} of {self.total}: each would have taken longer "
                f"than the time left, its refit included (the quickest about {duration(cheapest)})"
            )

    def _next(self) -> Config | None:
        """The first configuration in order that can end in time; the very first always."""
        if self.trials is not None or not self.given:
            return self.waiting[0]
        left = self.deadline - time.monotonic()
        behind = self._behind()
        for hopeless in (False, True):
            for config in self.waiting:
                if (config.learner in behind) == hopeless and self._needs(config) <= left:
                    return config
        return None

    def _needs(self, config: Config) -> float:
        """Seconds without which a configuration is not begun; what the clock stops is a model too."""
        if not self.affordable(config):
            return math.inf
        new = config.learner in PLANNED and not self.pace.known(config)
        return self.wall(config) * (STOPPABLE if new else 1.0)

    def wall(self, config: Config) -> float:
        """Wall-clock seconds until a configuration has ended, making its matrices included."""
        view = learners[config.learner].view
        seen = self.data.seconds.get(view)
        if seen and not self.data.evicted:
            return self.pace.wall(config)
        others = seen or [s for some in self.data.seconds.values() for s in some]
        each = float(np.mean(others)) if others else 0.0
        rounds = -(-len(self.data.folds) // self.work.engine.workers)
        return self.pace.wall(config) + rounds * each

    def _behind(self) -> set[str]:
        """Families that are far behind the best."""
        best: dict[str, float] = {}
        for done in self.done:
            name = done.config.learner
            best[name] = min(done.loss, best.get(name, np.inf))
        if not best:
            return set()
        least = min(best.values())
        return {name for name, loss in best.items() if loss > least * (1 + HOPELESS)}

    def _order(self) -> list[Config]:
        """The portfolios of all families that suit, in the order that pays."""
        portfolios: dict[str, list[Config]] = {}
        for name in self.families:
            learner = learners[name]
            seen = learner.needs & self.data.recipe.kinds
            if learner.needs and not seen:
                continue
            width = self.widths.get(learner.view, 1)
            objection = unordered(self.data, name) or learner.objection(self.rows, width, self.head)
            if not objection and seen and learner.view in RICH and learner.view not in self.data.recipe.views:
                objection = UNSEEN.format(kinds=" or ".join(sorted(seen)), extra=min(seen))
            if objection:
                self.skipped.append(f"{learner.title}: {objection}")
                continue
            self.suited.append(name)
            portfolio = learner.portfolio(self.rows, width, self.head)
            portfolios[name] = [Config(name, params) for params in portfolio]
        return self._ranked(portfolios)

    def _ranked(self, portfolios: Mapping[str, Sequence[Config]]) -> list[Config]:
        """Families side by side, each by the time it has taken so far; later ones of a family weigh more.

        The first of a family weighs least, since what is of another kind adds most to a blend.

        Where the trees alone take long they come first, as they are what pays then; so do quick families
        that are made for a kind of column among the inputs, and models of what a pretrained network sees.
        """
        ranks: list[tuple[float, Config]] = []
        for name, portfolio in portfolios.items():
            spent = 0.0
            for i, config in enumerate(portfolio):
                spent += self.pace.guess(config)
                learner = learners[name]
                made_for = learner.view == "embedded" or (bool(learner.needs) and spent <= MADE_FOR)
                pays = spent > QUICK if name == FAMILIES[0] else made_for
                own = 1.0 if learner.needs else OTHER_KIND
                weight = i + 1 if i else (0.0 if pays else own)
                ranks.append((spent * weight, config))
        return [config for _, config in sorted(ranks, key=lambda rank: rank[0])]
