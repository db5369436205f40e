"""The labels of a project: people are asked for them, the road reads them, files bring and take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from milepost.brief import Brief
from milepost.digest import plain
from milepost.errors import InputError, UsageError
from milepost.labels import plan as planning
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.plan import Terms
from milepost.labels.rules import Rules
from milepost.modalities.base import text
from milepost.project import production
from milepost.project.columns import ColumnLabels
from milepost.project.queue import QueueLabels, rules_of
from milepost.project.steering import Steering
from milepost.steps.assign import Assigned, assign, plainly
from milepost.steps.columns import asked
from milepost.steps.labelled import KINDS, QUEUE, begun
from milepost.steps.run import Road
from milepost.steps.source import load
from milepost.steps.team import TERMS, team
from milepost.steps.together import named
from milepost.steps.work import Work
from milepost.store.stock import NewItem
from milepost.tasks import lists

SEALED = 0.2
"""The share of units that is sealed where `collect` was not told another."""
GOLD = 50
"""Questions with a known answer that are made of rows which came with one, at most."""


@dataclass(frozen=True)
class Started:
    """What people were asked to label.

    Args:
        kind: of the labels.
        labels: their names.
        added: items that are new in the queue.
        items: all that are in it, without questions whose answer is known.
        sealed: sealed ones among all items that were drawn now.
        gold: questions with a known answer that are new.
        apart: rows that are a copy of rows on both sides of the seal, and were left out.
        rules: how the queue is worked on.
        plan: how many labels, hours and how much money.
    """

    kind: str
    labels: tuple[str, ...]
    added: int
    items: int
    sealed: int
    gold: int
    apart: int
    rules: Rules
    plan: planning.Plan


class ProjectLabels(QueueLabels, Steering):
    """The labels of a project; `store` is the queue with its people, answers and reviews.

    Args:
        road: the project's road as it is now.
        by: who asks.
    """

    def __init__(self, road: Road, by: str) -> None:
        super().__init__(road, by, QUEUE, f"milepost labels start {road.folder}")

    def column(self, name: str) -> ColumnLabels:
        """The labels of another column: gaps that people fill, or a column that the data lack."""
        return ColumnLabels(self.road, self.by, name)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns beside the target that people label."""
        return tuple(one.column for one in asked(self.road.ledger.rows))

    def start(
        self,
        terms: Terms | None = None,
        names: Sequence[str] = (),
        overlap: int = 0,
        share: float | None = None,
        gold: float | None = None,
        unit: str = "",
    ) -> Started:
        """Asks people for labels of the rows that have none; again, it takes in rows that are new.

        The rows are divided first: a share of them, drawn by unit with a salt, is sealed and labelled blind.

        Args:
            terms: who labels, at what price; left out: what was said last.
            names: the labels; left out: those of the brief, else those that rows have.
            overlap: labels an item, by different people; 0: as the terms have it.
            share: share of items that get so many, the others get one.
            gold: share of questions with a known answer, of rows that came with one.
            unit: the unit of the price.

        Raises:
            InputError: every row has a label, or nobody says which labels there are.
        """
        said = terms or self.terms()
        work = self._work("collect")
        ledger, task = work.ledger, self._task()
        labels = Labels(ledger.rows, QUEUE)
        with ledger.rows.lock("labels start"):  # two draws at once would seal different rows
            fresh = begun(ledger.rows) is None
            if fresh:
                made = LabelSet.start("labels", KINDS[task], self._names(work, task, names))
            drawn = assign(work, float(ledger.settings("collect").get("share", SEALED)))
            known = min(GOLD, len(drawn.known_keys)) if KINDS[task] == "choice" else 0
            if fresh or terms is not None:
                rules = rules_of(said, overlap, share, gold if known or gold is not None else 0.0)
                ledger.rows.append(TERMS, QUEUE, {**plain(said), "unit": unit or self._unit(), "by": self.by})
                labels.start(made, self.by, rules) if fresh else labels.change_rules(rules, self.by)
            rules = labels.rules()
            added = labels.add_items(drawn.items(rules.labels), self.by)
            tests = (
                labels.add_items(_tests(drawn, known, labels.set, work.brief), self.by) if rules.gold else 0
            )
            return Started(
                labels.set.kind, tuple(named(labels.set)[id] for id in labels.set.active), added,
                labels.answers.counts()[0].get("items", 0), int(drawn.sealed.sum()), tests, drawn.apart,
                rules, planning.plan(said),
            )  # fmt: skip

    def plan(self, **changes: Any) -> planning.Plan:
        """Labels, hours and money until the interval is narrow enough, at the pace that was measured.

        Args:
            changes: fields of `milepost.labels.plan.Terms`, said otherwise.
        """
        said, found = self.terms(), team(self.road.ledger)
        if found is not None and found.seconds and "seconds" not in changes:
            changes["seconds"] = max(found.seconds, 0.01)
        right = [w.accuracy for w in found.people if w.accuracy is not None] if found else []
        if right and "accuracy" not in changes:
            changes["accuracy"] = sum(right) / len(right)
        return planning.plan(replace(said, **changes))

    def ask(
        self, data: str = "requests", share: float = 0.02, hard: int = 50, time: str = ""
    ) -> production.Asked:
        """Gives requests of production to people to label: audits drawn at random, and hard cases.

        Args:
            data: a server's log, or a table of requests with their answers.
            share: the probability with which each request is audited.
            hard: hard cases at most: values that were never seen, and close calls.
            time: for tables, the column that says when they were asked.
        """
        return production.ask(self._work("collect"), data, share, hard, time)

    def returns(self, out: str | Path = "") -> production.Returned:
        """Records labelled audits as outcomes, which `monitor` reads; hard cases never are.

        Args:
            out: a Parquet file for all labelled requests with their target, which `renew` takes; it never
                seals those that were picked for being hard.
        """
        return production.returns(self._work("collect"), out)

    def _task(self) -> str:
        said = self.road.brief.target.task
        framed = self.road.ledger.last("frame")
        found = said or str((framed.findings.get("task") or {}).get("name", "") if framed else "")
        if found not in KINDS:
            raise UsageError(
                "nothing says what kind of label people shall give.",
                expected=f"[target] task in milepost.toml: one of {', '.join(KINDS)}.",
            )
        return found

    def _names(self, work: Work, task: str, names: Sequence[str]) -> list[str]:
        """The labels: those that are said, those of the brief, or those that rows have."""
        targets = list(work.brief.target.columns)
        if KINDS[task] == "number":
            return []
        if len(targets) > 1:
            return targets
        said = list(names) or list(work.brief.target.labels)
        column = text(load(work)[targets[0]]).drop_nulls()
        if not said and task == "multilabel":
            form = lists.guess(column) if len(column) else lists.JSON
            said = sorted({part for cell in column.to_list() for part in lists.split(cell, form)})
        said = said or sorted(column.unique().to_list())
        if len(said) < 2:
            raise InputError(
                f"people would have {len(said)} label(s) to choose among.",
                expected="Two at least.",
                todo='Name them: --names "cat,dog", or [target] labels in milepost.toml.',
            )
        return said


def _tests(drawn: Assigned, most: int, labels: LabelSet, brief: Brief) -> Iterator[NewItem]:
    """Questions with a known answer, of development rows that came with a label."""
    words = text(drawn.known[brief.target.columns[0]]).to_list()
    ids = {name: id for id, name in named(labels).items()}
    for place, row in enumerate(drawn.known.head(most).iter_rows(named=True)):
        value = ids.get(words[place])
        if value is None:
            continue
        content = {n: plainly(v) for n, v in row.items() if n not in brief.target.columns and v is not None}
        yield NewItem(content, drawn.known_keys[place], reason="gold", gold=value)
