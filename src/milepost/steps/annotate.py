"""Milepost 3: the labels that come with the data, counted and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from milepost.data.duplicates import conflicting
from milepost.report.blocks import Block, Facts, Notice, Text
from milepost.report.charts import bars, histogram
from milepost.report.sentences import count, listed, number, percent
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.collect import ROW
from milepost.steps.collect import Findings as Collected
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
    """

    labels: Mapping[str, Any]
    rows: int
    pool: int
    conflicts: float
    rarest: int


@dataclass(frozen=True)
class Annotate(Step):
    """Counts and checks the labels that come with the data."""

    least: int = setting(10, "how many rows the rarest class must have in development")
    name: ClassVar[str] = "annotate"
    question: ClassVar[str] = "Who labelled the rows, and are there enough labels?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect")
    findings: ClassVar[type] = Findings

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
        findings = Findings(facts, rows.height, pool, share, int(rarest))
        rare = [label for label, n in counts.items() if n < self.least]
        if not task.exclusive and 0 < len(rare) < len(counts):
            return Outcome(
                findings,
                "noted",
                f"{_whole(rows.height, facts)}. Under {self.least} rows bear {listed(rare, 12)}: learnt, but "
                "nothing can be estimated of them.",
            )
        if counts and rarest < self.least:
            named = min(counts, key=lambda label: counts[label])
            return Outcome(
                findings,
                "failed",
                f"The rarest {task.noun}, '{named}', has {count(rarest)} development rows; at least "
                f"{self.least} are needed. Label more of it, or merge it with another {task.noun}.",
            )
        return Outcome(findings, "passed", f"{_whole(rows.height, facts)}.")

    def tell(self, told: Told) -> Sequence[Block]:
        """The labels in numbers and a chart."""
        found: Findings = told.findings
        facts = [("labelled rows", count(found.rows)), ("rows without a label", count(found.pool))]
        if told.work.task.labels:
            facts.append(("equal inputs, different label", percent(found.conflicts)))
        blocks: list[Block] = [Facts(tuple(facts))]
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
            Text("Rows without a label form the pool: they can be labelled later, and take no part here.")
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
