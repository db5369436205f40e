"""Trains the last blocks of a pretrained network: a linear probe first, then epochs from there (LP-FT)."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import numpy as np

from milepost.learners.base import Array, Batch, Job
from milepost.learners.epochs import CHUNK, Epochs
from milepost.learners.late import Late, LateForm
from milepost.learners.linear import Line
from milepost.learners.loss import mean_loss
from milepost.learners.probe import Probe

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Strengths of the probe that are compared, from the middle on as long as they get better."""
MIDDLE = 3
APART = 5
"""One row in so many judges the strengths."""
PROBED = 0.2
"""Most of the time that choosing among them may take."""


class Tuner(Epochs[Late]):
    """One training run that begins with a linear probe, its first round (Kumar et al. 2022).

    A head that begins anywhere else would pull the pretrained layers out of shape before it fits them. What
    is made smaller afterwards is the probe's own loss, penalty included, with the last blocks set free.
    Rows may be mixed with others (mixup, Zhang et al. 2018).
    """

    lead: ClassVar[int] = 1

    def network(self, train: Batch) -> Late:
        """The pretrained layers under a linear layer of zeros."""
        self.rows = train
        return Late(form_of(train, self.job.head.width), self.job.seed, self.device, self.params)

    def begin(self) -> bool:
        """Fits the linear probe; late, on the rows that were seen in time."""
        batch = self.seen()
        job = self.job
        strength = self.params.get("C")
        if strength is None:
            strength = strength_of(batch, job)
        line, weak = probe(batch, job, float(strength))
        self.net.begin(line.slope, line.intercept, weak, weak * float(strength))
        return self.judge(1)

    def seen(self) -> Batch:
        """What the linear layer sees of the training rows, or of as many as there is time for, to scale."""
        x = self.train[0]
        parts = -(-len(x) // CHUNK)
        places: list[Array] = []
        found: list[Array] = []
        with self.torch.no_grad():
            for part in range(parts):
                if part and self.job.late:
                    break
                places.append(np.arange(part, len(x), parts))
                found.append(self.net.seen(x[part::parts]).cpu().numpy())
        rows = np.concatenate(places)
        back = np.argsort(rows)
        weight = None if self.rows.weight is None else np.asarray(self.rows.weight)[rows[back]]
        return Batch(self.net.scale(np.concatenate(found)[back]), np.asarray(self.rows.y)[rows[back]], weight)

    def loss(self, net: Late, rows: Any) -> Any:
        """The mean loss of some training rows, each mixed with another one, and the penalty."""
        x, y, weight = (tensor[rows] for tensor in self.train)
        draw = self.torch.rand(len(x), generator=net.noise, device=x.device)
        share = 0.5 * float(self.params["mixup"]) * draw
        other = self.torch.randperm(len(x), generator=net.noise, device=x.device)
        with self._precision():
            raw = net(self.torch.lerp(x, x[other], share[:, None]), True)
        own, others = self._losses(raw, y) * weight, self._losses(raw, y[other]) * weight[other]
        return self.torch.lerp(own, others, share).mean() + net.penalty()


def form_of(train: Batch, outputs: int) -> LateForm:
    """The form of the layers for rows with these maps."""
    maps = np.zeros(train.x.shape[1], bool)
    for block in train.blocks:
        maps[block.columns] = True
    return LateForm(train.blocks, np.flatnonzero(~maps), outputs)


def probe(batch: Batch, job: Job, strength: float) -> tuple[Line, float]:
    """A fitted linear probe of a strength, and what its penalty weighs in the mean loss."""
    asked = Job({"C": strength}, job.head, job.seed, job.threads, job.deadline)
    line = Probe().fit(batch, None, asked)
    assert isinstance(line, Line)
    labels = job.head.width if job.head.link == "sigmoids" else 1
    return line, 1 / (strength * len(batch.x) * labels)


def strength_of(batch: Batch, job: Job) -> float:
    """The strength of the least loss on a fifth of the rows that are kept apart, as long as there is time."""
    order = np.random.default_rng(job.seed).permutation(len(batch.x))
    few, many = order[::APART], np.delete(order, np.s_[::APART])
    inner, outer = (_some(batch, np.sort(rows)) for rows in (many, few))
    start = time.monotonic()
    losses: dict[int, float] = {}

    def loss(place: int) -> float:
        late = time.monotonic() > start + PROBED * (job.deadline - start)
        if place not in losses:
            out = not 0 <= place < len(STRENGTHS) or (bool(losses) and late)
            line = None if out else probe(inner, job, STRENGTHS[place])[0]
            losses[place] = np.inf if line is None else mean_loss(line.raw(outer.x), outer, job.head.link)
        return losses[place]

    at = MIDDLE
    if not len(many):
        return STRENGTHS[at]
    middle = loss(at)
    step = 1 if loss(at + 1) < middle else -1
    while loss(at + step) < loss(at):
        at += step
    return STRENGTHS[at]


def _some(batch: Batch, rows: Array) -> Batch:
    weight = None if batch.weight is None else np.asarray(batch.weight)[rows]
    return Batch(batch.x[rows], np.asarray(batch.y)[rows], weight)
