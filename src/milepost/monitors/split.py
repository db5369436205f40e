"""A lost score taken apart: what new inputs explain, and what a changed relation does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from milepost.monitors.base import Reference, Window
from milepost.report.sentences import number
from milepost.statistics.cbpe import Estimate

SURE = 1.96


@dataclass(frozen=True)
class Lost:
    """How the score of a window came to differ from the normal one; larger is worse.

    Args:
        inputs: the normal score less what is expected of these inputs under the old relation.
        relation: what was expected less what came: the relation between inputs and target has changed.
        error: standard error of the latter.
    """

    inputs: float
    relation: float
    error: float

    @property
    def says(self) -> str:
        """One clause, without a full stop."""
        low, high = self.relation - SURE * self.error, self.relation + SURE * self.error
        told = f"{number(self.relation)} ({number(low)} to {number(high)}) to a changed relation"
        return f"{number(self.inputs)} of the loss is due to new inputs, {told}"


def taken_apart(
    window: Window,
    reference: Reference,
    came: tuple[float, float],
    whole: Estimate | None,
    estimate: Callable[[Window, Reference], Estimate | None],
) -> Lost | None:
    """Splits what a window lost by an estimate on the very rows whose outcome is known.

    The estimate follows the inputs and holds the old relation (PAPE, CBPE or DLE), so that what it does not
    explain is the relation's (after Cai, Namkoong & Yadlowsky 2023).

    Args:
        window: the requests.
        reference: what is normal.
        came: the score on outcomes and its standard error.
        whole: the estimate on all rows of the window.
        estimate: makes an estimate.

    Returns:
        None where nothing can be estimated.
    """
    known = window.known
    if known is not None and len(known) < window.frame.height:
        part = replace(window, frame=window.frame[known], prediction=window.prediction[known])
        whole = estimate(replace(part, truth=None, known=None), reference)
    if whole is None:
        return None
    value, error = came
    width = (whole.high - whole.low) / (2 * SURE)
    gain = reference.metric.gain
    both = float(np.hypot(error, width if np.isfinite(width) else 0.0))
    return Lost(gain(reference.score, whole.value), gain(whole.value, value), both)
