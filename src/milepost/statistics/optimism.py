"""How much the best validation score flatters itself, after many looks at the same rows.

Bootstrap bias correction of cross-validation, BBC-CV (Tsamardinos, Greasidou & Borboudakis,
Machine Learning 107:1895-1922, 2018): repeat the selection on bootstrap rows and score what was
selected on the rows left out. It needs the out-of-fold predictions of every look and no training, and
a hundred near-identical candidates cost little while a hundred different ones cost a lot.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers, Numbers, alike, codes, members
from milepost.statistics.intervals import Interval, mean_se
from milepost.statistics.resample import Resampling, defined, draws

Rows = npt.NDArray[Any]
MANY_UNITS = 50_000
BLOCKS = 1000
RANK_ROWS = 20_000
CHUNK = 4_000_000
"""Most counts held in memory at once: resamples times units."""
MOST_LOOKS = 1e9


@dataclass(frozen=True)
class Optimism:
    """The best score seen and what is left of it.

    Args:
        raw: the best score seen.
        corrected: what the selected configuration is expected to score on new rows.
        optimism: how much better raw is than corrected, in the metric's good direction; never negative
            but for the noise of resampling.
        interval: 95 % interval of the corrected score (conservative: rows left out are 37 % of all).
        standard_error: half the interval's width over 1.96.
        looks: how many configurations were looked at.
        effective_looks: how many independent, equally good configurations would cost this optimism.
        best: number of the configuration with the best raw score; -1 for a selection rule.
    """

    raw: float
    corrected: float
    optimism: float
    interval: Interval
    standard_error: float
    looks: int
    effective_looks: float
    best: int


def expected_maximum(k: float) -> float:
    """Returns the expected largest of k independent standard normal values, by integration.

    >>> round(expected_maximum(100), 3)
    2.508
    """
    from scipy.special import log_ndtr

    if k < 1:
        raise InputError(f"k={k}.", expected="At least one value.")
    grid = np.arange(-2400, 2401) / 200
    power = k * log_ndtr(grid)
    # E[max] = integral of P(max > x) over x > 0, minus that of P(max <= x) over x < 0.
    heights = np.where(grid >= 0, -np.expm1(power), -np.exp(power))
    heights[2400] -= 0.5
    return float(np.trapezoid(heights, grid))


def effective_looks(optimism: float, standard_error: float) -> float:
    """Returns the number k of independent looks with E[max of k]·SE equal to the optimism, at least 1.

    >>> round(effective_looks(2.508 * 0.01, 0.01))
    100
    """
    from scipy.optimize import brentq

    if optimism <= 0 or standard_error <= 0:
        return 1.0
    wanted = optimism / standard_error
    if wanted >= expected_maximum(MOST_LOOKS):
        return MOST_LOOKS
    return math.exp(brentq(lambda x: expected_maximum(math.exp(x)) - wanted, 0.0, math.log(MOST_LOOKS)))


def prior_optimism(standard_error: float, k: float) -> float:
    """Returns the optimism to expect from k independent looks before any is taken: SE·E[max of k].

    It is below SE·sqrt(2 ln k); correlated candidates cost less.

    >>> round(prior_optimism(0.01, 1000), 4)
    0.0324
    """
    return standard_error * expected_maximum(k)


def _units(losses: Floats, numbers: Integers | None, seed: int) -> tuple[Floats, Floats]:
    """Sums of losses and counts of rows for each unit of resampling: row, group, or block of either."""
    sums, sizes = losses, np.ones(len(losses))
    if numbers is not None:
        order = np.argsort(numbers, kind="stable")
        sizes = np.bincount(numbers).astype(np.float64)
        sums = np.add.reduceat(losses[order], np.r_[0, np.cumsum(sizes)[:-1]].astype(np.int64), axis=0)
    if len(sums) > MANY_UNITS:
        order = np.random.default_rng(seed).permutation(len(sums))
        starts = np.linspace(0, len(sums), BLOCKS, endpoint=False).astype(np.int64)
        sums, sizes = np.add.reduceat(sums[order], starts, axis=0), np.add.reduceat(sizes[order], starts)
    return sums, sizes


def _counts(units: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Yields how often each unit was drawn, in chunks of resamples, shape (chunk, units)."""
    rng = np.random.default_rng(seed)
    step = max(1, min(resamples, CHUNK // units))
    for start in range(0, resamples, step):
        drawn = rng.integers(0, units, (min(step, resamples - start), units))
        shift = np.arange(len(drawn))[:, None] * units
        yield (
            np.bincount((drawn + shift).ravel(), minlength=drawn.size).reshape(drawn.shape).astype(np.float64)
        )


def _result(
    raw: float, shift: Floats, scores: Floats, sign: float, spread: float, choice: tuple[int, int]
) -> Optimism:
    optimism, (looks, best) = float(shift.mean()), choice
    low, high = np.quantile(scores, [0.025, 0.975])
    interval = Interval(float(low), float(high), 0.95, "bootstrap of the selection, percentile")
    error, effective = interval.halfwidth / 1.96, effective_looks(optimism, spread)
    return Optimism(raw, raw - sign * optimism, optimism, interval, error, looks, effective, best)


def bbc_losses(
    losses: Numbers, groups: Numbers | None = None, resamples: int = 1000, seed: int = 0
) -> Optimism:
    """Returns the optimism of having chosen the configuration with the lowest mean loss.

    Above 50,000 rows (or groups) they are drawn in 1,000 random blocks. The score of the overall best
    configuration on the same rows left out serves as control variate, so that one look costs exactly
    nothing.

    Args:
        losses: out-of-fold loss of each row under each configuration, lower is better, shape (n, k).
            A configuration with a value that is not finite counts as a look and is never selected.
        groups: one group a row, shape (n,): whole groups are drawn.
        resamples: number of resamples.
        seed: seed of the draws.

    Raises:
        InputError: wrong shape, fewer than two rows, or no configuration with finite losses.
    """
    table: Floats = np.asarray(losses, dtype=np.float64)
    if table.ndim != 2 or len(table) < 2 or table.shape[1] < 1:
        raise InputError(
            f"losses has shape {table.shape}.", expected="Two or more rows, one column a configuration."
        )
    usable = np.flatnonzero(np.isfinite(table).all(axis=0))
    if not len(usable):
        raise InputError("No configuration has a finite loss on every row.", todo="Evaluate one first.")
    kept = table if len(usable) == table.shape[1] else table[:, usable]
    means = kept.mean(axis=0)
    best = int(means.argmin())
    sums, sizes = _units(kept, codes(groups, len(kept)), seed)
    scores, shift = [], []
    for counts in _counts(len(sums), resamples, seed):
        chosen = ((counts @ sums) / (counts @ sizes)[:, None]).argmin(axis=1)
        outside = (counts == 0).astype(np.float64)
        rows = outside @ sizes
        some = np.flatnonzero(rows)
        left = (outside[some] @ sums) / rows[some, None]
        scores.append(left[np.arange(len(some)), chosen[some]])
        shift.append(scores[-1] - left[:, best])
    spread = mean_se(kept[:, best], groups)[0]
    found, moved = np.concatenate(scores), np.concatenate(shift)
    return _result(float(means[best]), moved, found, -1.0, spread, (table.shape[1], int(usable[best])))


def _columns(predictions: Rows | Sequence[Numbers], rows: int) -> list[Rows]:
    if isinstance(predictions, np.ndarray):
        columns = (
            [predictions[:, j] for j in range(predictions.shape[1])]
            if predictions.ndim > 1
            else [predictions]
        )
    else:
        columns = [np.asarray(column) for column in predictions]
    for column in columns:
        alike(np.empty(rows), column, "truth and predictions")
    if not columns:
        raise InputError("No predictions were given.", todo="Evaluate a configuration first.")
    return columns


def _subsample(rows: int, how: Resampling) -> Integers:
    """Row numbers of at most 20,000 rows, groups kept whole."""
    if rows <= RANK_ROWS:
        return np.arange(rows)
    rng = np.random.default_rng(how.seed)
    numbers = codes(how.groups, rows)
    if numbers is None:
        return np.sort(rng.choice(rows, RANK_ROWS, replace=False))
    parts = members(numbers)
    parts = [parts[i] for i in rng.permutation(len(parts))]
    size = np.cumsum([len(part) for part in parts])
    return np.concatenate(parts[: max(2, int((size <= RANK_ROWS).sum()))])


def bbc_metric(
    truth: Numbers,
    predictions: Rows | Sequence[Numbers],
    metric: Callable[..., float],
    better: Literal["higher", "lower"] = "higher",
    how: Resampling | None = None,
    select: Callable[[Integers], Numbers] | None = None,
) -> Optimism:
    """Returns the optimism of a selection by any metric, such as an AUC, by repeating it row by row.

    Above 20,000 rows a subsample is drawn and its optimism scaled by the square root of the shares.

    Args:
        truth: the true values, first axis n.
        predictions: shape (n, k) or (n, k, classes), or k arrays with first axis n.
        metric: called as metric(truth, prediction) or, with weights, metric(truth, prediction, weight).
        better: whether a higher or a lower metric is better.
        how: resamples (default 200), seed, groups and weights.
        select: replaces "take the best column": gets row numbers (with repeats), fits a selection on
            them, such as a greedy ensemble, and returns its prediction for all n rows.

    Raises:
        InputError: lengths differ, or the metric is undefined on all rows or on every resample.
    """
    how = how or Resampling(resamples=200)
    actual, weight = np.asarray(truth), None if how.weight is None else np.asarray(how.weight)
    columns = _columns(predictions, len(actual))
    sign = 1.0 if better == "higher" else -1.0

    def good(prediction: Rows, rows: Integers) -> float:
        extra = () if weight is None else (weight[rows],)
        return sign * defined(metric, actual[rows], prediction[rows], *extra)

    def pick(rows: Integers) -> tuple[Rows, int]:
        if select is not None:
            return np.asarray(select(rows)), -1
        values = np.array([good(column, rows) for column in columns])
        best = int(np.where(np.isnan(values), -np.inf, values).argmax())
        return columns[best], best

    everything = np.arange(len(actual))
    winner, best = pick(everything)
    raw = good(winner, everything)
    kept = _subsample(len(actual), how)
    final = winner if len(kept) == len(actual) else pick(kept)[0]
    inner = replace(how, groups=None if how.groups is None else np.asarray(how.groups)[kept])
    found = np.array([_repeat(good, pick, final, kept, drawn) for drawn in draws(len(kept), inner)])
    found = found[np.isfinite(found).all(axis=1)]
    if not math.isfinite(raw) or len(found) < 2:
        raise InputError("The metric is undefined on the rows given.", todo="Collect more rows or change it.")
    scale = math.sqrt(len(kept) / len(actual))
    scores = sign * (raw - scale * (good(final, kept) - found[:, 0]))
    shift, spread = scale * (found[:, 1] - found[:, 0]), scale * float(found[:, 2].std(ddof=1))
    return _result(sign * raw, shift, scores, sign, spread, (len(columns), best))


def _repeat(
    good: Callable[[Rows, Integers], float],
    pick: Callable[[Integers], tuple[Rows, int]],
    final: Rows,
    kept: Integers,
    drawn: Integers,
) -> tuple[float, float, float]:
    """One resample: what was selected and the final choice, scored outside; the final choice inside."""
    outside = np.ones(len(kept), dtype=bool)
    outside[drawn] = False
    if not outside.any():
        return math.nan, math.nan, math.nan
    rows, left = kept[drawn], kept[outside]
    return good(pick(rows)[0], left), good(final, left), good(final, rows)
