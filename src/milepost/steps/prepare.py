"""Milepost 6: the recipe by which each column becomes numbers; nothing is fitted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.data.crosses import SAMPLE
from milepost.data.recipe import Recipe, inner_folds
from milepost.data.schema import Schema
from milepost.digest import Json
from milepost.errors import InputError
from milepost.ledger import Ledger
from milepost.modalities.base import Facts as ColumnFacts
from milepost.modalities.base import View, modalities
from milepost.report.blocks import Block, Facts, Notice, Table, Text
from milepost.report.sentences import percent, plural
from milepost.steps.afford import affordable
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.holidays import Calendar, observed
from milepost.steps.source import load
from milepost.steps.understand import Findings as Understood
from milepost.steps.vectors import Known, named, seen
from milepost.steps.work import Work

TRIED: Mapping[View, int] = {"maps": 32}
"""Rows on which a view is tried that is dear to make, and that a search may not come to; others on all."""


@dataclass(frozen=True)
class Findings:
    """The recipe.

    Args:
        schema: the columns with their roles, as plain JSON.
        facts: facts of each input column on development rows.
        masks: missing rate each column will have in production, where that is higher than here.
        widths: number of features a view gives.
        absent: input columns that the production sample does not have.
        spared: columns that no pretrained network looks at for want of time or size, and why.
        vectors: what the word vectors that the brief names know of each column.
        together: columns that say more together than alone, and whole numbers that are names: their names,
            the share that they explain of what single columns leave, and how sure that is in standard errors.
        calendars: the public holidays that the brief names, beside the rows of each column.
    """

    schema: tuple[Mapping[str, Any], ...]
    facts: Mapping[str, Mapping[str, Any]]
    masks: Mapping[str, float]
    widths: Mapping[str, int]
    absent: tuple[str, ...]
    spared: Mapping[str, str] = field(default_factory=dict)
    vectors: Mapping[str, Known] = field(default_factory=dict)
    together: tuple[Mapping[str, Any], ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)


def recipe_of(work: Work) -> Recipe:
    """The recipe that this step fixed."""
    found = work.found("prepare", Findings)
    facts = {name: ColumnFacts(**values) for name, values in found.facts.items()}
    return Recipe(Schema.of(found.schema), facts, found.masks)


@dataclass(frozen=True)
class Prepare(Step):
    """Writes the recipe; values that production will miss are made missing in training."""

    least_gap: float = setting(
        0.02, "by how much production must miss a column more often before it is masked"
    )
    name: ClassVar[str] = "prepare"
    question: ClassVar[str] = "How does each column become numbers, the same in training and in production?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "understand", "measure")
    reads: ClassVar[tuple[str, ...]] = (
        "columns",
        "budget.seconds",
        "constraints.size_mb",
        "constraints.latency_ms",
    )
    findings: ClassVar[type] = Findings

    def outside(self, folder: Path, ledger: Ledger) -> Json:  # noqa: ARG002
        """What the files of word vectors look like from outside."""
        return seen(folder)

    def run(self, work: Work) -> Outcome:
        """Fixes the recipe and tries it on a sample."""
        rows = work.rows("development")
        schema = Schema.of(work.found("understand", Understood).schema)
        production = load(work, "production") if work.brief.data.production else None
        names = [column.name for column in schema.inputs]
        absent = tuple(n for n in names if production is not None and n not in production.columns)
        masks = (
            {} if production is None else self._masks(rows, production, [n for n in names if n not in absent])
        )
        if not names:
            said = "; ".join(f"'{c.name}': {c.why.rstrip('.')}" for c in schema.columns if c.role != "target")
            raise InputError(
                f"no column is left to predict from ({said[:600]}).",
                expected="At least one column has the role 'input'.",
                todo="Collect columns that are known when the question is asked, or change their roles.",
            )
        recipe, known = named(work, rows, Recipe.of(rows, schema, masks))
        recipe, calendars = observed(work, rows, recipe)
        recipe, spared = affordable(work, rows, recipe)
        sample = rows.sample(min(2000, rows.height), seed=work.seed)
        truth = work.task.encode(sample.select(work.task.targets))
        head = work.task.head(truth)
        widths: dict[str, int] = {}
        for view in recipe.views:
            if recipe.view(view) != view:
                widths[view] = widths[recipe.view(view)]
                continue
            few = slice(TRIED.get(view))
            _, matrix = recipe.fit(sample[few], view, head.statistics_target(truth[few]), seed=work.seed)
            widths[view] = int(matrix.shape[1])
        facts = {name: vars(recipe.facts[name]) for name in names}
        together = _together(work, rows, recipe)
        plain = tuple(schema.plain())
        findings = Findings(plain, facts, masks, widths, absent, spared, known, together, calendars)
        if absent:
            which = ", ".join(repr(name) for name in absent)
            return Outcome(
                findings,
                "failed",
                f"The production sample does not have the column(s) {which}. "
                "Set available = false for them in milepost.toml, or mend the sample.",
            )
        masked = f"; masked to production's missing rates: {plural(len(masks), 'column')}" if masks else ""
        made = "becomes" if len(names) == 1 else "become"
        reason = f"{plural(len(names), 'column')} {made} {plural(widths['trees'], 'feature')}{masked}."
        artifacts = {f"vectors.{name}": one.table for name, one in known.items()}
        return Outcome(findings, "passed", reason, artifacts)

    def _masks(self, rows: pl.DataFrame, production: pl.DataFrame, names: list[str]) -> dict[str, float]:
        masks = {}
        for name in names:
            here = rows[name].null_count() / max(1, rows.height)
            there = production[name].null_count() / max(1, production.height)
            if there > here + self.least_gap:
                masks[name] = float(there)
        return masks

    def tell(self, told: Told) -> Sequence[Block]:
        """The recipe in words."""
        found: Findings = told.findings
        inputs = [c for c in found.schema if c["role"] == "input"]
        kinds = {
            m: [c["name"] for c in inputs if c["modality"] == m] for m in {c["modality"] for c in inputs}
        }
        rows = tuple((m, ", ".join(names), modalities[m].becomes) for m, names in sorted(kinds.items()))
        blocks: list[Block] = [
            Facts(tuple((f"features for {view}", str(width)) for view, width in found.widths.items())),
            Table(("kind", "columns", "becomes"), rows, "How columns become numbers"),
            Text("Nothing is fitted here: each fit learns its statistics from its own training rows."),
        ]
        for name, rate in found.masks.items():
            blocks.append(
                Notice("info", f"'{name}' is missing in {percent(rate)} of production: masked alike here.")
            )
        if found.together:
            blocks.append(_keys(found.together))
        blocks += [Text(known.told(name)) for name, known in found.vectors.items()]
        blocks += [Text(days.told(name)) for name, days in found.calendars.items()]
        for name, reason in found.spared.items():
            blocks.append(Notice("info", f"'{name}' is not shown to a pretrained network: {reason}."))
        return blocks


def _together(work: Work, rows: pl.DataFrame, recipe: Recipe) -> tuple[Mapping[str, Any], ...]:
    """What columns say together on development rows; each fit asks its own training rows anew."""
    some = np.random.default_rng(work.seed).permutation(rows.height)[:SAMPLE]
    frame = rows[some]
    truth = work.task.encode(frame.select(work.task.targets))
    groups = work.array("collect", "groups")
    folds = inner_folds(frame.height, groups[some], work.seed)
    target = work.task.head(truth).statistics_target(truth)
    found = recipe.crosses(frame, (target, None, folds))
    return tuple({"columns": one.field.names, "gain": one.gain, "z": one.z} for one in found)


def _keys(found: Sequence[Mapping[str, Any]]) -> Table:
    """Keys of columns as a table."""
    rows = tuple(
        (" x ".join(one["columns"]), percent(one["gain"]), f"{one['z']:.1f}", _made(one["columns"]))
        for one in found
    )
    head = ("key", "explains of the rest", "standard errors", "becomes")
    return Table(head, rows, "What says more together, and numbers that are names")


def _made(columns: Sequence[str]) -> str:
    title = " x ".join(columns)
    return f"'{title} target mean' and '{title} share'" + (", beside the number" if len(columns) == 1 else "")
