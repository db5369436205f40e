"""A renewal begins: new rows are read, and a slice of them is sealed before anything looks at them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.brief import Brief
from milepost.data.canonical import digests
from milepost.data.divide import groups as grouping
from milepost.data.divide import times
from milepost.data.overlap import overlap, repeated
from milepost.data.reconcile import reconcile
from milepost.data.split import commitment, join_groups, seal
from milepost.data.table import Table
from milepost.digest import Digest, digest, digest_bytes
from milepost.errors import InputError, UsageError
from milepost.modalities.base import text
from milepost.report.sentences import count
from milepost.steps.divided import ROW, unlike
from milepost.steps.generation import Dataset, Sealing, generations, record, sealing
from milepost.steps.returns import PICKS
from milepost.steps.source import meant
from milepost.steps.work import Work

Array = np.ndarray[Any, Any]
LEAST = 20
"""Fewer sealed rows than this tell two models apart no more."""


def founded(work: Work) -> Dataset:
    """The generation that new rows are added to: the newest; the first is recorded where it is not yet.

    Args:
        work: work of `renew` on the road of the champion.
    """
    known = generations(work.ledger)
    if work.generation == 1:
        collected = work.evidence["collect"]
        found, made = collected.findings, collected.artifacts
        first = Dataset(
            generation=1,
            base=0,
            development=made["development"],
            pool=made["pool"],
            test=made["test"],
            rows=(int(found["development"]), int(found["pool"]), int(found["sealed"])),
            how=str(found["how"]),
            reason=str(found["split_reason"]),
            commitment=str(found["commitment"]),
            salt=str(found["salt"]),
            origin=work.brief.data.source,
            files=tuple(tuple(file) for file in found["files"]),
            labels=work.task.labels,
        )
        anew = known.get(1) != first
        record(work.ledger, first, work.talk.by)
        if anew:
            return first
    return known[max(known)]


def begin(work: Work, table: Table, origin: str, share: float) -> Sealing:
    """Seals a slice of new rows and records it; the same rows again are sealed as they were.

    Args:
        work: work of `renew` on the road of the champion.
        table: the new rows; its notes are told with those on changed columns.
        origin: where they come from, in words.
        share: the share to seal.

    Raises:
        InputError: nothing can be compared on these rows: no labels, one class, all known, too few.
        UsageError: they made an earlier generation already.
    """
    source, base = content(table.frame), founded(work)
    known = generations(work.ledger)
    for number in range(max(known) + 1, 1, -1):
        made = sealing(work.ledger, number)
        if made is not None and made.source == source:
            if number < max(known):
                raise UsageError(
                    f"these rows made generation {number}, and generation {max(known)} came after it.",
                    todo="Give rows that are newer.",
                )
            return made
    fresh = _Fresh(work, base, table.frame)
    rows, pool, tests = fresh.labelled, fresh.pool, fresh.sealed(share)
    salt = secrets.token_hex(16)
    made = Sealing(
        generation=max(known) + 1,
        base=base.generation,
        source=source,
        origin=origin,
        files=tuple(tuple(str(item) for item in file) for file in table.files),
        share=share,
        fresh=work.keep(rows),
        pool=work.keep(pool),
        sealed=work.keep(tests.rows),
        how=tests.how,
        reason=tests.reason,
        commitment=commitment(tests.rows, salt),
        salt=salt,
        known=fresh.known,
        related=tests.related,
        hard=tests.hard,
        overlap=tests.overlap,
        added=fresh.found.added,
        vanished=fresh.found.vanished,
        retyped=(*fresh.found.notes, *table.notes),
    )
    record(work.ledger, made, work.talk.by)
    work.say(f"{count(len(tests.rows))} of {count(rows.height)} new rows are sealed first")
    return made


def content(frame: pl.DataFrame) -> Digest:
    """Digest of what a table holds: its columns and, in order, its rows."""
    return digest(frame.columns, digest_bytes(digests(frame).to_numpy().tobytes()))


@dataclass(frozen=True)
class _Drawn:
    rows: Array
    how: str
    reason: str
    related: int
    hard: int
    overlap: int


class _Fresh:
    """New rows beside everything that was there before."""

    def __init__(self, work: Work, base: Dataset, frame: pl.DataFrame) -> None:
        self.work, self.base = work, base
        self.targets = list(work.brief.target.columns)
        old = work.blobs.get_frame(base.development)
        self.found = reconcile(frame, old.drop(ROW), needed(work.brief))
        known = generations(work.ledger).values()
        self.trained = _rows(work, [g.development for g in known], self.inputs)
        self.tests = _rows(work, [g.test for g in known], self.inputs)
        first = 1 + max(
            max(f[ROW].to_list(), default=0) for f in (self.trained, self.tests, _pools(work, known))
        )
        numbered = (
            meant(work.brief, self.found.frame)
            .with_row_index(ROW)
            .with_columns(pl.col(ROW).cast(pl.Int64) + first)
        )
        whole = pl.all_horizontal(pl.col(self.targets).is_not_null())
        labelled, self.pool = numbered.filter(whole), numbered.filter(~whole)
        self._told_apart(labelled)
        work.say("looking for new rows that were there before", None)
        copies = overlap(labelled, [self.trained, self.tests], self.inputs)
        spent = copies.exact | copies.near[1]  # a copy of a row that is tested on may not be learnt from
        self.known = int(spent.sum())
        if spent.all():
            raise InputError(
                f"each of the {count(labelled.height)} labelled new rows is in the project already.",
                expected="Rows that neither model has learnt from.",
                todo="Give rows that came after those.",
            )
        self.labelled, self.near = labelled.filter(~spent), copies.near[0][~spent]
        self.copies = copies.ids[~spent]

    @property
    def inputs(self) -> list[str]:
        """The columns in which copies of a row agree."""
        gone = {*self.targets, *unlike(self.work.brief), *self.found.vanished, *self.found.added, ROW}
        return [name for name in self.found.frame.columns if name not in gone]

    def _told_apart(self, labelled: pl.DataFrame) -> None:
        """Refuses rows on which no two models can be told apart."""
        if not labelled.height:
            raise InputError(
                "no new row has a label, so that no two models can be compared on them.",
                expected=f"Rows with a value of {', '.join(map(repr, self.targets))}.",
                todo="Label some, or give them as a pool to choose from: --pool FILE.",
            )
        task = self.work.task
        if not task.exclusive:
            counts = task.counts(task.encode(labelled.select(self.targets)))
            if not ((counts > 0) & (counts < labelled.height)).any():
                raise InputError(
                    f"of the {count(labelled.height)} new rows all bear the same labels.",
                    expected="Rows that a label tells apart.",
                    todo="Give the rows of a whole period, whatever their labels.",
                )
        elif task.labels and labelled[self.targets[0]].n_unique() == 1:
            only = text(labelled[self.targets[0]])[0]
            raise InputError(
                f"the {count(labelled.height)} new rows are all of one class, {only!r}.",
                expected="Rows of two classes at least.",
                todo="Give the rows of a whole period, whatever their class.",
            )

    def sealed(self, share: float) -> _Drawn:
        """Draws the rows to seal, and takes out of them what was learnt from."""
        rows, data = self.labelled, self.work.brief.data
        group = data.group
        learnt, tested = (self._related(frame) for frame in (self.trained, self.tests))
        hard = self._hard()
        free = ~learnt & ~(tested & ~learnt) & ~hard
        if int(free.sum()) < 2:
            raise InputError(
                f"of {count(rows.height)} labelled new rows {count(learnt.sum())} belong to groups that were "
                f"learnt from, {count(hard.sum())} were picked for being hard: none is left to test on.",
                todo="Give rows of new groups, or a random sample.",
            )
        how = data.split or ("time" if data.time else "group" if group else "random")
        ids = self.copies[free]
        drawn = seal(
            int(free.sum()),
            share=share,
            strata=self._strata()[free] if how == "random" else None,
            groups=join_groups(ids, grouping(rows.filter(free), group)) if group else ids,
            time=times(rows.filter(free), data.time) if how == "time" else None,
            seed=self.work.seed + self.base.generation,
        )
        chosen = np.zeros(rows.height, dtype=bool)
        chosen[np.flatnonzero(free)[drawn.test]] = True
        chosen |= tested & ~learnt & ~hard
        clean = chosen & ~self.near
        if int(clean.sum()) < LEAST:
            copies = count((chosen & self.near).sum())
            raise InputError(
                f"{count(clean.sum())} new rows are left to compare two models on, of {count(rows.height)} "
                f"that have a label; {copies} more copy rows that were learnt from.",
                expected=f"At least {LEAST} after {share:.0%} are sealed.",
                todo="Wait for more rows, or seal a larger share: --share 0.5.",
            )
        taken = int((chosen & self.near).sum())
        return _Drawn(
            rows[ROW].to_numpy()[clean], how, f"of the new rows {drawn.reason}",
            int(learnt.sum()), int(hard.sum()), taken,
        )  # fmt: skip

    def _related(self, before: pl.DataFrame) -> Array:
        """Which new rows are of a group that is among former rows."""
        group = self.work.brief.data.group
        if not group:
            return np.zeros(self.labelled.height, dtype=bool)
        seen = text(before[group]).drop_nulls().unique()
        return text(self.labelled[group]).is_in(seen.implode()).fill_null(False).to_numpy()

    def _hard(self) -> Array:
        """Which new rows were picked for being hard, and would make a test of hard rows."""
        found = np.zeros(self.labelled.height, dtype=bool)
        rows = self.work.ledger.rows
        names = [entry.body["artifacts"].get("hard") for entry in rows.select("evidence", "renew")]
        for name in [*names, *(entry.body["hard"] for entry in rows.select(PICKS))]:
            picked = self.work.blobs.get_frame(name) if name else pl.DataFrame()
            shared = [column for column in self.inputs if column in picked.columns]
            found |= repeated(self.labelled, picked, shared) if picked.height else False
        return found

    def _strata(self) -> Array:
        target, task = self.labelled.select(self.targets), self.work.task
        if task.labels and task.exclusive:
            return text(target.to_series()).rank("dense").cast(pl.Int64).to_numpy()
        found = task.strata(task.encode(target))
        return np.zeros(target.height, np.int64) if found is None else found


def needed(brief: Brief) -> list[str]:
    """The columns that new rows must have, because the brief leans on them."""
    heavy = [name for name, column in brief.columns.items() if column.role == "weight"]
    costs = [c for c in (brief.value.cost_miss, brief.value.cost_false_alarm) if isinstance(c, str)]
    named = [*brief.target.columns, brief.data.time, brief.data.group, *brief.data.keys, *heavy]
    return list(dict.fromkeys(name for name in [*named, brief.existing.column, *costs] if name))


def _rows(work: Work, frames: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    """Rows of several generations, each once, in the columns that matter here."""
    group = [work.brief.data.group] if work.brief.data.group else []
    wanted = [ROW, *dict.fromkeys([*columns, *group])]
    parts = []
    for name in dict.fromkeys(frames):
        frame = work.blobs.get_frame(name)
        parts.append(frame.select([column for column in wanted if column in frame.columns]))
    return pl.concat(parts, how="diagonal_relaxed").unique(ROW, maintain_order=True)


def _pools(work: Work, known: Any) -> pl.DataFrame:
    return _rows(work, [generation.pool for generation in known], [])
