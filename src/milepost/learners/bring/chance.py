"""Randomness of PyTorch code that others wrote, from a generator of its own, so that threads do not mix."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_BUILDING = threading.Lock()


@contextmanager
def building(seed: int) -> Iterator[None]:
    """Holds PyTorch's, NumPy's and Python's generators at a seed while weights are drawn."""
    import numpy as np
    import torch

    with _BUILDING, torch.random.fork_rng(devices=()):
        before, plain = np.random.get_state(), random.getstate()
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(before)
            random.setstate(plain)


@contextmanager
def running(generator: Any) -> Iterator[None]:
    """Draws dropout and random tensors of this thread from a generator.

    It reaches `torch.nn.functional.dropout` and the functions of `torch` that take a generator; what else
    draws uses PyTorch's own generator, which all threads share.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    makers = {torch.rand, torch.randn, torch.randint, torch.randperm, torch.bernoulli, torch.normal}
    alike = {torch.rand_like: torch.rand, torch.randn_like: torch.randn}

    class Mode(TorchFunctionMode):  # type: ignore[misc]
        """Gives every draw the generator."""

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            given = dict(kwargs or {})
            if func is torch.nn.functional.dropout:
                return _dropout(generator, *args, **given)
            if func in alike:
                return alike[func](args[0].shape, generator=generator)
            if func in makers:
                given.setdefault("generator", generator)
            return func(*args, **given)

    with Mode():
        yield


def _dropout(generator: Any, input: Any, p: float = 0.5, training: bool = True, *_: Any, **__: Any) -> Any:
    import torch

    if not training or not p:
        return input
    kept = torch.rand(input.shape, generator=generator) >= p
    return input * kept / (1 - p) if p < 1 else input * 0
