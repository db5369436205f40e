"""What a stakeholder may expect of a day: cases caught, missed, falsely flagged, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError


@dataclass(frozen=True)
class Count:
    """A number of cases a day.

    Args:
        mean: expected on an average day.
        low: lower end of what a single day may bring.
        high: upper end.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Expectation:
    """What happens on a day at one threshold, at one prevalence.

    Args:
        caught: positives flagged.
        missed: positives not flagged.
        false: negatives flagged.
        flagged: all flagged, the reviews needed.
        precision: expected caught / flagged.
        prevalence: mean share of positives.
        per_day: mean number of cases.
    """

    caught: Count
    missed: Count
    false: Count
    flagged: Count
    precision: float
    prevalence: float
    per_day: float


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of test rows at the threshold.

    Args:
        tp: positives flagged.
        fn: positives not flagged.
        fp: negatives flagged.
        tn: negatives not flagged.
    """

    tp: float
    fn: float
    fp: float
    tn: float


@dataclass(frozen=True)
class Traffic:
    """What arrives in production.

    Args:
        per_day: mean number of cases a day.
        prevalence: share of positives, or the counts (positives, cases) it was estimated from, whose
            uncertainty is then part of the intervals.
        dispersion: variance of the daily number of cases over its mean; 1 is Poisson, above 1.2 days differ
            by more than chance and a negative binomial is used.
    """

    per_day: float
    prevalence: float | tuple[float, float]
    dispersion: float = 1.0


def daily_counts(
    tested: Outcomes,
    traffic: Traffic,
    *,
    simulations: int = 100_000,
    seed: int = 0,
    level: float = 0.95,
    factor: float = 1.0,
) -> Expectation:
    """Simulates days: what a threshold with these test outcomes does on this traffic.

    Sensitivity and false positive rate are drawn from Beta(successes + 1/2, failures + 1/2), so the intervals
    hold both the chance of a day and what the test set leaves uncertain. The prevalence has to come from
    production-like rows, never from a test set balanced by hand.

    Args:
        tested: counts of the test rows.
        traffic: cases a day and prevalence.
        simulations: days simulated.
        seed: of the simulation.
        level: of the intervals.
        factor: by which the prevalence is multiplied, to see a change of scene.

    Raises:
        InputError: there are no positives or no negatives in the test rows, or the traffic is impossible.

    >>> day = daily_counts(Outcomes(950, 50, 750, 29_250), Traffic(8280, (28_000, 828_000)))
    >>> round(day.caught.mean), round(day.missed.mean), round(day.false.mean)
    (266, 14, 200)
    """
    _check(tested, traffic, factor)
    draw = np.random.default_rng(seed)
    sensitivity = draw.beta(tested.tp + 0.5, tested.fn + 0.5, simulations)
    alarm = draw.beta(tested.fp + 0.5, tested.tn + 0.5, simulations)
    share: npt.NDArray[np.float64] | float
    if isinstance(traffic.prevalence, tuple):
        positives, cases = traffic.prevalence
        share = draw.beta(positives + 0.5, cases - positives + 0.5, simulations)
    else:
        share = np.full(simulations, traffic.prevalence)
    share = np.clip(share * factor, 0, 1)
    arrived = _arrivals(draw, traffic, simulations)
    ill = draw.binomial(arrived, share)
    caught = draw.binomial(ill, sensitivity)
    false = draw.binomial(arrived - ill, alarm)
    ends = ((1 - level) / 2, (1 + level) / 2)

    def count(days: npt.NDArray[np.int64]) -> Count:
        low, high = np.quantile(days, ends)
        return Count(float(days.mean()), float(low), float(high))

    return Expectation(
        caught=count(caught),
        missed=count(ill - caught),
        false=count(false),
        flagged=count(caught + false),
        precision=float(caught.sum() / max((caught + false).sum(), 1)),
        prevalence=float(share.mean()),
        per_day=traffic.per_day,
    )


def scenarios(
    tested: Outcomes, traffic: Traffic, *, simulations: int = 100_000, seed: int = 0
) -> dict[str, Expectation]:
    """Returns the expectation as things are, at half and at twice the prevalence.

    The threshold stays, and with it the shares caught and falsely flagged; precision moves with prevalence.

    >>> [*scenarios(Outcomes(9, 1, 2, 98), Traffic(100, 0.1), simulations=100)]
    ['as now', 'half as many', 'twice as many']
    """
    factors = {"as now": 1.0, "half as many": 0.5, "twice as many": 2.0}
    return {
        name: daily_counts(tested, traffic, simulations=simulations, seed=seed, factor=factor)
        for name, factor in factors.items()
    }


def precision_at(sensitivity: float, false_positive_rate: float, prevalence: float) -> float:
    """Returns the precision at a prevalence, by Bayes' rule.

    >>> [round(precision_at(0.95, 0.025, share), 4) for share in (0.01, 280 / 8280, 0.07)]
    [0.2774, 0.5708, 0.7409]
    """
    caught, false = sensitivity * prevalence, false_positive_rate * (1 - prevalence)
    return caught / (caught + false) if caught + false > 0 else float("nan")


def dispersion(daily: npt.ArrayLike) -> float:
    """Returns variance over mean of daily numbers of cases; 1 (Poisson) when there are under 8 days.

    >>> round(dispersion([90, 110] * 10), 2)
    1.05
    """
    days = np.asarray(daily, dtype=np.float64)
    if len(days) < 8 or days.mean() <= 0:
        return 1.0
    return float(days.var(ddof=1) / days.mean())


def _arrivals(draw: np.random.Generator, traffic: Traffic, days: int) -> npt.NDArray[np.int64]:
    if traffic.dispersion <= 1.2:
        return draw.poisson(traffic.per_day, days)
    size = traffic.per_day / (traffic.dispersion - 1)
    return draw.negative_binomial(size, 1 / traffic.dispersion, days)


def _check(tested: Outcomes, traffic: Traffic, factor: float) -> None:
    if tested.tp + tested.fn <= 0 or tested.fp + tested.tn <= 0:
        raise InputError(
            "the test rows hold one class only.",
            expected="Positives and negatives, or the shares caught and falsely flagged are not known.",
        )
    share = traffic.prevalence
    rate = share[0] / share[1] if isinstance(share, tuple) and share[1] > 0 else share
    if isinstance(rate, tuple) or not 0 <= rate <= 1 or traffic.per_day <= 0 or factor < 0:
        raise InputError(
            f"{traffic.per_day} cases a day with prevalence {traffic.prevalence} cannot be.",
            expected="A positive number a day, and a prevalence between 0 and 1 or (positives, cases).",
        )
