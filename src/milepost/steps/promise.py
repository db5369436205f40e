"""The expectation as plain JSON, so that a package carries what was promised of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from milepost.digest import Json, plain
from milepost.steps.expect import PER, Expected
from milepost.steps.final import Findings as Final
from milepost.steps.work import Work
from milepost.tasks.base import Cut

Span = tuple[float, float, float]


def promise(
    work: Work, expected: Expected, threshold: Cut | None, costs: Mapping[str, Span]
) -> dict[str, Any]:
    """The expectations of a package: sentence, counts a day, rates, costs and the score on sealed rows.

    Args:
        work: the running step.
        expected: what may be expected.
        threshold: the decision threshold, or one a label; None where there is none.
        costs: cost of errors a day of each answer.
    """
    final, value = work.found("final", Final), work.brief.value
    made: dict[str, Json] = {
        "sentence": expected.sentence,
        "warnings": list(expected.warnings),
        "threshold": threshold,
        "cases": value.events_per_day or PER,
        "per": "day" if value.events_per_day else "1000 cases",
        "prevalence": value.prevalence,
        "counts": _spans(expected.counts),
        "rates": _spans(expected.rates),
        "costs": {"unit": value.cost_unit, **_spans(costs)} if costs else {},
        "tested": dict(expected.tested),
        "score": {
            "metric": final.metric,
            "rows": final.rows,
            **_span((final.score, final.score_low, final.score_high)),
            "predicted": [final.low, final.high],
            "verdict": final.verdict,
        },
    }
    return dict(plain(made))


def _spans(spans: Mapping[str, Span]) -> dict[str, Json]:
    return {name: _span(span) for name, span in spans.items()}


def _span(span: Span) -> dict[str, Json]:
    return dict(zip(("mean", "low", "high"), (round(float(v), 6) for v in span), strict=True))
