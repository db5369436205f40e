"""Quick scores of small boosted trees on any part of the inputs, each column's features made once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl

from milepost.data.crosses import may_name
from milepost.data.facts import facts_of
from milepost.data.recipe import Recipe
from milepost.data.schema import Field, Schema
from milepost.learners.base import Batch, Job, learners
from milepost.modalities.base import Facts, modalities, selected
from milepost.statistics.intervals import hanley_mcneil_se
from milepost.statistics.univariate import Array, auc, univariate_score
from milepost.tasks.base import Head, Task

ROUNDS = 60
Key = tuple[tuple[str, ...], str]
"""The columns of a field and their kind."""
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
        self._made: dict[tuple[Key, int], Sides] = {}
        self._plain: dict[str, Array] = {}
        self._last: dict[int, tuple[dict[Key, Array], Sides]] = {}
        self._scored: dict[frozenset[Key], float] = {}

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
        key = frozenset(map(_key, fields))
        if key not in self._scored:
            sides = [self._sides(fields, fold) for fold in (0, 1)]
            with ThreadPoolExecutor(min(2, self.threads)) as pool:
                self._scored[key] = float(np.mean(list(pool.map(self._fold, (0, 1), sides))))
        return self._scored[key]

    def grouped(self, groups: Array) -> Panel:
        """Returns a panel of the same rows of which those of one group (rows,) share a half."""
        other = Panel(self.frame, self.truth, self.task, self.seed, groups)
        other.threads, other._facts, other._plain = self.threads, self._facts, self._plain
        return other

    def _sides(self, fields: tuple[Field, ...], fold: int) -> Sides:
        """The features of fields: where they are among those asked for last, columns of these."""
        keys = [_key(part) for part in fields]
        places, whole = self._last.get(fold, ({}, None))
        if whole is None or not all(key in places for key in keys):
            self._enter(fields)
            sides = [self._features(part, fold) for part in fields]
            train, valid = (np.concatenate([pair[i] for pair in sides], axis=1) for i in (0, 1))
            ends = np.cumsum([pair[0].shape[1] for pair in sides])
            places = dict(zip(keys, np.split(np.arange(ends[-1]), ends[:-1]), strict=True))
            self._last[fold] = places, (train, valid)
            return train, valid
        columns = np.concatenate([places[key] for key in keys])
        return whole[0][:, columns], whole[1][:, columns]

    def _known(self, name: str) -> Facts:
        if name not in self._facts:
            self._facts[name] = facts_of(self.frame.get_column(name))
        return self._facts[name]

    def _is_plain(self, part: Field) -> bool:
        """Whether a field is a number that trees read as it is: nothing is learnt of it from rows."""
        if part.modality != "number":
            return False
        facts = self._known(part.names[0])
        return modalities["number"].wire(facts) != "double" and not may_name(part, facts)

    def _enter(self, fields: Sequence[Field]) -> None:
        """Makes the one feature of each plain number, of all rows, where it is not made yet."""
        new = [part for part in fields if part.name not in self._plain and self._is_plain(part)]
        if new:
            columns = tuple(column for part in new for column in part.columns)
            recipe = Recipe(Schema(columns), {column.name: self._known(column.name) for column in columns})
            _, x = recipe.fit(self.frame, "trees", None)
            self._plain |= dict(zip((part.name for part in new), np.ascontiguousarray(x.T), strict=True))

    def _fold(self, fold: int, sides: Sides) -> float:
        train, valid = sides
        head, truth = self.heads[fold], self.truth[self.half != fold]
        job = Job(params={"learning_rate": 0.2, "num_leaves": 15}, head=head, seed=self.seed, rounds=ROUNDS)
        model = learners["lightgbm"].fit(Batch(train, head.encode(truth)), None, job)
        return self._judge(head.predict(model.raw(valid)), self.truth[self.half == fold])

    def _features(self, part: Field, fold: int) -> Sides:
        if part.modality == "number" and part.name in self._plain:
            column = self._plain[part.name][:, None]
            return column[self.half != fold], column[self.half == fold]
        key = (_key(part), fold)
        if key not in self._made:
            head = self.heads[fold]
            inside, outside = (selected(self.sides[side], part.names) for side in (1 - fold, fold))
            target = head.statistics_target(self.truth[self.half != fold])
            recipe = Recipe(Schema(part.columns), {name: self._known(name) for name in part.names})
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


def _key(part: Field) -> Key:
    return part.names, part.modality
