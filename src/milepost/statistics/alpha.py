"""Krippendorff's alpha: agreement beyond chance for any number of people, missing labels and four scales."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers
from milepost.statistics.intervals import Interval
from milepost.statistics.ratings import Ratings

Scale = Literal["nominal", "ordinal", "interval", "ratio"]
RELIABLE, TENTATIVE = 0.8, 0.667
"""From which alpha on labels are reliable, and good for tentative conclusions (Krippendorff 2018)."""
BLOCK = 20_000_000
"""Numbers that resamples hold at once, and the most pairs of values that ratios are computed for."""


@dataclass(frozen=True)
class Alpha:
    """Agreement beyond chance.

    Args:
        value: 1 where all agree, 0 where they agree as chance would, below 0 where they contradict each
            other; nan where everybody always said the same, so that nothing can be told.
        interval: bootstrap of items; both ends nan where it cannot be computed.
        items: items with at least two labels.
        labels: their labels.
        scale: how values were compared.
    """

    value: float
    interval: Interval
    items: int
    labels: int
    scale: Scale

    @property
    def reading(self) -> str:
        """What it means for the labels: "reliable", "tentative", "not reliable" or "unknown"."""
        if math.isnan(self.value):
            return "unknown"
        return (
            "reliable"
            if self.value >= RELIABLE
            else "tentative"
            if self.value >= TENTATIVE
            else "not reliable"
        )


def alpha(
    labels: Ratings, scale: Scale = "nominal", resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> Alpha:
    """Returns Krippendorff's alpha with a percentile bootstrap over items (Krippendorff 2018, chapter 12).

    Observed disagreement of labels within items over expected disagreement of labels anywhere. Items with one
    label say nothing and are left out. On every scale both are sums over items, so that a resample only
    weighs items anew; items with the same labels are counted together.

    Args:
        labels: who said what; on other scales than nominal the values are numbers.
        scale: "nominal" compares for equality, "ordinal" by ranks, "interval" by differences, "ratio" by
            differences relative to the sum.
        resamples: of the bootstrap; 0 for none.
        seed: of the bootstrap.
        level: confidence.

    Raises:
        InputError: no item has two labels, or values do not fit the scale.
    """
    if scale not in get_args(Scale):
        raise InputError(
            f"The scale '{scale}' is not known.", expected=f"One of {', '.join(get_args(Scale))}."
        )
    shared = labels.shared()
    if not len(shared):
        raise InputError(
            "No item has two labels.",
            expected="Agreement is seen on items that two or more people labelled.",
            todo="Raise the overlap.",
        )
    patterns = _patterns(shared)
    computed = _SCALES[scale](patterns, _numbers(shared, scale))
    value = float(computed(patterns.times[None, :].astype(np.float64))[0])
    found = [computed(weights) for weights in _weights(patterns, resamples, seed)] or [np.empty(0)]
    replicates = np.concatenate(found)
    replicates = replicates[np.isfinite(replicates)]
    low, high = math.nan, math.nan
    if len(replicates) * 2 > resamples and math.isfinite(value):
        low, high = map(float, np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2]))
    interval = Interval(low, high, level, "percentile bootstrap of items")
    return Alpha(value, interval, int(patterns.times.sum()), len(shared), scale)


@dataclass(frozen=True)
class _Patterns:
    """Items that hold the same labels, counted together.

    `pattern` and `value` name the labels of each pattern, one a line; `size` and `times` are the labels an
    item and the items a pattern has.
    """

    pattern: Integers
    value: Integers
    size: Integers
    times: Integers
    values: int

    def sums(self, of: Floats) -> Floats:
        """Sums of one number a label, by pattern."""
        return np.bincount(self.pattern, of, minlength=len(self.size)).astype(np.float64)

    def margins(self, weights: Floats) -> Floats:
        """How often each value occurs (resamples, values)."""
        from scipy.sparse import csr_array

        shape = (len(self.size), self.values)
        ones = np.ones(len(self.pattern))
        return np.asarray(weights @ csr_array((ones, (self.pattern, self.value)), shape=shape))


def _patterns(labels: Ratings) -> _Patterns:
    order = np.lexsort((labels.value, labels.item))
    item, value = labels.item[order], labels.value[order]
    starts = np.flatnonzero(np.diff(item, prepend=-1))
    sizes = np.diff(np.append(starts, len(item)))
    first, times = [], []
    for size in np.unique(sizes):
        of = starts[sizes == size]
        _, at, many = np.unique(
            value[of[:, None] + np.arange(size)], axis=0, return_index=True, return_counts=True
        )
        first.append(of[at])
        times.append(many)
    begin = np.concatenate(first)
    length = np.repeat(np.unique(sizes), [len(part) for part in first])
    pattern = np.repeat(np.arange(len(begin)), length)
    inside = np.arange(len(pattern)) - np.repeat(np.cumsum(length) - length, length)
    chosen = value[begin[pattern] + inside]
    return _Patterns(pattern, chosen, length, np.concatenate(times), len(labels.values))


def _weights(patterns: _Patterns, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each pattern is drawn, in blocks (some resamples, patterns)."""
    rng = np.random.default_rng(seed)
    items, kinds = int(patterns.times.sum()), len(patterns.times)
    block = max(1, min(resamples, BLOCK // max(kinds, 4 * patterns.values)))
    pattern = np.repeat(np.arange(kinds), patterns.times)
    for start in range(0, resamples, block):
        some = min(block, resamples - start)
        if kinds * 10 < items:
            yield rng.multinomial(items, patterns.times / items, some).astype(np.float64)
            continue
        drawn = (pattern[rng.integers(0, items, items)] for _ in range(some))
        yield np.stack([np.bincount(one, minlength=kinds) for one in drawn]).astype(np.float64)


def _numbers(labels: Ratings, scale: Scale) -> Floats:
    """The values as numbers of the scale."""
    if scale == "nominal" or (scale == "ordinal" and labels.values.dtype.kind not in "fiu"):
        return np.arange(len(labels.values), dtype=np.float64)
    if labels.values.dtype.kind not in "fiub":
        raise InputError(
            f"The scale '{scale}' was asked for, and '{labels.values[0]}' is no number.",
            expected="Numbers have an order and distances; names have not.",
            todo="Choose the scale 'nominal'.",
        )
    numbers = labels.values.astype(np.float64)
    if scale == "ratio" and (numbers < 0).any():
        raise InputError(
            f"The scale 'ratio' was asked for, and {numbers.min():g} is below 0.",
            expected="Ratios are of numbers from 0 on.",
            todo="Choose the scale 'interval'.",
        )
    return numbers


_Computed = Callable[[Floats], Floats]
"""From weights (resamples, patterns) to alpha (resamples,)."""


def _quotient(observed: Floats, expected: Floats, total: Floats) -> Floats:
    """Alpha from the summed squared distances of pairs within items and of all pairs."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - (total - 1) * observed / expected, np.nan)


def _nominal(patterns: _Patterns, _: Floats) -> _Computed:
    flat = patterns.pattern * patterns.values + patterns.value
    cells, times = np.unique(flat, return_counts=True)
    same = np.bincount(cells // patterns.values, times.astype(np.float64) ** 2, minlength=len(patterns.size))
    within = (patterns.size**2 - same) / (patterns.size - 1)

    def computed(weights: Floats) -> Floats:
        margins = patterns.margins(weights)
        total = margins.sum(1)
        return _quotient(weights @ within, total**2 - (margins**2).sum(1), total)

    return computed


def _spread(patterns: _Patterns, of: Floats) -> Floats:
    """The squared differences of all ordered pairs of labels within each pattern, over its size less one."""
    one, two = patterns.sums(of), patterns.sums(of**2)
    return 2 * np.maximum(patterns.size * two - one**2, 0) / (patterns.size - 1)


def _interval(patterns: _Patterns, numbers: Floats) -> _Computed:
    known = np.bincount(patterns.value, minlength=patterns.values) > 0
    center = float(numbers[known].mean())
    x = (numbers - center) / (float(np.abs(numbers[known] - center).max()) or 1.0)
    mine = x[patterns.value]
    sums = np.column_stack(
        [_spread(patterns, mine), patterns.size, patterns.sums(mine), patterns.sums(mine**2)]
    )

    def computed(weights: Floats) -> Floats:
        within, total, one, two = (weights @ sums).T
        expected = 2 * (total * two - one**2)
        return _quotient(within, np.where(expected > 1e-12 * total**2, expected, 0), total)

    return computed


def _ordinal(patterns: _Patterns, _: Floats) -> _Computed:
    """Ranks depend on how often values occur, so that they are computed anew for each resample."""

    def one(weights: Floats, margins: Floats) -> float:
        total = float(margins.sum())
        ranks = (np.cumsum(margins) - margins / 2) / total - 0.5
        expected = 2 * (total * float(margins @ ranks**2) - float(margins @ ranks) ** 2)
        within = _spread(patterns, ranks[patterns.value])
        if expected <= 1e-12 * total**2:
            return math.nan
        return 1 - (total - 1) * float(weights @ within) / expected

    def computed(weights: Floats) -> Floats:
        margins = patterns.margins(weights)
        return np.array([one(w, m) for w, m in zip(weights, margins, strict=True)])

    return computed


def _ratio(patterns: _Patterns, numbers: Floats) -> _Computed:
    if len(numbers) ** 2 > BLOCK:
        raise InputError(
            f"The scale 'ratio' was asked for with {len(numbers)} different values.",
            expected=f"At most {math.isqrt(BLOCK)}, since each is compared with each.",
            todo="Round the values, or take their logarithms and the scale 'interval'.",
        )
    sums = numbers[:, None] + numbers
    squared = np.divide(numbers[:, None] - numbers, sums, out=np.zeros_like(sums), where=sums > 0) ** 2
    within = np.zeros(len(patterns.size))
    starts = np.cumsum(patterns.size) - patterns.size
    for size in np.unique(patterns.size):
        of = np.flatnonzero(patterns.size == size)
        held = patterns.value[starts[of][:, None] + np.arange(size)]
        for step in range(1, int(size)):
            within[of] += 2 * squared[held[:, step:], held[:, :-step]].sum(1) / (size - 1)

    def computed(weights: Floats) -> Floats:
        margins = patterns.margins(weights)
        return _quotient(weights @ within, ((margins @ squared) * margins).sum(1), margins.sum(1))

    return computed


_SCALES: dict[Scale, Callable[[_Patterns, Floats], _Computed]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}
