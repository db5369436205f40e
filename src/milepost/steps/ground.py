"""Common ground: two models' answers to the same raw rows, under labels that both know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.modalities.base import text
from milepost.shipping.batch import predictions, task_of
from milepost.shipping.manifest import Package
from milepost.statistics.coarsen import Coarsening, coarsening
from milepost.steps.generation import Dataset
from milepost.tasks.base import Cut, Task

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Contender:
    """A model that is compared: its package, and the generation whose labels it knows.

    Args:
        package: the opened package.
        generation: the generation it is of.
        threads: threads of the graph runtime.
    """

    package: Package
    generation: int
    threads: int = 1

    @property
    def task(self) -> Task:
        """Its task."""
        return task_of(self.package)

    @property
    def cuts(self) -> Mapping[str, float]:
        """The signed probability from which each decided label applies; empty where nothing is signed."""
        return self.package.manifest.cuts

    def cut(self, task: Task) -> Cut | None:
        """Where its decisions begin, for a task with labels it knows; None where nothing is signed."""
        found = self.cuts
        if task.exclusive:
            return found.get(task.positive)
        return tuple(found[label] for label in task.labels) if found else None

    @property
    def all(self) -> bool:
        """Whether its sealed rows were learnt from too, after it was judged on them."""
        return self.package.manifest.lineage.get("refit") == "all"

    def answers(self, frame: pl.DataFrame) -> Array:
        """Its predictions of raw rows; a column that is gone counts as missing.

        Raises:
            InputError: the rows hold a value that it cannot take.
        """
        return predictions(self.package, frame, self.threads)


@dataclass(frozen=True)
class Ground:
    """Truth and both models' answers where they can be compared.

    Args:
        task: the task on common labels.
        truth: truth of the rows that both can have right.
        champion, candidate: predictions of these.
        rows: which of the rows given they are.
        fresh: for each class that only the candidate knows: its rows, and how many it had right.
        parts: for each common class that was split: its rows, and how many fell to the right part.
    """

    task: Task
    truth: Array
    champion: Array
    candidate: Array
    rows: Array
    fresh: Mapping[str, tuple[int, int]]
    parts: Mapping[str, tuple[int, int]]


def shared(known: Mapping[int, Dataset]) -> Coarsening:
    """The finest labels that all generations share."""
    relation = []
    for made in known.values():
        if made.base not in known:
            continue
        became: dict[str, list[str]] = {}
        for old, new in made.relation:
            became.setdefault(old, []).append(new)
        for old in known[made.base].labels:
            for new in became.get(old, [old]):
                relation.append(((made.base, old), (made.generation, new)))
    return coarsening({number: made.labels for number, made in known.items()}, relation)


def ground(
    frame: pl.DataFrame,
    edition: int,
    known: Mapping[int, Dataset],
    pair: Sequence[Contender],
    answers: Sequence[Array],
) -> Ground | None:
    """Brings two models' answers to the same rows under labels that both know; None where there are none.

    Args:
        frame: the rows with their targets.
        edition: the generation whose labels the rows have.
        known: every generation.
        pair: champion and candidate.
        answers: their predictions of the rows.
    """
    champion, candidate = pair
    task, target = candidate.task, frame.select(candidate.task.targets)
    every = np.arange(frame.height)
    if not task.labels:
        return Ground(task, task.encode(target), answers[0], answers[1], every, {}, {})
    if champion.task.labels == task.labels == tuple(known[edition].labels):
        return Ground(task, task.encode(target), answers[0], answers[1], every, {}, {})
    if not task.exclusive:
        return _labelled(task, frame, pair, answers)
    common = shared(known)
    words = text(target.to_series()).to_list()
    codes = np.array([common.of.get((edition, word), -1) for word in words])
    if task.family == "binary":
        positive = common.of[candidate.generation, task.positive]
        return Ground(task, (codes == positive).astype(np.int64), answers[0], answers[1], every, {}, {})
    old = np.unique(common.codes(champion.generation, champion.task.labels))
    both = np.isin(codes, old)
    if len(old) < 2 or not both.any():
        return None
    sums = [
        _whole(common.sums(proba, model.generation, model.task.labels)[:, old])
        for model, proba in zip(pair, answers, strict=True)
    ]
    place = {int(code): i for i, code in enumerate(old)}
    plain = {"targets": task.targets, "labels": [common.names[code] for code in old]}
    fresh, parts = _apart(common, edition, candidate, answers[1], (words, codes, old))
    truth = np.array([place[int(code)] for code in codes[both]], dtype=np.int64)
    coarse = type(task).of(plain)
    return Ground(coarse, truth, sums[0][both], sums[1][both], every[both], fresh, parts)


def _labelled(
    task: Task, frame: pl.DataFrame, pair: Sequence[Contender], answers: Sequence[Array]
) -> Ground | None:
    """Both models' answers for the labels that both know, where a row may bear several."""
    both = [label for label in task.labels if label in pair[0].task.labels]
    if not both:
        return None
    common = type(task).of({**task.plain(), "labels": both})
    shown = [
        said[:, [model.task.labels.index(label) for label in both]]
        for model, said in zip(pair, answers, strict=True)
    ]
    truth = task.encode(frame.select(task.targets))[:, [task.labels.index(label) for label in both]]
    return Ground(common, truth, shown[0], shown[1], np.arange(frame.height), {}, {})


def _whole(sums: Array) -> Array:
    """Probabilities given that the answer is one of the common classes."""
    total = sums.sum(axis=1, keepdims=True)
    even = np.full_like(sums, 1 / sums.shape[1])
    return np.where(total > 1e-12, sums / np.maximum(total, 1e-12), even)


def _apart(
    common: Coarsening, edition: int, candidate: Contender, proba: Array, seen: tuple[list[str], Array, Array]
) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
    """New classes with their recall, and classes that were split with how often the right part was found."""
    words, codes, old = seen
    labels = candidate.task.labels
    fresh: dict[str, tuple[int, int]] = {}
    parts: dict[str, tuple[int, int]] = {}
    if edition != candidate.generation:
        return fresh, parts
    number = {label: i for i, label in enumerate(labels)}
    truth = np.array([number.get(word, -1) for word in words])
    own = common.codes(candidate.generation, labels)
    for code in np.unique(codes[codes >= 0]):
        inside, columns = codes == code, np.flatnonzero(own == code)
        if code not in old:
            for column in columns:
                mine = truth == column
                fresh[labels[column]] = int(mine.sum()), int((proba[mine].argmax(axis=1) == column).sum())
        elif len(columns) > 1:
            found = columns[proba[inside][:, columns].argmax(axis=1)]
            parts[common.names[code]] = int(inside.sum()), int((found == truth[inside]).sum())
    return fresh, parts
