"""A network for tables in plain PyTorch: members that share most weights, and fold into a few products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.learners.adam import Group
from milepost.learners.encoder import Encoder, bent

Array = np.ndarray[Any, Any]
EPS = 1e-5
LIKE = 400
"""The learning rate of a plain network is that of a layer of so many inputs."""
SLOW, FAST = 0.1, 6.0
"""Biases of a plain network learn so much more slowly than a weight of one input, its first scales faster."""


@dataclass(frozen=True)
class Shape:
    """The form of a network.

    Args:
        width: units of a layer.
        depth: hidden layers, or residual blocks.
        outputs: number of raw scores.
        residual: whether blocks add to their input, with batch normalisation before them.
        members: networks that share all weights but a scale of each input, biases, and the last layer.
        bend: what comes between two layers: "relu", "selu" or "mish".
    """

    width: int
    depth: int
    outputs: int
    residual: bool = False
    members: int = 1
    bend: str = "relu"


@dataclass(frozen=True)
class Layer:
    """A folded layer: inputs times `scale`, times `weight`, plus `bias`.

    Args:
        weight: float32 (inputs, units).
        bias: float32 (units,), or (members, units).
        scale: float32 (members, inputs) where members differ, else None.
    """

    weight: Array
    bias: Array
    scale: Array | None = None


class Net:
    """The network while it learns; randomness comes from its own generator, so that threads do not mix.

    A residual network is normalised over the batch before each block, each member on its own. A plain one is
    parametrised as RealMLP is (Holzmueller, Grinsztajn & Steinwart 2024): steps of a weight shrink with the
    root of its inputs, biases learn slowly, a scale of each input fast. Members begin with random signs of
    their inputs (the smallest form of TabM; Gorishniy, Kotelnikov & Babenko 2025).

    Args:
        shape: its form.
        encoder: what it makes of the features; its tables are learnt.
        start: raw scores it begins with (outputs,).
        seed: seed of weights and dropout.
        device: where it computes, as PyTorch names it.
    """

    def __init__(self, shape: Shape, encoder: Encoder, start: Array, seed: int, device: str = "cpu") -> None:
        import torch

        self.shape, self.encoder, self.torch, self.device = shape, encoder, torch, device
        self.generator = torch.Generator().manual_seed(seed)
        self.noise = self.generator if device == "cpu" else torch.Generator(device).manual_seed(seed)
        width, many = shape.width, shape.members
        sizes = [(encoder.width, width)]
        sizes += [(width, width)] * (2 * shape.depth if shape.residual else shape.depth - 1)
        self.weights = [self._weight(*size) for size in sizes]
        self.biases = [self._bias(size[1]) for size in sizes]
        if shape.residual:
            self.biases[0] = self.biases[0].repeat(many, 1)
        signs = torch.randint(0, 2, (many, encoder.width), generator=self.generator) * 2.0 - 1.0
        self.scale = [signs if many > 1 else torch.ones(1, encoder.width)]
        self.last = [torch.zeros(many, width, shape.outputs)]
        self.ends = [torch.tensor(np.asarray(start), dtype=torch.float32).repeat(many, 1, 1)]
        blocks = shape.depth if shape.residual else 0
        self.gains = [torch.ones(many * width) for _ in range(blocks)]
        self.shifts = [torch.zeros(many * width) for _ in range(blocks)]
        self.means = [torch.zeros(many * width) for _ in range(blocks)]
        self.variances = [torch.ones(many * width) for _ in range(blocks)]
        self.tables = [self._table(*table.shape) for table in encoder.tables]
        for name in (*LEARNT, "means", "variances"):
            setattr(self, name, [tensor.to(device) for tensor in getattr(self, name)])
        for tensor in self.learning:
            tensor.requires_grad_(True)
        fixed = ("numbers", "middle", "share", "pieces", "low", "span")
        self.fixed = {name: torch.from_numpy(getattr(encoder, name)).to(device) for name in fixed}

    @property
    def learning(self) -> list[Any]:
        """All parameters."""
        return [tensor for name in LEARNT for tensor in getattr(self, name)]

    def groups(self, decay: float) -> list[Group]:
        """The parameters with their weight decay and how fast each learns beside the others."""
        rest = [*self.gains, *self.shifts]
        if self.shape.residual:
            decayed = [*self.weights, *self.last, *self.tables]
            return [Group(decayed, decay), Group([*self.biases, *self.ends, *self.scale, *rest])]
        found = []
        for tensor in (*self.weights, *self.last, *self.tables):
            table = any(tensor is other for other in self.tables)
            rate = float(np.sqrt(LIKE / (1 if table else tensor.shape[-2])))
            found.append(Group([tensor], decay / rate, rate))
        root = float(np.sqrt(LIKE))
        many = self.shape.members > 1
        return [
            *found,
            Group([*self.biases, *self.ends], 0.0, SLOW * root),
            Group(self.scale, 0.0, root if many else FAST * root),
        ]

    def __call__(self, x: Any, drop: float = -1.0) -> Any:
        """Raw scores (members, rows, outputs) of a float32 tensor (rows, features).

        Args:
            x: features.
            drop: share of units left out in training; negative outside training.
        """
        h = (self._encoded(x).unsqueeze(1) * self.scale[0]) @ self.weights[0] + self.biases[0]
        if self.shape.residual:
            for block in range(self.shape.depth):
                h = h + self._block(h, block, drop)
        else:
            for weight, bias in zip(self.weights[1:], self.biases[1:], strict=True):
                h = self._drop(self._bend(h), drop) @ weight + bias
        h = self._bend(h) if self.shape.residual else self._drop(self._bend(h), drop)
        return self.torch.bmm(h.transpose(0, 1), self.last[0]) + self.ends[0]

    def _block(self, h: Any, block: int, drop: float) -> Any:
        normal = self.torch.nn.functional.batch_norm(
            h.flatten(1),
            self.means[block],
            self.variances[block],
            self.gains[block],
            self.shifts[block],
            drop >= 0 and len(h) > 1,
            0.1,
            EPS,
        )
        first, second = 1 + 2 * block, 2 + 2 * block
        inner = self._bend(normal.view(h.shape) @ self.weights[first] + self.biases[first])
        return self._drop(inner, drop) @ self.weights[second] + self.biases[second]

    def _encoded(self, x: Any) -> Any:
        """What the encoder gives, its tables as they are now."""
        fixed = self.fixed
        parts = [bent(x[:, fixed["numbers"]], fixed["middle"], fixed["share"])]
        if len(fixed["pieces"]):
            away = parts[0][:, fixed["pieces"]] - fixed["low"]
            parts.append((away / fixed["span"]).clamp(0, 1))
        for column, table in zip(self.encoder.coded, self.tables, strict=True):
            parts.append(self.torch.nn.functional.embedding(x[:, int(column)].long(), table))
        return self.torch.cat(parts, dim=1)

    def state(self) -> list[Any]:
        """Copies of everything that was learnt."""
        return [tensor.detach().clone() for tensor in self.tensors]

    def load(self, state: Sequence[Any]) -> None:
        """Goes back to a state."""
        with self.torch.no_grad():
            for tensor, saved in zip(self.tensors, state, strict=True):
                tensor.copy_(saved)

    def fold(self) -> tuple[Layer, ...]:
        """The layers, normalisation and the mean over members folded in; the last one takes them all."""
        many, width = self.shape.members, self.shape.width
        found = []
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            scale, shift = np.ones((1, 1)), 0.0 * plain(bias)
            if place == 0:
                scale = plain(self.scale[0])
            elif self.shape.residual and place % 2:
                block = place // 2
                mean, variance, gain, moved = (
                    plain(kind[block]).reshape(many, width)
                    for kind in (self.means, self.variances, self.gains, self.shifts)
                )
                scale = gain / np.sqrt(variance + EPS)
                shift = (moved - mean * scale) @ plain(weight)
            found.append(folded(plain(weight), plain(bias) + shift, scale))
        last = plain(self.last[0]).reshape(many * width, -1) / many
        found.append(folded(last, plain(self.ends[0]).mean(axis=(0, 1)), np.ones((1, 1))))
        return tuple(found)

    def learnt(self) -> Encoder:
        """The encoder with the tables that were learnt."""
        return replace(
            self.encoder, tables=tuple(table.detach().cpu().numpy().copy() for table in self.tables)
        )

    @property
    def tensors(self) -> list[Any]:
        """All parameters, and the statistics of normalisation."""
        return [*self.learning, *self.means, *self.variances]

    def _weight(self, inputs: int, units: int) -> Any:
        """Normal weights of variance 2 / inputs (He et al. 2015), or 1 / inputs in a plain network."""
        scale = float(np.sqrt((2 if self.shape.residual else 1) / max(1, inputs)))
        return self.torch.randn(inputs, units, generator=self.generator) * scale

    def _bias(self, units: int) -> Any:
        if self.shape.residual:
            return self.torch.zeros(units)
        return self.torch.randn(units, generator=self.generator)

    def _table(self, codes: int, size: int) -> Any:
        """Rows of unit length on average; code 0, which training may never show, begins at nothing."""
        table = self.torch.randn(codes, size, generator=self.generator) / float(np.sqrt(max(1, size)))
        table[0] = 0.0
        return table

    def _bend(self, h: Any) -> Any:
        functional = self.torch.nn.functional
        return {"relu": functional.relu, "selu": functional.selu, "mish": functional.mish}[self.shape.bend](h)

    def _drop(self, h: Any, share: float) -> Any:
        """Dropout by random bytes, eight from a drawn word: several times cheaper than one draw a unit."""
        out = round(256 * share)
        if out <= 0:
            return h
        words = self.torch.empty(-(-h.numel() // 8), dtype=self.torch.int64, device=self.device)
        words.random_(-(2**63), None, generator=self.noise)
        kept = words.view(self.torch.uint8)[: h.numel()].view(h.shape) >= out
        return h * kept * (256 / (256 - out))


LEARNT = ("weights", "biases", "scale", "last", "ends", "gains", "shifts", "tables")


def folded(weight: Array, bias: Array, scale: Array) -> Layer:
    """A layer in float32; a scale that all members share goes into the weight, and so does a bias.

    >>> layer = folded(np.ones((2, 1)), np.zeros((1, 1)), np.array([[2.0, 3.0]]))
    >>> layer.weight.tolist(), layer.bias.tolist(), layer.scale
    ([[2.0], [3.0]], [0.0], None)
    """
    if len(scale) == 1:
        weight, scale = scale[0][:, None] * weight, np.zeros((0, 0))
    bias = bias[0] if bias.ndim == 2 and len(bias) == 1 else bias
    kept = scale.astype(np.float32) if len(scale) else None
    return Layer(weight.astype(np.float32), bias.astype(np.float32), kept)


def plain(tensor: Any) -> Array:
    """A tensor as float64."""
    return np.asarray(tensor.detach().cpu().numpy(), np.float64)
