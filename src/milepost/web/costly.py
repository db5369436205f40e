"""What takes long to compute: once at a time, at most every minute, and meanwhile what was computed last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

QUICK, PAUSE = 1.0, 60.0
"""Seconds of the processor up to which something is made anew at once; seconds between two that take more."""


@dataclass(frozen=True)
class Made:
    """What was computed.

    Args:
        found: the outcome.
        version: of what it is.
        at: when that began, in UTC.
        began: the same by the clock.
        took: seconds of the processor.
    """

    found: Any
    version: str
    at: datetime
    began: float
    took: float


class Costly:
    """Computes one thing for whoever asks.

    Args:
        clock: seconds.
        worked: seconds that the processor worked for this thread.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, worked: Callable[[], float] = time.thread_time
    ) -> None:
        self.clock, self.worked = clock, worked
        self._known: Made | None = None
        self._one = threading.Lock()

    def get(self, version: str, make: Callable[[], Any]) -> Made:
        """What is of this version, or an earlier one where it is not yet time or somebody computes already.

        Args:
            version: of what is asked for.
            make: computes it.
        """
        known = self._known
        if known is not None and (known.version == version or not self._due(known)):
            return known
        if not self._one.acquire(blocking=known is None):
            assert known is not None
            return known
        try:
            if self._known is not known and self._known is not None:
                return self._known  # made by who was before us
            at, began, worked = datetime.now(UTC), self.clock(), self.worked()
            made = Made(make(), version, at, began, self.worked() - worked)
            self._known = made
            return made
        finally:
            self._one.release()

    def _due(self, known: Made) -> bool:
        return known.took <= QUICK or self.clock() - known.began >= PAUSE
