"""Paired tests: is candidate a better than candidate b, and by how much?

Every test returns a `Comparison` whose `gain` is positive when a is better. Its one-sided p-value is
kept below 5 % under pure noise; the three probabilities around a region of practical equivalence
(ROPE) are further information, not the gate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Numbers, alike, vector, widening
from milepost.statistics.comparison import SURE, Comparison, Decision, decide, student
from milepost.statistics.delong import delong, delong_test
from milepost.statistics.intervals import Interval, mean_se
from milepost.statistics.resample import Resampling, Spread, accelerated, defined, jackknife, replicates

__all__ = [
    "Comparison",
    "Decision",
    "corrected_t",
    "correctness_table",
    "delong",
    "delong_test",
    "diebold_mariano",
    "holm",
    "mcnemar",
    "paired_bootstrap",
    "paired_t",
    "permutation",
]
EXACT_UNITS = 20_000
"""Above this many independent units the bootstrap is so smooth that BCa and percentile agree."""


def corrected_t(differences: Numbers, n_train: int, n_test: int, rope: float = 0.01) -> Comparison:
    """Tests per-fold score differences with the variance that overlapping training sets really have.

    Corrected resampled t (Nadeau & Bengio 2003) with the Bayesian correlated t (Benavoli et al. 2017):
    se = sqrt((1/J + n_test/n_train) var(d)), J - 1 degrees of freedom. It speaks of the two training
    procedures, not of two trained models.

    Args:
        differences: score of a minus score of b on each fold of each repeat, shape (J,).
        n_train: training rows of one fold.
        n_test: test rows of one fold.
        rope: largest difference that does not matter.
    """
    found = vector(differences, "differences", least=2)
    if n_train < 1 or n_test < 1:
        raise InputError(f"n_train={n_train}, n_test={n_test}.", expected="Both are at least 1.")
    error = math.sqrt((1 / len(found) + n_test / n_train) * float(found.var(ddof=1)))
    return student(float(found.mean()), error, len(found) - 1, rope, "corrected resampled t")


def paired_t(
    loss_a: Numbers,
    loss_b: Numbers,
    groups: Numbers | None = None,
    folds: int | None = None,
    rope: float = 0.0,
) -> Comparison:
    """Tests two candidates by their additive losses on the same rows, such as log loss or squared error.

    The error is cluster-robust when groups are given, and multiplied by sqrt(1 + K/(K-1)) when the
    rows were scored out of fold by K folds. Without that factor a heavily regularised model with many
    inputs "beats" a constant on pure noise up to 12 % of the time: its gain is a sum over pairs of
    rows, each seen twice.

    Args:
        loss_a: losses of the candidate, lower is better, shape (n,).
        loss_b: losses of the baseline on the same rows, shape (n,).
        groups: one group a row, or None.
        folds: K for out-of-fold losses, None for one holdout.
        rope: largest difference that does not matter.
    """
    a, b = vector(loss_a, "loss_a", least=2), vector(loss_b, "loss_b", least=2)
    alike(a, b, "loss_a and loss_b")
    error, freedom = mean_se(b - a, groups)
    return student(float((b - a).mean()), error * widening(folds), freedom, rope, "paired t on losses")


def diebold_mariano(loss_a: Numbers, loss_b: Numbers, lag: int = 0, rope: float = 0.0) -> Comparison:
    """Tests two forecasts by their losses in order of time.

    Diebold & Mariano 1995 with the Newey-West (Bartlett) variance of the given lag and the
    small-sample factor of Harvey, Leybourne & Newbold 1997.

    Args:
        loss_a: losses of the candidate in order of time, shape (n,).
        loss_b: losses of the baseline at the same times.
        lag: how many steps apart two losses can still depend on each other; horizon - 1 at least.
        rope: largest difference that does not matter.
    """
    a, b = vector(loss_a, "loss_a", least=3), vector(loss_b, "loss_b", least=3)
    alike(a, b, "loss_a and loss_b")
    n = len(a)
    if not 0 <= lag < n - 1:
        raise InputError(f"lag={lag} with {n} rows.", expected=f"From 0 to {n - 2}.")
    rest: Floats = (b - a) - (b - a).mean()
    long_run = float(rest @ rest) + sum(
        2 * (1 - k / (lag + 1)) * float(rest[k:] @ rest[:-k]) for k in range(1, lag + 1)
    )
    steps = lag + 1
    small = max((n + 1 - 2 * steps + steps * (steps - 1) / n) / n, 1 / n)
    error = math.sqrt(max(long_run, 0.0) / small) / n
    return student(float((b - a).mean()), error, n - 1, rope, "Diebold-Mariano")


def correctness_table(a: Numbers, b: Numbers) -> Floats:
    """Returns the table [[both right, only a], [only b, none]] of two correctness arrays.

    >>> correctness_table([1, 1, 0], [1, 0, 0]).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    one, two = np.asarray(a).astype(bool), np.asarray(b).astype(bool)
    alike(one, two, "The correctness arrays")
    cells = [[one & two, one & ~two], [~one & two, ~one & ~two]]
    return np.array([[float(cell.sum()) for cell in row] for row in cells])


def mcnemar(
    a: Numbers,
    b: Numbers | None = None,
    method: Literal["mid-p", "exact", "chi2", "chi2-corrected"] = "mid-p",
    rope: float = 0.0,
) -> Comparison:
    """Tests two classifiers by the rows on which exactly one of them is right (McNemar 1947).

    For predictions of one holdout; out-of-fold correctness goes to `paired_t`. The mid-p form
    (Fagerland, Lydersen & Laake 2013) keeps its level without being as timid as the exact one.

    Args:
        a: correctness of the candidate, shape (n,); or the table [[both, only a], [only b, none]].
        b: correctness of the baseline, shape (n,); None when `a` is the table.
        method: "mid-p", "exact", or chi-squared without or with continuity correction.
        rope: largest difference in accuracy that does not matter.
    """
    from scipy.stats import binom

    table = np.asarray(a, dtype=np.float64) if b is None else correctness_table(a, b)
    if table.shape != (2, 2) or table.min() < 0 or table.sum() < 1:
        raise InputError(f"The table has shape {table.shape}.", expected="2 x 2 counts of at least one row.")
    total, wins, losses = float(table.sum()), float(table[0, 1]), float(table[1, 0])
    gain, either = (wins - losses) / total, wins + losses
    error = math.sqrt(max(either - (wins - losses) ** 2 / total, 0.0)) / total
    middle = float(binom.sf(wins, either, 0.5) + binom.pmf(wins, either, 0.5) / 2)
    found = student(gain, error, math.inf, rope, f"McNemar {method}")
    if method.startswith("chi2"):
        from statsmodels.stats.contingency_tables import mcnemar as reference

        test = reference(table, exact=False, correction=method == "chi2-corrected")
        p = test.pvalue / 2 if gain > 0 else 1 - test.pvalue / 2
        found = replace(found, p=float(p), p_two=float(test.pvalue), statistic=float(test.statistic))
    elif method == "exact":
        p, p_two = float(binom.sf(wins - 1, either, 0.5)), 2 * binom.cdf(min(wins, losses), either, 0.5)
        found = replace(found, p=p, p_two=min(1.0, float(p_two)), statistic=min(wins, losses))
    else:
        p_two = min(1.0, 2 * min(middle, 1 - middle))
        found = replace(found, p=middle, p_two=p_two, statistic=min(wins, losses))
    if rope > 0 or not either:
        return found
    return replace(
        found, p_better=1 - middle, p_equal=0.0, p_worse=middle, says=decide(1 - middle, 0, middle)
    )


def paired_bootstrap(
    metric: Callable[..., float],
    truth: Numbers,
    a: Numbers,
    b: Numbers,
    better: Literal["higher", "lower"] = "higher",
    how: Resampling | None = None,
) -> Comparison:
    """Tests two candidates by any metric, drawing the same rows (or whole groups) for both.

    BCa bootstrap (Efron 1987); the percentile bootstrap above 20,000 independent units.

    Args:
        metric: called as metric(truth, prediction) or, with weights, metric(truth, prediction, weight).
        truth: the true values, first axis n.
        a: predictions of the candidate, first axis n.
        b: predictions of the baseline, first axis n.
        better: whether a higher or a lower metric is better.
        how: resamples, seed, groups, weights, folds and ROPE.

    Raises:
        InputError: the metric is undefined on the rows given or on most resamples.
    """
    how = how or Resampling()
    sign = 1.0 if better == "higher" else -1.0

    def gain(truth: Floats, a: Floats, b: Floats, *weight: Floats) -> float:
        return sign * (float(metric(truth, a, *weight)) - float(metric(truth, b, *weight)))

    arrays = [truth, a, b] + ([] if how.weight is None else [how.weight])
    observed = defined(gain, *(np.asarray(array) for array in arrays))
    if not math.isfinite(observed):
        raise InputError("The metric is undefined on the rows given.", todo="Choose another metric.")
    values = observed + widening(how.folds) * (replicates(gain, arrays, how) - observed)
    units = len(np.asarray(truth)) if how.groups is None else len(np.unique(np.asarray(how.groups)))
    if units > EXACT_UNITS:
        spread, kind = Spread(np.sort(values)), "percentile"
    else:
        spread, kind = accelerated(values, observed, jackknife(gain, arrays, how)), "BCa"
    return _from_spread(observed, spread, how.rope, f"paired bootstrap ({kind})")


def _from_spread(gain: float, spread: Spread, rope: float, method: str) -> Comparison:
    error = float(spread.values.std(ddof=1))
    if error == 0:
        return student(gain, 0.0, math.inf, rope, method)
    ends = Interval(spread.quantile((1 - SURE) / 2), spread.quantile((1 + SURE) / 2), SURE, method)
    p, worse, under = spread.below(0.0), spread.below(-rope), spread.below(rope)
    better, equal = 1 - under, max(under - worse, 0.0)
    p_two = min(1.0, 2 * min(p, 1 - p))
    said = decide(better, equal, worse)
    return Comparison(gain, ends, p, better, equal, worse, error, method, said, gain / error, p_two)


def permutation(
    score: Callable[[Floats], float], truth: Numbers, permutations: int = 1000, seed: int = 0
) -> Comparison:
    """Tests whether there is any signal at all, by shuffling the labels (exact at any number of rows).

    For fewer than about 100 rows (Ojala & Garriga 2010). The gain is the score above the mean score
    of shuffled labels; its interval assumes that signal shifts the score and leaves its spread.

    Args:
        score: trains and scores on the labels it is given; higher is better.
        truth: the labels, shape (n,).
        permutations: number of shuffles.
        seed: seed of the shuffles.
    """
    labels = np.asarray(truth)
    rng = np.random.default_rng(seed)
    observed = float(score(labels))
    null = np.array([float(score(rng.permutation(labels))) for _ in range(permutations)])
    gain, error = observed - float(null.mean()), float(null.std(ddof=1))
    p = (1 + int((null >= observed).sum())) / (1 + permutations)
    low, high = np.quantile(null - null.mean(), [(1 - SURE) / 2, (1 + SURE) / 2])
    found = student(gain, error, math.inf, 0.0, "label permutation")
    return replace(
        found,
        p=p,
        p_two=min(1.0, 2 * min(p, 1 - p)),
        p_better=1 - p,
        p_worse=p,
        interval=Interval(gain - float(high), gain - float(low), SURE, "label permutation"),
        says=decide(1 - p, 0.0, p),
    )


def holm(p_values: Numbers) -> Floats:
    """Returns p-values adjusted for having tested all of them (Holm 1979), in the order given.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    values = vector(p_values, "p_values")
    order = np.argsort(values)
    grown = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted: Floats = np.empty(len(values))
    adjusted[order] = np.minimum(grown, 1.0)
    return adjusted
