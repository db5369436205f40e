"""Milepost 1: what is predicted from what, and is it a task to learn at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from milepost.brief.tables import HYPOTHESES
from milepost.digest import Json
from milepost.errors import InputError
from milepost.ledger import Ledger
from milepost.report.blocks import Block, Facts, Table, Text
from milepost.report.sentences import listed, plural
from milepost.steps.asked import questions
from milepost.steps.base import Outcome, Step, Told
from milepost.steps.columns import seen
from milepost.steps.labelled import awaited, begun
from milepost.steps.named import directed, named
from milepost.steps.source import load
from milepost.steps.weights import weights
from milepost.steps.work import Question, Work
from milepost.tasks.infer import infer

ETHICS = (
    ("harm", "Whom could a wrong or unfair answer harm, and how would you notice?"),
    ("consent", "May these data be used for this purpose?"),
)


@dataclass(frozen=True)
class Findings:
    """What the frame holds.

    Args:
        task: the task as plain JSON.
        why: why this task.
        inputs: names of the columns beside the target.
        hypotheses: the two hypotheses the project makes.
        constraints: the brief's constraints that are set.
        existing: the existing solution, or "".
        ethics: answers to the ethics questions.
    """

    task: Mapping[str, Any]
    why: str
    inputs: tuple[str, ...]
    hypotheses: tuple[str, ...]
    constraints: Mapping[str, Any]
    existing: str
    ethics: Mapping[str, str]


@dataclass(frozen=True)
class Frame(Step):
    """Frames the task: target, inputs, hypotheses, constraints, existing solution, ethics."""

    name: ClassVar[str] = "frame"
    question: ClassVar[str] = "What is predicted from what, for whom, and is it a task to learn?"
    after: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[tuple[str, ...]] = ("problem", "target", "data", "columns", "constraints", "existing")
    findings: ClassVar[type] = Findings

    def outside(self, folder: Path, ledger: Ledger) -> Json:  # noqa: ARG002
        """The labels that people gave."""
        return seen(ledger)

    def run(self, work: Work) -> Outcome:
        """Binds the task to its target and records hypotheses, constraints and answers on ethics."""
        brief = work.brief
        table = load(work)
        targets = list(brief.target.columns)
        named(brief, table.columns, work.folder)
        labelled = table.drop_nulls(targets)
        weights(labelled, brief)
        target = labelled.select(targets)
        try:
            task, why = infer(target, brief.target.task or None, brief.target.positive)
        except InputError as problem:
            empty = Findings({}, str(problem), (), HYPOTHESES, {}, "", {})
            wait = _wait(work, labelled.height)
            if wait and begun(work.ledger.rows) is None:
                for question in questions(work.brief.value.label_cost):
                    work.ask(question)
            return Outcome(empty, "waiting" if wait else "failed", f"{problem} {wait}".rstrip())
        directed(brief, task)
        inputs = tuple(name for name in table.columns if name not in targets)
        if not inputs:
            empty = Findings(task.plain(), why, (), HYPOTHESES, {}, "", {})
            return Outcome(empty, "failed", "There are no columns beside the target to predict from.")
        ethics = {}
        for name, text in ETHICS:
            question = Question(
                f"frame.ethics.{name}", text, (), "not answered", "A person has to think about it."
            )
            ethics[name] = work.ask(question) or ""
        constraints = {k: v for k, v in work.brief.constraints.model_dump().items() if v not in (None, "")}
        existing = brief.existing.rule or brief.existing.column
        stated = tuple(brief.problem.hypotheses) or HYPOTHESES
        findings = Findings(task.plain(), why, inputs, stated, constraints, existing, ethics)
        others = [name for name in inputs if name not in brief.data.keys]
        reason = f"{task.title}: {listed(targets, 6)} from {plural(len(others), 'column')}; {why}"
        return Outcome(findings, "passed", reason)

    def tell(self, told: Told) -> Sequence[Block]:
        """The frame in words."""
        found: Findings = told.findings
        brief = told.work.brief
        facts = [
            ("question", brief.problem.question or "not stated"),
            ("for whom", brief.problem.for_whom or "not stated"),
            ("task", f"{found.task.get('name', 'none')}: {found.why}"),
            ("existing solution", found.existing or "none named"),
        ]
        facts += [(f"constraint: {name}", str(value)) for name, value in found.constraints.items()]
        blocks: list[Block] = [Facts(tuple(facts))]
        blocks.append(Text("Two hypotheses are made here; the steps below support or refute them."))
        blocks.append(
            Table(("hypothesis", "is judged by"), tuple(zip(found.hypotheses, _judges(), strict=False)), "")
        )
        asked = dict(ETHICS)
        blocks.append(Table(("ethics", "answer"), tuple((asked[k], v) for k, v in found.ethics.items()), ""))
        return blocks


def _judges() -> tuple[str, ...]:
    return ("the baseline test", "the learning curve and the final test")


def _wait(work: Work, rows: int) -> str:
    """What people have to do first where there is no task to find yet; "" where it is not for them."""
    if left := awaited(work.folder, work.ledger):
        return left
    if rows or begun(work.ledger.rows) is not None:
        return ""
    return f"Let people label rows: milepost labels start {work.folder}"
