"""A deep network while it learns: its weights, and its operations in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from milepost.learners.augment import Augment
from milepost.learners.bodies import Form, forward
from milepost.learners.encoder import Encoder, bent
from milepost.learners.layers import EPS
from milepost.learners.ops import CHARACTERS, Ops, Scale
from milepost.modalities.base import Block

Array = np.ndarray[Any, Any]
MOMENTUM = 0.1


class TorchOps(Ops[Any]):
    """Weights by name, made when a layer is first asked for, and what is done with them.

    Randomness comes from generators of its own, so that threads do not mix.

    Args:
        form: the form of the network.
        start: raw scores it begins with (outputs,).
        seed: seed of weights, dropout and augmentation.
        device: where it computes, as PyTorch names it.
        noise: dropout of the joint layer, strength of augmentation, and whether pictures may be mirrored.
    """

    def __init__(
        self, form: Form, start: Array, seed: int, device: str, noise: tuple[float, float, bool]
    ) -> None:
        import torch

        self.torch, self.form, self.device = torch, form, device
        self.generator = torch.Generator().manual_seed(seed)
        self.noise = torch.Generator(device).manual_seed(seed + 1)
        self.dropout, strength, flip = noise
        self.augment = Augment(strength, flip, self.noise)
        self.weights: dict[str, Any] = {}
        self.biases: dict[str, Any] = {}
        self.gains: dict[str, Any] = {}
        self.means: dict[str, Any] = {}
        self.variances: dict[str, Any] = {}
        self.tables: dict[str, Any] = {}
        self.x: Any = None
        self.training = False
        for at, table in enumerate(form.encoder.tables):
            self.tables[f"encoder {at}"] = self._random(table.shape, table.shape[1])
        width = sum(block.width for block in form.blocks) + len(form.columns)
        with torch.no_grad():
            self(torch.zeros(1, width, device=device), training=False)
            for name in {"last", "beside"} & set(self.weights):
                self.weights[name].zero_()
            self.biases["last"].copy_(torch.as_tensor(np.asarray(start, np.float32)))
        for tensor in (*self.decayed, *self.rest):
            tensor.requires_grad_(True)

    @property
    def decayed(self) -> list[Any]:
        """The parameters that weight decay draws towards 0."""
        return [*self.weights.values(), *self.tables.values()]

    @property
    def rest(self) -> list[Any]:
        """The parameters that are not decayed."""
        return [*self.biases.values(), *self.gains.values()]

    @property
    def tensors(self) -> list[Any]:
        """Everything that is learnt, statistics of normalisation included."""
        return [*self.decayed, *self.rest, *self.means.values(), *self.variances.values()]

    def __call__(self, x: Any, training: bool) -> Any:
        """Raw scores float32 (rows, outputs) of a float32 tensor (rows, features)."""
        self.x, self.training = x, training
        return forward(self, self.form).float()

    def state(self) -> list[Any]:
        """Copies of everything that was learnt."""
        return [tensor.detach().clone() for tensor in self.tensors]

    def load(self, state: list[Any]) -> None:
        """Goes back to a state."""
        with self.torch.no_grad():
            for tensor, saved in zip(self.tensors, state, strict=True):
                tensor.copy_(saved)

    def beside(self, place: int) -> TorchOps:
        """A copy that learns side by side with it: the same parameters, randomness of its own."""
        twin = copy(self)
        twin.noise = self.torch.Generator(self.device).manual_seed(self.noise.initial_seed() + place)
        twin.augment = Augment(self.augment.strength, self.augment.flip, twin.noise)
        twin.means, twin.variances = (
            {name: tensor.clone() for name, tensor in part.items()} for part in (self.means, self.variances)
        )
        return twin

    def agree(self, others: Sequence[TorchOps]) -> None:
        """Brings the statistics of normalisation of all copies to their mean."""
        if not others:
            return
        nets = (self, *others)
        for name in self.means:
            for same in ([net.means[name] for net in nets], [net.variances[name] for net in nets]):
                mean = self.torch.stack(same).mean(0)
                for tensor in same:
                    tensor.copy_(mean)

    def fold(self) -> dict[str, tuple[Array, ...]]:
        """Weight and bias of each layer, float32, normalisation folded in; tables; by name."""
        found: dict[str, tuple[Array, ...]] = {}
        for name, tensor in self.weights.items():
            weight, bias = _plain(tensor), _plain(self.biases[name])
            if name in self.means:
                gain = _plain(self.gains[name]) / np.sqrt(_plain(self.variances[name]) + EPS)
                weight = weight * gain.reshape(-1, *[1] * (weight.ndim - 1))
                bias = bias - _plain(self.means[name]) * gain
            found[name] = (weight.astype(np.float32), bias.astype(np.float32))
        return found | {name: (_plain(table).astype(np.float32),) for name, table in self.tables.items()}

    def learnt(self) -> Encoder:
        """The encoder with the tables that were learnt."""
        tables = tuple(
            _plain(self.tables[f"encoder {at}"]).astype(np.float32)
            for at in range(len(self.form.encoder.tables))
        )
        return replace(self.form.encoder, tables=tables)

    def bytes(self, block: Block) -> tuple[Any, Any]:
        values = self.x[:, block.columns]
        used = (values > 0).any(0).nonzero()  # the longest text of the batch decides how far to compute
        values = values[:, : int(used[-1]) + 1 if len(used) else 1].long()
        return values, (values > 0).float()[:, None, :]

    def planes(self, block: Block, scale: Scale) -> Any:
        picture = self.x[:, block.columns].reshape(-1, *block.shape)
        mean, sd = (self.torch.from_numpy(array).to(self.device) for array in (scale.mean, scale.sd))
        scaled = (picture - mean) / sd
        if len(block.shape) == 2:
            return (self.augment.spectrogram(scaled) if self.training else scaled)[:, None]
        return (self.augment.pixels(scaled) if self.training else scaled).permute(0, 3, 1, 2)

    def others(self, columns: Array, encoder: Encoder) -> Any:
        x = self.x[:, self.torch.from_numpy(columns).to(self.device)]
        numbers, middle, share = (
            self.torch.from_numpy(array).to(self.device)
            for array in (encoder.numbers, encoder.middle, encoder.share)
        )
        parts = [bent(x[:, numbers], middle, share)]
        for at, column in enumerate(encoder.coded):
            table = self.tables[f"encoder {at}"]
            parts.append(self.torch.nn.functional.embedding(x[:, int(column)].long(), table))
        return self.torch.cat(parts, dim=1)

    def embed(self, name: str, values: Any, size: int) -> Any:
        if name not in self.tables:
            self.tables[name] = self._random((CHARACTERS, size), 1)
        found = self.torch.nn.functional.embedding(values, self.tables[name]).transpose(1, 2)
        return found * self.augment.bytes(values) if self.training else found

    def conv(self, name: str, x: Any, units: int, form: tuple[int, int], last: bool = False) -> Any:
        size, stride = form
        functional, axes = self.torch.nn.functional, x.ndim - 2
        if name not in self.weights:
            inputs = x.shape[1]
            weight = self._random((units, inputs, *[size] * axes), inputs * size**axes / 2)
            if axes == 2:
                self.weights[name] = weight.contiguous(memory_format=self.torch.channels_last)
                self.gains[name] = self.torch.full((units,), 0.0 if last else 1.0, device=self.device)
                self.means[name] = self.torch.zeros(units, device=self.device)
                self.variances[name] = self.torch.ones(units, device=self.device)
            else:
                self.weights[name] = self.torch.zeros_like(weight) if last else weight
            self.biases[name] = self.torch.zeros(units, device=self.device)
        weight, bias = self.weights[name], self.biases[name]
        if axes == 1:
            return functional.conv1d(x, weight, bias, stride, size // 2)
        y = functional.conv2d(x, weight, None, stride, size // 2)
        alone = y.numel() == y.shape[1]
        statistics = (self.means[name], self.variances[name], self.gains[name], bias)
        return functional.batch_norm(y, *statistics, self.training and not alone, MOMENTUM, EPS)

    def dense(self, name: str, x: Any, units: int) -> Any:
        if name not in self.weights:
            self.weights[name] = self._random((x.shape[1], units), x.shape[1] / 2)
            self.biases[name] = self.torch.zeros(units, device=self.device)
        return x @ self.weights[name] + self.biases[name]

    def relu(self, x: Any) -> Any:
        return self.torch.relu(x)

    def add(self, x: Any, y: Any) -> Any:
        return x + y

    def mul(self, x: Any, y: Any) -> Any:
        return x * y

    def thin(self, mask: Any) -> Any:
        return mask[:, :, ::2]

    def pool(self, x: Any, mask: Any | None = None) -> Any:
        places = tuple(range(2, x.ndim))
        many = np.prod(x.shape[2:]) if mask is None else mask.sum(2).clamp(min=1)
        return self.torch.cat([x.amax(places), x.float().sum(places) / many], dim=1)

    def course(self, x: Any) -> Any:
        return self.torch.cat([x.float().amax(2), x.float().mean(2)], dim=1).flatten(1)

    def join(self, parts: list[Any]) -> Any:
        return self.torch.cat([part.float() for part in parts], dim=1)

    def drop(self, x: Any) -> Any:
        if not self.training or not self.dropout:
            return x
        draw = self.torch.rand(x.shape, generator=self.noise, device=self.device)
        return x * (draw >= self.dropout) / (1 - self.dropout)

    def _random(self, shape: tuple[int, ...], inputs: float) -> Any:
        """Normal weights of variance 1 / inputs."""
        scale = float(1 / np.sqrt(max(1.0, inputs)))
        return (self.torch.randn(shape, generator=self.generator) * scale).to(self.device)


def generators(net: TorchOps) -> Mapping[str, Any]:
    """The states of a network's random generators."""
    return {"order": net.generator.get_state(), "noise": net.noise.get_state()}


def _plain(tensor: Any) -> Array:
    return np.asarray(tensor.detach().cpu().numpy(), np.float64)
