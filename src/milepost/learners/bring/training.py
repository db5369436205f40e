"""The training loop around a PyTorch module that a plug-in brings: AdamW, a cosine, early stopping."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from milepost.errors import MilepostError, UsageError
from milepost.learners.adam import AdamW, Group
from milepost.learners.base import Array, Batch, Job
from milepost.learners.bring.chance import running
from milepost.learners.loop import Loop
from milepost.learners.tensors import losses, tensors

LOOP: Mapping[str, float] = {"learning_rate": 0.002, "weight_decay": 0.01}
"""Settings of the loop; a plug-in's space or defaults may hold them, `epochs` and `batch` as well."""
WATCHED, CHUNK = 5_000, 8_192
"""Training rows on which the curve's training loss is measured, and rows at once without a gradient."""


class Training:
    """One training run.

    Args:
        name: the learner's name, for errors.
        module: takes float32 features (rows, features) and gives raw scores (rows, outputs).
        start: raw scores that are added to the module's, those of the best constant (outputs,).
        job: how to fit, its settings complete.
        call: asks a module for its answer to a tensor while it learns, or after.
    """

    def __init__(
        self, name: str, module: Any, start: Array, job: Job, call: Callable[[Any, Any, bool], Any]
    ) -> None:
        import torch

        self.torch, self.name, self.module, self.job, self.call = torch, name, module, job, call
        self.params = {**LOOP, **job.params}
        self.start = torch.from_numpy(np.asarray(start, np.float32))

    def run(self, train: Batch, valid: Batch | None) -> Loop:
        """Trains until validation, the epochs or the deadline end it; the module is left at its best.

        Raises:
            MilepostError: the loss is no number from the first epoch on.
        """
        rows = len(train.x)
        guess = 2 ** round(math.log2(max(1, rows) / 100))
        batch = int(self.params.get("batch", min(1024, max(32, guess))))
        epochs = int(self.params.get("epochs", np.clip(2_500 * batch // max(1, rows), 12, 100)))
        loop = Loop(self.job, epochs, max(6, epochs // 4), valid is not None)
        data = self._tensors(train)
        seen = None if valid is None else self._tensors(valid)
        shown = tuple(tensor[:: -(-rows // WATCHED)] for tensor in data)
        learnt = [tensor for tensor in self.module.parameters() if tensor.requires_grad]
        decayed = [tensor for tensor in learnt if tensor.ndim > 1]
        rest = [tensor for tensor in learnt if tensor.ndim < 2]
        optimizer = AdamW([Group(decayed, float(self.params["weight_decay"])), Group(rest)])
        generator = self.torch.Generator().manual_seed(self.job.seed)
        best = self._state()
        for epoch in range(1, loop.limit + 1):
            with running(generator):
                self._epoch((epoch, max(1, round(rows / batch)), epochs), data, optimizer, generator)
            train_loss = self._mean_loss(shown)
            if not math.isfinite(train_loss):
                self._diverged(epoch, loop)
                break
            judged = math.nan if seen is None else self._mean_loss(seen)
            if loop.due(epoch):
                loop.add(epoch, train_loss, judged)
            going = loop.on(epoch, judged)
            if loop.best == epoch:
                best = self._state()
            if not going:
                break
        self.module.load_state_dict(best)
        self.module.eval()
        return loop

    def _diverged(self, epoch: int, loop: Loop) -> None:
        """The best of the epochs before is kept; where there are none, that is an error."""
        if not loop.best:
            raise MilepostError(
                f"the loss of '{self.name}' is no number after epoch {epoch}.",
                expected="Finite scores for finite features.",
                todo="Lower learning_rate, or look for a division or a logarithm of 0 in the module.",
            )

    def _epoch(
        self, at: tuple[int, int, int], data: tuple[Any, ...], optimizer: AdamW, generator: Any
    ) -> None:
        epoch, parts, epochs = at
        x, y, weight = data
        self.module.train()
        order = self.torch.randperm(len(x), generator=generator)
        for i, rows in enumerate(self.torch.tensor_split(order, parts)):
            optimizer.clear()
            loss = (self._losses(self.scores(x[rows]), y[rows]) * weight[rows]).mean()
            loss.backward()
            optimizer.step(self._rate((epoch - 1 + i / parts) / epochs))
            if self.job.late and epoch > self.job.least:
                break
        self.module.eval()

    def _rate(self, done: float) -> float:
        """Learning rate: up for a tenth of the way, then down a cosine to a hundredth."""
        peak = float(self.params["learning_rate"])
        if done < 0.1:
            return peak * (0.1 + 9 * done)
        return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - 0.1) / 0.9))))

    def scores(self, x: Any) -> Any:
        """Raw scores of a float32 tensor (rows, features).

        Raises:
            UsageError: the module gives something else than (rows, outputs).
        """
        found = self.call(self.module, x, self.module.training)
        wanted = (len(x), len(self.start))
        if not isinstance(found, self.torch.Tensor) or tuple(found.shape) != wanted:
            kind = getattr(found, "shape", None)
            shown = tuple(kind) if kind is not None else type(found).__name__
            raise UsageError(
                f"the module of '{self.name}' gives {shown} to {len(x)} rows.",
                expected=f"Raw scores shaped {wanted}: `outputs` numbers a row, no probabilities.",
                todo="Let its last layer have `outputs` units.",
            )
        return found.float() + self.start

    def _losses(self, raw: Any, y: Any) -> Any:
        return losses(self.job.head.link, raw, y)

    def _mean_loss(self, part: tuple[Any, ...]) -> float:
        x, y, weight = part
        total = 0.0
        with self.torch.no_grad():
            for at in (slice(start, start + CHUNK) for start in range(0, len(x), CHUNK)):
                total += float((self._losses(self.scores(x[at]), y[at]) * weight[at]).sum())
        return total / float(weight.sum())

    def _state(self) -> dict[str, Any]:
        return {name: tensor.detach().clone() for name, tensor in self.module.state_dict().items()}

    def _tensors(self, batch: Batch) -> tuple[Any, Any, Any]:
        return tensors(batch, self.job.head.link)
