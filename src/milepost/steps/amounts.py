"""What may be expected of predicted numbers: how far off, in which direction, and a range that holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from milepost.brief import Value
from milepost.report.blocks import Table
from milepost.report.sentences import count, interval, number, percent
from milepost.statistics.intervals import mean_interval, wilson
from milepost.steps.expect import PER, Expected
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
QUANTILES = (0.5, 0.8, 0.9, 0.95)
COVERAGE = 0.9
BANDS = 5


def expect_amounts(
    value: Value, task: Task, sealed: tuple[Array, Array], fold: tuple[Array, Array]
) -> Expected:
    """The expectation of a regression task: errors on the sealed rows, ranges from out-of-fold residuals.

    Args:
        value: the brief's traffic.
        task: the task.
        sealed: truth and prediction of the sealed rows, (n,) or (n, d).
        fold: truth and out-of-fold prediction of development rows.
    """
    truth, prediction = _wide(sealed)
    before, guess = _wide(fold)
    per_day = value.events_per_day or PER
    cases, tenth = count(per_day), count(per_day / 10)
    whole = f"Every day, of {cases} predictions" if value.events_per_day else f"Of {cases} predictions"
    sentences, more, warnings, tables, rates = [], [], [], [], {}
    for place, name in enumerate(task.targets):
        gap, residual = truth[:, place] - prediction[:, place], before[:, place] - guess[:, place]
        errors = np.sort(np.abs(gap))
        half, wide = _quantile(errors, 0.5), _quantile(errors, 0.9)
        spans = [f"{number(v)} ({number(a)} to {number(b)})" for v, a, b in (half, wide)]
        sentences.append(
            f"of {name} half would be off by {spans[0]} at most, and {tenth} by more than {spans[1]}"
        )
        rates[f"median_error:{name}"], rates[f"error_90:{name}"] = half, wide
        bias = mean_interval(-gap)
        lean = float(-gap.mean())
        told = interval(lean, bias.low, bias.high)
        more.append(
            f"{name}: on average its predictions are too {'high' if lean > 0 else 'low'}, by {told}."
            if bias.low > 0 or bias.high < 0
            else f"{name}: no bias is seen; the mean of prediction less truth is {told}."
        )
        reach = conformal(residual)
        inside = int((np.abs(gap) <= reach).sum())
        held = wilson(inside, len(gap))
        rates[f"range_90:{name}"] = (reach, reach, reach)
        more.append(
            f"{name}: the prediction ± {number(reach)} holds the truth in 9 of 10 cases (split conformal, "
            f"from out-of-fold residuals); on the sealed rows it did in {percent(inside / len(gap))} "
            f"({percent(held.low)} to {percent(held.high)})."
        )
        if held.high < COVERAGE:
            warnings.append(
                f"The range ± {number(reach)} of {name} holds in fewer than 9 of 10 sealed rows: they differ "
                "from the rows it was found on."
            )
        tables.append(_sizes(name, truth[:, place], prediction[:, place]))
    return Expected(
        sentence=f"{whole} {'; '.join(sentences)}.",
        more=tuple(more),
        warnings=tuple(warnings),
        rates=rates,
        tables=(_table(task, truth, prediction), *tables),
    )


def _wide(pair: tuple[Array, Array]) -> tuple[Array, Array]:
    truth, prediction = (np.asarray(part, np.float64) for part in pair)
    return truth.reshape(len(truth), -1), prediction.reshape(len(truth), -1)


def conformal(residual: Array, coverage: float = COVERAGE) -> float:
    """The half-width of a split conformal range (Vovk et al. 2005) from residuals (n,).

    >>> conformal(np.arange(1.0, 100.0))
    90.0
    """
    errors = np.sort(np.abs(residual))
    place = math.ceil((len(errors) + 1) * coverage) - 1
    return float(errors[min(place, len(errors) - 1)])


def _quantile(errors: Array, share: float) -> tuple[float, float, float]:
    """A quantile of sorted errors with its 95 % interval by order statistics."""
    from scipy.stats import binom

    low, high = (int(binom.ppf(q, len(errors), share)) for q in (0.025, 0.975))
    return (
        float(np.quantile(errors, share)),
        float(errors[max(low - 1, 0)]),
        float(errors[min(high, len(errors) - 1)]),
    )


def _table(task: Task, truth: Array, prediction: Array) -> Table:
    rows = []
    for place, name in enumerate(task.targets):
        errors = np.sort(np.abs(truth[:, place] - prediction[:, place]))
        spans = [_quantile(errors, share) for share in QUANTILES]
        rows.append((name, *(f"{number(v)} ({number(a)} to {number(b)})" for v, a, b in spans)))
    head = ("target", *(f"{percent(share)} are off by up to" for share in QUANTILES))
    return Table(head, tuple(rows), "Errors on the sealed rows, with 95 % intervals")


def _sizes(name: str, truth: Array, prediction: Array) -> Table:
    """Errors by the size of the prediction, which is known when it is made."""
    edges = np.unique(np.quantile(prediction, np.linspace(0, 1, BANDS + 1)[1:-1]))
    band = np.searchsorted(edges, prediction, side="right")
    rows = []
    for place in np.unique(band):
        inside = band == place
        errors, lean = np.sort(np.abs(truth - prediction)[inside]), (prediction - truth)[inside]
        ends = prediction[inside]
        rows.append(
            (
                f"{number(float(ends.min()))} to {number(float(ends.max()))}",
                count(int(inside.sum())),
                number(float(np.median(errors))),
                number(float(np.quantile(errors, 0.9))),
                f"{float(lean.mean()):+.3g}",
            )
        )
    head = (
        "prediction",
        "sealed rows",
        "half are off by up to",
        "9 of 10 by up to",
        "mean of prediction less truth",
    )
    return Table(head, tuple(rows), f"Errors of {name} by size of the prediction")
