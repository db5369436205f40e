"""Can the network learn a handful of rows by heart? If not, nothing it says of larger sets can be trusted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from milepost.learners.base import Job, Params, learners
from milepost.report.sentences import percent
from milepost.training.material import Material

ROWS = 64
PARAMS: Mapping[str, Params] = {
    "network": {
        "width": 256, "depth": 1, "members": 1, "dropout": 0.0, "weight_decay": 0.0,
        "learning_rate": 0.005, "epochs": 150, "batch": 32,
    },
    "deep": {
        "channels": 16, "depth": 1, "dropout": 0.0, "weight_decay": 0.0, "augment": 0.0,
        "learning_rate": 0.003, "epochs": 60, "batch": 16,
    },
}  # fmt: skip
LEARNT = 0.05
"""Share of the loss of the best constant below which rows are learnt by heart."""


@dataclass(frozen=True)
class Memorised:
    """What a network kept of a handful of rows.

    Args:
        rows: how many rows.
        true: its loss on them as a share of the best constant's.
        shuffled: the same with shuffled labels.
        learns: whether it learnt the true labels by heart.
        says: in a sentence.
    """

    rows: int
    true: float
    shuffled: float
    learns: bool
    says: str


def memorise(data: Material, seed: int, seconds: float, name: str = "network") -> Memorised:
    """Trains a network without regularisation on 64 rows, once with their labels, once with shuffled ones.

    Rows whose inputs are alike but whose labels differ cannot be told apart, so that the second loss shows
    what the features hold, the first that optimiser, labels and features fit together.

    Raises:
        MissingExtra: PyTorch is not installed.
    """
    learner = learners[name]
    params = PARAMS[name]
    prepared = data.prepared(0, learner.view, min(2_000, len(data.folds[0].train)))
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(prepared.train.x))[:ROWS]
    truth = data.truth[data.train_rows(0, min(2_000, len(data.folds[0].train)))][order]
    head = data.task.head(truth)
    seen = replace(prepared.train, x=prepared.train.x[order], y=head.encode(truth), weight=None)
    learner.fit(seen, None, Job({**params, "epochs": 1}, head, seed))  # loads PyTorch, outside the time limit
    shares = []
    for labels in (truth, truth[rng.permutation(len(truth))]):
        batch = replace(seen, y=head.encode(labels))
        job = Job(params, head, seed, deadline=time.monotonic() + seconds / 2)
        fitted = head.predict(learner.fit(batch, None, job).raw(batch.x))
        flat = data.task.repeat(data.task.naive(labels), len(labels))
        chance = max(float(data.task.losses(labels, flat).mean()), 1e-12)
        shares.append(float(data.task.losses(labels, fitted).mean()) / chance)
    learns = shares[0] < LEARNT
    told = (
        f"{len(order)} rows to {percent(shares[0])} of the naive loss, "
        f"with shuffled labels to {percent(shares[1])}"
    )
    says = (
        f"The {learner.title} can learn by heart: {told}."
        if learns
        else f"The {learner.title} cannot learn even a handful of rows by heart: {told}. Rows alike in all "
        "inputs have different answers, or the inputs are out of scale."
    )
    return Memorised(len(order), shares[0], shares[1], learns, says)
