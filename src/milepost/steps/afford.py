"""Which columns a pretrained network may look at: it must fit into budget, package and answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from milepost.data.recipe import Recipe
from milepost.data.schema import Column
from milepost.graphs.session import run, session
from milepost.modalities import kept
from milepost.modalities.base import Frozen, modalities
from milepost.modalities.feeds import parts
from milepost.report.sentences import number
from milepost.steps.work import Work

BEYOND = 1.5
"""Rows that go through in the budgeted steps, per development row: sealed ones do so more than once."""
ALONE = 9
"""Values that go through alone, to see what one answer takes."""


def affordable(work: Work, rows: pl.DataFrame, recipe: Recipe) -> tuple[Recipe, Mapping[str, str]]:
    """The recipe without pretrained networks that are too slow or too large, and why, by column.

    Time is foretold from a few values, whose answers are kept; values that went through before cost nothing.
    Where there is time for a network all development rows go through it here, once and for all steps.

    Args:
        work: the running step.
        rows: the development rows.
        recipe: the recipe with every network that is installed.
    """
    reasons: dict[str, str] = {}
    facts = dict(recipe.facts)
    for column in recipe.schema.inputs:
        known = facts[column.name]
        frozen = modalities[column.modality].pretrained(known)
        if frozen is None:
            continue
        reason = _reason(work, rows[column.name], column, frozen)
        if reason:
            reasons[column.name], facts[column.name] = reason, replace(known, pretrained=False)
        elif frozen.lasting:
            kept.look(frozen, rows[column.name], column.wire)
    return replace(recipe, facts=facts), reasons


def _reason(work: Work, values: pl.Series, column: Column, frozen: Frozen) -> str:
    """Why the network is left out, in half a sentence; empty where it is not."""
    limit = work.brief.constraints.size_mb
    if limit is not None and (size := megabytes(frozen, column.wire)) > limit:
        return f"{frozen.name} alone has {number(size)} MB; the package may have {number(limit)}"
    allowed = work.brief.constraints.latency_ms
    if allowed is not None and (one := milliseconds(frozen, values, column.wire)) > allowed:
        return f"{frozen.name} alone takes {number(one)} ms a row; an answer may take {number(allowed)}"
    if not frozen.lasting:
        return ""
    seconds = BEYOND * kept.forecast(frozen, values, column.wire)
    if seconds > frozen.share * work.clock.total:
        return f"{frozen.name} would take {seconds:.0f} of {work.clock.total:.0f} seconds"
    return ""


def milliseconds(frozen: Frozen, values: pl.Series, wire: str) -> float:
    """Milliseconds of one value alone on one thread: the median of some, over values of the column."""
    opened = session(frozen.model(wire), arena=False)
    known, took = values.drop_nulls(), []
    for chunk in known.sample(min(ALONE, len(known)), seed=0).to_frame("raw").iter_slices(1):
        (_, tensors), *_ = parts(chunk, {"raw": wire})
        start = time.monotonic()
        run(opened, tensors)
        took.append(1000 * (time.monotonic() - start))
    return float(np.median(took)) if took else 0.0


def megabytes(frozen: Frozen, wire: str) -> float:
    """The size of a frozen stage in a package."""
    return float(frozen.model(wire).ByteSize() / 1e6)
