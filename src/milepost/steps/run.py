"""The one place where a step runs: gate, key, cache, run, record."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from milepost.brief import Brief
from milepost.digest import Digest, digest, plain
from milepost.engines.base import Engine
from milepost.errors import UsageError
from milepost.ledger import OPEN, Evidence, Ledger, now
from milepost.steps.base import Step
from milepost.steps.clock import SHARES, Clock
from milepost.steps.work import Talk, Work
from milepost.store.blobs import Blobs


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
    """Digest of what the source files say they are (name, size, time of change)."""

    def step(self, name: str, settings: Mapping[str, object] | None = None) -> Step:
        """A step by name, with the settings last given for it, changed by `settings`."""
        kind = next((s for s in self.steps if s.name == name), None)
        if kind is None:
            raise UsageError(
                f"there is no milepost '{name}'.", expected=", ".join(s.name for s in self.steps)
            )
        return kind.configured({**self.ledger.settings(name), **(settings or {})})


def key_of(road: Road, step: Step, evidence: Mapping[str, Evidence]) -> Digest:
    """The cache key of a step, from all that may change its result."""
    inputs = {name: evidence[name].result for name in step.after if name in evidence}
    answers = {name: a["value"] for name, a in road.ledger.answers(f"{step.name}.").items()}
    source = road.source if step.name in ("frame", "collect") else ""
    spent = ("budget.seconds", "budget.threads", "budget.trials") if step.name in SHARES else ()
    brief = road.brief.part("budget.seed", *spent, *step.reads)
    files = step.files(road.folder)
    named = [] if files is None else [files]
    return digest(step.name, step.version, step.settings(), inputs, brief, answers, source, *named)


def current(road: Road) -> dict[str, Evidence]:
    """The evidence that counts now: down the road as long as keys agree and verdicts are open."""
    found: dict[str, Evidence] = {}
    for kind in road.steps:
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
                todo=f"Run: milepost run --until {step.name}",
            )
    key = key_of(road, step, evidence)
    standing = road.ledger.find(step.name, key)
    if standing is not None and standing.verdict != "waiting" and not again:
        return standing, False
    work = _work(road, step, talk, evidence)
    start = time.monotonic()
    outcome = step.run(work)
    seconds = time.monotonic() - start
    verdict, reason = outcome.verdict, outcome.reason
    if work.open_questions:
        verdict = "waiting"
        reason = f"{len(work.open_questions)} question(s) wait for an answer."
    road.ledger.ask([plain(question) for question in work.open_questions], step.name)
    inputs = {name: evidence[name].result for name in step.after}
    made = Evidence(
        step=step.name,
        generation=1,
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


def _work(road: Road, step: Step, talk: Talk, evidence: Mapping[str, Evidence]) -> Work:
    """What a step is given to work with, its share of the budget among it."""
    spent = {name: e.seconds for name, e in evidence.items()}
    own = step.settings().get("budget")
    clock = Clock.of(step.name, road.brief.budget.seconds, spent, float(own) if own else None)
    kinds = {kind.name: kind.findings for kind in road.steps}
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
        source=road.source,
    )


def stale(road: Road) -> tuple[str, ...]:
    """The steps that have evidence which no longer counts."""
    standing = current(road)
    return tuple(
        kind.name for kind in road.steps if kind.name not in standing and road.ledger.last(kind.name)
    )
