"""Neural networks for tables: a multilayer perceptron trained with AdamW (Loshchilov & Hutter 2019)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from milepost.errors import MissingExtra
from milepost.graphs.builder import Builder
from milepost.learners import threads
from milepost.learners.adam import AdamW
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.encoder import Encoder
from milepost.learners.layers import Net, Shape
from milepost.learners.loop import Loop
from milepost.learners.loss import active, constant
from milepost.learners.space import Knob, Space
from milepost.modalities.base import View
from milepost.tasks.base import Head

MOST_ROWS = 300_000
WATCHED = 5_000
"""Training rows on which the curve's training loss is measured."""
CHUNK = 5_000
"""Rows at once where no gradient is needed: the pieces of some hundred numbers take a gigabyte otherwise."""
DEFAULTS: Params = {
    "width": 128, "depth": 2, "residual": False,
    "dropout": 0.1, "weight_decay": 0.01, "learning_rate": 0.002,
    "numbers": "plain", "pieces": 8, "embedding": 8,
}  # fmt: skip
PORTFOLIO: tuple[Params, ...] = (
    {
        "width": 128, "depth": 2, "residual": True,
        "dropout": 0.25, "weight_decay": 0.05, "learning_rate": 0.003,
    },
    {"width": 192, "depth": 2, "dropout": 0.15, "weight_decay": 0.02, "learning_rate": 0.002},
    {"width": 64, "depth": 1, "dropout": 0.0, "weight_decay": 0.1, "learning_rate": 0.005},
    {"width": 256, "depth": 3, "dropout": 0.3, "weight_decay": 0.05, "learning_rate": 0.001},
)  # fmt: skip


@dataclass(frozen=True)
class Network(Model):
    """A fitted network as plain arrays; torch is not needed to predict.

    Args:
        encoder: what it makes of the features first.
        layers: weight (inputs, units) and bias (units,) of each layer.
        residual: whether layers come in residual blocks of two.
        rounds: epochs.
        curve: the training curve.
    """

    encoder: Encoder
    layers: tuple[tuple[Array, Array], ...]
    residual: bool
    rounds: int
    curve: tuple[Point, ...]

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float32."""
        parts = [self._raw(x[at : at + CHUNK]) for at in range(0, max(1, len(x)), CHUNK)]
        return np.concatenate(parts)

    def _raw(self, x: Array) -> Array:
        h = self.encoder.raw(x) @ self.layers[0][0] + self.layers[0][1]
        for first, second in self._blocks():
            inner = np.maximum(h @ first[0] + first[1], 0) @ second[0] + second[1]
            h = h + inner
        for weight, bias in self._plain():
            h = np.maximum(h, 0) @ weight + bias
        return np.asarray(h)

    def emit(self, builder: Builder, features: str) -> str:
        """Adds the encoder, then a Gemm and a Relu a layer."""
        h = _gemm(builder, self.encoder.emit(builder, features), self.layers[0])
        for first, second in self._blocks():
            inner = builder.node("Relu", _gemm(builder, h, first))
            h = builder.node("Add", h, _gemm(builder, inner, second))
        for layer in self._plain():
            h = _gemm(builder, builder.node("Relu", h), layer)
        return h

    def _blocks(self) -> Iterator[tuple[tuple[Array, Array], tuple[Array, Array]]]:
        if self.residual:
            yield from zip(self.layers[1:-1:2], self.layers[2:-1:2], strict=True)

    def _plain(self) -> tuple[tuple[Array, Array], ...]:
        return self.layers[-1:] if self.residual else self.layers[1:]


class Perceptron(Learner):
    """A multilayer perceptron on scaled numbers, or pieces of them, and embeddings of categories."""

    name: ClassVar[str] = "network"
    title: ClassVar[str] = "neural network"
    view: ClassVar[View] = "network"
    extra: ClassVar[str] = "network"
    capacity: ClassVar[str] = "width"
    defaults: ClassVar[Params] = DEFAULTS

    def objection(self, rows: int, features: int, head: Head) -> str:  # noqa: ARG002
        """PyTorch is missing, or rows are too many for a processor."""
        if find_spec("torch") is None:
            return str(MissingExtra.of("network", "A neural network"))
        if rows > MOST_ROWS and device() == "cpu":
            return f"A neural network is too slow for {rows:,} rows without a GPU; trees do as well there."
        return ""

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Four forms, narrower where there are few rows."""
        widest = 64 if rows < 2_000 else 1024
        sized = [{**params, "width": min(widest, int(params["width"]))} for params in PORTFOLIO]
        return tuple(sized if rows >= 2_000 else sized[:3])

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """Form, regularisation, and how numbers and categories come in; narrower with few rows."""
        return (
            Knob("width", 16, 64 if rows < 2_000 else 384, log=True, whole=True),
            Knob("depth", 1, 4, whole=True),
            Knob("residual", values=(False, True)),
            Knob("dropout", 0.0, 0.5),
            Knob("weight_decay", 1e-3, 0.3, log=True),
            Knob("learning_rate", 5e-4, 1e-2, log=True),
            Knob("numbers", values=("plain", "pieces")),
            Knob("pieces", 4, 32, log=True, whole=True, when=("numbers", "pieces")),
            Knob("embedding", 2, 32, log=True, whole=True),
        )

    def ladder(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Wider, deeper and longer at each rung, no regularisation."""
        free = {"dropout": 0.0, "weight_decay": 0.0}
        rungs = ((4, 1, 5), (16, 1, 10), (64, 2, 20), (256, 2, 30), (512, 3, 40))
        return tuple({**free, "width": w, "depth": d, "epochs": e} for w, d, e in rungs)

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Trains epoch by epoch along one cosine schedule and keeps the weights of the best epoch."""
        if find_spec("torch") is None:
            raise MissingExtra.of("network", "A neural network")
        train, valid = active(train), None if valid is None else active(valid)
        params = {**DEFAULTS, **job.params}
        with threads.torch(job.threads):
            trainer = Trainer(train, valid, params, job)
            net, loop = trainer.run()
            layers = net.fold()
        return Network(net.learnt(), layers, bool(params["residual"]), loop.best, loop.curve)


def device() -> str:
    """Where networks are trained: "cuda" where PyTorch sees a GPU, else "cpu"."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


class Trainer:
    """One training run.

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
        self.epochs = int(params.get("epochs", np.clip(2_500 * self.batch // max(1, rows), 12, 100)))
        self.loop = Loop(job, self.epochs, max(6, self.epochs // 4), valid is not None)
        self.train = self._tensors(train)
        shown = slice(None, None, -(-rows // WATCHED))
        self.shown = tuple(tensor[shown] for tensor in self.train)
        self.valid = None if valid is None else self._tensors(valid)
        shape = Shape(
            width=int(params["width"]),
            depth=int(params["depth"]),
            outputs=job.head.width,
            residual=bool(params["residual"]),
            dropout=float(params["dropout"]),
        )
        pieces = int(params["pieces"]) if params["numbers"] == "pieces" else 0
        encoder = Encoder.of(train.x, train.codes, pieces, int(params["embedding"]))
        start = constant(train, job.head.link, job.head.width)
        self.net = Net(shape, encoder, start, job.seed, self.device)

    def run(self) -> tuple[Net, Loop]:
        """Trains until validation, the epochs or the deadline end it."""
        net, loop = self.net, self.loop
        optimizer = AdamW([(net.decayed, float(self.params["weight_decay"])), (net.rest, 0.0)])
        best = net.state()
        for epoch in range(1, loop.limit + 1):
            self._epoch(epoch, optimizer)
            seen = math.nan if self.valid is None else self._mean_loss(self.valid)
            if loop.due(epoch):
                loop.add(epoch, self._mean_loss(self.shown), seen)
            going = loop.on(epoch, seen)
            if loop.best == epoch:
                best = net.state()
            if not going:
                break
        net.load(best)
        return net, loop

    def _epoch(self, epoch: int, optimizer: AdamW) -> None:
        x, y, weight = self.train
        order = self.torch.randperm(len(x), generator=self.net.generator).to(self.device)
        batches = self.torch.tensor_split(order, max(1, round(len(x) / self.batch)))
        for at, rows in enumerate(batches):
            optimizer.clear()
            loss = (self._losses(self.net(x[rows], True), y[rows]) * weight[rows]).mean()
            loss.backward()
            optimizer.step(self._rate((epoch - 1 + at / len(batches)) / self.epochs))
            if self.job.late and epoch > self.job.least:
                return

    def _rate(self, done: float) -> float:
        """Learning rate: up for a tenth of the way, then down a cosine to a hundredth."""
        peak = float(self.params["learning_rate"])
        if done < 0.1:
            return peak * (0.1 + 9 * done)
        return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - 0.1) / 0.9))))

    def _losses(self, raw: Any, y: Any) -> Any:
        functional = self.torch.nn.functional
        if self.job.head.link == "sigmoid":
            return functional.binary_cross_entropy_with_logits(raw[:, 0], y, reduction="none")
        if self.job.head.link == "sigmoids":
            return functional.binary_cross_entropy_with_logits(raw, y, reduction="none").mean(dim=1)
        if self.job.head.link == "softmax":
            return functional.cross_entropy(raw, y, reduction="none")
        return ((raw - y) ** 2).mean(dim=1)

    def _mean_loss(self, part: tuple[Any, ...]) -> float:
        x, y, weight = part
        with self.torch.no_grad():
            total = sum(
                float((self._losses(self.net(x[at], False), y[at]) * weight[at]).sum())
                for at in (slice(start, start + CHUNK) for start in range(0, len(x), CHUNK))
            )
        return total / float(weight.sum())

    def _tensors(self, batch: Batch) -> tuple[Any, Any, Any]:
        link = self.job.head.link
        y = batch.y if link == "softmax" else np.asarray(batch.y, np.float32)
        y = y.reshape(len(y), -1) if link in ("identity", "sigmoids") else y
        weight = np.ones(len(y)) if batch.weight is None else np.asarray(batch.weight, np.float64)
        weight = (weight / weight.mean()).astype(np.float32)
        arrays = (np.asarray(batch.x, np.float32), y, weight)
        x, y, weight = (
            self.torch.from_numpy(np.ascontiguousarray(array)).to(self.device) for array in arrays
        )
        return x, y.long() if link == "softmax" else y, weight


def _gemm(builder: Builder, tensor: str, layer: tuple[Array, Array]) -> str:
    return builder.node("Gemm", tensor, builder.const(layer[0]), builder.const(layer[1]))


learners.add(Perceptron.name, Perceptron())
