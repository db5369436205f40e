"""Divides the labelled rows: those to develop with, and those that are sealed before anyone looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.brief import Brief
from milepost.data.copies import clashes, copies
from milepost.data.divide import divides, times
from milepost.data.divide import groups as grouping
from milepost.data.near import Groups
from milepost.data.read import RESERVED
from milepost.data.split import join_groups, seal
from milepost.report.sentences import count, plural
from milepost.steps.columns import asked, unfilled
from milepost.steps.given import given
from milepost.steps.labelled import QUEUE, SEAL, begun, keys
from milepost.steps.source import bare, load
from milepost.steps.together import KEY
from milepost.steps.work import Work

ROW = RESERVED
SEALED = 100_000
"""Rows that a random draw seals at most: they tell a share to a third of a point, each scored often."""
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Divided:
    """Rows on both sides of the seal.

    Args:
        labelled: rows with a target, and sealed rows that people labelled, whose target is not shown.
        pool: rows without a target that are not sealed.
        development: labelled rows to develop with.
        test: labelled rows behind the seal.
        groups: the group of each development row.
        how: "random", "time", "group" or "file".
        reason: how they were divided, half a sentence.
        found: copies among the labelled rows.
        clashing: rows that have a copy with another label, and groups of copies in which labels differ.
        duplicates: labelled rows that repeat another.
        hidden: sealed rows that nobody has labelled yet.
        notes: what there is to say besides.
    """

    labelled: pl.DataFrame
    pool: pl.DataFrame
    development: pl.DataFrame
    test: pl.DataFrame
    groups: Array
    how: str
    reason: str
    found: Groups
    clashing: tuple[int, int]
    duplicates: int
    hidden: int = 0
    notes: tuple[str, ...] = ()


def divided(work: Work, table: pl.DataFrame, share: float) -> Divided:
    """Divides the rows: by a draw of its own, or as they were drawn when people were first asked to label.

    Args:
        work: the running step.
        table: the numbered rows.
        share: the share of the labelled rows that a draw seals.
    """
    task, data = work.task, work.brief.data
    known = table.select(pl.all_horizontal(pl.col(list(task.targets)).is_not_null())).to_series()
    drawn = work.ledger.rows.last(SEAL, QUEUE)
    sides = _Sides(work, known) if drawn is not None else None
    used = known if sides is None else sides.used
    labelled = table.filter(used)
    plain = unfilled(labelled, bare(work)) if asked(work.ledger.rows) else labelled
    pool = table.filter(~known) if sides is None else table.filter(sides.pool)
    work.say(f"{count(labelled.height)} labelled rows, {count(pool.height)} without a target")
    apart = {*task.targets, ROW, *unlike(work.brief)}
    inputs = [name for name in plain.columns if name not in apart]
    seen = known.filter(used).to_numpy()
    truth = task.encode(labelled.filter(pl.Series(seen)).select(task.targets))
    work.say("looking for repeated rows", None)
    found = repeats(work, plain, inputs, truth if seen.all() else None)
    for column, what in ((data.time, "time"), (data.group, "group")):
        if column:
            divides(labelled, column, what, task.targets)
    groups = join_groups(found.ids, grouping(labelled, data.group)) if data.group else found.ids
    repeated = int(labelled.height - plain.select(inputs).n_unique()) if inputs else 0
    clash = clashes(found.ids[seen], truth) if task.labels and truth.ndim == 1 else (0, 0)
    if sides is None or data.test:
        made = _drawn(work, labelled, plain, truth, groups, share)
        notes = () if sides is None else sides.notes
        return Divided(labelled, pool, *made, found, clash, repeated, 0, notes)
    sealed = sides.sealed.filter(used).to_numpy()
    development, test = labelled.filter(pl.Series(~sealed)), labelled.filter(pl.Series(sealed))
    return Divided(
        labelled, pool, development, test, groups[~sealed], sides.how, sides.reason, found, clash, repeated,
        sides.hidden, sides.notes,
    )  # fmt: skip


class _Sides:
    """On which side of the seal each row lies, as it was drawn when people were asked to label."""

    def __init__(self, work: Work, known: pl.Series) -> None:
        labels, entry = begun(work.ledger.rows), work.ledger.rows.last(SEAL, QUEUE)
        assert labels is not None
        assert entry is not None
        kept = work.blobs.get_frame(entry.body["frame"])
        names = pl.Series(KEY, keys(bare(work), work.task.targets))
        behind = kept.filter("sealed")[KEY]
        answered = pl.Series(KEY, sorted(labels.answers.hidden()), dtype=pl.String)
        drawn, said = names.is_in(kept[KEY].implode()), names.is_in(answered.implode())
        self.sealed = names.is_in(behind.implode())
        self.used = drawn & (known | (self.sealed & said))
        self.pool = ~known & ~self.sealed & drawn
        self.hidden = int((self.sealed & ~known & ~said).sum())
        self.how, share = str(entry.body["how"]), float(entry.body["share"])
        self.reason = f"drawn before people labelled, {share:.0%} of the units; labels move no row"
        new = int((~drawn).sum())
        note = (
            f"{plural(new, 'row')} came or were left out since people were asked to label, and take no part"
        )
        self.notes = (f"{note}: milepost labels start {work.folder} takes new ones in.",) if new else ()


def _drawn(
    work: Work, labelled: pl.DataFrame, plain: pl.DataFrame, truth: Array, groups: Array, share: float
) -> tuple[pl.DataFrame, pl.DataFrame, Array, str, str]:
    """Development rows, sealed rows, groups of the former, how they were divided and why."""
    data, task = work.brief.data, work.task
    if data.test:
        own = given(load(work, "test"), plain, task, ROW)
        return labelled[own.kept], _widened(own.rows, labelled), groups[own.kept], "file", own.reason
    how = data.split or ("time" if data.time else "group" if data.group else "random")
    split = seal(
        labelled.height,
        share=min(share, SEALED / labelled.height) if how == "random" else share,
        strata=task.strata(truth) if how == "random" else None,
        groups=groups,
        time=times(labelled, data.time) if how == "time" else None,
        seed=work.seed,
    )
    return labelled[split.development], labelled[split.test], groups[split.development], how, split.reason


def _widened(rows: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    """Rows of a test file with the columns that people gave to the rows of the data, empty here."""
    more = [pl.lit(None, like[name].dtype).alias(name) for name in like.columns if name not in rows.columns]
    kinds = [name for name in rows.columns if rows[name].dtype != like[name].dtype]
    same = [rows[name].cast(like[name].dtype) for name in kinds]
    return rows.with_columns(same).with_columns(more).select(like.columns) if more or kinds else rows


def repeats(work: Work, rows: pl.DataFrame, inputs: Sequence[str], truth: Array | None) -> Groups:
    """Groups of copies: of whole rows beyond chance, and of texts, images and sounds."""
    said = {name: column.modality or "" for name, column in work.brief.columns.items()}
    strata = None if truth is None else work.task.strata(truth)
    return copies(rows, list(inputs), strata, said, work.say)


def unlike(brief: Brief) -> set[str]:
    """Columns in which copies of a row may differ: its names, its weight, and what no model reads."""
    roles = {"key", "weight", "ignored"}
    said = {name for name, column in brief.columns.items() if column.role in roles or not column.available}
    return said | set(brief.data.keys)
