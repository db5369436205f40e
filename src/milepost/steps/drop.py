"""Why a score on sealed rows fell short of its promise: the checks, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.duplicates import exact_groups
from milepost.metrics.base import Metric
from milepost.report.sentences import listed, number, percent, plural
from milepost.statistics.shift import LEAST, Setting, TwoSample, c2st
from milepost.statistics.weights import density_ratio_weights
from milepost.steps.protocol import Findings as Protocol
from milepost.steps.work import Work
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
ROWS = 10_000
"""Rows of each side that the two-sample test reads at most."""


@dataclass(frozen=True)
class Check:
    """One check: its name, whether it explains the drop, and what it found."""

    name: str
    explains: bool
    says: str


@dataclass(frozen=True)
class Fell:
    """A drop to be explained.

    Args:
        metric: the metric of success.
        prediction: out-of-fold predictions of what ships, in the order of `Material.scored`.
        test: the opened rows.
        score: score on them.
        reach: the drop that is noise: what is left after a correction has to be within it.
    """

    metric: Metric
    prediction: Array
    test: pl.DataFrame
    score: float
    reach: float


def explain(work: Work, data: Material, fell: Fell) -> list[Check]:
    """Looks for copies between training and validation, then for a shift, then at the protocol.

    Args:
        work: the running step.
        data: the development rows.
        fell: the drop.
    """
    copies = _copies(data)
    if copies.explains:
        return [copies]
    few = min(len(np.unique(data.scored)), fell.test.height)
    if few < LEAST:
        says = f"of {few} rows on a side no difference in kind can be told; {LEAST} are needed."
        return [copies, Check("shift", False, says), _protocol(work)]
    found, rows = _two_sample(data, fell.test, work.seed)
    shift = _shift(found, data)
    if not shift.explains:
        return [copies, shift, _protocol(work)]
    weighed = _reweighted(data, fell, found, rows)
    return [copies, shift, weighed] if weighed.explains else [copies, shift, weighed, _protocol(work)]


def _copies(data: Material) -> Check:
    """Whether rows that judge have exact copies among the rows that trained."""
    same = exact_groups(data.frame, [column.name for column in data.recipe.schema.inputs])
    hits = sum(int(np.isin(same[fold.valid], same[fold.train]).sum()) for fold in data.folds)
    share = hits / max(1, len(data.scored))
    explains = share > 0.05
    says = f"{percent(share)} of the rows that judge have an exact copy among those that trained"
    says += ": the validation score was flattered by memory." if explains else "."
    return Check("copies across folds", explains, says)


def _two_sample(data: Material, test: pl.DataFrame, seed: int) -> tuple[TwoSample, Array]:
    """The classifier two-sample test of development rows against the opened ones, and the rows it read."""
    draw = np.random.default_rng(seed)
    judged = np.unique(data.scored)
    mine = np.sort(draw.permutation(judged)[:ROWS])
    theirs = np.sort(draw.permutation(test.height)[:ROWS])
    transform = data.prepared(-1, "trees").transform
    a, b = transform.matrix(data.frame[mine]), transform.matrix(test[theirs])
    setting = Setting(seed=seed, balance=False)
    return c2st(a.astype(np.float64), b.astype(np.float64), setting=setting), mine


def _shift(found: TwoSample, data: Material) -> Check:
    names = _causes(found.importance, data)
    told = f"a classifier tells sealed rows from the others with an area of {found.auc:.3f} ({found.effect})"
    if found.different:
        return Check("shift", True, f"{told}, most by {listed(names)}: the sealed rows are of another kind.")
    return Check("shift", False, f"{told}: the sealed rows look like the others.")


def _causes(importance: Array, data: Material) -> Sequence[str]:
    """The fields that give the sealed rows away."""
    sources = data.prepared(-1, "trees").transform.sources
    weight: dict[str, float] = {}
    for source, value in zip(sources, importance, strict=True):
        weight[source] = weight.get(source, 0.0) + float(value)
    ranked = sorted(weight, key=lambda name: -weight[name])
    return [name for name in ranked[:3] if weight[name] > 0] or ranked[:1]


def _reweighted(data: Material, fell: Fell, found: TwoSample, rows: Array) -> Check:
    """The validation score with rows counting as they would among the sealed ones."""
    name = "validation score, reweighted"
    first = found.second == 0
    read = rows[found.rows[first]]
    sizes = int(first.sum()), int((~first).sum())
    weights = density_ratio_weights(found.probabilities[first], *sizes, auc=found.auc)
    if not weights.correctable:
        says = f"{weights.says.capitalize()} The shift may explain the drop, but cannot be weighed out."
        return Check(name, True, says)
    place = np.full(len(data.frame), -1)
    place[data.scored[::-1]] = np.arange(len(data.scored))[::-1]
    at = place[read]
    truth, prediction = data.truth[read], fell.prediction[at]
    plain = fell.metric(truth, prediction)
    weighed = fell.metric(truth, prediction, weights.values)
    left = fell.metric.gain(weighed, fell.score)
    explains = left <= fell.reach
    says = (
        f"counted as the sealed rows would, validation gives {number(weighed, 4)} rather than "
        f"{number(plain, 4)} {fell.metric.name}, against {number(fell.score, 4)} on the sealed rows: "
    )
    says += "the shift explains the drop." if explains else "the shift alone does not explain the drop."
    return Check(name, explains, says)


def _protocol(work: Work) -> Check:
    """What is left: validation that is not to be relied on."""
    found = work.found("protocol", Protocol)
    now = f"{found.kind} with {plural(len(found.valid_rows), 'fold')}"
    says = (
        f"neither copies nor a shift explain it, so that validation ({now}) is not reliable: repeat the "
        "folds (milepost protocol --tolerance with a smaller value), and seal new test rows."
    )
    return Check("validation protocol", True, says)
