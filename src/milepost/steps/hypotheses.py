"""The two hypotheses of the frame: supported or refuted, by what evidence."""

from __future__ import annotations

from dataclasses import dataclass

from milepost import metrics
from milepost.report.sentences import figure, scored
from milepost.steps.baseline import Findings as Compared
from milepost.steps.final import Findings as Final
from milepost.steps.frame import Findings as Framed
from milepost.steps.work import Work


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis.

    Args:
        text: what was supposed.
        state: "supported", "refuted" or "open".
        evidence: by what, one sentence.
    """

    text: str
    state: str
    evidence: str


def judged(work: Work) -> tuple[Hypothesis, ...]:
    """Judges the two hypotheses: the first by the baseline test, the second by the sealed rows.

    That the target can be predicted is supported where a model beats every answer without one in a paired
    test. That the rows hold enough to learn how is supported where the sealed rows confirm it: the score's
    interval lies on the better side of the naive answer, and the score is not below its promise.
    """
    texts = work.found("frame", Framed).hypotheses
    return tuple(
        Hypothesis(text, *judge(work)) for text, judge in zip(texts, (_predictable, _enough), strict=False)
    )


def _predictable(work: Work) -> tuple[str, str]:
    found = work.found("baseline", Compared)
    return found.supported, found.evidence


def _enough(work: Work) -> tuple[str, str]:
    found = work.found("final", Final)
    higher = metrics.get(found.metric).better == "higher"
    span = f"{found.metric} {scored(found.score, found.score_low, found.score_high)}"
    told = f"{span} on {found.rows:,} sealed rows, against {figure(found.naive)} of the naive answer"
    better = found.score_low > found.naive if higher else found.score_high < found.naive
    worse = found.score_high <= found.naive if higher else found.score_low >= found.naive
    if worse or found.verdict == "below":
        promised = f"{figure(found.low, found.high)} to {figure(found.high)}"
        why = "no better than naive" if worse else f"below the promised {promised}"
        return "refuted", f"{told}: {why}."
    if better:
        return "supported", f"{told}: {found.verdict}."
    return "open", f"{told}: too few rows to tell them apart."
