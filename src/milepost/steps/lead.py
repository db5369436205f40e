"""The network that is all there is: alone, by all processors, for most of the time that is left."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from milepost.learners.base import learners
from milepost.steps.portfolio import Queue
from milepost.steps.work import Work
from milepost.training.evaluate import Evaluated
from milepost.training.fit import Config
from milepost.training.pace import WARM

OTHERS = 0.1
"""Share of the time left that is kept for all other configurations."""
PILOT = 0.1
"""Share of the network's time in which two forms of it are held against each other."""
REST, MORE = 0.25, 1.3
"""Share of `final` that goes into more than refits; rows with the opened ones, per development row."""
LIGHTER = 0.75
"""Time of an epoch that judges nothing, as in a refit, per row; .7 was seen on 20,000 small pictures."""
LEAST = 10.0
"""With fewer seconds a network that begins from nothing is one candidate among others."""
DECIDED: Mapping[str, str] = {"flip": "image"}
"""Settings that only validation can decide, and the kind of column that they matter for."""


def leaders(queue: Queue) -> list[Config]:
    """The form that leads, and a rival that differs in one setting, such as whether it mirrors pictures.

    A network leads where one holdout judges, every input is of a kind that it is made for, and nothing else
    is: pictures or sounds that no pretrained network may look at. What others see of such a column are scores
    of a linear model.
    """
    data = queue.data
    made_for = [name for name in queue.suited if learners[name].needs]
    if len(data.folds) > 1 or len(made_for) != 1:
        return []
    learner = learners[made_for[0]]
    if not learner.warm or not data.recipe.kinds <= learner.needs:
        return []
    first = next((config for config in queue.waiting if config.learner == learner.name), None)
    if first is None:
        return []
    full = {**learner.defaults, **first.params}
    turned = [name for name, kind in DECIDED.items() if name in full and kind in data.recipe.kinds]
    return [first, *(Config(first.learner, {**first.params, name: not full[name]}) for name in turned[:1])]


def lasting(work: Work, left: float, final: float) -> float:
    """Wall-clock seconds of the network that leads, so that its refits can be afforded; 0: too few to lead.

    Args:
        work: the running step.
        left: seconds until the search has to end.
        final: seconds of the step that refits.
    """
    ratio = _ratio(work)
    refits = WARM * LIGHTER * ratio * (1 + MORE if work.brief.budget.refit == "all" else 1)
    fair = (left * (1 - OTHERS) + final * (1 - REST)) / (1 + refits)
    found = min(fair, left * (1 - OTHERS))
    return found if found >= LEAST else 0.0


def worse(first: Evaluated, rival: Evaluated) -> Evaluated:
    """The form that validation likes less; the rival where the difference is within a standard error."""
    gap = np.asarray(first.losses, np.float64) - np.asarray(rival.losses, np.float64)
    error = gap.std(ddof=1) / math.sqrt(len(gap)) if len(gap) > 1 else math.inf
    return first if gap.mean() > error else rival


def _ratio(work: Work) -> float:
    folds = work.array("protocol", "folds")
    return float(folds.shape[1] / max(1.0, (folds == 1).sum(axis=1).mean()))
