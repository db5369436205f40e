"""What ships where the brief asks for all labelled rows: a twin of the judged model, or that model itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from milepost.steps.coarser import shipping
from milepost.steps.exam import Exam, Seen
from milepost.steps.lost import raised
from milepost.steps.refit import refit
from milepost.steps.standing import Standing
from milepost.steps.work import Work
from milepost.training.assemble import Assembly
from milepost.training.material import Material

ASKED = 10_000


@dataclass(frozen=True)
class Twin:
    """What ships.

    Args:
        exact: its members with their numbers as they were fitted.
        seen: the same with the numbers that it ships with, its graph, and the answers to opened rows, of a
            twin, which learnt from them, to `ASKED` at most.
        seconds: wall-clock seconds that its fit took.
        cut: members that the clock stopped early.
        why: why it is the judged model and no twin, one sentence, or "".
    """

    exact: Assembly
    seen: Seen
    seconds: float = 0.0
    cut: tuple[str, ...] = ()
    why: str = ""


def twin(
    work: Work, data: Material, stands: Standing, judged: Twin, opened: tuple[Exam, pl.DataFrame]
) -> Twin:
    """The judged model fitted again with the opened rows.

    The seal is spent by then, so that nothing may end the step here. Where a member cannot be fitted or
    proven the judged model ships: a twin answers for the score of the model that was judged, and other
    blends were not.

    Args:
        work: the running step.
        data: the development rows.
        stands: what was judged.
        judged: the same as it would ship.
        opened: what proves a graph, and the opened rows.
    """
    exam, rows = opened
    try:
        made = refit(work, data, stands.tuned, extra=rows, after=stands.fitted)
        shipped = shipping(made.model, stands.tuned)
        asked = rows[:: max(1, -(-rows.height // ASKED))]
        seen = exam.alike(exam.seen(shipped, asked, stands.tuned.threshold, exam.graph(shipped)))
        return Twin(made.model, seen, made.seconds, made.cut)
    except Exception as problem:
        why = raised(problem)
    work.say("no twin can be made: the judged model ships")
    told = f"There is no twin on all labelled rows ({why}): what ships is the model that was judged here."
    return replace(judged, why=told)
