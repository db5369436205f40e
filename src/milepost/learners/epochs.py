"""Epochs of AdamW along one cycle that ends when the time does, resumed where they were killed."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np

from milepost.learners.adam import AdamW
from milepost.learners.base import Batch, Job, Params
from milepost.learners.checkpoint import Checkpoint
from milepost.learners.loop import Loop
from milepost.learners.network import device
from milepost.learners.schedule import Plan, one_cycle

Array = np.ndarray[Any, Any]
WATCHED = 1_000
"""Training rows on which the curve's training loss is measured."""
CHUNK = 256
"""Rows at once where no gradient is needed."""
SEEN = 1_200_000
"""Rows that pass in all epochs together, unless there are few or the time is short."""
FEWEST, MOST = 12, 60


class Net(Protocol):
    """A network while it learns."""

    @property
    def generator(self) -> Any:
        """Generator of the order of rows."""

    @property
    def noise(self) -> Any:
        """Generator of what is random about a row."""

    @property
    def decayed(self) -> list[Any]:
        """The parameters that weight decay draws towards 0."""

    @property
    def rest(self) -> list[Any]:
        """The other parameters."""

    def __call__(self, x: Any, training: bool) -> Any:
        """Raw scores (rows, outputs) of features (rows, features)."""

    def state(self) -> list[Any]:
        """Copies of everything that was learnt."""

    def load(self, state: list[Any]) -> None:
        """Goes back to a state."""


N = TypeVar("N", bound=Net)


class Epochs(ABC, Generic[N]):
    """One training run of a network.

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
        self.each = max(1, round(rows / self.batch))
        self.plan = Plan(self.each, epochs, max(0, job.least - self.lead), job.deadline)
        self.loop = Loop(job, self.lead + epochs, max(8, epochs // 2), valid is not None)
        self.half = bool(params["half"]) and brain_floats(self.device)
        self.train, self.valid = self._tensors(train), None if valid is None else self._tensors(valid)
        step = -(-rows // WATCHED)
        self.shown = tuple(tensor[::step] for tensor in self.train)
        self.net = self.network(train)
        decay = float(params.get("weight_decay", 0.0))
        self.optimizer = AdamW([(self.net.decayed, decay), (self.net.rest, 0.0)])
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
        net, loop = self.net, self.loop
        going = self._resume() or self.begin()
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
        seen = math.nan if self.valid is None else self._mean_loss(self.valid)
        if loop.due(epoch):
            loop.add(epoch, self._mean_loss(self.shown), seen)
        going = loop.on(epoch, seen)
        if loop.best == epoch:
            self.best = net.state()
        return going

    def loss(self, rows: Any) -> Any:
        """The mean loss of some training rows, to be made smaller."""
        x, y, weight = self.train
        with self._precision():
            raw = self.net(x[rows], True)
        return (self._losses(raw, y[rows]) * weight[rows]).mean()

    def _epoch(self, epoch: int) -> float:
        """One pass over the rows, or what the time allows of it; returns the seconds of a step."""
        order = self.torch.randperm(len(self.train[0]), generator=self.net.generator).to(self.device)
        start, counted, fresh = time.monotonic(), 0, self.step == 0
        for at, rows in enumerate(self.torch.tensor_split(order, self.each)):
            self.optimizer.clear()
            self.loss(rows).backward()
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

    def _precision(self) -> Any:
        """Convolutions and products in brain floats where the processor has them (Kalamkar et al. 2019)."""
        return self.torch.autocast(self.device, self.torch.bfloat16, enabled=self.half)

    def _losses(self, raw: Any, y: Any) -> Any:
        functional, link = self.torch.nn.functional, self.job.head.link
        if link == "softmax":
            return functional.cross_entropy(raw, y, reduction="none")
        if link == "identity":
            return ((raw - y) ** 2).mean(dim=1)
        return functional.binary_cross_entropy_with_logits(raw, y, reduction="none").mean(dim=1)

    def _mean_loss(self, part: tuple[Any, ...]) -> float:
        x, y, weight = part
        total = 0.0
        with self.torch.no_grad(), self._precision():
            for start in range(0, len(x), CHUNK):
                at = slice(start, start + CHUNK)
                total += float((self._losses(self.net(x[at], False), y[at]) * weight[at]).sum())
        return total / float(weight.sum())

    def _tensors(self, batch: Batch) -> tuple[Any, Any, Any]:
        link = self.job.head.link
        y = batch.y if link == "softmax" else np.asarray(batch.y, np.float32).reshape(len(batch.y), -1)
        weight = np.ones(len(y)) if batch.weight is None else np.asarray(batch.weight, np.float64)
        weight = (weight / weight.mean()).astype(np.float32)
        x, y, weight = (
            self.torch.from_numpy(np.ascontiguousarray(array)).to(self.device)
            for array in (np.asarray(batch.x, np.float32), y, weight)
        )
        return x, y.long() if link == "softmax" else y, weight

    def _state(self) -> dict[str, Any]:
        """All that decides how the training goes on."""
        return {
            "plan": (self.each, self.plan.epochs, self.plan.total),
            "step": self.step,
            "net": self.net.state(),
            "best": self.best,
            "optimizer": self.optimizer.state(),
            "generators": (self.net.generator.get_state(), self.net.noise.get_state()),
            "loop": self.loop.state(),
        }

    def _resume(self) -> bool:
        """Goes on from the state that was kept; returns whether there is one."""
        state = self.kept.read()
        if state is None or tuple(state["plan"][:2]) != (self.each, self.plan.epochs):
            return False
        self.plan.total, self.step, self.best = state["plan"][2], state["step"], state["best"]
        self.net.load(state["net"])
        self.optimizer.load(state["optimizer"])
        order, noise = state["generators"]
        self.net.generator.set_state(order)
        self.net.noise.set_state(noise)
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
