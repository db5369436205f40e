"""What ships where the brief asks for all labelled rows: a twin of the judged model, or that model itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.errors import MilepostError
from milepost.steps.coarser import shipping
from milepost.steps.fits import Refitted
from milepost.steps.lost import raised
from milepost.steps.refit import refit
from milepost.steps.search import Findings as Tuned
from milepost.steps.work import Work
from milepost.training.assemble import Assembly
from milepost.training.material import Material

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Twin:
    """What ships.

    Args:
        exact: its members with their numbers as they were fitted.
        shipped: the same, with coarser numbers where its point has them.
        native: its answers to the opened rows.
        seconds: wall-clock seconds that its fit took.
        cut: members that the clock stopped early.
        why: why it is the judged model and no twin, one sentence, or "".
    """

    exact: Assembly
    shipped: Assembly
    native: Array
    seconds: float = 0.0
    cut: tuple[str, ...] = ()
    why: str = ""


def twin(work: Work, data: Material, tuned: Tuned, judged: Refitted, rows: pl.DataFrame) -> Twin:
    """The judged model fitted again with the opened rows.

    The seal is spent by then, so that nothing may end the step here. Where a member cannot be fitted the
    judged model ships: a twin answers for the score of the model that was judged, and other blends were not.

    Args:
        work: the running step.
        data: the development rows.
        tuned: what the search found.
        judged: the model that was judged, its numbers as they were fitted.
        rows: the opened rows.
    """
    try:
        made = refit(work, data, tuned, extra=rows, after=judged)
        shipped = shipping(made.model, tuned)
        native = shipped.predict(rows)
        if np.isfinite(native).all():
            return Twin(made.model, shipped, native, made.seconds, made.cut)
        why = "some of its answers are no numbers"
    except Exception as problem:
        why = problem.what.rstrip(".") if isinstance(problem, MilepostError) else raised(problem)
    work.say("no twin can be made: the judged model ships")
    shipped = shipping(judged.model, tuned)
    told = f"There is no twin on all labelled rows ({why}): what ships is the model that was judged here."
    return Twin(judged.model, shipped, shipped.predict(rows), why=told)
