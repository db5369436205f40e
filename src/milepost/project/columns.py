"""The labels of a column that is not the target: people fill its gaps, or give one that the data lack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.digest import Json, digest, plain
from milepost.errors import InputError, UsageError, did_you_mean
from milepost.labels.columns import CELLS, queue_of
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.plan import Terms
from milepost.labels.values import KINDS
from milepost.modalities import media
from milepost.modalities.base import text
from milepost.project.queue import QueueLabels, rules_of
from milepost.steps.assign import plainly
from milepost.steps.columns import Asked, asked, noted
from milepost.steps.divided import ROW
from milepost.steps.generation import generations
from milepost.steps.labelled import QUEUE, SEAL, begun, keys
from milepost.steps.run import Road
from milepost.steps.source import bare, origin
from milepost.steps.team import TERMS
from milepost.steps.together import KEY, named
from milepost.steps.work import Work
from milepost.store.stock import NewItem

Array = np.ndarray[Any, Any]
GOLD = 50
"""Questions with a known answer that are made of rows which came with a value, at most."""


@dataclass(frozen=True)
class Begun:
    """What people were asked of a column.

    Args:
        column: its name.
        kind: of the labels.
        labels: their names.
        lacking: whether the data lack the column.
        cells: whether what people say fills it.
        added: items that are new in the queue.
        items: all that are in it, without questions whose answer is known.
        sealed: sealed ones among those that are new.
        gold: questions with a known answer that are new.
        hours: that all labels wanted take.
        money: that they cost.
    """

    column: str
    kind: str
    labels: tuple[str, ...]
    lacking: bool
    cells: bool
    added: int
    items: int
    sealed: int
    gold: int
    hours: float
    money: float


class ColumnLabels(QueueLabels):
    """The labels of a column beside the target; see `QueueLabels`.

    Args:
        road: the project's road as it is now.
        by: who asks.
        column: the column.
    """

    def __init__(self, road: Road, by: str, column: str) -> None:
        begin = f"milepost labels start {road.folder} --column {column!r}"
        super().__init__(road, by, queue_of(column), begin)
        self.column = column

    def start(
        self,
        kind: str = "",
        names: Sequence[str] = (),
        terms: Terms | None = None,
        most: int = 0,
        **rules: Any,
    ) -> Begun:
        """Asks people for a column of the rows that have none; again, it takes in rows that are new.

        Items show what the row holds, but neither the target nor the column. Rows that are sealed by now are
        labelled blind; what people say of them fills the column as everywhere.

        Args:
            kind: of the labels, one of `milepost.labels.values.KINDS`; left out: by names and values.
            names: the labels; left out: the values that rows have.
            terms: who labels, at what price; left out: what was said last.
            most: so many rows at most, drawn at random; 0: all.
            rules: overlap, share and gold, as `ProjectLabels.start` has them.

        Raises:
            UsageError: the column may not be labelled, or nobody says how.
            InputError: every row has a value.
        """
        self._allowed()
        said, work = terms or self.terms(), self._work("collect")
        rows, labels = work.ledger.rows, Labels(work.ledger.rows, self.queue)
        with rows.lock("labels start"):
            table = bare(work)
            present = table[self.column] if self.column in table.columns else None
            fresh = begun(rows, self.queue) is None
            if fresh:
                made, lacking = self._set(present, kind, names), present is None
                drawn = _Drawn(work, table, self.column, most)
                self._some(drawn)
                labels.start(made, self.by, self._rules(said, rules, made, present))
                noted(rows, Asked(self.column, made.kind, lacking), self.by)
            else:
                self._same(labels.set, kind, names)
                drawn = _Drawn(work, table, self.column, most, labels)
                if terms is not None or rules:
                    labels.change_rules(self._rules(said, rules, labels.set, present), self.by)
            if fresh or terms is not None:
                rows.append(TERMS, self.queue, {**plain(said), "unit": self._unit(), "by": self.by})
            standing = labels.rules()
            added = labels.add_items(drawn.items(standing.labels), self.by)
            tests = labels.add_items(drawn.tests(labels.set), self.by) if standing.gold else 0
        return self._told(labels, said, (added, int(drawn.sealed.sum()), tests))

    def _told(self, labels: Labels, said: Terms, new: tuple[int, int, int]) -> Begun:
        one = next(one for one in asked(labels.rows) if one.column == self.column)
        counts = labels.answers.counts().get(0, {})
        wanted = counts.get("wanted", 0)
        names = tuple(named(labels.set)[id] for id in labels.set.active)
        hours, money = wanted * said.seconds / 3600, wanted * said.price
        return Begun(
            self.column, one.kind, names, one.added, one.kind in CELLS, new[0], counts.get("items", 0),
            new[1], new[2], hours, money,
        )  # fmt: skip

    def _allowed(self) -> None:
        """Refuses columns that are no inputs, and rows that came with a later generation."""
        brief = self.road.brief
        if self.column in brief.target.columns:
            raise UsageError(
                f"'{self.column}' is what is predicted.", todo=f"milepost labels start {self.road.folder}"
            )
        weight = [name for name, column in brief.columns.items() if column.role in ("weight", "key")]
        spared = {brief.data.time, brief.data.group, brief.existing.column, *brief.data.keys, *weight}
        if self.column in spared:
            raise UsageError(
                f"'{self.column}' names, orders, groups or weighs rows, or is the existing solution.",
                expected="A column that says something of what a row is about.",
            )
        if max(generations(self.road.ledger), default=1) > 1:
            raise UsageError(
                "rows of a later generation were divided when they came.",
                expected="Columns are labelled before the first renewal.",
                todo="Label them in the new rows, and bring them with: milepost renew",
            )

    def _set(self, present: pl.Series | None, kind: str, names: Sequence[str]) -> LabelSet:
        """The label set: as it is said, else as the column's values have it."""
        if present is not None and media.kind_of(present):
            raise UsageError(f"'{self.column}' holds {media.kind_of(present)}s, which nobody can say.")
        if kind and kind not in KINDS:
            raise UsageError(f"there is no kind of label '{kind}'.", todo=did_you_mean(kind, KINDS))
        if not kind and not names and present is None:
            raise UsageError(
                f"nothing says what people shall say of '{self.column}', which the data lack.",
                expected=f"A kind of label: {', '.join(KINDS)}; or the labels to choose among.",
                todo="Name them: --labels good,bad; or --kind number.",
            )
        numeric = present is not None and present.dtype.is_numeric()
        kind = kind or ("number" if numeric and not names else "choice")
        if kind in ("choice", "tags") and not names and present is not None:
            words = text(present).drop_nulls().unique().to_list()
            names = sorted(word.lower() if present.dtype == pl.Boolean else word for word in words)
        if kind in ("choice", "tags") and len(names) < (2 if kind == "choice" else 1):
            raise InputError(
                f"people would have {len(names)} label(s) of '{self.column}' to choose among.",
                expected="Two at least." if kind == "choice" else "One at least.",
                todo="Name them: --labels good,bad.",
            )
        return LabelSet.start(self.column[:80], kind, names)

    def _same(self, standing: LabelSet, kind: str, names: Sequence[str]) -> None:
        if (kind and kind != standing.kind) or (names and set(names) - set(named(standing).values())):
            raise UsageError(
                f"'{self.column}' is labelled already, with the kind {standing.kind}.",
                expected="The kind stays, and labels change one by one.",
                todo=f"milepost labels set {self.road.folder} --column {self.column!r}",
            )

    def _some(self, drawn: _Drawn) -> None:
        if not len(drawn.order):
            raise InputError(
                f"every row has a '{self.column}' already, so that nobody need be asked.",
                expected="A column with gaps, or a name that the data lack.",
            )

    def _rules(self, said: Terms, rules: dict[str, Any], made: LabelSet, present: pl.Series | None) -> Any:
        unknown = set(rules) - {"overlap", "share", "gold"}
        if unknown:
            raise UsageError(f"there is no rule '{min(unknown)}'.", expected="overlap, share, gold.")
        known = made.kind == "choice" and present is not None and present.null_count() < len(present)
        gold = rules.get("gold")
        return rules_of(
            said, rules.get("overlap") or 0, rules.get("share"), gold if known or gold is not None else 0.0
        )


class _Drawn:
    """The rows whose column people are asked for, in an order of chance; a copy of an item is asked once."""

    def __init__(
        self, work: Work, table: pl.DataFrame, column: str, most: int, labels: Labels | None = None
    ) -> None:
        self.work, self.table, self.column = work, table, column
        self.keys = keys(table, work.brief.target.columns)
        lacking = column not in table.columns
        empty = pl.Series([True] * table.height) if lacking else table[column].is_null()
        first = pl.Series(self.keys).is_first_distinct()
        there = labels.answers.numbers(self.keys) if labels is not None else {}
        new = pl.Series([key not in there for key in self.keys], dtype=pl.Boolean)
        found = sorted((empty & first & new).arg_true().to_list(), key=self._chance)
        self.order = found[: max(0, most - len(there))] if most else found
        self.behind = self._behind()
        self.sealed = self.behind[self.order] if self.order else np.zeros(0, bool)
        told = (~empty & first & pl.Series(~self.behind)).arg_true().to_list()
        self.known = sorted(told, key=self._chance)

    def _chance(self, row: int) -> str:
        return digest("label column", self.column, self.work.seed, self.keys[row])

    def _behind(self) -> Array:
        """Which rows are sealed by now: as they were drawn for people, or as `collect` divided them."""
        work = self.work
        drawn = work.ledger.rows.last(SEAL, QUEUE)
        if drawn is not None:
            behind = set(work.blobs.get_frame(drawn.body["frame"]).filter("sealed")[KEY].to_list())
            return np.array([key in behind for key in self.keys], dtype=bool)
        made, found = work.ledger.last("collect", 1), np.zeros(len(self.keys), bool)
        if made is None or "test" not in made.artifacts or work.brief.data.test:
            return found
        files: Any = origin(work)["files"]
        content = digest([str(file[1]) for file in files], list(work.brief.target.columns))
        if made.findings["digest"] == content:
            found[work.blobs.get_frame(made.artifacts["test"])[ROW].to_numpy()] = True
        return found

    def items(self, labels: int) -> Iterator[NewItem]:
        """The rows as items; sealed ones want a fixed number of labels, so that nothing is told."""
        for place, row in enumerate(self.order):
            hidden = bool(self.sealed[place])
            key = self.keys[row]
            yield NewItem(self._shown(row), key, key, "random", wanted=labels if hidden else 0, sealed=hidden)

    def tests(self, labels: LabelSet) -> Iterator[NewItem]:
        """Questions with a known answer, of rows that came with one and are not sealed."""
        ids = {name.casefold(): id for id, name in named(labels).items()}
        for row in self.known[:GOLD] if labels.kind == "choice" else ():
            value = ids.get(str(self.table[self.column][row]).casefold())
            if value is not None:
                yield NewItem(self._shown(row), self.keys[row], reason="gold", gold=value)

    def _shown(self, row: int) -> Json:
        spared = {*self.work.brief.target.columns, self.column}
        values = self.table.row(row, named=True)
        return {n: plainly(v) for n, v in values.items() if n not in spared and v is not None}
