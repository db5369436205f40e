"""The wall-clock budget of all steps to `final`, shared from `prepare` on; unused time moves on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

SHARES: Mapping[str, float] = {
    "prepare": 0.02,
    "protocol": 0.03,
    "baseline": 0.10,
    "overfit": 0.10,
    "tune": 0.55,
    "final": 0.20,
}
ABOVE = ("frame", "collect", "annotate", "understand", "measure")
"""Steps without a share of their own: what they take is taken off the search's time and what is after it."""
LATE = ("tune", "final")
MODEST = ("overfit",)
"""Steps that take no more than their own share: what was left before them is worth more to the search."""
SCARCE = ("baseline", "overfit")
"""Steps whose share is one of what the steps without a share have left: of many columns these take long."""


@dataclass(frozen=True)
class Clock:
    """A step's own time.

    Args:
        seconds: wall-clock seconds the step may take.
        total: the whole budget.

    >>> clock = Clock.of("tune", 100.0, {"understand": 2.0, "prepare": 1.0, "baseline": 4.0}, None)
    >>> clock.seconds
    73.0
    """

    seconds: float
    total: float
    start: float = field(default_factory=time.monotonic, compare=False)

    @classmethod
    def of(cls, step: str, total: float, spent: Mapping[str, float], own: float | None) -> Clock:
        """The clock of a step: the cumulated shares up to it, less what the steps above took.

        Args:
            step: the step's name; steps outside the budget get the whole of it.
            total: the whole budget in seconds.
            spent: seconds taken by each step above.
            own: a budget given for this step alone, or None.
        """
        if own is not None:
            return cls(own, total)
        if step not in SHARES:
            return cls(total, total)
        names = list(SHARES)
        upto = names[: names.index(step) + 1]
        above = sum(spent.get(name, 0.0) for name in ABOVE)
        part = 1.0 if step in LATE else SHARES[step] if step in SCARCE else 0.0
        used = sum(spent.get(name, 0.0) for name in upto[:-1]) + part * above
        share = sum(SHARES[name] for name in upto)
        seconds = max(total * SHARES[step] * 0.25, total * share - used)
        most = SHARES[step] * max(0.25 * total, total - above)
        return cls(min(seconds, most) if step in MODEST else seconds, total)

    @property
    def deadline(self) -> float:
        """The `time.monotonic()` value at which the step should have ended."""
        return self.start + self.seconds

    @property
    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.deadline - time.monotonic())
