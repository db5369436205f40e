"""Neural networks for tables: members that share weights, residual or as RealMLP, trained with AdamW."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import ClassVar

import numpy as np

from milepost.errors import MissingExtra
from milepost.graphs.builder import Builder
from milepost.graphs.rounded import coarse
from milepost.learners import threads
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.encoder import Encoder
from milepost.learners.layers import Layer
from milepost.learners.loss import active
from milepost.learners.nettrainer import Trainer, device
from milepost.learners.space import Knob, Space
from milepost.modalities.base import View
from milepost.tasks.base import Head

MOST_ROWS = 300_000
CHUNK = 5_000
"""Rows times members at once: the pieces of some hundred numbers take a gigabyte otherwise."""
SELU = (1.6732632423543772, 1.0507009873554805)
DEFAULTS: Params = {
    "width": 64, "depth": 2, "residual": True, "members": 4,
    "dropout": 0.25, "weight_decay": 0.05, "learning_rate": 0.003,
    "numbers": "pieces", "pieces": 6, "embedding": 8,
}  # fmt: skip
PLAIN: Params = {
    "width": 128, "depth": 3, "residual": False, "members": 1,
    "dropout": 0.15, "weight_decay": 0.4, "learning_rate": 0.003,
}  # fmt: skip
"""RealMLP's settings (Holzmueller, Grinsztajn & Steinwart 2024)."""
PORTFOLIO: tuple[Params, ...] = (
    DEFAULTS,
    {**DEFAULTS, "numbers": "plain"},
    {**PLAIN, "width": 64, "depth": 2, "members": 4},
    PLAIN,
)


@dataclass(frozen=True)
class Network(Model):
    """A fitted network as plain arrays; torch is not needed to predict.

    Args:
        encoder: what it makes of the features first.
        layers: its layers; the last one takes what all members hold.
        residual: whether layers come in residual blocks of two.
        bend: what comes between two layers: "relu", "selu" or "mish".
        rounds: epochs.
        curve: the training curve.
        short: whether the clock ended the training.
    """

    encoder: Encoder
    layers: tuple[Layer, ...]
    residual: bool
    bend: str
    rounds: int
    curve: tuple[Point, ...]
    short: bool = False

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float32, the mean of the members'."""
        rows = max(1, CHUNK // self.members)
        parts = [self._raw(x[at : at + rows]) for at in range(0, max(1, len(x)), rows)]
        return np.concatenate(parts)

    @property
    def members(self) -> int:
        """How many networks share the weights."""
        first = self.layers[0].scale
        return 1 if first is None else len(first)

    def _raw(self, x: Array) -> Array:
        h = self.encoder.raw(x)
        h = h[:, None, :] if self.members > 1 else h
        first, *inner, last = self.layers
        h = _apply(h, first)
        if self.residual:
            for one, two in zip(inner[::2], inner[1::2], strict=True):
                h = h + _apply(bent(_apply(h, one), self.bend), two)
        else:
            for layer in inner:
                h = _apply(bent(h, self.bend), layer)
        return _apply(bent(h, self.bend).reshape(len(h), len(last.weight)), last)

    def rounded(self) -> Network:
        """The same network, weights and embeddings on a grid a column."""
        layers = tuple(replace(layer, weight=coarse(layer.weight)) for layer in self.layers)
        tables = tuple(coarse(table) for table in self.encoder.tables)
        return replace(self, layers=layers, encoder=replace(self.encoder, tables=tables))

    def emit(self, builder: Builder, features: str) -> str:
        """Adds the encoder, then products, sums and what bends between them."""
        h = self.encoder.emit(builder, features)
        if self.members > 1:
            h = builder.node("Unsqueeze", h, builder.const(np.array([1], np.int64)))
        first, *inner, last = self.layers
        h = self._layer(builder, h, first)
        if self.residual:
            for one, two in zip(inner[::2], inner[1::2], strict=True):
                bend = self._bend(builder, self._layer(builder, h, one))
                h = builder.node("Add", h, self._layer(builder, bend, two))
        else:
            for layer in inner:
                h = self._layer(builder, self._bend(builder, h), layer)
        h = self._bend(builder, h)
        h = builder.node("Flatten", h, axis=1) if self.members > 1 else h
        return builder.node("Gemm", h, builder.weight(last.weight), builder.const(last.bias))

    def _layer(self, builder: Builder, h: str, layer: Layer) -> str:
        node, const = builder.node, builder.const
        if self.members == 1:
            return node("Gemm", h, builder.weight(layer.weight), const(layer.bias))
        if layer.scale is not None:
            h = node("Mul", h, const(layer.scale))
        return node("Add", node("MatMul", h, builder.weight(layer.weight)), const(layer.bias))

    def _bend(self, builder: Builder, h: str) -> str:
        if self.bend == "mish":
            return builder.node("Mul", h, builder.node("Tanh", builder.node("Softplus", h)))
        return builder.node("Selu" if self.bend == "selu" else "Relu", h)


def bent(h: Array, bend: str) -> Array:
    """What comes between two layers.

    >>> bent(np.float32([-1, 0, 2]), "relu").tolist()
    [0.0, 0.0, 2.0]
    """
    if bend == "relu":
        return np.maximum(h, 0)
    if bend == "selu":
        alpha, scale = (np.float32(value) for value in SELU)
        return np.asarray(scale * np.where(h > 0, h, alpha * np.expm1(np.minimum(h, 0))))
    return np.asarray(h * np.tanh(np.logaddexp(np.float32(0), h)))


def _apply(h: Array, layer: Layer) -> Array:
    scaled = h if layer.scale is None else h * layer.scale
    flat = scaled.reshape(-1, len(layer.weight)) @ layer.weight
    return np.asarray(flat.reshape(*scaled.shape[:-1], flat.shape[1]) + layer.bias)


class Perceptron(Learner):
    """Networks on scaled numbers, pieces of them, and embeddings of categories.

    A residual network with normalisation, or a plain one with RealMLP's parametrisation and schedule
    (Holzmueller, Grinsztajn & Steinwart 2024); either may be several members that share weights (TabM,
    Gorishniy, Kotelnikov & Babenko 2025), whose scores are averaged.
    """

    name: ClassVar[str] = "network"
    title: ClassVar[str] = "neural network"
    view: ClassVar[View] = "network"
    extra: ClassVar[str] = "network"
    capacity: ClassVar[str] = "width"
    version: ClassVar[int] = 2
    defaults: ClassVar[Params] = DEFAULTS

    def objection(self, rows: int, features: int, head: Head) -> str:  # noqa: ARG002
        """PyTorch is missing, or rows are too many for a processor."""
        if find_spec("torch") is None:
            return str(MissingExtra.of("network", "A neural network"))
        if rows > MOST_ROWS and device() == "cpu":
            return f"A neural network is too slow for {rows:,} rows without a GPU; trees do as well there."
        return ""

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Residual members on pieces and on numbers, RealMLP as members and alone; narrower with few rows."""
        widest = 64 if rows < 2_000 else 1024
        return tuple({**params, "width": min(widest, int(params["width"]))} for params in PORTFOLIO)

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """Form, members, regularisation, and how numbers and categories come in; narrower with few rows."""
        return (
            Knob("width", 16, 64 if rows < 2_000 else 384, log=True, whole=True),
            Knob("depth", 1, 4, whole=True),
            Knob("residual", values=(False, True)),
            Knob("members", 1, 8, log=True, whole=True),
            Knob("dropout", 0.0, 0.5),
            Knob("weight_decay", 1e-3, 1.0, log=True),
            Knob("learning_rate", 5e-4, 1e-2, log=True),
            Knob("numbers", values=("plain", "pieces")),
            Knob("pieces", 4, 32, log=True, whole=True, when=("numbers", "pieces")),
            Knob("embedding", 2, 32, log=True, whole=True),
        )

    def ladder(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Wider, deeper and longer at each rung, no regularisation."""
        free = {"dropout": 0.0, "weight_decay": 0.0, "members": 1}
        rungs = ((4, 1, 5), (16, 1, 10), (64, 2, 20), (256, 2, 30), (512, 3, 40))
        return tuple({**free, "width": w, "depth": d, "epochs": e} for w, d, e in rungs)

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Trains along a schedule that ends in time and keeps the mean weights of the best epoch."""
        if find_spec("torch") is None:
            raise MissingExtra.of("network", "A neural network")
        train, valid = active(train), None if valid is None else active(valid)
        params = {**DEFAULTS, **job.params}
        with threads.torch(job.threads):
            return threads.apart(job.threads, lambda: self._fit(train, valid, params, job))

    def _fit(self, train: Batch, valid: Batch | None, params: Params, job: Job) -> Model:
        trainer = Trainer(train, valid, params, job)
        net, loop = trainer.run()
        found = (net.learnt(), net.fold(), net.shape.residual, net.shape.bend)
        return Network(*found, loop.best, loop.curve, trainer.short)


learners.add(Perceptron.name, Perceptron())
