"""One training run of a network for tables."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from milepost.learners.adam import BETAS, AdamW
from milepost.learners.base import Batch, Job, Params
from milepost.learners.encoder import Encoder
from milepost.learners.layers import Net, Shape
from milepost.learners.loop import Loop
from milepost.learners.loss import constant
from milepost.learners.schedule import Plan, four_cycles, late_fall, one_cycle
from milepost.learners.tensors import tensors

WATCHED = 5_000
"""Training rows on which the curve's training loss is measured."""
CHUNK = 5_000
"""Rows times members at once where no gradient is needed: pieces take a gigabyte otherwise."""
STEPS = 2_500
"""Steps of a training, unless rows are few or very many."""
FEWEST, MOST = 12, 100
"""Epochs at least and at most."""
HORIZON = 50
"""Steps over which weights are averaged (Polyak & Juditsky 1992), so that an early stop is a calm one."""
QUICK = (0.9, 0.95)
"""Means of a plain network forget quickly (Holzmueller, Grinsztajn & Steinwart 2024)."""


def device() -> str:
    """Where networks are trained: "cuda" where PyTorch sees a GPU, else "cpu"."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


class Trainer:
    """One training run along a schedule that ends in time; a refit stops where the fit was best.

    Args:
        train: rows to learn from.
        valid: rows that decide when to stop, or None.
        params: settings, complete but for "epochs" and "batch", which follow from the rows.
        job: how to fit.
    """

    def __init__(self, train: Batch, valid: Batch | None, params: Params, job: Job) -> None:
        import torch

        self.torch, self.job, self.params = torch, job, params
        self.device = device()
        rows = len(train.x)
        guess = 2 ** round(math.log2(max(1, rows) / 100)) if rows else 32
        self.batch = int(params.get("batch", min(1024, max(32, guess))))
        wanted = int(params.get("epochs", np.clip(STEPS * self.batch // max(1, rows), FEWEST, MOST)))
        self.each = max(1, round(rows / self.batch))
        self.loop = Loop(job, wanted, max(6, wanted // 4), valid is not None)
        self.plan = Plan(self.each, self.loop.limit, job.least, job.deadline)
        self.part = self.loop.limit / max(wanted, self.loop.limit)
        self.train = self._tensors(train)
        shown = slice(None, None, -(-rows // WATCHED) or 1)
        self.shown = tuple(tensor[shown] for tensor in self.train)
        self.valid = None if valid is None else self._tensors(valid)
        residual, numbers = bool(params["residual"]), job.head.link == "identity"
        shape = Shape(
            width=int(params["width"]),
            depth=int(params["depth"]),
            outputs=job.head.width,
            residual=residual,
            members=int(params["members"]),
            bend="relu" if residual else "mish" if numbers else "selu",
        )
        pieces = int(params["pieces"]) if params["numbers"] == "pieces" else 0
        encoder = Encoder.of(train.x, train.codes, pieces, int(params["embedding"]))
        start = constant(train, job.head.link, job.head.width)
        self.net = Net(shape, encoder, start, job.seed, self.device)
        groups = self.net.groups(float(params["weight_decay"]))
        self.optimizer = AdamW(groups, BETAS if residual else QUICK)
        self.rate = one_cycle if residual else four_cycles
        self.mean = self.net.state()
        self.step = 0

    def run(self) -> tuple[Net, Loop]:
        """Trains until validation, the epochs or the deadline end it."""
        net, loop = self.net, self.loop
        best = net.state()
        going = True
        while going:
            epoch = loop.step + 1
            took = self._epoch(epoch)
            start = time.monotonic()
            now = net.state()
            net.load(self.mean)
            seen = math.nan if self.valid is None else self._mean_loss(self.valid)
            if loop.due(epoch):
                loop.add(epoch, self._mean_loss(self.shown), seen)
            going = loop.on(epoch, seen)
            if loop.best == epoch:
                best = net.state()
            net.load(now)
            self.plan.fit(self.step, took, time.monotonic() - start)
            going = going and self.step < self.plan.total
        net.load(best)
        return net, loop

    @property
    def short(self) -> bool:
        """Whether the clock ended the training before its epochs were over or validation had its way."""
        return (
            self.step < self.each * self.loop.limit and self.loop.step - self.loop.best < self.loop.patience
        )

    def _epoch(self, epoch: int) -> float:
        """One pass over the rows, or what the time allows of it; returns the seconds of a step."""
        x, y, weight = self.train
        order = self.torch.randperm(len(x), generator=self.net.generator).to(self.device)
        peak, residual = float(self.params["learning_rate"]), self.net.shape.residual
        start, counted, fresh = time.monotonic(), 0, self.step == 0
        for at, rows in enumerate(self.torch.tensor_split(order, self.each)):
            done = self.part * self.step / self.plan.total
            share = 1.0 if residual else late_fall(done)
            self.optimizer.clear()
            raw = self.net(x[rows], share * float(self.params["dropout"]))
            (self._losses(raw, y[rows]) * weight[rows]).mean().backward()
            self.optimizer.step(peak * self.rate(done), share)
            self.step += 1
            self._average()
            if fresh and at == 0:
                start = time.monotonic()  # the first step also sets PyTorch up
            else:
                counted += 1
            if fresh and counted in (3, 10, 30, 100):
                spent = (time.monotonic() - start) / counted
                between = len(self.valid[0]) if self.valid else 0
                self.plan.fit(self.step, spent, spent * between / self.batch / 3)
            late = self.job.late and epoch > self.job.least
            if late or (self.step >= self.plan.total and epoch > self.job.least):
                break
        return (time.monotonic() - start) / max(1, counted)

    def _average(self) -> None:
        """Moves the mean of the weights over the last steps, which is what is judged and kept."""
        share = max(1 / HORIZON, 9 / (9 + self.step))
        with self.torch.no_grad():
            self.torch._foreach_lerp_(self.mean, self.net.tensors, share)

    def _losses(self, raw: Any, y: Any) -> Any:
        """Each row's loss (rows,), the mean over the members' own losses."""
        functional, link = self.torch.nn.functional, self.job.head.link
        members, rows, _ = raw.shape
        if link == "softmax":
            losses = functional.cross_entropy(raw.flatten(0, 1), y.repeat(members), reduction="none")
            return losses.view(members, rows).mean(dim=0)
        y = y.expand_as(raw)
        if link == "identity":
            return ((raw - y) ** 2).mean(dim=(0, 2))
        return functional.binary_cross_entropy_with_logits(raw, y, reduction="none").mean(dim=(0, 2))

    def _mean_loss(self, part: tuple[Any, ...]) -> float:
        x, y, weight = part
        rows = max(1, CHUNK // self.net.shape.members)
        total = 0.0
        with self.torch.no_grad():
            for at in (slice(start, start + rows) for start in range(0, len(x), rows)):
                mean = self.net(x[at]).mean(dim=0, keepdim=True)
                total += float((self._losses(mean, y[at]) * weight[at]).sum())
        return total / float(weight.sum())

    def _tensors(self, batch: Batch) -> tuple[Any, Any, Any]:
        return tensors(batch, self.job.head.link, self.device)
