"""Which settings separate the best configurations from the others."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milepost.learners.space import Space
from milepost.training.propose import Judged, study_of

TRUSTED = 20
"""Configurations of a family below which nothing is said: fewer often put the wrong setting first."""
BEST = 0.25
"""The share of configurations that the others are held against."""
RESAMPLES = 20


@dataclass(frozen=True)
class Importance:
    """One setting's share of what separates the best quarter from the others, with a 90 % interval."""

    knob: str
    share: float
    low: float
    high: float


def importances(space: Space, known: Sequence[Judged], seed: int) -> tuple[Importance, ...]:
    """Returns every setting that separates any, the most telling first; empty with too few configurations.

    PED-ANOVA (Watanabe, Bansal & Hutter 2023) in Optuna: the distance between a setting's distribution among
    the best quarter and among all. The intervals come from resampled configurations; they say how sure the
    order is, not what a setting would do on other rows.

    Args:
        space: the knobs.
        known: what was judged; dropped ones are left out.
        seed: seed of the resampling.
    """
    ended = [one for one in known if not one.folds]
    if len(ended) < TRUSTED or len(space) < 2:
        return ()
    generator = np.random.default_rng(seed)
    found = _shares(space, ended)
    draws = [
        _shares(space, [ended[i] for i in generator.integers(0, len(ended), len(ended))])
        for _ in range(RESAMPLES)
    ]
    spans = []
    for name, share in found.items():
        low, high = np.quantile([draw.get(name, 0.0) for draw in draws], [0.05, 0.95])
        spans.append(Importance(name, share, float(min(low, share)), float(max(high, share))))
    spans = [one for one in spans if one.high > 0]
    return tuple(sorted(spans, key=lambda one: -one.share))


def _shares(space: Space, known: Sequence[Judged]) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

        evaluator = PedAnovaImportanceEvaluator(target_quantile=BEST)
        found = get_param_importances(study_of(space, known), evaluator=evaluator)
    return {name: float(share) for name, share in found.items()}
