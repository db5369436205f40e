"""AdamW (Loshchilov & Hutter 2019) by torch's own kernel, without the seconds its class takes to load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class AdamW:
    """Steps tensors along their gradients.

    `torch.optim.AdamW` gives the same numbers, but making one imports torch's compiler, which takes longer
    than training a small network.

    Args:
        groups: tensors, and the weight decay they share.
    """

    def __init__(self, groups: Sequence[tuple[Sequence[Any], float]]) -> None:
        import torch

        self._groups = [
            (
                list(tensors),
                decay,
                [torch.zeros_like(tensor) for tensor in tensors],
                [torch.zeros_like(tensor) for tensor in tensors],
                [torch.zeros((), device=tensor.device) for tensor in tensors],
            )
            for tensors, decay in groups
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

    def step(self, rate: float) -> None:
        """Moves every tensor that has a gradient.

        Args:
            rate: the learning rate.
        """
        from torch.optim.adamw import adamw

        for tensors, decay, first, second, steps in self._groups:
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
                beta1=BETAS[0],
                beta2=BETAS[1],
                lr=rate,
                weight_decay=decay,
                eps=EPSILON,
                maximize=False,
            )
