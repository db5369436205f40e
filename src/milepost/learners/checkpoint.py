"""Where a training writes how far it got, so that a process that was killed goes on from there."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EVERY = 5.0
"""Seconds between two states on disk."""


@dataclass
class Checkpoint:
    """One file that holds the latest state of a training.

    Args:
        path: the file; None keeps nothing.
        every: seconds between two states.
    """

    path: Path | None
    every: float = field(default_factory=lambda: EVERY)
    _last: float = field(default_factory=time.monotonic, init=False)

    def read(self) -> dict[str, Any] | None:
        """The state that was kept last; None where there is none, or the file cannot be read."""
        import torch

        if self.path is None or not self.path.is_file():
            return None
        try:
            # Tensors and plain values only: a file in a folder must not be able to run code.
            state: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        except (OSError, EOFError, RuntimeError, ValueError, pickle.UnpicklingError):
            return None
        return state

    def write(self, state: Mapping[str, Any]) -> None:
        """Keeps a state: written aside, then moved to its place."""
        import torch

        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_suffix(f".{os.getpid()}.tmp")
        torch.save(dict(state), aside)
        os.replace(aside, self.path)
        self._last = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether a state should be kept now."""
        return self.path is not None and time.monotonic() - self._last >= self.every

    def clear(self) -> None:
        """Removes the file of a training that has ended."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
