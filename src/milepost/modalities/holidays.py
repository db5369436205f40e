"""Public holidays near a moment: a table of days that the graph looks into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.calendar import DAY
from milepost.modalities.base import Array

FAR = 30
"""Days from a holiday beyond which they are not told apart."""


@dataclass(frozen=True, eq=False)
class Near:
    """How far each day is from the last and from the next public holiday.

    Days before the first and after the last known holiday are unknown.

    Args:
        first: the day of the first holiday, in days since 1970.
        away: days since the last and until the next holiday, 0 on one, at most `FAR`: int8 (days, 2).
    """

    first: int
    away: Array

    @classmethod
    def of(cls, holidays: Sequence[int]) -> Near:
        """Makes the table of holidays, at least one, in days since 1970."""
        days = np.unique(np.asarray(holidays, np.int64))
        each = np.arange(days[0], days[-1] + 1)
        next_one = np.searchsorted(days, each)
        last_one = np.searchsorted(days, each, side="right") - 1
        away = np.stack([each - days[last_one], days[next_one] - each], axis=1)
        return cls(int(days[0]), away.clip(max=FAR).astype(np.int8))

    def varies(self, seconds: Array) -> bool:
        """Whether moments, in seconds since 1970, lie at different distances from holidays."""
        at = np.unique(seconds // DAY - self.first)
        return len(np.unique(self.away[at[(at >= 0) & (at < len(self.away))]], axis=0)) > 1

    def emit(self, builder: Builder, days: str) -> str:
        """Adds days since and until a holiday, NaN where the table does not reach: float (rows, 2).

        Args:
            builder: the graph.
            days: int64 tensor (rows, 1), days since 1970.
        """
        at = builder.node("Sub", days, builder.const(np.array([[self.first]])))
        zero, last = (builder.const(np.array([[value]])) for value in (0, len(self.away) - 1))
        within = builder.node("Max", builder.node("Min", at, last), zero)
        found = builder.cast(builder.node("GatherND", builder.const(self.away), within), "float")
        nan = builder.const(np.array([[np.nan]], np.float32))
        return builder.node("Where", builder.node("Equal", at, within), found, nan)
