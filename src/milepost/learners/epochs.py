"""Epochs of AdamW along one cycle that ends when the time does, resumed where they were killed."""

from __future__ import annotations

import io
import math
import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic

import numpy as np

from milepost.learners.adam import AdamW, Group
from milepost.learners.base import Batch, Job, Params
from milepost.learners.checkpoint import Checkpoint
from milepost.learners.copies import Copies, N
from milepost.learners.loop import Loop
from milepost.learners.nettrainer import device
from milepost.learners.schedule import Plan, one_cycle
from milepost.learners.tensors import losses, tensors

Array = np.ndarray[Any, Any]
WATCHED = 1_000
"""Training rows on which the curve's training loss is measured."""
CHUNK = 256
"""Rows at once where no gradient is needed."""
SEEN = 1_200_000
"""Rows that pass in all epochs together, unless there are few or the time is short."""
FEWEST, MOST = 12, 60


class Epochs(ABC, Generic[N]):
    """One training run of a network.

    Where a job may use several threads, copies of the network learn side by side.

    Args:
        train: rows to learn from.
        valid: rows that decide which epoch is best, or None.
        params: settings, complete but for "epochs" and "batch", which follow from the rows.
        job: how to fit.
    """

    lead: ClassVar[int] = 0
    """Rounds before the first epoch."""

    def __init__(self, train: Batch, valid: Batch | None, params: Params, job: Job) -> None:
        import torch

        self.torch, self.job, self.params, self.device = torch, job, params, device()
        rows = len(train.x)
        guess = 2 ** round(math.log2(max(1, rows) / 60))
        self.batch = int(params.get("batch", min(128, max(16, guess))))
        wanted = params.get("epochs", np.clip(SEEN // max(1, rows), FEWEST, MOST))
        epochs = int(wanted if job.rounds is None else job.rounds - self.lead)
        self.each, self.wanted = max(1, round(rows / self.batch)), epochs
        self.plan = Plan(self.each, epochs, max(0, job.least - self.lead), job.deadline)
        self.loop = Loop(job, self.lead + epochs, max(8, epochs // 2), valid is not None)
        self.half = bool(params["half"]) and brain_floats(self.device)
        self.train, self.valid = self._tensors(train), None if valid is None else self._tensors(valid)
        step = -(-rows // WATCHED)
        self.shown = tuple(tensor[::step] for tensor in self.train)
        self.net = self.network(train)
        self.copies = Copies(self.net, job.threads if self.device == "cpu" else 1, self.batch)
        decay = float(params.get("weight_decay", 0.0))
        self.optimizer = AdamW([Group(self.net.decayed, decay), Group(self.net.rest)])
        self.step = 0
        self.best = self.net.state()
        self.kept = Checkpoint(job.checkpoint)

    @abstractmethod
    def network(self, train: Batch) -> N:
        """The network before it learns."""

    def begin(self) -> bool:
        """What comes before the first epoch; returns whether there is one."""
        return True

    def run(self) -> tuple[N, Loop]:
        """Trains until validation, the epochs or the deadline end it."""
        with self.copies.working():
            return self._run()

    def _run(self) -> tuple[N, Loop]:
        net, loop = self.net, self.loop
        going = self._resume() or self._begin_from(self.job.begin) or self.begin()
        while going:
            epoch = loop.step + 1
            took = self._epoch(epoch)
            start = time.monotonic()
            going = self.judge(epoch) and self.step < self.plan.total
            self.plan.fit(self.step, took, time.monotonic() - start)
            going = going and self.step < self.plan.total
            if self.kept.due and going:
                self.kept.write(self._state())
        net.load(self.best)
        self.kept.clear()
        return net, loop

    def judge(self, epoch: int) -> bool:
        """Notes what validation says after an epoch; returns whether to go on."""
        net, loop = self.net, self.loop
        self.copies.agree()
        seen = math.nan if self.valid is None else self._mean_loss(self.valid)
        if loop.due(epoch):
            loop.add(epoch, self._mean_loss(self.shown), seen)
        going = loop.on(epoch, seen)
        if loop.best == epoch:
            self.best = net.state()
        return going

    def loss(self, net: N, rows: Any) -> Any:
        """The mean loss of some training rows, to be made smaller."""
        x, y, weight = self.train
        with self._precision():
            raw = net(x[rows], True)
        return (self._losses(raw, y[rows]) * weight[rows]).mean()

    def _epoch(self, epoch: int) -> float:
        """One pass over the rows, or what the time allows of it; returns the seconds of a step."""
        order = self.torch.randperm(len(self.train[0]), generator=self.net.generator).to(self.device)
        start, counted, fresh = time.monotonic(), 0, self.step == 0
        for at, rows in enumerate(self.torch.tensor_split(order, self.each)):
            self.copies.learn(self.loss, rows)
            self.optimizer.step(float(self.params["learning_rate"]) * one_cycle(self.step / self.plan.total))
            self.step += 1
            if fresh and at == 0:
                start = time.monotonic()  # the first step also sets PyTorch up
            else:
                counted += 1
            if fresh and counted in (3, 10, 30, 100):
                between = len(self.valid[0]) if self.valid else 0
                spent = (time.monotonic() - start) / counted
                self.plan.fit(self.step, spent, spent * between / self.batch / 3)
            late = self.job.late and epoch > self.job.least
            if late or (self.step >= self.plan.total and epoch > self.job.least):
                break
        return (time.monotonic() - start) / max(1, counted)

    @property
    def short(self) -> bool:
        """Whether the clock ended the training before its epochs were over or validation had its way."""
        return self.step < self.each * self.wanted and self.loop.step - self.loop.best < self.loop.patience

    def left(self) -> bytes:
        """What was learnt, for a later fit to begin from."""
        stream = io.BytesIO()
        self.torch.save(self.net.state(), stream)
        return stream.getvalue()

    def _begin_from(self, learnt: bytes) -> bool:
        """Begins where a former fit ended; returns whether that has the same form."""
        if not learnt:
            return False
        found = self.torch.load(io.BytesIO(learnt), map_location=self.device, weights_only=True)
        if [tensor.shape for tensor in found] != [tensor.shape for tensor in self.net.state()]:
            return False
        self.net.load(found)
        self.copies.renew()
        return True

    def _precision(self) -> Any:
        """Convolutions and products in brain floats where the processor has them (Kalamkar et al. 2019)."""
        return self.torch.autocast(self.device, self.torch.bfloat16, enabled=self.half)

    def _losses(self, raw: Any, y: Any) -> Any:
        return losses(self.job.head.link, raw, y)

    def _mean_loss(self, part: tuple[Any, ...]) -> float:
        x, y, weight = part
        many = self.copies.many

        def total(net: N, first: int) -> float:
            found = 0.0
            with self.torch.no_grad(), self._precision():
                for start in range(first * CHUNK, len(x), CHUNK * many):
                    at = slice(start, start + CHUNK)
                    found += float((self._losses(net(x[at], False), y[at]) * weight[at]).sum())
            return found

        return sum(self.copies.map(total, range(many))) / float(weight.sum())

    def _tensors(self, batch: Batch) -> tuple[Any, Any, Any]:
        return tensors(batch, self.job.head.link, self.device)

    def _state(self) -> dict[str, Any]:
        """All that decides how the training goes on."""
        return {
            "plan": (self.each, self.plan.epochs, self.plan.total),
            "step": self.step,
            "net": self.net.state(),
            "best": self.best,
            "optimizer": self.optimizer.state(),
            "order": self.net.generator.get_state(),
            "noise": self.copies.noise(),
            "loop": self.loop.state(),
        }

    def _resume(self) -> bool:
        """Goes on from the state that was kept; returns whether there is one."""
        state = self.kept.read()
        if state is None or tuple(state["plan"][:2]) != (self.each, self.plan.epochs):
            return False
        if len(state["noise"]) != self.copies.many:
            return False
        self.plan.total, self.step, self.best = state["plan"][2], state["step"], state["best"]
        self.net.load(state["net"])
        self.optimizer.load(state["optimizer"])
        self.copies.renew()
        self.net.generator.set_state(state["order"])
        self.copies.load_noise(state["noise"])
        self.loop.load(state["loop"])
        return True


def brain_floats(where: str) -> bool:
    """Whether a device computes with brain floats faster than with others."""
    import torch

    if where == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    asked = (
        getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )
    return any(bool(ask()) for ask in asked if ask is not None)
