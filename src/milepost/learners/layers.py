"""A multilayer perceptron in plain PyTorch, on numbers, pieces and embeddings, that folds into products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.learners.encoder import BOUND, Encoder

Array = np.ndarray[Any, Any]
EPS = 1e-5


@dataclass(frozen=True)
class Shape:
    """The form of a network.

    Args:
        width: units of a layer.
        depth: hidden layers, or residual blocks.
        outputs: number of raw scores.
        residual: whether blocks add to their input, with batch normalisation before them.
        dropout: share of units left out in training.
    """

    width: int
    depth: int
    outputs: int
    residual: bool = False
    dropout: float = 0.0


class Net:
    """The network while it learns; randomness comes from its own generator, so that threads do not mix.

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
        sizes = [(encoder.width, shape.width)]
        sizes += [(shape.width, shape.width)] * (2 * shape.depth if shape.residual else shape.depth - 1)
        self.weights = [self._weight(*size) for size in sizes]
        self.biases = [torch.zeros(size[1]) for size in sizes]
        self.weights.append(torch.zeros(shape.width, shape.outputs))
        self.biases.append(torch.tensor(np.asarray(start), dtype=torch.float32))
        blocks = shape.depth if shape.residual else 0
        self.gains = [torch.ones(shape.width) for _ in range(blocks)]
        self.shifts = [torch.zeros(shape.width) for _ in range(blocks)]
        self.means = [torch.zeros(shape.width) for _ in range(blocks)]
        self.variances = [torch.ones(shape.width) for _ in range(blocks)]
        self.tables = [self._table(*table.shape) for table in encoder.tables]
        for name in ("weights", "biases", "gains", "shifts", "means", "variances", "tables"):
            setattr(self, name, [tensor.to(device) for tensor in getattr(self, name)])
        for tensor in (*self.decayed, *self.rest):
            tensor.requires_grad_(True)
        self.numbers, self.pieces = (
            torch.from_numpy(c).to(device) for c in (encoder.numbers, encoder.pieces)
        )
        self.low, self.span = (torch.from_numpy(v).to(device) for v in (encoder.low, encoder.span))

    @property
    def decayed(self) -> list[Any]:
        """The parameters that weight decay draws towards 0."""
        return [*self.weights, *self.tables]

    @property
    def rest(self) -> list[Any]:
        """The parameters that are not decayed."""
        return [*self.biases, *self.gains, *self.shifts]

    def __call__(self, x: Any, training: bool) -> Any:
        """Raw scores (rows, outputs) of a float32 tensor (rows, features)."""
        functional, relu = self.torch.nn.functional, self.torch.relu
        h = self._encoded(x) @ self.weights[0] + self.biases[0]
        if not self.shape.residual:
            for weight, bias in zip(self.weights[1:], self.biases[1:], strict=True):
                h = self._drop(relu(h), training) @ weight + bias
            return h
        for block in range(self.shape.depth):
            normal = functional.batch_norm(
                h,
                self.means[block],
                self.variances[block],
                self.gains[block],
                self.shifts[block],
                training and len(h) > 1,
                0.1,
                EPS,
            )
            first, second = 1 + 2 * block, 2 + 2 * block
            inner = self._drop(relu(normal @ self.weights[first] + self.biases[first]), training)
            h = h + inner @ self.weights[second] + self.biases[second]
        return relu(h) @ self.weights[-1] + self.biases[-1]

    def _encoded(self, x: Any) -> Any:
        """What the encoder gives, its tables as they are now."""
        bounded = x.clamp(-BOUND, BOUND)
        if not len(self.pieces) and not self.tables:
            return bounded
        parts = [bounded[:, self.numbers]]
        if len(self.pieces):
            parts.append(((bounded[:, self.pieces] - self.low) / self.span).clamp(0, 1))
        for column, table in zip(self.encoder.coded, self.tables, strict=True):
            parts.append(self.torch.nn.functional.embedding(x[:, int(column)].long(), table))
        return self.torch.cat(parts, dim=1)

    def state(self) -> list[Any]:
        """Copies of everything that was learnt."""
        return [tensor.detach().clone() for tensor in self._tensors()]

    def load(self, state: Sequence[Any]) -> None:
        """Goes back to a state."""
        with self.torch.no_grad():
            for tensor, saved in zip(self._tensors(), state, strict=True):
                tensor.copy_(saved)

    def fold(self) -> tuple[tuple[Array, Array], ...]:
        """Weight (inputs, units) and bias (units,) of each layer, float32, normalisation folded in."""
        layers = [
            [tensor.detach().cpu().numpy().astype(np.float64) for tensor in pair]
            for pair in zip(self.weights, self.biases, strict=True)
        ]
        for block, (mean, variance) in enumerate(zip(self.means, self.variances, strict=True)):
            spread = np.sqrt(variance.cpu().numpy().astype(np.float64) + EPS)
            gain = self.gains[block].detach().cpu().numpy() / spread
            shift = self.shifts[block].detach().cpu().numpy() - mean.cpu().numpy() * gain
            weight, bias = layers[1 + 2 * block]
            layers[1 + 2 * block] = [gain[:, None] * weight, bias + shift @ weight]
        return tuple((weight.astype(np.float32), bias.astype(np.float32)) for weight, bias in layers)

    def learnt(self) -> Encoder:
        """The encoder with the tables that were learnt."""
        tables = tuple(table.detach().cpu().numpy().copy() for table in self.tables)
        return replace(self.encoder, tables=tables)

    def _tensors(self) -> list[Any]:
        return [*self.decayed, *self.rest, *self.means, *self.variances]

    def _weight(self, inputs: int, units: int) -> Any:
        """Normal weights of variance 2 / inputs (He et al. 2015)."""
        scale = float(np.sqrt(2 / max(1, inputs)))
        return self.torch.randn(inputs, units, generator=self.generator) * scale

    def _table(self, codes: int, size: int) -> Any:
        """Rows of unit length on average; code 0, which training may never show, begins at nothing."""
        table = self.torch.randn(codes, size, generator=self.generator) / float(np.sqrt(max(1, size)))
        table[0] = 0.0
        return table

    def _drop(self, h: Any, training: bool) -> Any:
        """Dropout by random bytes, eight from a drawn word: several times cheaper than one draw a unit."""
        out = round(256 * self.shape.dropout)
        if not training or not out:
            return h
        words = self.torch.empty(-(-h.numel() // 8), dtype=self.torch.int64, device=self.device)
        words.random_(-(2**63), None, generator=self.noise)
        kept = words.view(self.torch.uint8)[: h.numel()].view(h.shape) >= out
        return h * kept * (256 / (256 - out))
