"""A distilled student: one small forest that learns from the truth and from what the ensemble says of it.

Soft targets carry what a label hides, so that a small model comes nearer to a large one than by the labels
alone (Bucila, Caruana & Niculescu-Mizil 2006; Hinton, Vinyals & Dean 2015).
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np

from milepost.learners.base import Batch, Job, learners
from milepost.steps.exam import MACHINE, Exam
from milepost.steps.lost import Missing, raised
from milepost.steps.points import WHOLE
from milepost.steps.search import Findings as Tuned
from milepost.steps.standing import Standing
from milepost.steps.work import Work
from milepost.tasks.base import Head
from milepost.training.assemble import Assembly, Member
from milepost.training.calibrate import shrunk
from milepost.training.fit import Config
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
STUDENT = "student"
SOFT = 0.5
"""The share of the teacher in what is learnt; the rest is the truth."""
ROUNDS = 300
CONFIG = Config(
    "lightgbm", {"learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 20, "lambda_l2": 1.0}
)
FAINT = 0.01
"""Classes that a row belongs to with less than this are left out of its copies."""
CHEAP, LATE = 0.1, 2.0
"""It may be expected to take at most this share of the time that is left, and may take so many times that."""
VALUES = 2e6
"""Rows times features times classes that its trees see in a second, at least, each a round."""
LINKS = frozenset({"sigmoid", "softmax", "identity"})


def taught(
    work: Work, data: Material, stands: Standing, exam: Exam
) -> tuple[Assembly | None, tuple[Missing, ...]]:
    """The student of what stands, where it can be fitted and its graph proven; else why not.

    Args:
        work: the running step.
        data: the development rows.
        stands: what is judged and ships.
        exam: proves a graph.

    Raises:
        MissingExtra: a library is missing.
        Corrupt: bytes are lost.
    """
    try:
        made = teach(work, data, stands.tuned, stands.mixed)
        if made is not None:
            exam.graph(made)
    except MACHINE:
        raise
    except Exception as problem:
        work.say(f"there is no student: {raised(problem)}")
        return None, (Missing(f"the point '{STUDENT}'", raised(problem)),)
    return made, ()


def teach(work: Work, data: Material, tuned: Tuned, mixed: Array) -> Assembly | None:
    """Fits the student on all development rows.

    What the ensemble says of a row is out of fold; but the models that said it had seen all others, so that
    no development row can price the student: out of fold a student looked 2 to 4 % of the
    gain better than on fresh rows, on each of five tables. Its price is taken from the sealed rows.

    Args:
        work: the running step.
        data: the development rows.
        tuned: what the search found.
        mixed: out-of-fold predictions of what ships, not calibrated.

    Returns:
        None where there is no time, where something smaller ships already, or where a row may bear several
        labels or probabilities are moved to other shares of the classes.
    """
    head = data.task.head(data.truth)
    covered = len(np.unique(data.scored)) == len(data.truth)
    if head.link not in LINKS or tuned.shares or tuned.point != WHOLE or not covered:
        return None
    learner = learners[CONFIG.learner]
    prepared = data.prepared(-1, learner.view)
    teacher = _teacher(data, mixed)
    target, spare = _mixed(data, teacher), CHEAP * work.clock.left
    rows = max(len(target), copies(prepared.head, target) // 2)  # of two classes it was timed as they come
    cells = rows * prepared.train.x.shape[1]
    if tuned.trials is None and ROUNDS * cells * head.width / (VALUES * 100) > spare:
        return None
    batch = soften(prepared.head, prepared.train, target)
    end = math.inf if tuned.trials is not None else time.monotonic() + LATE * spare
    job = Job(CONFIG.params, prepared.head, work.seed, work.threads, end, rounds=ROUNDS)
    model = learner.fit(batch, None, job).rounded()
    member = Member(CONFIG, 1.0, prepared.transform, prepared.head, model)
    form: Any = ("identity",)
    if data.task.labels:
        shares = data.task.counts(data.truth) / len(data.truth)
        form = shrunk(form, len(data.truth), shares.tolist())
    return Assembly(data.task, data.recipe.schema, [member], form)


def copies(head: Head, target: Array) -> int:
    """How many rows soft targets make: one for each class that is not faint.

    >>> from milepost.tasks.heads import SoftmaxHead
    >>> copies(SoftmaxHead(3), np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]))
    3
    """
    return len(target) if head.link == "identity" else int((_shares(head, target) > FAINT).sum())


def soften(head: Head, batch: Batch, target: Array) -> Batch:
    """The batch with soft targets: a row of several classes comes once for each, weighted by its share.

    Args:
        head: the head of the rows.
        batch: their features and weights.
        target: probabilities of the positive class (rows,), of all classes (rows, classes), or values.
    """
    if head.link == "identity":
        return replace(batch, y=head.encode(target))
    shares = _shares(head, target)
    row, label = np.nonzero(shares > FAINT)
    weight = shares[row, label]
    if batch.weight is not None:
        weight = weight * batch.weight[row]
    return replace(batch, x=batch.x[row], y=head.encode(label), weight=weight)


def _shares(head: Head, target: Array) -> Array:
    return np.column_stack([1 - target, target]) if head.link == "sigmoid" else target


def _teacher(data: Material, said: Array) -> Array:
    """What the ensemble says of each row, the mean over repeats."""
    total = np.zeros((len(data.truth), *said.shape[1:]))
    np.add.at(total, data.scored, said)
    times = np.bincount(data.scored, minlength=len(data.truth))
    return np.asarray(total / times.reshape(-1, *[1] * (said.ndim - 1)))


def _mixed(data: Material, teacher: Array) -> Array:
    """Truth and teacher in equal parts; one-hot truth where there are several classes."""
    truth = np.asarray(data.truth)
    if data.task.labels and teacher.ndim == 2:
        truth = np.eye(teacher.shape[1])[truth.astype(np.int64)]
    return np.asarray((1 - SOFT) * truth + SOFT * teacher.reshape(truth.shape))
