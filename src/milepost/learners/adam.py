"""AdamW (Loshchilov & Hutter 2019) by torch's own kernel, without the seconds its class takes to load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class Group(NamedTuple):
    """Tensors that are stepped alike.

    Args:
        tensors: what is stepped.
        decay: their weight decay.
        factor: their learning rate is so many times the common one.
    """

    tensors: Sequence[Any]
    decay: float = 0.0
    factor: float = 1.0


class AdamW:
    """Steps tensors along their gradients.

    `torch.optim.AdamW` gives the same numbers, but making one imports torch's compiler, which takes longer
    than training a small network.

    Args:
        groups: what is stepped alike.
        betas: how slowly the means of gradients and of their squares move.
    """

    def __init__(self, groups: Sequence[Group], betas: tuple[float, float] = BETAS) -> None:
        import torch

        self._betas = betas
        self._groups = [
            (
                list(tensors),
                (decay, factor),
                [torch.zeros_like(tensor) for tensor in tensors],
                [torch.zeros_like(tensor) for tensor in tensors],
                [torch.zeros((), device=tensor.device) for tensor in tensors],
            )
            for tensors, decay, factor in groups
        ]

    def clear(self) -> None:
        """Forgets the gradients."""
        for tensors, *_ in self._groups:
            for tensor in tensors:
                tensor.grad = None

    def state(self) -> list[Any]:
        """Copies of the moments and counts of every tensor, in order."""
        return [tensor.clone() for tensor in self._moments]

    def load(self, state: Sequence[Any]) -> None:
        """Goes back to a state."""
        for tensor, saved in zip(self._moments, state, strict=True):
            tensor.copy_(saved)

    @property
    def _moments(self) -> list[Any]:
        return [tensor for _, _, *kinds in self._groups for kind in kinds for tensor in kind]

    def step(self, rate: float, share: float = 1.0) -> None:
        """Moves every tensor that has a gradient.

        Args:
            rate: the learning rate.
            share: so much of the weight decay is at work.
        """
        from torch.optim.adamw import adamw

        for tensors, (decay, factor), first, second, steps in self._groups:
            moved = [i for i, tensor in enumerate(tensors) if tensor.grad is not None]
            adamw(
                [tensors[i] for i in moved],
                [tensors[i].grad for i in moved],
                [first[i] for i in moved],
                [second[i] for i in moved],
                [],
                [steps[i] for i in moved],
                fused=True,
                amsgrad=False,
                beta1=self._betas[0],
                beta2=self._betas[1],
                lr=rate * factor,
                weight_decay=decay * share,
                eps=EPSILON,
                maximize=False,
            )
