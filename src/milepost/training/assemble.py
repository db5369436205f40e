"""The final model: refitted members, their weights, the calibrator and the threshold, as one graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from milepost.data.schema import Schema
from milepost.data.transform import Transform
from milepost.graphs.builder import Builder
from milepost.graphs.session import door
from milepost.learners.base import Model
from milepost.tasks.base import Cut, Head, Task
from milepost.training.calibrate import Form, apply, emit
from milepost.training.ensemble import blend
from milepost.training.fit import Config

Array = np.ndarray[Any, Any]
SEVERAL = 3
"""Fewer members take as many nodes one by one as together."""
HELD = 2**24
"""Numbers of features that are held for models that are asked about the same rows: 64 MB."""


@dataclass(frozen=True)
class Member:
    """One refitted model with its weight in the blend."""

    config: Config
    weight: float
    transform: Transform
    head: Head
    model: Model


class Known:
    """Features of tables and members' answers to them, made once however many blends of them are asked.

    Tables, transforms and models are told apart as objects, and are held so long.

    Args:
        most: numbers of features that are held; the oldest go first.
    """

    def __init__(self, most: int = HELD) -> None:
        self.most = most
        self._features: dict[tuple[int, ...], tuple[Transform, pl.DataFrame, Array]] = {}
        self._answers: dict[tuple[int, ...], tuple[Member, pl.DataFrame, Array]] = {}

    def features(self, transform: Transform, frame: pl.DataFrame) -> Array:
        """What a transform makes of a table."""
        key = (id(transform), id(frame))
        if key in self._features:
            return self._features[key][2]
        made = transform.matrix(frame)
        if made.size <= self.most:
            while sum(one.size for *_, one in self._features.values()) > self.most - made.size:
                del self._features[next(iter(self._features))]
            self._features[key] = (transform, frame, made)
        return made

    def has(self, member: Member, frame: pl.DataFrame) -> bool:
        """Whether a member answered to a table before, under whatever weight."""
        return _asked(member, frame) in self._answers

    def answer(self, member: Member, frame: pl.DataFrame) -> Array:
        """What it answered."""
        return self._answers[_asked(member, frame)][2]

    def keep(self, member: Member, frame: pl.DataFrame, answer: Array) -> None:
        """Holds what it answered."""
        self._answers[_asked(member, frame)] = (member, frame, answer)


def _asked(member: Member, frame: pl.DataFrame) -> tuple[int, ...]:
    return id(member.transform), id(member.head), id(member.model), id(frame)


@dataclass(frozen=True)
class Assembly:
    """Everything between raw columns and an answer.

    Args:
        task: the task.
        schema: the raw columns.
        members: the refitted models; their weights sum to 1.
        form: the calibrator's plain form.
        threshold: the decision threshold of the positive class, or one a label; None where there is none.
        threads: members that answer side by side.
    """

    task: Task
    schema: Schema
    members: Sequence[Member]
    form: Form
    threshold: Cut | None = None
    threads: int = 1

    def rounded(self) -> Assembly:
        """The same with coarser numbers in its members; itself where none of them takes fewer bytes so."""
        models = [member.model.rounded() for member in self.members]
        if all(model is member.model for model, member in zip(models, self.members, strict=True)):
            return self
        members = [replace(m, model=model) for m, model in zip(self.members, models, strict=True)]
        return replace(self, members=members)

    def predict(self, frame: pl.DataFrame, known: Known | None = None) -> Array:
        """Predictions by the native models: what the graph has to reproduce.

        Args:
            frame: raw rows.
            known: holds what members answered to this table before, and what they answer now.
        """
        known = Known() if known is None else known
        new = [member for member in self.members if not known.has(member, frame)]
        transforms = {id(m.transform): m.transform for m in new}
        made = {at: known.features(one, frame) for at, one in transforms.items()}
        with ThreadPoolExecutor(max(1, min(self.threads, len(new)))) as pool:
            said = list(pool.map(lambda m: m.head.predict(m.model.raw(made[id(m.transform)])), new))
        for member, answer in zip(new, said, strict=True):
            known.keep(member, frame, answer)
        single = [known.answer(member, frame) for member in self.members]
        return apply(self.form, blend(single, np.array([m.weight for m in self.members])))

    def graph(self) -> Any:
        """The one graph: a tensor a raw column in, probabilities, label and decision, or values, out."""
        builder = Builder()
        raw = {column.name: builder.input(column.name, column.wire) for column in self.schema.inputs}
        mixed = self._blend(builder, raw)
        if not self.task.labels:
            builder.output(mixed, "value", "double", len(self.task.targets))
            return builder.model()
        proba = emit(self.form, builder, mixed)
        decide(builder, proba, self.task, self.threshold)
        return builder.model()

    def _blend(self, builder: Builder, raw: Mapping[str, str]) -> str:
        features: dict[int, str] = {}
        scores = []
        for member in self.members:
            if id(member.transform) not in features:
                features[id(member.transform)] = member.transform.emit(builder, raw)
            scores.append(member.model.emit(builder, features[id(member.transform)]))
        if len(scores) >= SEVERAL and len({member.head for member in self.members}) == 1:
            return self._together(builder, scores)
        parts = []
        for member, one in zip(self.members, scores, strict=True):
            weight = builder.const(np.float64(member.weight))
            parts.append(builder.node("Mul", _predicted(builder, member.head, one), weight))
        return parts[0] if len(parts) == 1 else builder.node("Sum", *parts)

    def _together(self, builder: Builder, scores: Sequence[str]) -> str:
        """The blend of members under one head, which their scores go through as rows of one tensor.

        Every number is made and added as it is member by member, so that the bits are the same.
        """
        many = len(scores)
        made = _predicted(builder, self.members[0].head, builder.node("Concat", *scores, axis=0))
        width = len(self.task.labels or self.task.targets)
        made = builder.node("Reshape", made, builder.const(np.array([many, -1, width])))
        weights = np.array([member.weight for member in self.members], np.float64)[:, None, None]
        weighted = builder.node("Mul", made, builder.const(weights))
        parts = builder.nodes_out("Split", [weighted], many, axis=0, num_outputs=many)
        return builder.node("Squeeze", builder.node("Sum", *parts), builder.const(np.array([0])))


def _predicted(builder: Builder, head: Head, scores: str) -> str:
    return builder.cast(head.emit(builder, scores), "double")


def decide(builder: Builder, proba: str, task: Task, threshold: Cut | None) -> None:
    """Adds the outputs `proba`, `label` and, where a threshold is given, `decision` to a graph.

    Where a row may bear several labels, `label` (rows, labels) holds the names of those that apply, else ""
    and `decision` (rows, labels) 1 and 0.

    Args:
        builder: the graph under construction.
        proba: float or double tensor (rows, classes or labels).
        task: names the classes, negative first for binary, or the labels.
        threshold: decision threshold of the last of two classes, or one a label; None where there is none.
    """
    labels = task.labels
    single = builder.cast(proba, "float")
    builder.output(single, "proba", "float", len(labels))
    if not task.exclusive:
        limits = np.full((1, len(labels)), 0.5 if threshold is None else threshold, dtype=np.float32)
        borne = builder.node("GreaterOrEqual", single, builder.const(limits))
        if threshold is not None:
            builder.output(builder.cast(borne, "int64"), "decision", "int64", len(labels))
        names = builder.const(np.array([list(labels)], dtype=object))
        none = builder.const(np.array([[""]], dtype=object))
        builder.output(builder.node("Where", borne, names, none), "label", "string", len(labels))
        return
    if threshold is None:
        index = builder.node("ArgMax", single, axis=1, keepdims=1)
    else:
        positive = builder.node("Slice", single, *map(builder.const, _last_column()))
        reached = builder.node(
            "GreaterOrEqual", positive, builder.const(np.array([[threshold]], dtype=np.float32))
        )
        index = builder.cast(reached, "int64")
        builder.output(index, "decision", "int64", 1)
    names = builder.const(np.array(list(labels), dtype=object))
    builder.output(builder.node("Gather", names, index, axis=0), "label", "string", 1)


def decided(model: Any, schema: Schema, task: Task, threshold: Cut) -> Any:
    """Returns the graph with a signed threshold, or one a label: its label follows the decision."""
    builder = Builder()
    feeds = {door(c.name): builder.input(c.name, c.wire) for c in schema.inputs}
    (proba,) = builder.splice(model, feeds, ["proba"])
    decide(builder, proba, task, threshold)
    return builder.model()


def _last_column() -> tuple[Array, ...]:
    """Starts, ends and axes of a slice that keeps column 1."""
    return np.array([1]), np.array([2]), np.array([1])
