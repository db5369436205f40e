"""Milepost 4: what the rows look like, which columns know the answer, and whether production looks alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import polars as pl

from milepost.data.infer import infer_schema
from milepost.data.schema import Schema
from milepost.report.blocks import Block, Facts, Notice, Table
from milepost.steps.base import Outcome, Step, Told
from milepost.steps.collect import ROW
from milepost.steps.work import Question, Work
from milepost.training.suspects import Detective, Suspect


@dataclass(frozen=True)
class Excluded:
    """A column that is left out as a leak, in which round, and who decided."""

    name: str
    round: int
    says: str
    by: str


@dataclass(frozen=True)
class Findings:
    """What the rows look like.

    Args:
        schema: the columns with their roles after exclusions, as plain JSON.
        excluded: leaks that are left out.
        kept: suspects that were confirmed as known in time, or only informed about.
        scores: each input's score alone.
        together: score of small trees on all remaining inputs.
    """

    schema: tuple[Mapping[str, Any], ...]
    excluded: tuple[Excluded, ...]
    kept: tuple[Suspect, ...]
    scores: Mapping[str, float]
    together: float


@dataclass(frozen=True)
class Understand(Step):
    """Profiles the development rows, finds leaks, compares with production."""

    name: ClassVar[str] = "understand"
    question: ClassVar[str] = "What do the rows look like, and does any column know the answer?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "annotate")
    reads: ClassVar[tuple[str, ...]] = ("columns", "data", "correction")
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Infers the schema, hunts leaks round by round, profiles."""
        task, brief = work.task, work.brief
        rows, pool = work.rows("development"), work.rows("pool")
        roles = {name: column.model_dump() for name, column in brief.columns.items()}
        schema = infer_schema(
            rows.drop(ROW), task.targets, roles, brief.data.time, brief.data.group, brief.data.keys
        )
        truth = task.encode(rows.select(task.targets))
        detective = Detective(rows, truth, pool, task, work.seed)
        excluded: list[Excluded] = []
        kept: dict[str, Suspect] = {}
        for number in range(1, 10):
            seen = detective.look(schema)
            decided = [self._decide(work, s) for s in seen.suspects if s.name not in kept]
            gone = [(s, by) for s, by in decided if by]
            kept |= {s.name: s for s, by in decided if not by}
            if not gone:
                break
            for suspect, by in gone:
                excluded.append(Excluded(suspect.name, number, suspect.says, by))
                work.say(f"leak: {suspect.says}", None)
            schema = schema.without([s.name for s, _ in gone], "left out: it knows the answer")
        findings = Findings(
            schema=tuple(schema.plain()),
            excluded=tuple(excluded),
            kept=tuple(kept.values()),
            scores=seen.scores,
            together=seen.full,
        )
        if excluded:
            names = ", ".join(f"'{e.name}'" for e in excluded)
            return Outcome(findings, "noted", f"Left out because they know the answer: {names}.")
        return Outcome(findings, "passed", f"{len(schema.inputs)} columns to learn from; no leak was found.")

    def _decide(self, work: Work, suspect: Suspect) -> tuple[Suspect, str]:
        """Who left the column out, or "" where it stays."""
        if suspect.severity == "inform":
            return suspect, ""
        said = work.brief.columns.get(suspect.name)
        if said is not None and said.because and said.available:
            return suspect, ""
        question = Question(
            f"understand.leak.{suspect.name}",
            f"Is '{suspect.name}' known, in this form, when the prediction is asked for? {suspect.says}",
            ("yes", "no"),
            "no" if suspect.drop else "yes",
            "A column written with the answer makes every score a dream.",
        )
        given = work.ask(question)
        if given is None:
            return replace(suspect, severity="ask"), ""
        return suspect, "" if given == "yes" else "answer"

    def tell(self, told: Told) -> Sequence[Block]:
        """Leaks first."""
        found: Findings = told.findings
        blocks: list[Block] = [Notice("noted", f"Left out: {e.says}") for e in found.excluded]
        blocks += [Notice("info", s.says) for s in found.kept]
        blocks.append(Facts((("score of small trees on all inputs", f"{found.together:.3f}"),)))
        rows = tuple((c["name"], c["modality"], c["role"], c["why"]) for c in found.schema)
        blocks.append(Table(("column", "kind", "role", "why"), rows, "Columns"))
        return blocks


def schema_of(findings: Findings) -> Schema:
    """The schema after exclusions."""
    return Schema.of(findings.schema)


def profile_sample(rows: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    """At most so many rows, drawn with a seed, in order."""
    return rows if rows.height <= most else rows.sample(most, seed=seed)
