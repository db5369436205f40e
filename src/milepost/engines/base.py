"""Where independent jobs run: an engine maps a function over jobs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

J = TypeVar("J")
R = TypeVar("R")


class Engine(ABC):
    """Runs jobs, in any order, and yields each job with its result as it ends."""

    workers: int

    @abstractmethod
    def map(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R]]:
        """Yields (job, result) pairs in the order in which they end; the first exception is raised."""
