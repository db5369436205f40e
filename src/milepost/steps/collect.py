"""Milepost 2: which rows, from where; then whole groups are sealed before anyone looks."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from milepost.brief import Brief
from milepost.data.copies import clashes
from milepost.data.divide import groups as grouping
from milepost.data.split import commitment, join_groups
from milepost.digest import Json, digest
from milepost.ledger import Ledger
from milepost.report.blocks import Block, Facts, Notice, Table, Text
from milepost.report.sentences import count, figure, percent
from milepost.steps.aside import Intake, intake
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.columns import KEYS, Filled, filling, seen, told
from milepost.steps.divided import ROW, divided, repeats, unlike
from milepost.steps.labelled import awaited, keys, state
from milepost.steps.source import bare, load, origin
from milepost.steps.work import Work


@dataclass(frozen=True)
class Findings:
    """What was collected; of the sealed rows only their number is told.

    Args:
        rows: rows in the source.
        columns: columns in the source.
        labelled: rows with a target.
        pool: rows without a target, set aside.
        development: labelled rows to develop with.
        sealed: labelled rows behind the seal.
        share: sealed share of the labelled rows.
        how: "random", "time", "group" or "file".
        split_reason: why it was split so.
        commitment: hash of the sealed row numbers with a salt.
        salt: the salt.
        duplicates: rows that repeat another row, over all labelled rows.
        near: rows that have an exact or near copy beyond chance; copies are kept together.
        near_note: how copies were looked for.
        notes: what reading noted.
        files: name, digest and size of each source file.
        kind: kind of the source.
        digest: digest of the labelled rows.
        clashing: rows that have a copy with another label, and groups of copies in which labels differ.
        intake: what became of images, sounds and texts.
        hidden: sealed rows that people have still to label.
        labels: digest of the labels of people that were used; "" where there are none.
        filled: what became of columns beside the target that people label.
    """

    rows: int
    columns: int
    labelled: int
    pool: int
    development: int
    sealed: int
    share: float
    how: str
    split_reason: str
    commitment: str
    salt: str
    duplicates: int
    near: int
    near_note: str
    notes: tuple[str, ...]
    files: tuple[tuple[str, ...], ...]
    kind: str
    digest: str
    clashing: tuple[int, int] = (0, 0)
    intake: Intake = field(default_factory=Intake)
    hidden: int = 0
    labels: str = ""
    filled: tuple[Filled, ...] = ()


@dataclass(frozen=True)
class Collect(Step):
    """Snapshots the rows, finds duplicates by machine, and seals a share as test rows."""

    share: float = setting(0.2, "share of the labelled rows that is sealed for the one final test")
    name: ClassVar[str] = "collect"
    question: ClassVar[str] = "Which rows, from where, and which of them are sealed?"
    after: ClassVar[tuple[str, ...]] = ("frame",)
    reads: ClassVar[tuple[str, ...]] = ("data", "target", "columns")
    findings: ClassVar[type] = Findings

    def outside(self, folder: Path, ledger: Ledger) -> Json:  # noqa: ARG002
        """The labels that people gave."""
        return seen(ledger)

    def run(self, work: Work) -> Outcome:
        """Snapshots, groups duplicates and seals."""
        if work.generation > 1:
            return self._renewed(work)
        brief, task = work.brief, work.task
        before, after = bare(work), load(work)
        table = after.with_row_index(ROW).with_columns(pl.col(ROW).cast(pl.Int64))
        made = divided(work, table, self.share)
        labelled, pool, development, test = made.labelled, made.pool, made.development, made.test
        content = digest([f[1] for f in _files(work)], list(task.targets))
        ids, salt = test[ROW].to_numpy(), _salt(work, content)
        taken, lists = intake(work)
        findings = Findings(
            rows=table.height,
            columns=table.width - 1,
            labelled=labelled.height,
            pool=pool.height,
            development=development.height,
            sealed=test.height,
            share=test.height / max(1, test.height + development.height),
            how=made.how,
            split_reason=made.reason,
            commitment=commitment(ids, salt),
            salt=salt,
            duplicates=made.duplicates,
            near=made.found.rows,
            near_note=made.found.note,
            clashing=made.clashing,
            digest=content,
            files=_files(work),
            notes=(
                *(str(note) for note in origin(work)["notes"]),
                *_timeless(labelled, brief),
                *made.notes,
            ),
            hidden=made.hidden,
            labels=str(state(work.ledger) or ""),
            kind=str(origin(work)["kind"]),
            intake=taken,
            filled=filling(work, before, after),
        )
        artifacts = {
            **lists,
            "development": work.keep(development),
            "pool": work.keep(pool),
            "test": work.keep(test),
            "groups": work.keep(made.groups),
        }
        if findings.filled:
            names = pl.Series(KEYS, keys(before, task.targets), dtype=pl.String)
            artifacts[KEYS] = work.keep(names.to_frame())
        return _judged(work, findings, artifacts)

    def _renewed(self, work: Work) -> Outcome:
        """The rows of a later generation, which were divided and sealed when they came."""
        made, task, data = work.dataset(work.generation), work.task, work.brief.data
        development, pool, test = (work.blobs.get_frame(d) for d in (made.development, made.pool, made.test))
        apart = {*task.targets, ROW, *unlike(work.brief)}
        inputs = [name for name in development.columns if name not in apart]
        truth = task.encode(development.select(task.targets))
        found = repeats(work, development, inputs, truth)
        group = data.group
        groups = join_groups(found.ids, grouping(development, group)) if group else found.ids
        labelled = development.height + test.height
        findings = Findings(
            rows=labelled + pool.height,
            columns=development.width - 1,
            labelled=labelled,
            pool=pool.height,
            development=development.height,
            sealed=test.height,
            share=test.height / max(1, labelled),
            how=made.how,
            split_reason=made.reason,
            commitment=made.commitment,
            salt=made.salt,
            duplicates=int(development.height - development.select(inputs).n_unique()) if inputs else 0,
            near=found.rows,
            near_note=found.note,
            clashing=clashes(found.ids, truth) if task.labels and truth.ndim == 1 else (0, 0),
            digest=digest(made.development, made.test),
            files=made.files,
            notes=(*made.notes, *_timeless(development, work.brief)),
            kind=f"generation {made.generation}: generation {made.base} and {made.origin}",
        )
        artifacts = {"development": made.development, "pool": made.pool, "test": made.test}
        return _judged(work, findings, {**artifacts, "groups": work.keep(groups)})

    def tell(self, told: Told) -> Sequence[Block]:
        """Where the rows come from, and the seal."""
        found: Findings = told.findings
        data = told.work.brief.data
        facts = [
            ("source", f"{data.source} ({found.kind})"),
            ("rows and columns", f"{count(found.rows)} rows, {found.columns} columns"),
            ("without a target", f"{count(found.pool)} rows, set aside as the pool"),
            (
                "sealed for the final test",
                f"{count(found.sealed)} rows ({percent(found.share)}), {found.how}",
            ),
            ("left to develop with", f"{count(found.development)} rows"),
            (
                "exact repeats",
                f"{count(found.duplicates)} rows repeat another",
            ),
            ("copies beyond chance", f"{count(found.near)} rows; copies stay on one side of every split"),
            ("licence", data.licence or "not stated"),
            ("how the rows came to be", data.origin or "not stated"),
            ("who could not be among them", data.absent or "not stated"),
            ("commitment to the sealed rows", found.commitment[:16]),
        ]
        if found.clashing[0]:
            rows, groups = map(count, found.clashing)
            facts.insert(7, ("copies with different labels", f"{rows} rows, in {groups} groups of copies"))
        facts[2:2] = found.intake.facts()
        blocks: list[Block] = [Facts(tuple(facts)), Text(found.split_reason), *found.intake.blocks()]
        blocks += [Notice("info", note) for note in (*found.notes, found.near_note) if note]
        return [*blocks, *_beside(found.filled)]


def _beside(filled: Sequence[Filled]) -> list[Block]:
    """What people said of columns beside the target, and what it means for those who read scores."""
    if not filled:
        return []
    head = ("column", "labels", "answers", "rows filled", "rows without", "input", "agreement (alpha)")
    rows = tuple(_row(one) for one in filled)
    table = Table(head, rows, "Columns beside the target that people label")
    return [table, *(Notice("noted", sentence) for sentence in told(filled))]


def _row(one: Filled) -> tuple[str, ...]:
    use = "yes" if one.available else "no"
    alpha = one.alpha.value if one.alpha is not None else None
    alike = one.reading if alpha is None else f"{figure(alpha)}: {one.reading}"
    return one.column, one.kind, count(one.answers), count(one.filled), count(one.empty), use, alike


def _salt(work: Work, content: str) -> str:
    """A fresh salt; the former one where the same files are collected again, so that nothing turns stale."""
    last = work.ledger.last("collect", work.generation)
    return (
        str(last.findings["salt"]) if last and last.findings["digest"] == content else secrets.token_hex(16)
    )


def _judged(work: Work, found: Findings, artifacts: dict[str, str]) -> Outcome:
    """Passed, or failed where too few rows are on one side of the seal; waiting where people still label."""
    labelled = count(found.labelled)
    if found.sealed < 10 or found.development < 10:
        few = f"{count(found.development)} to learn from and {count(found.sealed)} to test on"
        reason = (
            f"{labelled} labelled rows are too few: {few}; at least 10 of each are needed. Label more rows."
        )
        if found.labels and (left := awaited(work.folder, work.ledger)):
            return Outcome(found, "waiting", f"{reason} {left}", artifacts)
        return Outcome(found, "failed", reason, artifacts)
    sealed = f"{count(found.sealed)} of {labelled} labelled rows are sealed ({found.split_reason})"
    aside = f"; {count(found.pool)} without a target are set aside" if found.pool else ""
    told = f" {found.intake.sentence}" if found.intake.sentence else ""
    return Outcome(found, "passed", f"{sealed}{aside}.{told}", artifacts)


def _files(work: Work) -> tuple[tuple[str, ...], ...]:
    """Name, digest and size of each file; one inside the project's folder is named from there."""
    files: Any = origin(work)["files"]
    home = f"{work.folder.resolve()}{os.sep}"
    names = [str(n) if "://" in str(n) else str(Path(str(n)).resolve()).removeprefix(home) for n, *_ in files]
    return tuple((name, *map(str, rest)) for name, (_, *rest) in zip(names, files, strict=True))


def _timeless(labelled: pl.DataFrame, brief: Brief) -> list[str]:
    """Notes on rows that the columns which divide say nothing of."""
    notes = []
    for column, what in ((brief.data.time, "count as the oldest"), (brief.data.group, "stand alone")):
        gaps = labelled[column].null_count() if column else 0
        if gaps:
            notes.append(f"{count(gaps)} labelled rows have no '{column}' and {what}.")
    return notes
