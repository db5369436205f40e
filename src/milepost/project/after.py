"""What a project does once its model is in production."""

from __future__ import annotations

from typing import Any, Protocol

from milepost.brief import Brief
from milepost.errors import UsageError
from milepost.ledger import Evidence, Ledger
from milepost.steps.outcomes import Arrived, Naming, record
from milepost.steps.run import Road, current, run_step
from milepost.steps.work import Talk
from milepost.store.blobs import Blobs
from milepost.tasks.base import tasks


class Shop(Protocol):
    """The parts of a project that are needed here."""

    brief: Brief
    ledger: Ledger
    blobs: Blobs

    @property
    def road(self) -> Road:
        """Its road."""


def names(road: Road) -> tuple[str, ...]:
    """The steps past the road."""
    return tuple(kind.name for kind in road.beyond)


def step(road: Road, name: str, talk: Talk) -> Evidence:
    """Runs a step past the road; what it stands on must have passed, and is not run.

    Raises:
        UsageError: a step it comes after has not passed.
    """
    with road.ledger.rows.lock():
        made, ran = run_step(road, road.step(name), talk, current(road))
    talk.done(made, ran)
    return made


def outcomes(project: Shop, data: Any, key: str, at: str, requests: str) -> Arrived:
    """Records truths that arrived late.

    Raises:
        UsageError: the task is not framed yet.
        InputError: something is wrong with the table; then nothing is recorded.
    """
    framed = current(project.road).get("frame")
    if framed is None or not framed.findings.get("task"):
        raise UsageError(
            "there is no task yet that outcomes could belong to.",
            todo=f"Run the road: milepost run {project.road.folder}",
        )
    plain = framed.findings["task"]
    task = tasks[plain["name"]].of(plain)
    parts = tuple(part.strip() for part in key.split(",") if part.strip())
    naming = Naming(parts, at, requests, project.brief.data.keys)
    with project.ledger.rows.lock("outcomes"):
        return record(project.ledger, project.blobs, task, data, naming)
