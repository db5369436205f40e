"""Milepost 4: what the rows look like, which columns know the answer, and whether production looks alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.data.infer import infer_schema
from milepost.data.paths import FILE
from milepost.data.profile import Profile, examples, profile
from milepost.data.schema import Schema
from milepost.digest import Digest
from milepost.modalities import media
from milepost.report.blocks import Block
from milepost.report.sentences import listed, plural
from milepost.steps import portrait
from milepost.steps.base import Outcome, Step, Told
from milepost.steps.collect import Findings as Collected
from milepost.steps.corrections import Correction, Sides, correct
from milepost.steps.divided import ROW
from milepost.steps.leaks import Excluded, Hunted, Kept, hunt
from milepost.steps.likeness import Likeness, compare
from milepost.steps.order import Order, order_of
from milepost.steps.samples import Looked, look
from milepost.steps.source import load
from milepost.steps.work import Work
from milepost.training.origins import Origin, origins
from milepost.training.suspects import Beside, Detective, Memory

PLACES = 5000
"""Places drawn on the map, at most."""
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Findings:
    """What the rows look like.

    Args:
        schema: the columns with their roles after exclusions, as plain JSON.
        excluded: leaks that are left out.
        kept: suspects that were confirmed as known in time, or only informed about.
        scores: each column's score alone, of those left out too.
        together: score of small trees on all remaining inputs.
        sampled: rows that the leak detectors' model read.
        profile: what each column looks like.
        repeated: inputs that were left out because they repeat another.
        order: what was found along time, or along the file.
        memory: columns whose groups a model remembers.
        production: how the production sample compares, or None without one.
        correction: what is done where production differs.
        prevalence: share of the positive class in production that the brief states, for label shift.
        looked: what was seen of texts, images and sounds.
        origins: columns that say where rows came from, tell the label, and show in texts and media.
    """

    schema: tuple[Mapping[str, Any], ...]
    excluded: tuple[Excluded, ...]
    kept: tuple[Kept, ...]
    scores: Mapping[str, float]
    together: float
    sampled: int
    profile: Profile
    repeated: tuple[str, ...]
    order: Order
    memory: tuple[Memory, ...]
    production: Likeness | None
    correction: Correction
    prevalence: float | None
    looked: tuple[Looked, ...] = ()
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True)
class Understand(Step):
    """Profiles the development rows, finds leaks, compares with production."""

    name: ClassVar[str] = "understand"
    question: ClassVar[str] = "What do the rows look like, and does any column know the answer?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "annotate")
    reads: ClassVar[tuple[str, ...]] = ("columns", "data", "correction", "value.prevalence")
    version: ClassVar[int] = 3
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Profiles, hunts leaks round by round, looks along time, compares with production."""
        task, brief = work.task, work.brief
        rows = work.rows("development")
        roles = {name: column.model_dump() for name, column in brief.columns.items()}
        schema = infer_schema(
            rows.drop(ROW), task.targets, roles, brief.data.time, brief.data.group, brief.data.keys
        )
        work.say("looking at every column")
        found = profile(rows, schema, work.seed)
        schema, repeated = without_repeats(schema, found, roles)
        production = load(work, "production") if brief.data.production else None
        time = rows[brief.data.time] if brief.data.time else None
        detective = detect(work, rows, production, time)
        work.say("looking for columns that know the answer")
        hunted = hunt(work, schema, detective)
        schema = hunted.schema
        collected = work.found("collect", Collected)
        split, files = collected.how, FILE in rows.columns and _began(work) == "folder"
        order = order_of(detective, schema, time, rows[ROW].to_numpy(), split, files)
        memory = detective.remembered(schema, groupable(schema)) if split in ("random", "file") else ()
        likeness, beside = None, None
        if production is not None:
            work.say("comparing with the production sample")
            likeness, beside = compare(rows, production, schema, work.seed, work.threads) or (None, None)
        correction, weights = correct(work, Sides(rows, production, schema), likeness)
        readable = [c.name for c in schema.columns if c.modality not in media.KINDS]
        artifacts = {"examples": work.keep(examples(rows, readable, seed=work.seed))}
        artifacts |= mapped(work, rows, schema)
        truth = task.encode(rows.select(task.targets))
        looked, sheets = look(work, rows, schema, truth)
        artifacts |= sheets
        if beside is not None:
            artifacts["beside"] = work.keep(beside)
        if weights is not None:
            artifacts["weights"] = work.keep(weights)
        findings = Findings(
            schema=tuple(schema.plain()),
            excluded=hunted.excluded,
            kept=hunted.kept,
            scores=dict(detective.scores),
            together=hunted.seen.full,
            sampled=hunted.seen.rows,
            profile=found,
            repeated=repeated,
            order=order,
            memory=memory,
            production=likeness,
            correction=correction,
            prevalence=brief.value.prevalence if correction.method == "label-shift" else None,
            looked=looked,
            origins=origins(rows, truth, task, schema, work.seed),
        )
        return judged(findings, hunted, artifacts)

    def tell(self, told: Told) -> Sequence[Block]:
        """Leaks first, then what the rows look like, along time, together, and beside production."""
        return portrait.chapter(told)


def detect(
    work: Work, rows: pl.DataFrame, production: pl.DataFrame | None, time: pl.Series | None
) -> Detective:
    """The detective on the development rows."""
    order = None if time is None else time.rank("dense").fill_null(0).to_numpy()
    truth = work.task.encode(rows.select(work.task.targets))
    beside = Beside(production, order)
    found = Detective(rows, truth, work.rows("pool"), work.task, work.seed, beside)
    found.panel.threads = work.threads
    return found


def without_repeats(
    schema: Schema, found: Profile, roles: Mapping[str, Mapping[str, Any]]
) -> tuple[Schema, tuple[str, ...]]:
    """Leaves out inputs that equal another, or are a scaled copy; not those the brief calls inputs."""
    gone = []
    for repeat in found.repeats:
        if repeat.why not in ("duplicate", "affine") or roles.get(repeat.name, {}).get("role") == "input":
            continue
        how = "repeats" if repeat.why == "duplicate" else "is a scaled copy of"
        schema = schema.without([repeat.name], f"it {how} '{repeat.of}'.")
        gone.append(repeat.name)
    return schema, tuple(gone)


def groupable(schema: Schema) -> list[str]:
    """Columns whose values may name groups of rows: categories, and whole numbers that are names."""
    return [
        column.name
        for column in schema.columns
        if column.role in ("input", "ignored", "key") and column.modality == "category"
    ]


def mapped(work: Work, rows: pl.DataFrame, schema: Schema) -> dict[str, Digest]:
    """Some places of each pair of coordinates, kept for the map."""
    kept = {}
    drawn = np.random.default_rng(work.seed).permutation(rows.height)[:PLACES]
    for part in schema.fields():
        if part.modality == "place" and len(part.columns) == 2:
            few = rows[drawn].select(pl.col(name).cast(pl.Float64) for name in part.names)
            kept[f"map.{part.name}"] = work.keep(few.fill_null(float("nan")).to_numpy().round(4))
    return kept


def judged(findings: Findings, hunted: Hunted, artifacts: Mapping[str, Digest]) -> Outcome:
    """The verdict: open leaks and unsettled corrections stop the road, what was left out is noted."""
    unsettled = [kept.name for kept in hunted.kept if kept.open]
    problems = []
    if unsettled:
        problems.append(f"Nobody has said whether these are known in time: {_names(unsettled)}.")
    if findings.correction.problem:
        problems.append(findings.correction.problem)
    if not hunted.schema.inputs:
        problems.append("No column is left to predict from.")
    if problems:
        return Outcome(findings, "failed", " ".join(problems), artifacts)
    noted = []
    if findings.excluded:
        noted.append(f"Left out because they know the answer: {_names([e.name for e in findings.excluded])}.")
    unsure = [kept.name for kept in hunted.kept if kept.by.endswith("(--yes)")]
    if unsure:
        noted.append(f"Kept by default though they may know the answer: {_names(unsure)}.")
    noted += [
        f"'{origin.name}' tells the label, and shows in texts or media: judge the model by '{origin.name}'."
        for origin in findings.origins
    ]
    if not findings.order.honest:
        noted.append(findings.order.says[-1])
    if findings.production is not None and findings.production.different:
        noted.append(
            f"Production looks different (AUC {findings.production.auc:.2f}, {findings.production.effect})."
        )
    if noted:
        return Outcome(findings, "noted", " ".join(noted), artifacts)
    learnt = plural(len(hunted.schema.inputs), "column")
    return Outcome(findings, "passed", f"{learnt} to learn from; no leak was found.", artifacts)


def _began(work: Work) -> str:
    """What the rows of the first generation were read from: new ones come in the same order."""
    first = work.ledger.last("collect", 1)
    return "" if first is None else str(first.findings["kind"])


def _names(names: Sequence[str]) -> str:
    return listed([f"'{name}'" for name in names])


def schema_of(findings: Findings) -> Schema:
    """The schema after exclusions."""
    return Schema.of(findings.schema)
