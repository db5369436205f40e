"""What the queue of the target and that of any other column have in common: state, label set, files."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from milepost.errors import UsageError
from milepost.labels import plan as planning
from milepost.labels.formats.bundle import Given
from milepost.labels.labels import Labels
from milepost.labels.migrations import Migration, Plan
from milepost.labels.plan import Terms
from milepost.labels.rules import Rules
from milepost.project.bundle import Brought, read, write
from milepost.steps.asked import framed
from milepost.steps.labelled import begun, present
from milepost.steps.run import Road, current, work_of
from milepost.steps.team import Team, team, terms
from milepost.steps.work import Talk, Work


class QueueLabels:
    """The labels of one queue of a project; `store` has its people, answers and reviews.

    Args:
        road: the project's road as it is now.
        by: who asks.
        queue: the queue's name.
        begin: the command that begins it.
    """

    def __init__(self, road: Road, by: str, queue: str, begin: str) -> None:
        self.road, self.by, self.queue, self._begin = road, by, queue, begin

    @property
    def store(self) -> Labels:
        """The queue.

        Raises:
            UsageError: nobody was asked to label yet.
        """
        labels = begun(self.road.ledger.rows, self.queue)
        if labels is None:
            raise UsageError("nobody was asked to label yet.", todo=f"Begin: {self._begin}")
        return labels

    def terms(self) -> Terms:
        """Who labels and what it costs, as it was said last."""
        said = terms(self.road.ledger, self.queue)
        cost = self.road.brief.value.label_cost
        fields = {name: said[name] for name in Terms.__dataclass_fields__ if name in said}
        return Terms(**fields) if fields else framed(self.road.ledger, cost)

    def status(self) -> Team:
        """How far people are, how fast, at what price, and how well they agree."""
        asked = self.store  # refuses where nobody was asked
        found = team(self.road.ledger, self.queue)
        assert asked is not None
        assert found is not None
        return found

    def soft(self) -> pl.DataFrame:
        """Soft labels: `__key__`, `sure`, and the probability of each label; one row an item, none sealed."""
        return present(self.store).soft

    def change(self, migration: Migration, apply: bool = False) -> Plan:
        """Says what a change of the label set would touch, and makes it where `apply`."""
        made = self.store.plan(migration)
        if apply:
            self.store.apply(made, self.by)
        return made

    def write(self, path: str | Path, format: str, waiting: bool = False, consensus: bool = False) -> Given:
        """Writes items and answers, those of sealed items never.

        Args:
            path: the file or folder.
            format: see `milepost.labels.formats.catalogue`.
            waiting: instead the items that still want labels, without answers, for people elsewhere.
            consensus: one answer an item, what people say together, for formats that hold no more.
        """
        return write(self.store, Path(path), format, waiting, consensus)

    def read(self, path: str | Path, format: str) -> Brought:
        """Reads answers that people gave elsewhere to rows of this project; a file counts once.

        Entries are matched by the key of the item. People without an account get one as labellers.

        Args:
            path: the file or folder.
            format: see `milepost.labels.formats.catalogue`.
        """
        return read(self.store, Path(path), format, self.by)

    def _work(self, step: str) -> Work:
        road, evidence = self.road, current(self.road)
        return work_of(road, road.step(step), Talk(by=self.by), evidence)

    def _unit(self) -> str:
        return self.road.brief.value.cost_unit


def rules_of(said: Terms, overlap: int, share: float | None, gold: float | None) -> Rules:
    """Labels an item, and the share of questions that test people, as who labels asks for.

    Args:
        said: who labels, at what price.
        overlap: labels an item; 0: as the terms have it.
        share: share of items that get so many; None: as the terms have it.
        gold: share of questions with a known answer; None: as the terms have it.
    """
    usual = 3 if said.right < planning.UNSURE else 2
    labels = overlap or min(usual, said.people)
    part = share if share is not None else 1.0 if overlap or usual == 3 else planning.SHARES["overlap"]
    return Rules(labels=labels, share=part, gold=planning.GOLD[said.who] if gold is None else gold)
