"""Where a project stands: a row a milepost, what waits, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from milepost.digest import plain
from milepost.ledger import OPEN, Evidence
from milepost.steps.base import Step
from milepost.steps.generation import undecided
from milepost.steps.run import Road, current

MARKS: Mapping[str, str] = {
    "passed": "passed",
    "noted": "passed, with a note",
    "failed": "failed",
    "waiting": "waits for a person",
    "waived": "waived",
    "stale": "stale: something above changed",
    "todo": "not reached yet",
}


@dataclass(frozen=True)
class Mile:
    """One milepost's state: its verdict, or "stale" or "todo"."""

    step: str
    question: str
    state: str
    reason: str
    seconds: float
    by: str
    at: str


@dataclass(frozen=True)
class Status:
    """A project's state.

    Args:
        folder: the project's folder.
        miles: every milepost, in order.
        waiting: questions that wait for a person.
        looks: looks at validation rows so far.
        openings: openings of the seal.
        next: the next command, and why.
        generation: the generation of the dataset that the champion is of.
        beyond: the mileposts past the road's end run by their own commands.
    """

    folder: str
    miles: tuple[Mile, ...]
    waiting: tuple[Mapping[str, Any], ...]
    looks: int
    openings: int
    next: str
    generation: int = 1
    beyond: tuple[Mile, ...] = ()

    @property
    def code(self) -> int:
        """The exit code that says it: 0 fine so far, 3 a gate failed, 4 waits for a person."""
        states = {mile.state for mile in self.miles}
        return 3 if "failed" in states else 4 if "waiting" in states else 0

    @property
    def done(self) -> bool:
        """Whether the end of the road is reached."""
        return all(mile.state in OPEN for mile in self.miles)

    def __str__(self) -> str:
        """A line a milepost, and what comes next."""
        miles = (*self.miles, *self.beyond)
        lines = [f"{mile.step:<11} {mile.state:<8} {mile.reason}".rstrip() for mile in miles]
        return "\n".join([*lines, f"next: {self.next}"])

    def plain(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {**plain(self), "code": self.code, "done": self.done}


def status_of(road: Road) -> Status:
    """Reads the state of a project from its ledger; runs nothing."""
    standing = current(road)
    miles, beyond = _miles(road, standing), _beyond(road, standing)
    waiting = tuple(road.ledger.waiting()) if any(m.state == "waiting" for m in miles) else ()
    return Status(
        folder=str(road.folder),
        miles=miles,
        waiting=waiting,
        looks=len(road.ledger.looks()),
        openings=len(road.ledger.openings(road.generation)),
        next=_next(road, miles, waiting, beyond),
        generation=road.generation,
        beyond=beyond,
    )


def miles_of(road: Road) -> tuple[Mile, ...]:
    """The state of every milepost of a road, in order."""
    return _miles(road, current(road))


def _miles(road: Road, standing: Mapping[str, Evidence]) -> tuple[Mile, ...]:
    miles = [_mile(kind, road.ledger.last(kind.name, road.generation), standing) for kind in road.steps]
    return tuple(miles)


def _beyond(road: Road, standing: Mapping[str, Evidence]) -> tuple[Mile, ...]:
    """The mileposts past the road's end; a decision that was taken never turns stale."""
    found = [(kind, road.ledger.last(kind.name)) for kind in road.beyond]
    settled = {kind.name: last for kind, last in found if last is not None and kind.settled}
    miles = [_mile(kind, last, {**standing, **settled}) for kind, last in found]
    number = undecided(road.ledger)
    reason = f"Generation {number} is not decided yet: the command that began it goes on."
    return tuple(
        replace(mile, state="waiting", reason=reason) if kind.settled and number is not None else mile
        for mile, (kind, _) in zip(miles, found, strict=True)
    )


def _mile(kind: type[Step], last: Evidence | None, standing: Mapping[str, Evidence]) -> Mile:
    """How one step stands."""
    evidence = standing.get(kind.name)
    state = evidence.verdict if evidence else "stale" if last else "todo"
    last = evidence or last
    reason = last.reason if last else ""
    seconds, by, at = (last.seconds, last.by, last.at) if last else (0.0, "", "")
    return Mile(kind.name, kind.question, state, reason, seconds, by, at)


def _next(
    road: Road, miles: tuple[Mile, ...], waiting: tuple[Mapping[str, Any], ...], beyond: tuple[Mile, ...]
) -> str:
    folder = road.folder
    for mile in miles:
        if mile.state == "failed":
            return (
                f"'{mile.step}' failed: {mile.reason} Mend it and run again, or accept it: "
                f'milepost waive {folder} {mile.step} --because "..."'
            )
        if mile.state == "waiting" and waiting:
            name = waiting[0]["name"]
            command = f"milepost answer {folder} {name} VALUE"
            return f"'{mile.step}' waits: {waiting[0]['text']} Answer with: {command}"
        if mile.state == "waiting" and mile.reason:
            return f"'{mile.step}' waits: {mile.reason}"
        if mile.state in ("todo", "stale", "waiting"):
            return f"milepost run {folder}"
    for mile in beyond:
        if mile.state == "failed":
            return f"'{mile.step}' failed: {mile.reason} Read the report: milepost report {folder}"
    return f"milepost serve {folder}, or read the report: milepost report {folder}"
