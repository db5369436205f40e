"""A ready ONNX file as a learner: it reads raw columns, and nothing of it is trained."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np

from milepost.data.readers import readers
from milepost.digest import digest_file
from milepost.errors import InputError
from milepost.graphs.builder import Builder
from milepost.learners.base import Array, Batch, Job, Learner, Model, Point, learners
from milepost.learners.bring.files import File
from milepost.learners.bring.wrapped import Wrapped, add
from milepost.learners.graphmodel import GraphModel
from milepost.learners.loss import active, mean_loss
from milepost.learners.space import Knob
from milepost.modalities.base import View
from milepost.tasks.base import Head

LEAST = 1e-6
"""No probability of a file is taken to be nearer to 0 or 1."""
REMARK = (
    "'{name}' was trained elsewhere: whether it has seen these rows, the sealed ones among them, is not "
    "known. Where it has, its scores say nothing of fresh rows."
)


class ReadyModel(GraphModel):
    """A file's answers as raw scores, rescaled or not.

    Args:
        link: of the head.
        answers: how many numbers the file gives a row.
        soft: whether they are probabilities.
        order: for each raw score the place of its answer; for two classes 1 or -1, the sign.
        scale: mean and standard deviation of each target, for numbers.
        line: what rescales them, or None.
    """

    rounds = 1

    def __init__(self, link: str, answers: int, soft: bool, order: Array, scale: tuple[Array, Array]) -> None:
        self.link, self.answers, self.soft, self.order, self.scale = link, answers, soft, order, scale
        self.line: Model | None = None
        self.curve: tuple[Point, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Answers in, raw scores out."""
        return self.answers, 1 if self.link == "sigmoid" else len(self.order)

    def emit(self, builder: Builder, features: str) -> str:
        """Adds logarithms, the order of the classes, and the line."""
        node, const = builder.node, builder.const
        z = features
        if self.link == "identity":
            mean, sd = (np.asarray(part, np.float32)[None, :] for part in self.scale)
            z = node("Div", node("Sub", z, const(mean)), const(sd))
        elif self.soft:
            z = node("Clip", z, const(np.float32(LEAST)), const(np.float32(1 - LEAST)))
            other = node("Log", node("Sub", const(np.float32(1)), z))
            z = node("Log", z)
            if self.link == "sigmoids" or self.answers == 1:
                z = node("Sub", z, other)
        if self.link == "sigmoid":
            if self.answers == 2:
                yes, no = (node("Gather", z, const(np.array([i])), axis=1) for i in (1, 0))
                z = node("Sub", yes, no)
            z = node("Mul", z, const(np.float32(self.order[0])))
        elif self.link == "softmax":
            z = node("Gather", z, const(np.asarray(self.order, np.int64)), axis=1)
        return z if self.line is None else self.line.emit(builder, z)


class ReadyLearner(Wrapped):
    """A ready ONNX file, whose answers are taken as they are or rescaled by a linear model."""

    build: ClassVar[Any]

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Finds what its answers stand for; with "rescaled" fits a linear model on them.

        Raises:
            InputError: its answers do not fit the target, or are no numbers.
        """
        train, valid = active(train), None if valid is None else active(valid)
        self._check(train.x, job.head)
        link = job.head.link
        scale = tuple(np.asarray(getattr(job.head, name, (0.0,))) for name in ("mean", "sd"))
        soft = link != "identity" and bool(((train.x >= 0) & (train.x <= 1)).all())
        order = np.arange(job.head.width) if link != "sigmoid" else np.ones(1)
        model = ReadyModel(link, train.x.shape[1], soft, order, (scale[0], scale[1]))
        model.order = _order(model, train, link)
        model.__dict__.pop("_session", None)
        if {**self.defaults, **job.params}.get("fit") == "rescaled":
            learnt = Batch(model.raw(train.x), train.y, train.weight)
            line = learners["linear"].fit(learnt, None, Job({"C": 1.0}, job.head, threads=job.threads))
            model.__dict__.pop("_session", None)
            model.line = line
        ends = [mean_loss(model.raw(b.x), b, link) if b else float("nan") for b in (train, valid)]
        model.curve = (Point(1, *ends),)
        return model

    def _check(self, x: Array, head: Head) -> None:
        allowed = {"sigmoid": (1, 2)}.get(head.link, (head.width,))
        if x.shape[1] not in allowed:
            raise InputError(
                f"'{self.name}' gives {x.shape[1]} numbers a row.",
                expected=f"{' or '.join(map(str, allowed))}: as many as there are "
                f"{'targets' if head.link == 'identity' else 'classes'}.",
            )
        bad = int((~np.isfinite(x)).any(axis=1).sum())
        if bad:
            raise InputError(
                f"'{self.name}' has no finite answer to {bad} of {len(x)} rows.",
                expected="An answer also where values are missing.",
                todo="Put an imputer into the file.",
            )


def _order(model: ReadyModel, train: Batch, link: str) -> Array:
    """The order of the file's classes, told from the training rows: that with the lower loss."""
    from scipy.optimize import linear_sum_assignment

    if link == "sigmoid":
        losses = [mean_loss(sign * model.raw(train.x), train, link) for sign in (1, -1)]
        return np.array([1.0 if losses[0] <= losses[1] else -1.0])
    if link == "softmax":
        raw, codes = model.raw(train.x), np.asarray(train.y, np.int64)
        means = np.stack([
            raw[codes == c].mean(axis=0) if (codes == c).any() else np.zeros(raw.shape[1])
            for c in range(raw.shape[1])
        ])  # fmt: skip
        return np.asarray(linear_sum_assignment(-means)[1])
    return model.order


def from_onnx(
    path: str, *, name: str, columns: Sequence[str] = (), output: str = "", width: int = 0
) -> Learner:
    """Makes a learner of an ONNX file: it gives probabilities or scores, or values in the target's unit.

    It reads raw columns: inputs are named like columns, or `columns` lists those of its one input in order.
    The order of its classes is told from the training rows. Nothing of it is trained; "rescaled" fits a
    linear model on its answers.

    Args:
        path: the file, from the folder of the plug-in on.
        name: the learner's name.
        columns: the columns of its one input.
        output: the name of the output that holds the answers, where several hold numbers.
        width: numbers a row that it answers, where the file does not say it.

    Raises:
        InputError: there is no such file, or milepost's graph cannot hold what it does.
    """
    caller = inspect.stack()[1].frame.f_globals
    home = Path(caller.get("__file__", ".")).parent
    view = f"what {name} reads"
    readers.add(view, File(home / path, name, columns, output, width))
    return add(
        ReadyLearner, None, name, view=cast(View, view), module=caller.get("__name__", ""),
        space=(Knob("fit", values=("as it is", "rescaled")),), remark=REMARK.format(name=name),
        version=int(digest_file(home / path)[:12], 16),
    )  # fmt: skip
