"""When a search should end: the noise of choosing exceeds what the last configurations gained."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from milepost.statistics.intervals import mean_se
from milepost.statistics.optimism import bbc_losses

Array = np.ndarray[Any, Any]
WINDOW = 30
"""Configurations in which nothing must have been gained."""
LEAST = 0.1
"""Standard errors of the best loss that count as a gain."""
ROWS = 20_000
RESAMPLES = 200


class Halt:
    """Follows the best loss of a search, corrected for the number of looks (BBC).

    The search should end when the corrected best did not fall by more than 0.1 standard errors in 30
    configurations (after Makarova et al. 2022, who stop when the gain left is below the error of
    cross-validation).

    Args:
        units: the unit of independence of each validation prediction.
        seed: seed of the resampling.
        resamples: how often the choice is repeated for each correction.
    """

    def __init__(self, units: Array, seed: int, resamples: int = RESAMPLES) -> None:
        self.step = max(1, -(-len(units) // ROWS))
        self.units = np.unique(units[:: self.step], return_inverse=True)[1]
        self.seed, self.resamples = seed, resamples
        self.losses: list[Array | None] = []
        self._known: dict[int, tuple[float, float]] = {}

    def add(self, losses: Array | None) -> None:
        """Notes a configuration's loss of each row; None where it was dropped or failed: a look as well."""
        self.losses.append(None if losses is None else np.asarray(losses[:: self.step], np.float32))

    def fill(self, count: int) -> None:
        """Notes looks that left no losses until there are so many in all."""
        self.losses += [None] * (count - len(self.losses))

    def corrected(self, count: int) -> tuple[float, float]:
        """The corrected best loss among the first so many configurations, and its standard error."""
        if count not in self._known:
            kept = [one for one in self.losses[:count] if one is not None]
            if not kept:
                return math.inf, 0.0
            table = np.stack(kept, axis=1)
            alone = len(np.unique(self.units)) == len(self.units)
            found = bbc_losses(table, None if alone else self.units, self.resamples, self.seed)
            best = table[:, int(table.mean(axis=0).argmin())]
            error = mean_se(best, None if alone else self.units)[0]
            self._known[count] = found.corrected, float(error)
        return self._known[count]

    @property
    def gain(self) -> float:
        """What the last 30 configurations gained, in standard errors; infinity before there are 31."""
        count = len(self.losses)
        if count <= WINDOW:
            return math.inf
        before, now = self.corrected(count - WINDOW)[0], self.corrected(count)
        return math.inf if not math.isfinite(before) else (before - now[0]) / max(now[1], 1e-12)

    @property
    def over(self) -> bool:
        """Whether the noise of the search exceeds its gain."""
        return self.gain <= LEAST
