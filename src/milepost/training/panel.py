"""Quick scores of small boosted trees on any part of the inputs, each column's features made once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl

from milepost.data.facts import facts_of
from milepost.data.recipe import Recipe
from milepost.data.schema import Field, Schema
from milepost.learners.base import Batch, Job, learners
from milepost.modalities.base import Facts, selected
from milepost.statistics.intervals import hanley_mcneil_se
from milepost.statistics.univariate import Array, auc, univariate_score
from milepost.tasks.base import Head, Task

ROUNDS = 60
Sides = tuple[Array, Array]
"""Training features and validation features of one fold."""


class Panel:
    """Scores sets of inputs by two-fold validation of small boosted trees.

    Args:
        frame: rows.
        truth: their truth.
        task: the task.
        seed: of the halves.
        groups: rows of one group (rows,) share a half; None: rows are drawn singly.
    """

    def __init__(
        self, frame: pl.DataFrame, truth: Array, task: Task, seed: int, groups: Array | None = None
    ) -> None:
        self.frame, self.truth, self.task, self.seed = frame, truth, task, seed
        generator = np.random.default_rng(seed)
        if groups is None:
            self.half = generator.permutation(len(truth)) % 2
        else:
            _, codes = np.unique(groups, return_inverse=True)
            self.half = (generator.permutation(int(codes.max()) + 1) % 2)[codes]
        self.threads = 1
        """How many of the two halves learn side by side."""
        self.sides = tuple(frame.filter(pl.Series(self.half == fold)) for fold in (0, 1))
        self.heads: list[Head] = [task.head(truth[self.half != fold]) for fold in (0, 1)]
        self._facts: dict[str, Facts] = {}
        self._made: dict[tuple[tuple[str, ...], str, int], Sides] = {}
        self._scored: dict[frozenset[tuple[tuple[str, ...], str]], float] = {}

    @property
    def floor(self) -> float:
        """The score of knowing nothing."""
        return 0.5 if self.task.labels else 0.0

    def error(self, score: float) -> float:
        """Standard error of a score."""
        rows = len(self.truth)
        if not self.task.labels:
            return float(0.6 / np.sqrt(rows))
        rare = max(2.0, float(self.task.counts(self.truth).min()))
        return float(hanley_mcneil_se(min(score, 0.999), rare, max(2.0, rows - rare)))

    def score(self, schema: Schema) -> float:
        """The out-of-fold score of a schema's inputs: an AUC, or the share of rank variance explained."""
        fields = schema.fields()
        if not fields:
            return self.floor
        key = frozenset((part.names, part.modality) for part in fields)
        if key not in self._scored:
            sides = [self._sides(fields, fold) for fold in (0, 1)]
            with ThreadPoolExecutor(min(2, self.threads)) as pool:
                self._scored[key] = float(np.mean(list(pool.map(self._fold, (0, 1), sides))))
        return self._scored[key]

    def _sides(self, fields: tuple[Field, ...], fold: int) -> Sides:
        sides = [self._features(part, fold) for part in fields]
        train, valid = (np.concatenate([pair[i] for pair in sides], axis=1) for i in (0, 1))
        return train, valid

    def _fold(self, fold: int, sides: Sides) -> float:
        train, valid = sides
        head, truth = self.heads[fold], self.truth[self.half != fold]
        job = Job(params={"learning_rate": 0.2, "num_leaves": 15}, head=head, seed=self.seed, rounds=ROUNDS)
        model = learners["lightgbm"].fit(Batch(train, head.encode(truth)), None, job)
        return self._judge(head.predict(model.raw(valid)), self.truth[self.half == fold])

    def _features(self, part: Field, fold: int) -> Sides:
        key = (part.names, part.modality, fold)
        if key not in self._made:
            head = self.heads[fold]
            inside, outside = (selected(self.sides[side], part.names) for side in (1 - fold, fold))
            target = head.statistics_target(self.truth[self.half != fold])
            for name in part.names:
                if name not in self._facts:
                    self._facts[name] = facts_of(self.frame.get_column(name))
            recipe = Recipe(Schema(part.columns), {name: self._facts[name] for name in part.names})
            transform, x = recipe.fit(inside, "trees", target, seed=self.seed)
            self._made[key] = (x, transform.matrix(outside))
        return self._made[key]

    def _judge(self, prediction: Array, truth: Array) -> float:
        if self.task.family == "regression":
            outputs = prediction.reshape(len(truth), -1)
            pairs = zip(outputs.T, truth.reshape(len(truth), -1).T, strict=True)
            return max(univariate_score(a, b, "regression", seed=self.seed) for a, b in pairs)
        if not self.task.exclusive:
            return max(auc(a.astype(np.float64), b) for a, b in zip(truth.T, prediction.T, strict=True))
        codes = truth.astype(np.int64)
        if self.task.family == "binary":
            return auc((codes == 1).astype(np.float64), prediction)
        known = [c for c in range(prediction.shape[1]) if 0 < int((codes == c).sum()) < len(codes)]
        return float(
            np.mean([auc((codes == c).astype(np.float64), prediction[:, c]) for c in known] or [0.5])
        )
