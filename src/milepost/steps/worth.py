"""What a threshold is worth: the cost of its errors beside other answers, and whether its flags fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost.brief import Existing, Value
from milepost.errors import InputError
from milepost.learners.rule import Rule
from milepost.modalities.base import text
from milepost.report.blocks import Table
from milepost.report.sentences import count, number, percent
from milepost.statistics.capacity import capacity_threshold
from milepost.statistics.expectation import Outcomes
from milepost.statistics.intervals import mean_se
from milepost.statistics.threshold import Costs, elkan_threshold
from milepost.steps.expect import Scene, amount, outcomes, told
from milepost.steps.seen import Seen

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Worth:
    """What decisions cost.

    Args:
        sentence: the comparison in words.
        warnings: where the model is not worth it.
        table: the cost of each answer.
        daily: cost of each answer: mean, low, high.
    """

    sentence: str
    warnings: tuple[str, ...]
    table: Table
    daily: Mapping[str, tuple[float, float, float]]


def costs_of(value: Value, frame: pl.DataFrame) -> Costs | None:
    """The brief's costs, one a row where they are columns; None where they are not stated."""
    if value.cost_miss is None or value.cost_false_alarm is None:
        return None
    return Costs(fp=_cost(value.cost_false_alarm, frame), fn=_cost(value.cost_miss, frame))


def _cost(cost: float | str, frame: pl.DataFrame) -> float | Array:
    if not isinstance(cost, str):
        return float(cost)
    return np.asarray(frame[cost].cast(pl.Float64).fill_null(0.0).to_numpy(), dtype=np.float64)


def worth(
    value: Value, scene: Scene, seen: Seen, sealed: tuple[Array, Array], threshold: float
) -> Worth | None:
    """Compares the cost of errors of the model with those of doing nothing and of flagging everything.

    On the sealed rows where costs are numbers; where they are columns, on development rows that the model did
    not train on. All brought to the scene's prevalence and number of cases.

    Args:
        value: the brief's costs.
        scene: what arrives.
        seen: out-of-fold predictions.
        sealed: truth and prediction of the sealed rows.
        threshold: the threshold.

    Returns:
        None where no costs are stated, or a class is missing.
    """
    costs = costs_of(value, seen.frame)
    if costs is None:
        return None
    plain = not isinstance(value.cost_miss, str) and not isinstance(value.cost_false_alarm, str)
    truth, prediction = sealed if plain else (seen.truth, seen.prediction)
    losses = _losses(scene, costs, truth, {"the model": _flags(prediction, threshold)})
    if losses is None:
        return None
    units = None if plain else _units(seen)
    daily = {name: _mean(loss, units) for name, loss in losses.items()}
    others = {name: _mean(loss - losses["the model"], units) for name, loss in losses.items()}
    unit = f" {value.cost_unit}" if value.cost_unit else ""
    own = daily["the model"]
    warnings = [
        f"The cost of its errors is not surely below that of {words}: {told(own)} against "
        f"{told(daily[name])}{unit} {scene.a_day}."
        for name, words in (("do nothing", "doing nothing"), ("flag everything", "flagging everything"))
        if others[name][1] <= 0
    ]
    where = "" if plain else " (on development rows, out of fold)"
    gains = [f"{_gain(others[n])} {words}" for n, words in
             (("do nothing", "doing nothing"), ("flag everything", "flagging everything"))]  # fmt: skip
    sentence = f"Its errors would cost {told(own)}{unit} {scene.a_day}{where}: {' and '.join(gains)}."
    head = ("answer", f"cost of errors{',' if unit else ''}{unit} {scene.a_day}", "more than the model")
    rows = tuple((n, told(span), "" if n == "the model" else told(others[n])) for n, span in daily.items())
    return Worth(sentence, tuple(warnings), Table(head, rows, "What errors cost"), daily)


def against(value: Value, scene: Scene, seen: Seen, threshold: float, rule: Array) -> tuple[str, bool]:
    """Compares the model with the existing solution on development rows, in costs or else in cases.

    Args:
        value: the brief's costs.
        scene: what arrives.
        seen: out-of-fold predictions.
        threshold: the threshold.
        rule: what the existing solution flags of the same rows.

    Returns:
        A sentence, and whether it is a warning: the model is not worth more.
    """
    both = {"the model": _flags(seen.prediction, threshold), "the rule": rule}
    costs = costs_of(value, seen.frame)
    unit = f" {value.cost_unit}" if value.cost_unit else ""
    cases = [
        f"{amount(a)} caught with {amount(b)} flagged falsely"
        for a, b in (_cases(scene, seen.truth, flags) for flags in both.values())
    ]
    text = (
        f"On development rows, out of fold, the model would have {cases[0]} {scene.a_day}; the existing "
        f"solution {cases[1]}"
    )
    losses = None if costs is None else _losses(scene, costs, seen.truth, both)
    if losses is None:
        return f"{text}.", False
    gain = _mean(losses["the rule"] - losses["the model"], _units(seen))
    own, other = (_mean(losses[name], None)[0] for name in both)
    spent = f"errors cost {amount(own)} against {amount(other)}{unit}, {_gain(gain)} the existing solution"
    return f"{text}; {spent}.", gain[1] <= 0


def _cases(scene: Scene, truth: Array, flags: Array) -> tuple[float, float]:
    """Cases caught and falsely flagged, on average."""
    ill, per_day = truth == 1, scene.traffic.per_day
    return per_day * scene.share * flags[ill].mean(), per_day * (1 - scene.share) * flags[~ill].mean()


def _gain(span: tuple[float, float, float]) -> str:
    if span[0] >= 0:
        return f"{told(span)} less than"
    return f"{told((-span[0], -span[2], -span[1]))} more than"


def _flags(prediction: Array, threshold: float) -> Array:
    return np.asarray(np.asarray(prediction).astype(np.float32) >= np.float32(threshold))


def _units(seen: Seen) -> Array | None:
    return seen.units if 10 <= len(np.unique(seen.units)) < len(seen.units) else None


def _losses(
    scene: Scene, costs: Costs, truth: Array, answers: Mapping[str, Array]
) -> dict[str, Array] | None:
    """The cost a day that each row stands for, by answer; None with one class only."""
    ill, shape = truth == 1, len(truth)
    if not 0 < ill.mean() < 1:
        return None
    weight = np.where(ill, scene.share / ill.mean(), (1 - scene.share) / (1 - ill.mean()))
    every = {"do nothing": np.zeros(shape, bool), "flag everything": np.ones(shape, bool), **answers}
    scale = scene.traffic.per_day * weight
    return {name: scale * np.where(flags, ~ill * costs.fp, ill * costs.fn) for name, flags in every.items()}


def flags_of(existing: Existing, folder: Path, value: Value, seen: Seen) -> Array | None:
    """Which rows the existing solution flags: its own labels, or scores put to their best use.

    Scores are calibrated on these rows and flag where that costs least, or from one half on without costs.

    Args:
        existing: the brief's existing solution.
        folder: the project's folder.
        value: the brief's costs.
        seen: the rows.

    Returns:
        None where there is no existing solution.
    """
    if not (existing.rule or existing.column):
        return None
    rule = Rule.of(existing.rule, existing.column, folder)
    answers = text(rule.answers(seen.frame, seen.task).to_series())
    for labels in (seen.task.labels, ("0", "1"), ("false", "true")):
        if set(answers.drop_nulls().unique()) <= set(labels):
            return np.asarray((answers == labels[1]).fill_null(False).to_numpy())
    costs = costs_of(value, seen.frame)
    try:
        cut = np.float64(0.5) if costs is None else elkan_threshold(costs)
    except InputError:
        return None
    return np.asarray(rule.fit(seen.frame, seen.truth, seen.task).predict(seen.frame) >= cut - 1e-9)


def _mean(loss: Array, units: Array | None) -> tuple[float, float, float]:
    mean, error = float(loss.mean()), mean_se(loss, units)[0]
    return mean, mean - 1.96 * error, mean + 1.96 * error


def capacity(
    most: float | None,
    scene: Scene,
    sealed: tuple[Array, Array],
    flagged: tuple[float, float, float],
) -> tuple[list[str], list[str]]:
    """Says whether the flags of a day can be handled, and what would be caught within the capacity.

    Args:
        most: reviews that can be done a day, or None.
        scene: what arrives.
        sealed: truth and prediction of the sealed rows.
        flagged: flags a day: mean, low, high.

    Returns:
        Warnings, and further sentences.
    """
    if not most or not scene.daily:
        return [], []
    if flagged[0] > most:
        warning = [f"{amount(flagged[0])} reviews a day exceed your capacity of {count(most)}."]
    elif flagged[2] > most:
        top = amount(flagged[2])
        warning = [f"On some days more cases are flagged (up to {top}) than your capacity of {count(most)}."]
    else:
        fits = f"Your capacity of {count(most)} reviews a day suffices on 19 of 20 days and more."
        return [], [fits] if most >= scene.traffic.per_day else [fits, _ranked(most, scene, sealed)]
    spread = max(1.0, scene.traffic.dispersion, scene.uneven("flagged"))
    limit = capacity_threshold(
        np.linspace(0, 1, 20_001), scene.traffic.per_day, max(1, int(most)), dispersion=spread
    ).flagged
    threshold = reaching(limit / scene.traffic.per_day, *sealed, scene.share)
    kept = _caught(outcomes(*sealed, threshold), scene)
    warning.append(
        f"A threshold of {number(threshold)} would keep to it on 95 % of days: {amount(kept[0])} caught "
        f"and {amount(kept[1])} missed a day."
    )
    return [" ".join(warning)], [_ranked(most, scene, sealed)]


def _ranked(most: float, scene: Scene, sealed: tuple[Array, Array]) -> str:
    share = most / scene.traffic.per_day
    threshold = reaching(share, *sealed, scene.share)
    caught, missed = _caught(outcomes(*sealed, threshold), scene)
    return (
        f"Ranking the cases of a day and reviewing the {count(most)} highest, whatever their score, would "
        f"catch about {amount(caught)} and miss {amount(missed)} a day; the last one has a probability "
        f"of about {percent(threshold)}."
    )


def reaching(share: float, truth: Array, prediction: Array, prevalence: float) -> float:
    """The lowest threshold that flags at most a share of cases, at a prevalence.

    >>> reaching(0.5, np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.7, 0.9]), 0.5)
    0.7
    """
    ill = truth == 1
    positives = max(float(ill.mean()), 1e-12)
    weight = np.where(ill, prevalence / positives, (1 - prevalence) / max(1 - positives, 1e-12))
    values, place = np.unique(prediction, return_inverse=True)
    mass = np.cumsum(np.bincount(place.ravel(), weight)[::-1])[::-1] / weight.sum()
    fits = np.flatnonzero(mass <= share + 1e-12)
    return float(values[fits[0]]) if len(fits) else float(np.nextafter(values[-1], np.inf))


def _caught(tested: Outcomes, scene: Scene) -> tuple[float, float]:
    """Cases caught and missed a day, on average."""
    ill = scene.traffic.per_day * scene.share
    hit = tested.tp / max(tested.tp + tested.fn, 1)
    return ill * hit, ill * (1 - hit)
