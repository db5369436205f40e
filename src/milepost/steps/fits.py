"""Fits members of the ensemble on all rows, each for its rounds; one that cannot be fitted is left out."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from milepost.digest import digest, digest_bytes
from milepost.engines.local import Local
from milepost.errors import EnvironmentProblem, MilepostError
from milepost.learners.base import Job, Model, learners
from milepost.report.sentences import count, listed
from milepost.steps.lost import Lost, raised
from milepost.steps.material import memory
from milepost.steps.search import Findings as Tuned
from milepost.steps.search import Tried
from milepost.steps.work import Work
from milepost.tasks.base import Cut
from milepost.training.assemble import Assembly, Member
from milepost.training.fit import Config, made
from milepost.training.material import Material, Prepared
from milepost.training.pace import refit_rounds

SHARE = 0.8
"""Share of the time left that a refit may take; the rest is for opening the seal."""
PATIENCE, START = 1.2, 3.0
"""A refit may take so much longer than predicted, and so many seconds to start, whatever time is left."""
SHOWN, FEWER = 2_000, 100
"""About so many rows show whether a member answers with numbers, and of signals."""
ENOUGH = 0.8
"""With a smaller share of its rounds a member is not what was promised: the clock has to wait for them."""


@dataclass(frozen=True)
class Refitted:
    """A model fitted on all rows.

    Args:
        model: members, calibrator and threshold.
        rows: rows it was fitted on.
        seconds: wall-clock seconds it took.
        cut: members that the clock stopped in their last rounds.
        why: why it was not fitted on all rows, one sentence, or "".
        lost: members that could not be fitted; the others share their weight.
    """

    model: Assembly
    rows: int
    seconds: float
    cut: tuple[str, ...]
    why: str = ""
    lost: tuple[Lost, ...] = ()


def members(tuned: Tuned) -> list[Tried]:
    """The configurations that ship."""
    return [t for t in tuned.tried if t.weight > 0]


@dataclass(frozen=True)
class Plan:
    """How a model is fitted.

    Args:
        ratio: how many times the rows there are.
        expected: wall-clock seconds that it should take.
        begin: what members begin from, by name.
        seeds: with how many seeds each is fitted.
        firm: whether all members have to be fitted.
    """

    ratio: float
    expected: float
    begin: Mapping[str, bytes]
    seeds: Mapping[str, int]
    firm: bool = False

    def rounds(self, tried: Tried) -> int:
        """Rounds of a member."""
        return refit_rounds(tried.learner, tried.rounds, self.ratio, tried.name in self.begin)


def fit(work: Work, data: Material, tuned: Tuned, plan: Plan, threshold: Cut | None) -> Refitted:
    """The members fitted on all rows; one that cannot be is left out.

    A fit that raises, or that answers what is no number, is told and left out, some seeds of a member too.
    What memory held no room for is fitted once more, alone. The machine's own problems, such as a missing
    library, are raised.

    Args:
        work: the running step.
        data: the rows.
        tuned: what the search found.
        plan: how.
        threshold: the signed decision threshold, or None.

    Raises:
        MilepostError: none could be fitted, or one where all have to be.
    """
    start, chosen = time.monotonic(), members(tuned)
    limit = math.inf
    if tuned.trials is None:
        limit = start + max(START + PATIENCE * plan.expected, SHARE * work.clock.left)
    jobs = [(t, i) for t in sorted(chosen, key=lambda t: -t.seconds) for i in range(plan.seeds[t.name])]
    one = _Fit(work, data, plan, max(1, work.threads // len(jobs)), limit).one
    fitted, broken = dict[tuple[str, int], Member](), dict[str, Exception]()
    cut, crowded = dict[str, None](), list[tuple[Tried, int]]()
    # The second of the two begins when the first has ended and the list is full.
    for (tried, number), member in chain(work.map(one, jobs), Local(1).map(one, crowded)):
        if isinstance(member, MemoryError) and len(jobs) > 1 and (tried, number) not in crowded:
            crowded.append((tried, number))
        elif isinstance(member, Exception):
            broken[tried.name] = member
            work.say(f"{tried.name} could not be refitted: {raised(member)}", len(fitted) / len(jobs))
            if plan.firm:
                break
        else:
            fitted[tried.name, number] = member
            if member.model.rounds < plan.rounds(tried):
                cut[tried.name] = None
            work.say(f"refitted {tried.name} on {data.frame.height:,} rows", len(fitted) / len(jobs))
    often = Counter(name for name, _ in fitted)
    lost = tuple(Lost(name, raised(problem), often[name]) for name, problem in broken.items())
    if lost and (plan.firm or not fitted):
        raise MilepostError(
            f"{'a' if plan.firm else 'no'} member of the ensemble could {'not ' * plan.firm}be fitted on "
            f"{count(data.frame.height)} rows: {listed([one.told for one in lost])}.",
            expected="At least one member that can be fitted again. The seal has not been opened for it.",
            todo="Mend the learner, or search without it: milepost tune --families NAMES; then milepost run.",
        )
    total = sum(t.weight for t in chosen if often[t.name])
    ordered = [
        replace(fitted[t.name, i], weight=t.weight / total / often[t.name])
        for t in chosen
        for i in range(plan.seeds[t.name])
        if (t.name, i) in fitted
    ]
    model = Assembly(data.task, data.recipe.schema, ordered, tuned.form, threshold, work.threads)
    return Refitted(model, data.frame.height, time.monotonic() - start, tuple(cut), lost=lost)


@dataclass(frozen=True)
class _Fit:
    """Fits single members, each with so many threads, until a `time.monotonic()` value."""

    work: Work
    data: Material
    plan: Plan
    threads: int
    limit: float

    def one(self, wanted: tuple[Tried, int]) -> Member | Exception:
        """A member, or what its fit raised; its state is given up then.

        Raises:
            EnvironmentProblem: the machine stands in the way, not the member.
        """
        tried, number = wanted
        config, plan = Config(tried.learner, tried.params), self.plan
        rounds, begin = plan.rounds(tried), plan.begin.get(tried.name, b"")
        seed, version = self.work.seed + number, made(config.learner)
        rows = self.data.frame.height
        key = digest(self.data.key, rows, config, seed, rounds, digest_bytes(begin), version, "refit")
        checkpoint = memory(self.work).checkpoint(key)
        try:
            prepared = self.data.prepared(-1, learners[config.learner].view)
            job = Job(
                config.params,
                prepared.head,
                seed,
                self.threads,
                self.limit,
                rounds,
                math.ceil(ENOUGH * rounds),
                checkpoint=checkpoint,
                begin=begin,
                leave=bool(begin),
            )
            model = learners[config.learner].fit(prepared.train, None, job)
            _answers(prepared, model)
        except EnvironmentProblem:
            raise
        except Exception as problem:
            if checkpoint is not None:
                checkpoint.unlink(missing_ok=True)
            return problem
        return Member(config, 1.0, prepared.transform, prepared.head, model)


def _answers(prepared: Prepared, model: Model) -> None:
    """Raises where some of its answers to the rows it learnt from are no numbers."""
    x = prepared.train.x
    shown = x[:: max(1, len(x) // (FEWER if prepared.train.blocks else SHOWN))]
    if not np.isfinite(prepared.head.predict(model.raw(shown))).all():
        raise ArithmeticError("it predicted values that are no numbers")
