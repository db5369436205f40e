"""Copies of a network that learn side by side, each from its part of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Generic, Protocol, Self, TypeVar

TOGETHER = 32
"""Rows of a batch that a copy has at least."""


class Net(Protocol):
    """A network while it learns."""

    @property
    def generator(self) -> Any:
        """Generator of the order of rows."""

    @property
    def noise(self) -> Any:
        """Generator of what is random about a row."""

    @property
    def decayed(self) -> list[Any]:
        """The parameters that weight decay draws towards 0."""

    @property
    def rest(self) -> list[Any]:
        """The other parameters."""

    def __call__(self, x: Any, training: bool) -> Any:
        """Raw scores (rows, outputs) of features (rows, features)."""

    def state(self) -> list[Any]:
        """Copies of everything that was learnt."""

    def load(self, state: list[Any]) -> None:
        """Goes back to a state."""

    def beside(self, place: int) -> Self:
        """A copy that learns side by side with it: the same parameters, randomness of its own."""

    def agree(self, others: Sequence[Self]) -> None:
        """Brings what each saw by itself, such as statistics of normalisation, to their mean."""


N = TypeVar("N", bound=Net)
R = TypeVar("R")


class Copies(Generic[N]):
    """A network and copies of it, a thread each.

    Threads inside an operation wait for each other hundreds of times a step, and where the machine has other
    work to do each of these waits is long. Copies wait once a step.

    Args:
        net: the network.
        threads: threads that may be used.
        batch: rows of a step, of which each copy has 32 at least.
    """

    def __init__(self, net: N, threads: int, batch: int) -> None:
        self.net, self.many = net, max(1, min(threads, batch // TOGETHER))
        self.renew()

    def renew(self) -> None:
        """Makes the copies what the network is now."""
        self.all = [self.net, *(self.net.beside(place) for place in range(1, self.many))]

    def agree(self) -> None:
        """Brings what each saw by itself to their mean."""
        self.net.agree(self.all[1:])

    @contextmanager
    def working(self) -> Iterator[None]:
        """Keeps the threads for as long as training takes."""
        with ThreadPoolExecutor(self.many, thread_name_prefix="milepost") as pool:
            self._pool = pool
            yield

    def map(self, function: Callable[..., R], *arguments: Iterable[Any]) -> Iterator[R]:
        """What a function makes of each copy and the arguments beside it, in order."""
        return (map if self.many == 1 else self._pool.map)(function, self.all, *arguments)

    def learn(self, loss: Callable[[N, Any], Any], rows: Any) -> None:
        """Gives every parameter the gradient of the mean loss of some rows, copy by copy.

        Args:
            loss: the mean loss of a copy on rows.
            rows: places of rows, a tensor.
        """
        import torch

        tensors = [*self.net.decayed, *self.net.rest]

        def slopes(net: N, part: Any) -> tuple[Any, ...]:
            share = loss(net, part) * (len(part) / len(rows))
            return tuple(torch.autograd.grad(share, tensors, allow_unused=True))

        found = list(self.map(slopes, torch.tensor_split(rows, min(self.many, len(rows)))))
        for tensor, *parts in zip(tensors, *found, strict=True):
            known = [part for part in parts if part is not None]
            tensor.grad = sum(known[1:], known[0]) if known else None

    def noise(self) -> list[Any]:
        """The states of what is random in each copy."""
        return [net.noise.get_state() for net in self.all]

    def load_noise(self, states: Sequence[Any]) -> None:
        """Goes back to those states."""
        for net, state in zip(self.all, states, strict=True):
            net.noise.set_state(state)
