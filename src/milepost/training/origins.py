"""Where rows came from, and whether that gives the label away: texts and media betray their source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.recipe import Recipe
from milepost.data.schema import Schema
from milepost.learners.base import Batch, Job, learners
from milepost.modalities import media
from milepost.modalities.base import text
from milepost.statistics.univariate import auc
from milepost.tasks.base import Task, tasks

Array = np.ndarray[Any, Any]

SOURCES, LEAST = 12, 20
"""Values of a column that may be sources at most, and rows that each has at least."""
ROWS = 4_000
"""Rows that the quick model reads."""
TELLS, BOUND = 0.8, 0.3
"""From this AUC on texts or media tell the source, and from this Cramér's V on the source tells the label."""
ROUNDS = 60


@dataclass(frozen=True)
class Origin:
    """A column that names where rows came from, tells the label, and is betrayed by texts or media.

    Args:
        name: the column.
        bound: Cramér's V of it and the label, 0 to 1.
        told: how well the texts and media tell it, as a mean AUC over its values.
        sources: for each value the rows, the share of each label, the share of rows answered rightly (mean
            over the labels that occur there) where rows of all values were learnt from, and where this one
            was held out.
        labels: the labels, in the order of the shares.
        says: one sentence.
    """

    name: str
    bound: float
    told: float
    sources: tuple[tuple[str, int, tuple[float, ...], float, float], ...]
    labels: tuple[str, ...]
    says: str


def origins(frame: pl.DataFrame, truth: Array, task: Task, schema: Schema, seed: int) -> tuple[Origin, ...]:
    """Finds columns that say where rows came from, which tell the label and which texts and media give away.

    Leaving such a column out does not help: a model knows the source from how a text is written or a picture
    was taken. What it is worth elsewhere shows only where a whole source is held out.

    Args:
        frame: development rows.
        truth: their truth.
        task: the task; other than with one label of several nothing is looked for.
        schema: the columns.
        seed: of the sample and of the halves.
    """
    rich = tuple(c for c in schema.inputs if c.modality in ("text", *media.KINDS))
    if not rich or not task.labels or not task.exclusive:
        return ()
    drawn = np.sort(np.random.default_rng(seed).permutation(len(truth))[:ROWS])
    few, codes = frame[drawn], np.asarray(truth[drawn], np.int64)
    found = []
    for column in schema.columns:
        if column.role in ("target", "key", "time") or column in rich or column.modality != "category":
            continue
        values, source = np.unique(
            text(few[column.name]).fill_null("missing").to_numpy().astype(str), return_inverse=True
        )
        if not 2 <= len(values) <= SOURCES or np.bincount(source).min() < LEAST:
            continue
        bound = _cramer(source, codes, len(task.labels))
        if bound < BOUND:
            continue
        quick = _Quick(few.select(c.name for c in rich), Schema(rich), seed)
        told = quick.tells(source, tuple(values))
        if told >= TELLS:
            found.append(_origin(column.name, (bound, told), quick, (tuple(values), source), (task, codes)))
    return tuple(sorted(found, key=lambda one: -one.bound))


class _Quick:
    """Small boosted trees on scores of texts and media, each row judged by rows of the other half."""

    def __init__(self, frame: pl.DataFrame, schema: Schema, seed: int) -> None:
        self.frame, self.seed, self.recipe = frame, seed, Recipe.of(frame, schema)
        self.half = np.random.default_rng(seed).permutation(frame.height) % 2

    def predict(self, train: Array, valid: Array, truth: Array, task: Task) -> Array:
        """Probabilities (rows, classes) for some rows, from others."""
        head = task.head(truth[train])
        target = head.statistics_target(truth[train])
        transform, x = self.recipe.fit(self.frame[train], "trees", target, seed=self.seed)
        job = Job(params={"learning_rate": 0.2, "num_leaves": 15}, head=head, seed=self.seed, rounds=ROUNDS)
        model = learners["lightgbm"].fit(Batch(x, head.encode(truth[train])), None, job)
        said = np.asarray(head.predict(model.raw(transform.matrix(self.frame[valid]))))
        return np.column_stack([1 - said, said]) if said.ndim == 1 else said

    def halves(self, truth: Array, task: Task) -> Array:
        """Probabilities for all rows."""
        parts = [np.flatnonzero(self.half == k) for k in (0, 1)]
        said = np.empty((len(truth), len(task.labels)))
        for k in (0, 1):
            said[parts[k]] = self.predict(parts[1 - k], parts[k], truth, task)
        return said

    def tells(self, source: Array, values: tuple[str, ...]) -> float:
        """How well the source is told, as a mean AUC over its values."""
        task = tasks["multiclass"].of({"targets": ["source"], "labels": list(values)})
        said = self.halves(source, task)
        return float(np.mean([auc((source == k).astype(np.float64), said[:, k]) for k in range(len(values))]))


def _origin(
    name: str,
    strength: tuple[float, float],
    quick: _Quick,
    seen: tuple[tuple[str, ...], Array],
    asked: tuple[Task, Array],
) -> Origin:
    (values, source), (task, truth) = seen, asked
    mixed = quick.halves(truth, task).argmax(1)
    told = []
    for k, value in enumerate(values):
        inside, outside = np.flatnonzero(source == k), np.flatnonzero(source != k)
        shares = np.bincount(truth[inside], minlength=len(task.labels)) / len(inside)
        away = float("nan")
        if len(np.unique(truth[outside])) > 1:
            away = _right(truth[inside], quick.predict(outside, inside, truth, task).argmax(1))
        told.append((value, len(inside), tuple(shares.tolist()), _right(truth[inside], mixed[inside]), away))
    bound, tells = strength
    pairs = [(here, away) for *_, here, away in told if np.isfinite(away)]
    here, away = (float(np.mean(side)) for side in zip(*pairs, strict=True)) if pairs else (float("nan"),) * 2
    rich = " and ".join(f"'{column}'" for column in quick.frame.columns)
    says = (
        f"'{name}' tells the label (Cramér's V {bound:.2f}), and '{name}' shows in {rich} (AUC {tells:.2f}), "
        "also where the column itself is left out"
    )
    if pairs:
        says += (
            f": of rows of a '{name}' that was learnt from {100 * here:.0f} % are answered rightly, of one "
            f"that was held out {100 * away:.0f} % (mean over its labels). Judge the model by '{name}', and "
            f"with --group {name} if production brings others"
        )
    return Origin(name, bound, tells, tuple(told), tuple(task.labels), f"{says}.")


def _right(truth: Array, said: Array) -> float:
    """The share answered rightly, as the mean over the labels that occur."""
    return float(np.mean([(said[truth == k] == k).mean() for k in np.unique(truth)]))


def _cramer(one: Array, other: Array, labels: int) -> float:
    """Cramér's V of two groupings, with the correction for bias (Bergsma 2013)."""
    table = np.zeros((int(one.max()) + 1, labels))
    np.add.at(table, (one, other), 1)
    table = table[:, table.sum(0) > 0]
    rows = table.sum()
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True) / rows
    phi = float(((table - expected) ** 2 / expected).sum() / rows)
    r, k = table.shape
    phi = max(0.0, phi - (r - 1) * (k - 1) / (rows - 1))
    least = min(r - (r - 1) ** 2 / (rows - 1), k - (k - 1) ** 2 / (rows - 1)) - 1
    return float(np.sqrt(phi / least)) if least > 0 else 0.0


def told(found: Origin) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """Head and rows of a table of the sources."""
    head = (found.name, "rows", *found.labels, "right, learnt from", "right, held out")
    rows = tuple(
        (
            value,
            rows,
            *(f"{100 * share:.1f} %" for share in shares),
            f"{100 * here:.0f} %",
            f"{100 * away:.0f} %" if np.isfinite(away) else "one label elsewhere",
        )
        for value, rows, shares, here, away in found.sources
    )
    return head, rows
