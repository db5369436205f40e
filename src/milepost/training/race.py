"""Judges configurations fold by fold and drops those that are surely behind."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from milepost.engines.base import Engine
from milepost.statistics.compare import corrected_t
from milepost.training.early import Early, Halted
from milepost.training.evaluate import LONG, Evaluated, gather, recalled, remember
from milepost.training.fit import Config, Fit, Fitted, Memory, Stopped, Watch, identity, run, silent
from milepost.training.material import Material

LEAST = 3
"""Folds after which a configuration may be dropped."""
SURE = 0.05
"""It is dropped where a one-sided paired test against the best of its family has a lower p-value."""
AGAIN = 2
"""It is tested again after so many more folds."""


@dataclass(frozen=True)
class Dropped:
    """A configuration that was looked at on some folds only: a look like any other, but never a choice.

    Args:
        config: the configuration.
        folds: folds that ended.
        loss: mean loss over their rows, or the loss at which its first fit was halted.
        seconds: sum of the folds' fit seconds.
        why: why it was dropped.
    """

    config: Config
    folds: int
    loss: float
    seconds: float
    why: str


class Race:
    """Runs configurations side by side, a few folds at a time.

    Args:
        material: rows and folds.
        engine: where the folds run.
        memory: remembers finished fits.
        early: judges fits by their beginning, where ranks agree.
        failed: told of configurations whose fit raised.
    """

    def __init__(
        self,
        material: Material,
        engine: Engine,
        memory: Memory,
        early: Early,
        failed: Callable[[Config, Exception], None],
    ) -> None:
        self.material, self.engine, self.memory = material, engine, memory
        self.early, self.failed = early, failed
        self._stop = threading.Event()

    def run(
        self, fits: Sequence[Fit], rivals: Mapping[str, Evaluated], until: float = math.inf
    ) -> Iterator[Evaluated | Dropped]:
        """Yields each configuration when it has ended or is dropped.

        Args:
            fits: one fit a configuration; its `fold` is replaced.
            rivals: the best configuration so far of each family, which others of the family race against.
            until: `time.monotonic()` value after which no more folds are begun.
        """
        alive: dict[int, dict[int, Fitted]] = {}
        for i, fit in enumerate(fits):
            known = recalled(self.material, fit, self.memory)
            if known is None:
                alive[i] = {}
            else:
                yield gather(self.material, fit.config, known)
        watches = {fit.config.learner: self.early.judge(fit.config.learner) for fit in fits}
        for wave in waves(len(self.material.folds)):
            if wave.start and time.monotonic() >= until:
                for i, done in alive.items():
                    yield self._dropped(fits[i], done, f"the time was up after {len(done)} folds")
                return
            jobs = [(i, replace(fits[i], fold=fold)) for fold in wave for i in alive]
            broken: dict[int, tuple[Fit, Mapping[int, Fitted], Exception]] = {}
            for (i, fit), result in self.engine.map(self._one(watches), self._jobs(jobs)):
                if i not in alive:
                    continue
                if isinstance(result, Fitted):
                    alive[i][fit.fold] = result
                else:
                    broken[i] = fit, alive.pop(i), result
            for i in sorted(broken):  # not as they ended: suggestions depend on the order
                yield from self._broken(*broken[i])
            for i in list(alive):
                ended = self._ended(fits[i], alive[i], rivals.get(fits[i].config.learner))
                if ended is not None:
                    del alive[i]
                    yield ended

    def _one(self, watches: Mapping[str, Watch]) -> Callable[[tuple[int, Fit]], Fitted | Exception]:
        """One fold of one fit; what it raises is returned."""

        def job(numbered: tuple[int, Fit]) -> Fitted | Exception:
            fit = numbered[1]
            judged = watches[fit.config.learner] if fit.fold == 0 else silent
            halted: list[Halted] = []

            def watch(step: int, loss: float) -> None:
                if self._stop.is_set():
                    raise Stopped
                try:
                    judged(step, loss)
                except Halted as problem:
                    halted.append(problem)
                    raise

            try:
                return run(self.material, fit, self.memory, watch, LONG)
            except Exception as problem:  # a library may wrap what a watch raises
                return halted[0] if halted else problem

        return job

    def _jobs(self, jobs: Sequence[tuple[int, Fit]]) -> Iterator[tuple[int, Fit]]:
        """The jobs; closing it tells running fits to stop."""
        try:
            yield from jobs
        except GeneratorExit:
            self._stop.set()
            raise

    def _broken(self, fit: Fit, done: Mapping[int, Fitted], problem: Exception) -> Iterator[Dropped]:
        """A configuration of which one fold raised."""
        if not isinstance(problem, Halted):
            self.failed(fit.config, problem)
            return
        self.early.halted(fit.config.learner, problem)
        yield Dropped(fit.config, 0, problem.loss, sum(f.seconds for f in done.values()), str(problem))

    def _ended(
        self, fit: Fit, done: Mapping[int, Fitted], rival: Evaluated | None
    ) -> Evaluated | Dropped | None:
        """The configuration where all folds have ended or it is surely behind; None where it goes on."""
        if len(done) == len(self.material.folds):
            ordered = [done[fold] for fold in range(len(done))]
            remember(self.material, self.memory, fit, ordered)
            return gather(self.material, fit.config, ordered)
        p = behind(self.material, self._losses(done), rival)
        why = f"behind the best of its family after {len(done)} folds (p {p:.3f})"
        return None if p >= SURE else self._dropped(fit, done, why)

    def _dropped(self, fit: Fit, done: Mapping[int, Fitted], why: str) -> Dropped:
        """What is known of a configuration that does not go on; its quick fits are remembered too."""
        for fold, fitted in done.items():
            if fitted.seconds < LONG and not fitted.cut:
                self.memory.remember(identity(self.material, replace(fit, fold=fold)), fitted)
        sizes = [len(self.material.folds[fold].valid) for fold in sorted(done)]
        loss = float(np.average(self._losses(done), weights=sizes))
        return Dropped(fit.config, len(done), loss, sum(f.seconds for f in done.values()), why)

    def _losses(self, done: Mapping[int, Fitted]) -> list[float]:
        """Mean loss of each fold that ended, in their order."""
        truths = {fold: self.material.truth[self.material.folds[fold].valid] for fold in sorted(done)}
        return [float(self.material.task.losses(truths[f], done[f].prediction).mean()) for f in truths]


def waves(folds: int) -> list[range]:
    """Folds that run before the next look at whether to go on: three, then two at a time.

    >>> waves(1), waves(6)
    ([range(0, 1)], [range(0, 3), range(3, 5), range(5, 6)])
    """
    ends = [0, *range(LEAST, folds, AGAIN), folds] if folds > LEAST else [0, folds]
    return [range(a, b) for a, b in pairwise(ends)]


def behind(material: Material, losses: Sequence[float], rival: Evaluated | None) -> float:
    """The one-sided p-value that a configuration is no worse than a rival, by its first folds' mean losses.

    The variance is that of overlapping training sets (Nadeau & Bengio 2003); 1 with too few folds.
    """
    if rival is None or not LEAST <= len(losses) < len(rival.fold_losses):
        return 1.0
    fold = material.folds[0]
    gaps = np.array(rival.fold_losses[: len(losses)]) - np.array(losses)
    if not np.isfinite(gaps).all() or np.ptp(gaps) == 0:
        return 1.0
    found = corrected_t(-gaps, len(fold.train), len(fold.valid))
    return float(found.p)
