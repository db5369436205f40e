"""First models against the best answer without one, in two stages where a network may help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from milepost import metrics
from milepost.steps.answers import Answer
from milepost.steps.contenders import contenders, late, network
from milepost.steps.duel import Court, Result, fight
from milepost.steps.measure import Findings as Measured
from milepost.steps.protocol import Findings as Protocol
from milepost.steps.work import Work
from milepost.training.material import Material

SHARE = 0.65
"""Share of the time left that first models may take."""


@dataclass(frozen=True)
class First:
    """The first models, the test of the best one, and the level at which it counts."""

    models: Mapping[str, Answer]
    result: Result
    level: float


def first_models(
    work: Work, data: Material, against: tuple[Court, Mapping[str, Answer]], alpha: float
) -> First:
    """Tests quick models; where they fail on pictures or sounds alone, a deep network too.

    Each of two stages has half the level, so that luck passes one of them no more often than `alpha`
    (Bonferroni).

    Args:
        work: the running step.
        data: rows and folds.
        against: what all comparisons share, and the answers without a model.
        alpha: one-sided level of the test.
    """
    court, plain = against
    stages = late(work, data)
    level = alpha / 2 if stages else alpha
    models = contenders(work, data, work.clock.left * SHARE)
    result = fight(court, plain, models)
    if stages and not (result.loss_gain > 0 and result.p < level):
        models = {**models, **network(work, data, work.clock.left * SHARE)}
        result = fight(court, plain, models)
    return First(models, result, level)


def court_of(work: Work, data: Material) -> Court:
    """What all comparisons of this step share."""
    protocol = work.found("protocol", Protocol)
    several = protocol.kind in ("kfold", "repeated", "groups") and protocol.folds > 1
    return Court(
        task=data.task,
        metric=metrics.get(work.found("measure", Measured).metric),
        truth=data.truth[data.scored],
        units=work.array("protocol", "units")[data.scored],
        unit=protocol.unit,
        fold_of=data.fold_of,
        train_rows=protocol.train_rows,
        kind=protocol.kind,
        folds=protocol.folds if several else None,
        seed=work.seed,
    )
