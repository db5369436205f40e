"""What a threshold is worth: the cost of its errors beside other answers, and whether its flags fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.brief import Value
from milepost.errors import InputError
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


def worth(value: Value, scene: Scene, seen: Seen, threshold: float, rule: Array | None) -> Worth | None:
    """Compares the cost of errors of the model, the existing rule, flagging everything and doing nothing.

    All on development rows that the model did not train on, brought to the scene's prevalence and number of
    cases. The existing rule is put to its best use: it flags where that costs least by its own record.

    Args:
        value: the brief's costs.
        scene: what arrives.
        seen: out-of-fold predictions.
        threshold: the threshold.
        rule: the existing rule's probabilities for the same rows, or None.

    Returns:
        None where no costs are stated, or a class is missing.
    """
    costs = costs_of(value, seen.frame)
    ill = seen.truth == 1
    if costs is None or not 0 < ill.mean() < 1:
        return None
    weight = np.where(ill, scene.share / ill.mean(), (1 - scene.share) / (1 - ill.mean()))
    shape = len(ill)
    miss, alarm = np.broadcast_to(costs.fn, shape), np.broadcast_to(costs.fp, shape)
    answers = {"do nothing": np.zeros(shape, bool), "flag everything": np.ones(shape, bool)}
    if rule is not None:
        try:
            answers["the existing solution"] = rule >= elkan_threshold(costs) - 1e-9
        except InputError:
            rule = None
    answers["the model"] = seen.prediction.astype(np.float32) >= np.float32(threshold)
    units = seen.units if 10 <= len(np.unique(seen.units)) < shape else None
    losses = {n: scene.traffic.per_day * weight * np.where(flags, ~ill * alarm, ill * miss)
              for n, flags in answers.items()}  # fmt: skip
    daily = {name: _mean(loss, units) for name, loss in losses.items()}
    others = {name: _mean(loss - losses["the model"], units) for name, loss in losses.items()}
    return _told(value, scene, daily, others)


def _mean(loss: Array, units: Array | None) -> tuple[float, float, float]:
    mean, error = float(loss.mean()), mean_se(loss, units)[0]
    return mean, mean - 1.96 * error, mean + 1.96 * error


def _told(
    value: Value,
    scene: Scene,
    daily: Mapping[str, tuple[float, float, float]],
    others: Mapping[str, tuple[float, float, float]],
) -> Worth:
    unit = f" {value.cost_unit}" if value.cost_unit else ""
    own = daily["the model"]
    parts, warnings = [], []
    for name, words in (("the existing solution", "the existing solution"), ("do nothing", "doing nothing")):
        if name in others:
            gain = others[name]
            parts.append(f"{told(gain)} less than {words}" if gain[0] >= 0 else f"more than {words}")
            if gain[1] <= 0:
                verb = "costs as much as" if gain[2] > 0 else "costs more than"
                both = f"{amount(own[0])} against {amount(daily[name][0])}{unit} {scene.a_day}"
                warnings.append(f"The model {verb} {words}: {both}.")
    flat = others["flag everything"]
    if flat[1] <= 0:
        warnings.append(
            f"Flagging everything costs no more than the model: {amount(daily['flag everything'][0])} "
            f"against {amount(own[0])}{unit} {scene.a_day}."
        )
    sentence = (
        f"Its errors would cost {told(own)}{unit} {scene.a_day}: {' and '.join(parts)} (measured on "
        "development rows, out of fold)."
    )
    rows = tuple(
        (name, told(span), "" if name == "the model" else told(others[name])) for name, span in daily.items()
    )
    head = ("answer", f"cost of errors{unit and ','}{unit} {scene.a_day}", "more than the model")
    return Worth(sentence, tuple(warnings), Table(head, rows, "What errors cost"), daily)


def capacity(
    most: float | None,
    scene: Scene,
    seen: Seen,
    sealed: tuple[Array, Array],
    flagged: tuple[float, float, float],
) -> tuple[list[str], list[str]]:
    """Says whether the flags of a day can be handled, and what would be caught within the capacity.

    Args:
        most: reviews that can be done a day, or None.
        scene: what arrives.
        seen: out-of-fold predictions, from which a threshold that keeps to the capacity is chosen.
        sealed: truth and prediction of the sealed rows, on which it is told.
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
    spread = max(1.0, scene.traffic.dispersion)
    limit = capacity_threshold(
        np.linspace(0, 1, 20_001), scene.traffic.per_day, max(1, int(most)), dispersion=spread
    ).flagged
    threshold = reaching(limit / scene.traffic.per_day, seen.truth, seen.prediction, scene.share)
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
