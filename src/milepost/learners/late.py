"""The last blocks of a pretrained network, and a linear layer on what it sees, while they learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.learners.base import Params
from milepost.modalities import lite
from milepost.modalities.base import Block
from milepost.modalities.stages import cut

Array = np.ndarray[Any, Any]
PLACES = tuple(range(lite.CUT, len(lite.BLOCKS)))
"""The blocks that may learn."""
LAYERS: Mapping[str, str] = {
    **{f"_blocks.{at}.{part}": f"_blocks.{at}.{norm}" for at in PLACES for part, norm in lite.PARTS.items()},
    "_conv_head": "_bn1",
}
"""Their convolutions and the one after them, each with its normalisation, which is multiplied in."""
LATE = lite.WIDTH - lite.EARLY
MOMENTS = LATE - lite.HEAD
"""Numbers of an image's embedding that come from these layers, and how many of them are moments."""
TINY = 1e-12
"""Added to a variance before its root is taken, which has no slope at 0."""


@dataclass(frozen=True)
class LateForm:
    """The form of the layers that learn.

    Args:
        blocks: the maps of each column of images, which has last blocks of its own.
        columns: the features that are no maps.
        outputs: number of raw scores.
    """

    blocks: tuple[Block, ...]
    columns: Array
    outputs: int

    @property
    def width(self) -> int:
        """Numbers that the linear layer sees."""
        return LATE * len(self.blocks) + len(self.columns)


class Late:
    """Layers that learn, in PyTorch; they begin with the weights of the pretrained network.

    Args:
        form: their form.
        seed: seed of the order of rows, of dropout and of what is mixed.
        device: where they compute, as PyTorch names it.
        params: "blocks", how many of the last blocks learn; "dropout", the share of its numbers that the
            linear layer loses in training; "hold", see `penalty`.
    """

    def __init__(self, form: LateForm, seed: int, device: str, params: Params) -> None:
        import torch

        self.torch, self.form = torch, form
        self.dropout, self.hold = float(params["dropout"]), float(params["hold"])
        self.generator = torch.Generator().manual_seed(seed)
        self.noise = torch.Generator(device).manual_seed(seed + 1)
        self.columns = torch.from_numpy(np.asarray(form.columns, np.int64)).to(device)
        self.weights: dict[str, Any] = {}
        self.biases: dict[str, Any] = {}
        for at in range(len(form.blocks)):
            for name, norm in LAYERS.items():
                kernel, offset = (torch.from_numpy(part).to(device) for part in lite.folded(name, norm))
                self.weights[f"{at} {name}"] = kernel.contiguous(memory_format=torch.channels_last)
                self.biases[f"{at} {name}"] = offset
        fixed = tuple(f"_blocks.{at}." for at in PLACES[: len(PLACES) - int(params["blocks"])])
        self.learning = [name for name in self.weights if not name.split(" ")[1].startswith(fixed)]
        self.middles = torch.zeros((len(form.blocks), MOMENTS), device=device)
        self.factors = torch.ones((len(form.blocks), MOMENTS), device=device)
        self.slope = torch.zeros((form.width, form.outputs), device=device)
        self.intercept = torch.zeros(form.outputs, device=device)
        self.weak, self.tie = torch.zeros((), device=device), torch.zeros((), device=device)
        self.starts = [tensor.clone() for tensor in self._late_ones]
        for tensor in (*self.decayed, *self.rest):
            tensor.requires_grad_(True)

    @property
    def decayed(self) -> list[Any]:
        """None: what learns is drawn to where it began, see `penalty`."""
        return []

    @property
    def rest(self) -> list[Any]:
        """Weights and offsets of the convolutions that learn, and the linear layer."""
        return [*self._late_ones, self.slope, self.intercept]

    @property
    def _late_ones(self) -> list[Any]:
        return [part[name] for name in self.learning for part in (self.weights, self.biases)]

    def __call__(self, x: Any, training: bool) -> Any:
        """Raw scores float32 (rows, outputs) of a float32 tensor (rows, features)."""
        h = self.seen(x)
        if training and self.dropout:
            draw = self.torch.rand(h.shape, generator=self.noise, device=h.device)
            h = h * (draw >= self.dropout) / (1 - self.dropout)
        return h @ self.slope + self.intercept

    def seen(self, x: Any) -> Any:
        """What the linear layer sees (rows, width): numbers of each image, then the other features."""
        parts = []
        for at, block in enumerate(self.form.blocks):
            maps = x[:, block.columns].reshape(-1, *block.shape).permute(0, 3, 1, 2)
            roots, moments = self._late(at, maps)
            parts += [roots, (moments - self.middles[at]) * self.factors[at]]
        return self.torch.cat([*parts, x[:, self.columns]], dim=1)

    def scale(self, seen: Array) -> Array:
        """Brings moments among what the linear layer sees to scale from now on; returns it scaled."""
        scaled = seen.copy()
        for at in range(len(self.form.blocks)):
            places = slice(at * LATE + lite.HEAD, (at + 1) * LATE)
            middle, factor = lite.scale(seen[:, places])
            scaled[:, places] = (seen[:, places] - middle) * factor
            self.middles[at] = self.torch.from_numpy(middle)
            self.factors[at] = self.torch.from_numpy(factor)
        return scaled

    def penalty(self) -> Any:
        """What is added to the loss: that of the linear probe, and what holds the convolutions.

        The probe adds half its strength times the squares of its slopes; here the squares of how far the
        convolutions are from where they began are added, `hold` times as dear as the slopes of a probe with
        C = 1 would be (L2-SP, Li, Grandvalet & Davoine 2018).
        """
        away = sum(
            ((now - start) ** 2).sum() for now, start in zip(self._late_ones, self.starts, strict=True)
        )
        return 0.5 * (self.weak * (self.slope**2).sum() + self.tie * away)

    def begin(self, slope: Array, intercept: Array, weak: float, unit: float) -> None:
        """Takes a fitted linear probe as the linear layer.

        Args:
            slope: float32 (width, outputs).
            intercept: float32 (outputs,).
            weak: what its penalty weighs in the mean loss.
            unit: what that of a probe with C = 1 would weigh.
        """
        with self.torch.no_grad():
            self.slope.copy_(self.torch.from_numpy(np.asarray(slope, np.float32)))
            self.intercept.copy_(self.torch.from_numpy(np.asarray(intercept, np.float32)))
            self.weak.fill_(weak)
            self.tie.fill_(self.hold * unit)

    def beside(self, place: int) -> Late:
        """A copy that learns side by side with it: the same parameters, randomness of its own."""
        twin = copy(self)
        twin.noise = self.torch.Generator(self.noise.device).manual_seed(self.noise.initial_seed() + place)
        return twin

    def agree(self, others: Sequence[Late]) -> None:
        """Copies see nothing by themselves: the layers have no statistics that change."""

    def state(self) -> list[Any]:
        """Copies of everything that was learnt."""
        return [tensor.detach().clone() for tensor in self._tensors]

    def load(self, state: list[Any]) -> None:
        """Goes back to a state."""
        with self.torch.no_grad():
            for tensor, saved in zip(self._tensors, state, strict=True):
                tensor.copy_(saved)

    def arrays(self) -> dict[str, tuple[Array, Array]]:
        """Weight and bias of each layer, float32; the linear one is "last", scales of moments "0 scale"."""
        found = {name: (_plain(self.weights[name]), _plain(self.biases[name])) for name in self.weights}
        for at, pair in enumerate(zip(_plain(self.middles), _plain(self.factors), strict=True)):
            found[f"{at} scale"] = pair
        return {**found, "last": (_plain(self.slope), _plain(self.intercept))}

    @property
    def _tensors(self) -> list[Any]:
        return [*self.rest, self.weak, self.tie, self.middles, self.factors]

    def _late(self, at: int, maps: Any) -> tuple[Any, Any]:
        """Roots of the 1,280 numbers before the network's own last layer, and moments after block 15."""
        h, moments = maps, None
        for place in PLACES:
            if place == lite.TAP:
                h = h.float()
                mean = h.mean((2, 3))
                variance = ((h - mean[:, :, None, None]) ** 2).mean((2, 3))
                moments = self.torch.cat([mean, (variance + TINY).sqrt()], dim=1)
            expand, depthwise, project = (f"{at} _blocks.{place}.{part}" for part in lite.PARTS)
            inner = self.torch.nn.functional.relu6(self._conv(expand, h))
            inner = self.torch.nn.functional.relu6(self._along(depthwise, inner))
            inner = self._conv(project, inner)
            h = h + inner if inner.shape[1] == h.shape[1] else inner
        h = self.torch.nn.functional.relu6(self._conv(f"{at} _conv_head", h))
        return (h.float().mean((2, 3)) + lite.LIFT).sqrt(), moments

    def _conv(self, name: str, h: Any) -> Any:
        return self.torch.nn.functional.conv2d(h, self.weights[name], self.biases[name])

    def _along(self, name: str, h: Any) -> Any:
        """A convolution channel by channel; in brain floats its gradient takes four times as long."""
        weight, bias = self.weights[name], self.biases[name]
        with self.torch.autocast(h.device.type, enabled=False):
            size = weight.shape[2] // 2
            return self.torch.nn.functional.conv2d(h.float(), weight, bias, 1, size, 1, len(weight))


def emit(builder: Builder, features: str, form: LateForm, layers: Mapping[str, tuple[Array, Array]]) -> str:
    """Adds layers that have learnt: from features (rows, features) to raw scores (rows, outputs)."""
    parts = []
    for at, block in enumerate(form.blocks):
        flat = cut(builder, features, block.start, block.start + block.width)
        shaped = builder.node("Reshape", flat, builder.const(np.array([-1, *block.shape])))
        maps = builder.node("Transpose", shaped, perm=[0, 3, 1, 2])
        roots, moments = lite.late(builder, maps, {name: layers[f"{at} {name}"] for name in LAYERS})
        middle, factor = (builder.const(array[None, :]) for array in layers[f"{at} scale"])
        moved = builder.node("Sub", moments, middle)
        parts += [roots, builder.node("Mul", moved, factor)]
    if len(form.columns):
        places = builder.const(np.asarray(form.columns, np.int64))
        parts.append(builder.node("Gather", features, places, axis=1))
    seen = builder.node("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
    return builder.node("Gemm", seen, *(builder.const(array) for array in layers["last"]))


def _plain(tensor: Any) -> Array:
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), np.float32)
