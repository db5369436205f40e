"""The honest score: of requests that were drawn at random, weighted by one over the chance of the draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.errors import InputError
from milepost.metrics.base import Metric
from milepost.report.sentences import count, number
from milepost.statistics.intervals import bootstrap_interval
from milepost.statistics.weights import kish
from milepost.steps.outcomes import Truths
from milepost.steps.together import KEY

Array = np.ndarray[Any, Any]
LEAST = 30
"""Audits from which on a score is told."""


@dataclass(frozen=True)
class Audited:
    """What audits say of the model.

    Args:
        drawn: audits among the requests.
        labelled: those whose truth is known.
        equal: so many requests, each drawn with the same chance, would say as much (Kish 1965).
        score: the metric over all requests from which they were drawn.
        low, high: its 95 % interval.
        says: one sentence.
    """

    drawn: int
    labelled: int
    equal: float
    score: float
    low: float
    high: float
    says: str


def honest(
    metric: Metric, truth: Array, prediction: Array, chance: Array, seed: int = 0
) -> tuple[float, float, float]:
    """A metric over all requests from a sample drawn with known chances, and its 95 % interval.

    Each row stands for one over its chance, as in Hajek's ratio estimator; the interval is a bootstrap of
    rows with their weights, and a little wide where a large share was drawn.

    Args:
        metric: of any kind.
        truth: as the task encodes it (n,) or (n, k).
        prediction: shaped as the metric reads it.
        chance: probability with which each row was drawn (n,).
        seed: of the bootstrap.

    Raises:
        InputError: a chance is none, or the metric is not defined on these rows.
    """
    weight = np.asarray(chance, np.float64)
    if not ((weight > 0) & (weight <= 1)).all():
        raise InputError("a chance is not above 0 and at most 1.", expected="The probability of each draw.")
    weight = 1 / weight
    span = bootstrap_interval(metric, (truth, prediction, weight), resamples=1000, seed=seed)
    return metric(truth, prediction, weight), span.low, span.high


def audited(
    metric: Metric, names: pl.Series, said: Array, truths: Truths | None, audits: pl.DataFrame
) -> Audited | None:
    """The honest score of production; None where nothing was ever drawn, or too few truths are known.

    Args:
        metric: the metric of success.
        names: what names each request.
        said: the answers (requests,) or (requests, k).
        truths: outcomes of requests.
        audits: requests that were drawn: name and chance, columns `__key__` and `chance`.
    """
    asked = pl.DataFrame({KEY: names, "row": np.arange(len(names))})
    drawn = asked.join(audits.select(KEY, "chance"), on=KEY, how="inner")
    if truths is None or not drawn.height:
        return None
    known = pl.DataFrame({"row": truths.rows, "at": np.arange(len(truths.rows))})
    found = drawn.join(known, on="row", how="inner").sort("row")
    if found.height < LEAST:
        return None
    chance = found["chance"].to_numpy()
    at = found["at"].to_numpy()
    try:
        score, low, high = honest(metric, truths.truth[at], said[truths.rows[at]], chance)
    except InputError:
        return None
    if not np.isfinite(score):
        return None
    says = (
        f"{count(found.height)} of {count(drawn.height)} requests drawn at random have a truth: weighted by "
        f"the chance of each draw, {metric.name} is {number(score)} ({number(low)} to {number(high)})."
    )
    return Audited(drawn.height, found.height, kish(1 / chance), score, low, high, says)
