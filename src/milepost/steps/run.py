"""The one place where a step runs: gate, key, cache, run, record."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from milepost.brief import Brief, part
from milepost.data.shelf import opened
from milepost.digest import Digest, Json, digest, plain
from milepost.engines.base import Engine
from milepost.engines.heap import give_back
from milepost.errors import UsageError, did_you_mean
from milepost.ledger import OPEN, Evidence, Ledger, now
from milepost.steps.base import Step
from milepost.steps.clock import SHARES, Clock
from milepost.steps.generation import Against
from milepost.steps.work import STORE, Talk, Work
from milepost.store.blobs import Blobs

LONG = 2.0
"""A step that took more seconds gives the memory that it used back to the system."""


@dataclass(frozen=True)
class Road:
    """Everything a run needs that is not the step: folder, brief, stores, engine and order of steps."""

    folder: Path
    brief: Brief
    ledger: Ledger
    blobs: Blobs
    engine: Engine
    steps: Sequence[type[Step]]
    source: Digest
    """Digest of what the source files say they are (name, size, time of change), or of a later dataset."""
    code: Digest = ""
    """Digest of the project's own code: plug-ins and the existing rule."""
    generation: int = 1
    """The generation of the dataset that the steps work on."""
    beside: bool = False
    """Whether that generation was not promoted, so that what it ships stays beside the champion's package."""
    against: Against = field(default_factory=Against)
    """What a renewal is held against."""
    beyond: Sequence[type[Step]] = ()
    """Steps past the road, run by their own commands."""

    @cached_property
    def told(self) -> Mapping[str, Json]:
        """The whole brief as plain JSON, of which every step's key reads parts."""
        return self.brief.plain()

    @property
    def kinds(self) -> tuple[type[Step], ...]:
        """All steps, those past the road last."""
        return (*self.steps, *self.beyond)

    def step(self, name: str, settings: Mapping[str, object] | None = None) -> Step:
        """A step by name, with the settings last given for it, changed by `settings`."""
        kind = next((s for s in self.kinds if s.name == name), None)
        if kind is None:
            raise UsageError(
                f"there is no milepost '{name}'.", expected=", ".join(s.name for s in self.kinds)
            )
        return kind.configured({**self.ledger.settings(name), **(settings or {})})

    def stretch(self, start: str | None, until: str | None) -> list[str]:
        """The names of all mileposts, for a stretch from one to another that can be walked.

        Raises:
            UsageError: there is no such milepost, or the last comes before the first.
        """
        names = [kind.name for kind in self.steps]
        for name in (until, start):
            if any(kind.name == name for kind in self.beyond):
                raise UsageError(
                    f"'{name}' lies past the road.", todo=f"Run it by itself: milepost {name} {self.folder}"
                )
            if name is not None and name not in names:
                raise UsageError(f"there is no milepost '{name}'.", todo=did_you_mean(name, names))
        if start and until and names.index(start) > names.index(until):
            raise UsageError(
                f"'{start}', from which to run, comes after '{until}', the last to run.",
                expected=f"The order is: {', '.join(names)}.",
            )
        return names


def key_of(road: Road, step: Step, evidence: Mapping[str, Evidence]) -> Digest:
    """The cache key of a step, from all that may change its result."""
    inputs = {name: evidence[name].result for name in step.after if name in evidence}
    answers = {name: a["value"] for name, a in road.ledger.answers(f"{step.name}.").items()}
    outside = road.source if step.name in ("frame", "collect") else road.code
    outside = digest(road.against) if step.name == "renew" else outside
    spent = ("budget.seconds", "budget.threads", "budget.trials") if step.name in SHARES else ()
    brief = part(road.told, "budget.seed", *spent, *step.reads)
    more = step.outside(road.folder, road.ledger)
    return digest(step.name, step.version, step.settings(), inputs, brief, answers, outside, more)


def current(road: Road) -> dict[str, Evidence]:
    """The evidence that counts now: down the road as long as keys agree and verdicts are open."""
    found: dict[str, Evidence] = {}
    for kind in road.kinds:
        step = road.step(kind.name)
        if any(name not in found or found[name].verdict not in OPEN for name in step.after):
            continue
        evidence = road.ledger.find(step.name, key_of(road, step, found))
        if evidence is not None:
            found[step.name] = evidence
    return found


def run_step(
    road: Road, step: Step, talk: Talk, evidence: Mapping[str, Evidence], again: bool = False
) -> tuple[Evidence, bool]:
    """Runs a step unless evidence for its key stands; returns the evidence and whether it ran now.

    Args:
        road: the project.
        step: the step with its settings.
        talk: where progress is shown and questions are put.
        evidence: the evidence of the steps above.
        again: run it even where evidence stands.

    Raises:
        UsageError: a step it comes after has not passed.
    """
    for name in step.after:
        if name not in evidence or evidence[name].verdict not in OPEN:
            raise UsageError(
                f"'{step.name}' comes after '{name}', which has not passed.",
                todo=f"Run: milepost run {road.folder} --until {name}",
            )
    key = key_of(road, step, evidence)
    standing = road.ledger.find(step.name, key)
    if standing is not None and standing.verdict != "waiting" and not again:
        return standing, False
    work = work_of(road, step, talk, evidence)
    start = time.monotonic()
    outcome = step.run(work)
    seconds = max(0.0, time.monotonic() - start - work.waited)
    if seconds > LONG:
        gc.collect()
        give_back(now=True)
    verdict, reason = outcome.verdict, outcome.reason
    if work.open_questions:
        verdict = "waiting"
        waits = len(work.open_questions)
        reason = (
            "One question waits for an answer." if waits == 1 else f"{waits} questions wait for an answer."
        )
    road.ledger.ask([plain(question) for question in work.open_questions], step.name)
    inputs = {name: evidence[name].result for name in step.after}
    made = Evidence(
        step=step.name,
        generation=road.generation,
        key=key_of(road, step, evidence),
        settings=step.settings(),
        inputs=inputs,
        findings=plain(outcome.findings),
        artifacts=dict(outcome.artifacts),
        verdict=verdict,
        reason=reason,
        by=talk.by,
        at=now(),
        seconds=round(seconds, 3),
    )
    return road.ledger.record(made), True


def work_of(road: Road, step: Step, talk: Talk, evidence: Mapping[str, Evidence]) -> Work:
    """What a step is given to work with, its share of the budget among it."""
    spent = {name: e.seconds for name, e in evidence.items()}
    own = step.settings().get("budget")
    opened(road.folder / STORE, road.blobs, road.brief.budget.threads, talk.say)
    clock = Clock.of(step.name, road.brief.budget.seconds, spent, float(own) if own else None)
    kinds = {kind.name: kind.findings for kind in road.kinds}
    return Work(
        step.name,
        road.folder,
        road.brief,
        road.ledger,
        road.blobs,
        road.engine,
        clock,
        evidence,
        kinds,
        talk,
        generation=road.generation,
        beside=road.beside,
        against=road.against,
        source=road.source,
    )


def stale(road: Road) -> tuple[str, ...]:
    """The steps that have evidence which no longer counts."""
    standing = current(road)
    return tuple(
        kind.name for kind in road.kinds if kind.name not in standing and road.ledger.last(kind.name)
    )
