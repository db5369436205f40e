"""Models that answer by their own graph, so that what trained them is not needed any more."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.learners.base import Array, Model

CELLS, ROWS = 1_000_000, 512
"""Features of the rows that are answered at once, and at most how many rows."""


class GraphModel(Model):
    """A fitted model whose raw scores are those of its graph."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Features in, raw scores out."""

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float32, some rows at a time."""
        found = np.empty((len(x), self.shape[1]), np.float32)
        size = max(1, min(ROWS, CELLS // max(1, x.shape[1])))
        for start in range(0, len(x), size):
            part = np.ascontiguousarray(x[start : start + size], np.float32)
            found[start : start + size] = run(self._session, {"features": part})["raw"]
        return found

    @cached_property
    def _session(self) -> Any:
        builder = Builder()
        features, outputs = self.shape
        raw = self.emit(builder, builder.input("features", "float", features))
        builder.output(raw, "raw", "float", outputs)
        return session(builder.model(), arena=False)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_session"}
