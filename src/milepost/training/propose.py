"""Suggests configurations from those that were judged, by a tree-structured Parzen estimator."""

from __future__ import annotations

import importlib
import math
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from milepost.digest import digest
from milepost.learners.space import Knob, Params, Space, matters

STARTUP = 10
"""Judged configurations of a family below which its suggestions are drawn evenly."""
DIGITS = 3
"""Significant digits of a suggested number."""


@dataclass(frozen=True)
class Judged:
    """A configuration of a space with what was seen of it.

    Args:
        params: the value of every knob that matters.
        loss: mean validation loss; that of the finished folds where it was dropped.
        folds: 0, or after how many folds it was dropped.
    """

    params: Params
    loss: float
    folds: int = 0


def suggest(space: Space, known: Sequence[Judged], pending: Sequence[Params], seed: int) -> dict[str, Any]:
    """Returns a configuration that may be better than those that are known.

    Multivariate TPE on the groups of knobs that occur together (Bergstra et al. 2011, Falkner, Klein & Hutter
    2018; Optuna's `TPESampler`). Pending ones count as bad, so that workers do not try the same. It depends
    on nothing but its arguments: a search that was stopped goes on as it would have gone on.

    Args:
        space: the knobs.
        known: what was judged, in an order of its own.
        pending: configurations that are being judged.
        seed: seed of the draws.
    """
    _load()
    from optuna.samplers import TPESampler

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna calls groups and the liar experimental
        sampler = TPESampler(
            multivariate=True, group=True, constant_liar=True, n_startup_trials=STARTUP,
            seed=int(digest(seed, len(known), len(pending))[:8], 16),
        )  # fmt: skip
        study = study_of(space, known, pending, sampler)
        trial = study.ask()
        found: dict[str, Any] = {}
        for knob in space:
            if matters(knob, found):
                found[knob.name] = rounded(knob, _ask(trial, knob))
    return found


def _load() -> None:
    """Imports Optuna where no matrices are in sight.

    It keeps the error of each package that it could not import, and with it every frame that led there and
    all that those hold: a search's matrices would stay as long as the process.
    """
    if "optuna" not in sys.modules:
        loader = threading.Thread(target=importlib.import_module, args=("optuna",))
        loader.start()
        loader.join()


def _ask(trial: Any, knob: Knob) -> Any:
    if knob.values:
        return trial.suggest_categorical(knob.name, knob.values)
    if knob.whole:
        return trial.suggest_int(knob.name, int(knob.low), int(knob.high), log=knob.log)
    return trial.suggest_float(knob.name, knob.low, knob.high, log=knob.log)


def study_of(
    space: Space, known: Sequence[Judged], pending: Sequence[Params] = (), sampler: Any = None
) -> Any:
    """An Optuna study in memory that holds what is known; the ledger is what lasts."""
    _load()
    import optuna
    from optuna.trial import TrialState, create_trial

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=sampler)
    for one in known:
        state = TrialState.PRUNED if one.folds else TrialState.COMPLETE
        trial = create_trial(
            state=state,
            value=None if one.folds else one.loss,
            params=dict(one.params),
            distributions=distributions(space, one.params),
            intermediate_values={one.folds: one.loss} if one.folds else {},
        )
        study.add_trial(trial)
    for params in pending:
        waiting = create_trial(
            state=TrialState.RUNNING, params=dict(params), distributions=distributions(space, params)
        )
        study.add_trial(waiting)
    return study


def distributions(space: Space, params: Params) -> dict[str, Any]:
    """Optuna's distributions of the knobs that matter in a configuration."""
    return {knob.name: distribution(knob) for knob in space if matters(knob, params)}


def distribution(knob: Knob) -> Any:
    """A knob as Optuna's distribution."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if knob.values:
        return CategoricalDistribution(knob.values)
    if knob.whole:
        return IntDistribution(int(knob.low), int(knob.high), log=knob.log)
    return FloatDistribution(knob.low, knob.high, log=knob.log)


def rounded(knob: Knob, value: Any) -> Any:
    """A suggested value to three significant digits, inside its range.

    >>> rounded(Knob("rate", 0.01, 1.0), 0.123456), rounded(Knob("rate", 0.01, 0.12345), 0.12344)
    (0.123, 0.123)
    """
    if knob.values or knob.whole or value == 0 or not math.isfinite(value):
        return value
    return knob.near(float(f"{value:.{DIGITS}g}"))


def turn(best: Mapping[str, float], given: Mapping[str, int]) -> list[str]:
    """Families in the order in which they should get the next configuration.

    Shares fall as 1, 1/2, 1/3, ... from the best family on: all go on, as blends gain from different
    families, the better ones faster.

    Args:
        best: lowest loss of each family.
        given: how many suggestions of each were tried.

    >>> turn({"a": 0.5, "b": 0.4}, {"a": 0, "b": 2})
    ['a', 'b']
    >>> turn({"a": 0.5, "b": 0.4}, {"a": 1, "b": 1})
    ['b', 'a']
    """
    order = sorted(best, key=lambda name: (best[name], name))
    cost = {name: (given.get(name, 0) + 1) * (place + 1) for place, name in enumerate(order)}
    return sorted(order, key=lambda name: (cost[name], order.index(name)))
