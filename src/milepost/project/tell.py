"""Puts the report together from the ledger: each step tells its chapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from milepost.errors import Corrupt, EnvironmentProblem
from milepost.ledger import Evidence
from milepost.project.status import Mile, status_of
from milepost.report import svg
from milepost.report.blocks import Block, charts
from milepost.report.page import Section, page
from milepost.steps.base import Step, Told, typed
from milepost.steps.clock import Clock
from milepost.steps.run import Road, current
from milepost.steps.work import Work


@dataclass(frozen=True)
class Story:
    """What the report tells.

    Args:
        title: the project's name.
        sections: the chapters, in the order of the road.
        facts: what stands at its head: pairs of a label and a value.
        promises: what a stakeholder may expect, in sentences.
    """

    title: str
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...]
    promises: tuple[str, ...]


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
    told = story(road, following)
    html = page(told.title, told.sections, told.facts, told.promises)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(html, encoding="utf-8")
    except OSError as problem:
        raise EnvironmentProblem(f"the report cannot be written to '{out}': {problem.strerror}.") from problem
    return out


def story(road: Road, following: str = "") -> Story:
    """Every chapter, and what stands before them; the arguments and errors are those of `report`."""
    svg.ahead()
    evidence, status = current(road), status_of(road)
    sections: list[Section] = []
    promises: list[str] = []
    past = [mile for mile in status.beyond if mile.state != "todo"]
    for mile in (*status.miles, *past):
        section, promised = _chapter(road, mile, evidence)
        sections.append(section)
        promises += promised
    facts = [("question", road.brief.problem.question), ("next", following or status.next)]
    facts += [(f"waived: {w['step']}", f"{w['because']} ({w['by']})") for w in road.ledger.waivers()]
    told = tuple((name, text) for name, text in facts if text)
    return Story(title(road), tuple(sections), told, tuple(promises))


def title(road: Road) -> str:
    """The project's name, or that of its folder."""
    return road.brief.problem.name or road.folder.resolve().name


def chapter(road: Road, mile: Mile) -> Section:
    """The chapter of one milepost as it stands.

    Raises:
        Corrupt: something that it tells of was lost or damaged.
    """
    return _chapter(road, mile, current(road))[0]


def _chapter(road: Road, mile: Mile, evidence: Mapping[str, Evidence]) -> tuple[Section, list[str]]:
    """A chapter, and the sentences that its step promises with it."""
    kind = next(kind for kind in road.kinds if kind.name == mile.step)
    blocks: tuple[Block, ...] = ()
    promised: list[str] = []
    made = evidence.get(kind.name) or last_beyond(road, kind, evidence)
    if made is not None and made.findings:
        step, told = kind.configured(made.settings), _told(road, kind, {**evidence, kind.name: made})
        try:
            blocks = tuple(step.tell(told))
            if drawn := charts(blocks):
                svg.ahead(drawn)
            promised = list(step.expect(told))
        except Corrupt as problem:
            run = f"Make it again: milepost run {road.folder} --from {kind.name}"
            todo = problem.todo if "--from" in problem.todo else run
            raise Corrupt(problem.what, expected=problem.expected, todo=todo) from problem
    return Section(kind.name, kind.question, mile.state, mile.reason, mile.seconds, blocks), promised


def last_beyond(road: Road, kind: type[Step], evidence: Mapping[str, Evidence]) -> Evidence | None:
    """The last evidence of a step past the road: a decision, or one on the present model."""
    last = road.ledger.last(kind.name) if kind in road.beyond else None
    if last is None or kind.settled:
        return last
    if any(name not in evidence for name in kind.after):
        return None
    return last if all(last.inputs.get(name) == evidence[name].result for name in kind.after) else None


def onlooker(road: Road, name: str, evidence: Mapping[str, Evidence] | None = None) -> Work:
    """What somebody who runs nothing can reach: findings and kept things, and no sealed row.

    Only the chapters of `final` and `renew`, which opened the seal, may name its rows.

    Args:
        road: the project's road.
        name: who looks; a step that tells its chapter, or any other word.
        evidence: the evidence that counts; left out: what counts now.
    """
    return Work(
        name,
        road.folder,
        road.brief,
        road.ledger,
        road.blobs,
        road.engine,
        Clock(0.0, 0.0),
        current(road) if evidence is None else evidence,
        {step.name: step.findings for step in road.kinds},
        generation=road.generation,
        beside=road.beside,
        source=road.source,
    )


def _told(road: Road, kind: type[Step], evidence: Mapping[str, Evidence]) -> Told:
    """What a step needs to tell its story."""
    made = evidence[kind.name]
    return Told(typed(kind.findings, made.findings), made, onlooker(road, kind.name, evidence))
