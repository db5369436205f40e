"""Columns that know the answer: six kinds of evidence, gathered on a stated sample of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.recipe import Recipe
from milepost.data.schema import Schema
from milepost.learners.base import Batch, Job, learners
from milepost.modalities.base import text
from milepost.statistics import leakage
from milepost.statistics.intervals import hanley_mcneil_se
from milepost.statistics.univariate import auc, univariate_score
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
ROWS = 20_000
SURE = {"binary": 0.95, "multiclass": 0.97, "regression": 0.95}
"""From this score alone a column with strong evidence is left out by default."""
SEVERITIES = ("block", "ask", "inform")


@dataclass(frozen=True)
class Suspect:
    """One column's evidence.

    Args:
        name: the column.
        severity: "block", "ask" or "inform".
        signs: the detectors that fired.
        score: its score alone: an AUC, or a share of variance.
        says: the evidence in one sentence.
        drop: what is proposed: leave it out.
    """

    name: str
    severity: str
    signs: tuple[str, ...]
    score: float
    says: str
    drop: bool


@dataclass(frozen=True)
class Evidenced:
    """All evidence of one round.

    Args:
        suspects: the most suspicious first.
        scores: each input's score alone.
        full: score of all inputs together.
        rows: rows of the sample.
    """

    suspects: tuple[Suspect, ...]
    scores: Mapping[str, float]
    full: float
    rows: int


class Detective:
    """Gathers evidence on development rows, again after each exclusion; single scores are kept between rounds.

    Args:
        frame: development rows.
        truth: their truth.
        pool: rows without a target.
        task: the task.
        seed: seed of the sample.
    """

    def __init__(self, frame: pl.DataFrame, truth: Array, pool: pl.DataFrame, task: Task, seed: int) -> None:
        self.task, self.seed, self.pool, self.whole = task, seed, pool, frame
        self.whole_truth = truth
        keep = np.sort(np.random.default_rng(seed).permutation(len(truth))[:ROWS])
        self.frame, self.truth = frame[keep], truth[keep]
        self._scores: dict[str, float] = {}

    def look(self, schema: Schema) -> Evidenced:
        """Returns the evidence against the inputs of a schema."""
        names = [column.name for column in schema.inputs]
        for name in names:
            if name not in self._scores:
                self._scores[name] = self.alone(name)
        scores = {name: self._scores[name] for name in names}
        full = self.together(schema) if names else 0.5
        found = leakage.flag_leaks(scores, self._model(schema, full))
        suspects = [self._suspect(leak) for leak in found.values()]
        suspects += self._written_with_answer(names)
        suspects += self._quiet(names, {s.name for s in suspects})
        suspects.sort(key=lambda s: (SEVERITIES.index(s.severity), -s.score))
        unique = {s.name: s for s in reversed(suspects)}
        ordered = sorted(unique.values(), key=lambda s: (SEVERITIES.index(s.severity), -s.score))
        return Evidenced(tuple(ordered), scores, full, len(self.truth))

    def alone(self, name: str) -> float:
        """A column's score alone."""
        return univariate_score(_values(self.whole[name]), self.whole_truth, self.task.family, seed=self.seed)

    def together(self, schema: Schema) -> float:
        """The out-of-fold score of small boosted trees on all inputs of a schema, two folds."""
        learner = learners["lightgbm"]
        half = np.random.default_rng(self.seed).permutation(len(self.truth)) % 2
        scores = []
        recipe = Recipe.of(self.frame, schema)
        for fold in (0, 1):
            train, valid = np.flatnonzero(half != fold), np.flatnonzero(half == fold)
            head = self.task.head(self.truth[train])
            transform, x = recipe.fit(
                self.frame[train], "trees", head.statistics_target(self.truth[train]), seed=self.seed
            )
            job = Job(params={"learning_rate": 0.2, "num_leaves": 15}, head=head, seed=self.seed, rounds=60)
            model = learner.fit(Batch(x, head.encode(self.truth[train])), None, job)
            prediction = head.predict(model.raw(transform.matrix(self.frame[valid])))
            scores.append(self._score(prediction, self.truth[valid]))
        return float(np.mean(scores))

    def _score(self, prediction: Array, truth: Array) -> float:
        if self.task.family == "binary":
            return float(auc((truth == 1).astype(np.float64), prediction))
        if self.task.family == "multiclass":
            known = [c for c in range(prediction.shape[1]) if 0 < (truth == c).sum() < len(truth)]
            return float(np.mean([auc((truth == c).astype(np.float64), prediction[:, c]) for c in known]))
        flat = prediction if prediction.ndim == 1 else prediction[:, 0]
        return univariate_score(flat, truth, "regression", seed=self.seed)

    def _model(self, schema: Schema, full: float) -> leakage.Model:
        baseline = 0.5 if self.task.labels else 0.0
        rows = len(self.truth)
        if self.task.labels:
            rare = max(2.0, float(np.bincount(self.truth.astype(np.int64)).min()))
            error = hanley_mcneil_se(min(full, 0.999), rare, max(2.0, rows - rare))
        else:
            error = float(0.6 / np.sqrt(rows))

        def without(name: str) -> float | None:
            left = schema.without([name], "held out to look for leaks")
            return self.together(left) if left.inputs else baseline

        return leakage.Model(full, baseline, error, without)

    def _suspect(self, leak: leakage.Leak) -> Suspect:
        sure = leak.score >= SURE[self.task.family]
        return Suspect(
            leak.name, leak.severity, leak.signs, leak.score, leak.says, leak.severity == "ask" and sure
        )

    def _written_with_answer(self, names: Sequence[str]) -> list[Suspect]:
        """Columns that are missing where the target is, and almost nowhere else."""
        if not self.pool.height:
            return []
        found = []
        target = np.r_[np.zeros(self.whole.height, bool), np.ones(self.pool.height, bool)]
        for name in names:
            missing = np.r_[self.whole[name].is_null().to_numpy(), self.pool[name].is_null().to_numpy()]
            share = leakage.null_with_target(missing, target)
            if share is not None:
                says = (
                    f"'{name}' is missing in {share:.0%} of the rows without a target and almost nowhere else: "
                    "it was written with the answer."
                )
                found.append(
                    Suspect(name, "block", ("written with the answer",), self._scores[name], says, True)
                )
        return found

    def _quiet(self, names: Sequence[str], named: set[str]) -> list[Suspect]:
        """Leaks by missingness or format alone, and by the order of rows."""
        found = []
        bar = 0.5 if self.task.labels else 0.0
        for name in names:
            if name in named:
                continue
            values = _values(self.frame[name])
            blank = leakage.missingness_score(values, self.truth, self.task.family, seed=self.seed)
            shape = leakage.format_score(values, self.truth, self.task.family, seed=self.seed)
            # A value that is missing or written in a way that alone tells more than the value's own worth.
            best = max(blank, shape)
            if best > bar + 0.3 * (1 - bar) and best >= self._scores[name] - 0.02:
                how = "that it is missing" if blank >= shape else "the way it is written"
                says = f"'{name}': {how} alone scores {best:.3f}, as much as its values."
                sure = best >= SURE[self.task.family]
                found.append(
                    Suspect(name, "ask", ("missingness" if blank >= shape else "format",), best, says, sure)
                )
        return found

    def order(self) -> float:
        """How well the place of a row in the source predicts the target, by the same score."""
        return leakage.row_order_score(self.whole_truth, self.task.family, seed=self.seed)


def _values(column: pl.Series) -> Array:
    """A column as numpy for the detectors: moments as seconds, texts as objects."""
    if column.dtype.is_temporal():
        return (
            column.cast(pl.Datetime("us")).dt.epoch("s").cast(pl.Float64).fill_null(float("nan")).to_numpy()
        )
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return text(column).to_numpy().astype(object)
