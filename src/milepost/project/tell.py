"""Puts the report together from the ledger: each step tells its chapter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from milepost.errors import Corrupt, EnvironmentProblem
from milepost.ledger import Evidence
from milepost.project.status import status_of
from milepost.report import svg
from milepost.report.blocks import Block, charts
from milepost.report.page import Section, page
from milepost.steps.base import Step, Told, typed
from milepost.steps.clock import Clock
from milepost.steps.run import Road, current
from milepost.steps.work import Work


def report(road: Road, out: Path, following: str = "") -> Path:
    """Writes the report to a file and returns its path.

    Args:
        road: the project's road.
        out: the file.
        following: what comes next, where it is not what the status says.

    Raises:
        EnvironmentProblem: the file cannot be written.
        Corrupt: something that a chapter tells of was lost or damaged; the error says how to make it again.
    """
    svg.ahead()
    evidence, status = current(road), status_of(road)
    sections: list[Section] = []
    promises: list[str] = []
    past = [mile for mile in status.beyond if mile.state != "todo"]
    kinds = {kind.name: kind for kind in road.kinds}
    for mile in (*status.miles, *past):
        kind = kinds[mile.step]
        blocks: tuple[Block, ...] = ()
        made = evidence.get(kind.name) or last_beyond(road, kind, evidence)
        if made is not None and made.findings:
            step, told = kind.configured(made.settings), _told(road, kind, {**evidence, kind.name: made})
            try:
                blocks = tuple(step.tell(told))
                if drawn := charts(blocks):
                    svg.ahead(drawn)
                promises += step.expect(told)
            except Corrupt as problem:
                run = f"Make it again: milepost run {road.folder} --from {kind.name}"
                todo = problem.todo if "--from" in problem.todo else run
                raise Corrupt(problem.what, expected=problem.expected, todo=todo) from problem
        sections.append(Section(kind.name, kind.question, mile.state, mile.reason, mile.seconds, blocks))
    title = road.brief.problem.name or road.folder.resolve().name
    facts = [("question", road.brief.problem.question), ("next", following or status.next)]
    facts += [(f"waived: {w['step']}", f"{w['because']} ({w['by']})") for w in road.ledger.waivers()]
    html = page(title, sections, [(name, text) for name, text in facts if text], promises)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(html, encoding="utf-8")
    except OSError as problem:
        raise EnvironmentProblem(f"the report cannot be written to '{out}': {problem.strerror}.") from problem
    return out


def last_beyond(road: Road, kind: type[Step], evidence: Mapping[str, Evidence]) -> Evidence | None:
    """The last evidence of a step past the road: a decision, or one on the present model."""
    last = road.ledger.last(kind.name) if kind in road.beyond else None
    if last is None or kind.settled:
        return last
    if any(name not in evidence for name in kind.after):
        return None
    return last if all(last.inputs.get(name) == evidence[name].result for name in kind.after) else None


def _told(road: Road, kind: type[Step], evidence: Mapping[str, Evidence]) -> Told:
    """What a step needs to tell its story."""
    kinds = {step.name: step.findings for step in road.kinds}
    clock = Clock(0.0, 0.0)
    work = Work(
        kind.name,
        road.folder,
        road.brief,
        road.ledger,
        road.blobs,
        road.engine,
        clock,
        evidence,
        kinds,
        generation=road.generation,
        beside=road.beside,
        source=road.source,
    )
    made = evidence[kind.name]
    return Told(typed(kind.findings, made.findings), made, work)
