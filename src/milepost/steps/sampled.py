"""On how many rows fits are trained where all of them would take too long, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.report.sentences import count, duration


@dataclass(frozen=True)
class Sampled:
    """The training rows of the search's fits.

    Args:
        rows: training rows of a fold at most; 0: all.
        of: training rows of the largest fold.
        seconds: wall-clock seconds that its first configuration would take on all rows; 0 where not foretold.
        most: wall-clock seconds that it may take; 0 where no clock decides.
        makes: seconds that one row takes to become features.
    """

    rows: int = 0
    of: int = 0
    seconds: float = 0.0
    most: float = 0.0
    makes: float = 0.0

    @property
    def why(self) -> str:
        """Why fits are trained on a sample, one sentence; "" where they are trained on all rows."""
        if not self.rows:
            return ""
        return f"The search trained on {count(self.rows)} of {count(self.of)} rows, {self._because}."

    @property
    def _because(self) -> str:
        if not self.most:
            return "as the settings ask or memory allows"
        return (
            f"because one fit on all of them would take about {duration(self.seconds)} and may take "
            f"{duration(self.most)}; the rows that judge are the same"
        )


def fitted(rows: int, of: int, seconds: float, left: float) -> str:
    """Why what ships was not fitted on all rows, one sentence.

    Args:
        rows: rows it was fitted on.
        of: rows there are.
        seconds: wall-clock seconds that a fit on all of them would take.
        left: wall-clock seconds that it might take.

    >>> fitted(300_000, 2_000_000, 95.0, 12.0).partition(" because ")[0]
    'Fitted on 300,000 of 2,000,000 rows'
    """
    return (
        f"Fitted on {count(rows)} of {count(of)} rows because a fit on all of them would take about "
        f"{duration(seconds)}, more than the {duration(left)} left for it."
    )
