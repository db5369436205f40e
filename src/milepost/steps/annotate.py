"""Milepost 3: the labels, those that came with the data and those that people give, counted and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from milepost.data.duplicates import conflicting
from milepost.digest import Json
from milepost.ledger import Ledger
from milepost.report.blocks import Block, Facts, Notice, Text
from milepost.report.charts import bars, histogram
from milepost.report.sentences import count, listed, number, percent
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.collect import Findings as Collected
from milepost.steps.divided import ROW
from milepost.steps.enough import bar, crowded, told_of
from milepost.steps.labelled import state
from milepost.steps.team import Team, team, terms
from milepost.steps.work import Work


@dataclass(frozen=True)
class Findings:
    """What the labels are like.

    Args:
        labels: facts of the development rows' truth: counts a class, or mean and quantiles.
        rows: labelled development rows.
        pool: rows without a label.
        conflicts: share of rows whose inputs repeat under another label: a floor of the error.
        rarest: rows of the rarest class, or of all for a number.
        metric: what the bar of enough labels is of.
        halfwidth: expected half-width of its 95 % interval on these rows; None where nothing foretells it.
        needed: rows with which it would be as narrow as the tolerance; None likewise.
        team: what people who label have done, or None where the labels came with the data.
    """

    labels: Mapping[str, Any]
    rows: int
    pool: int
    conflicts: float
    rarest: int
    metric: str = ""
    halfwidth: float | None = None
    needed: int | None = None
    team: Team | None = None


@dataclass(frozen=True)
class Annotate(Step):
    """Counts and checks labels: those that came with the data, and those that people give."""

    least: int = setting(10, "how many rows the rarest class must have in development")
    tolerance: float = setting(
        0.05, "half-width of the score's interval at which people have labelled enough; a share of a loss"
    )
    name: ClassVar[str] = "annotate"
    question: ClassVar[str] = "Who labelled the rows, and are there enough labels?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect")
    findings: ClassVar[type] = Findings

    def outside(self, folder: Path, ledger: Ledger) -> Json:  # noqa: ARG002
        """The labels that people gave, what a label costs, and questions with a known answer."""
        seen = state(ledger)
        return None if seen is None else [seen, terms(ledger)]

    def run(self, work: Work) -> Outcome:
        """Counts labels, conflicts and the pool."""
        task = work.task
        rows = work.rows("development")
        truth = task.encode(rows.select(task.targets))
        facts = dict(task.facts(truth))
        counts = facts.get("counts") or {}
        rarest = min(counts.values()) if counts else rows.height
        inputs = [name for name in rows.columns if name not in (*task.targets, ROW)]
        share = max(conflicting(rows, inputs, t).share for t in task.targets) if task.labels else 0.0
        pool = work.found("collect", Collected).pool
        enough = bar(task, truth, work.brief.success.metric, self.tolerance)
        findings = Findings(
            facts, rows.height, pool, share, int(rarest), *enough, team=team(work.ledger)
        )  # fmt: skip
        rare = [label for label, n in counts.items() if n < self.least]
        if not task.exclusive and 0 < len(rare) < len(counts):
            return Outcome(
                findings,
                "noted",
                f"{_whole(rows.height, facts)}. Under {self.least} rows bear {listed(rare, 12)}: learnt, but "
                "nothing can be estimated of them.",
            )
        judged = crowded(findings, work.folder, work.ledger)
        if judged is not None and judged[0] == "waiting":
            return Outcome(findings, *judged)
        if counts and rarest < self.least:
            named = min(counts, key=lambda label: counts[label])
            return Outcome(
                findings,
                "failed",
                f"The rarest {task.noun}, '{named}', has {count(rarest)} development rows; at least "
                f"{self.least} are needed. Label more of it, or merge it with another {task.noun}.",
            )
        verdict, more = judged or ("passed", "")
        return Outcome(findings, verdict, f"{_whole(rows.height, facts)}. {more}".rstrip())

    def tell(self, told: Told) -> Sequence[Block]:
        """The labels in numbers and a chart."""
        found: Findings = told.findings
        facts = [("labelled rows", count(found.rows)), ("rows without a label", count(found.pool))]
        if told.work.task.labels:
            facts.append(("equal inputs, different label", percent(found.conflicts)))
        if found.needed is not None:
            facts.append((f"rows for {found.metric} to ±{number(self.tolerance, 2)}", count(found.needed)))
        blocks: list[Block] = [Facts(tuple(facts))]
        if found.team is not None:
            blocks += told_of(found.team, told.work)
        counts = found.labels.get("counts")
        if counts:
            noun = told.work.task.noun
            blocks.append(bars(counts, f"How often each {noun} occurs", noun, "rows"))
            each = found.labels.get("labels_a_row")
            if each:
                blocks.append(bars(each, "How many labels a row bears", "labels", "rows"))
        if told.work.task.remark:
            blocks.append(Notice("noted", told.work.task.remark))
        for name, shape in _outputs(found.labels).items():
            title = f"How {name or 'the target'} is spread"
            blocks.append(
                histogram(shape["histogram"]["edges"], shape["histogram"]["counts"], title, "value")
            )
        blocks.append(
            Text(
                "Rows without a label form the pool: people can label them, and until then they take no part."
            )
        )
        return blocks


def _outputs(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The spread of each number that is predicted; "" names a single one."""
    alone = {"": facts} if "histogram" in facts else {}
    return facts.get("outputs") or alone


def _whole(rows: int, facts: Mapping[str, Any]) -> str:
    """How many rows are labelled, and with what."""
    return f"{count(rows)} {'rows' if 'labels_a_row' in facts else 'labels'}: {_said(facts)}"


def _said(facts: Mapping[str, Any]) -> str:
    """The labels in a few words."""
    counts = facts.get("counts")
    if counts:
        named = min(counts, key=lambda label: counts[label])
        kinds = "labels" if "labels_a_row" in facts else "classes"
        return f"{len(counts)} {kinds}, the rarest is '{named}' with {count(counts[named])} rows"
    each = [
        f"{number(shape['low'])} to {number(shape['high'])}, {number(shape['mean'])} on average"
        + (f" ({name})" if name else "")
        for name, shape in _outputs(facts).items()
    ]
    return "; ".join(each)
