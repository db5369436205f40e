"""Plain facts of numbers, shared by the kinds of columns that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost.modalities.base import Array

BINS = 40
HEAVY = 10.0
"""Excess kurtosis from which tails count as heavy; an exponential has 6, a log-normal above 100."""
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def finite(column: pl.Series) -> Array:
    """Returns the finite numbers of a column as float64, in order.

    >>> finite(pl.Series([1, None, 3])).tolist()
    [1.0, 3.0]
    """
    values = column.cast(pl.Float64).to_numpy()  # what is null becomes NaN
    return np.asarray(values[np.isfinite(values)])


def quartiles(values: Array) -> tuple[float, float, float]:
    """The quartiles of sorted numbers, as np.quantile has them, in a tenth of its time on few rows.

    >>> quartiles(np.array([0.0, 1.0, 2.0, 4.0]))
    (0.75, 1.5, 2.5)
    """
    low, middle, high = quantiles(values, (0.25, 0.5, 0.75))
    return low, middle, high


def quantiles(values: Array, shares: Sequence[float]) -> list[float]:
    """Returns quantiles of sorted numbers, bit by bit as np.quantile has them, which orders them each time.

    >>> quantiles(np.array([0.0, 1.0]), (0.1, 0.75))
    [0.1, 0.75]
    """
    at = (len(values) - 1) * np.array(shares)
    before = at.astype(np.int64)
    share, one, after = at - before, values[before], values[np.minimum(before + 1, len(values) - 1)]
    gap = after - one
    made: list[float] = np.where(share >= 0.5, after - gap * (1 - share), one + gap * share).tolist()
    return made


def counted(ordered: Array) -> int:
    """Returns how many distinct values sorted numbers have, at least one of them there and none NaN.

    >>> counted(np.array([1.0, 1.0, 2.0]))
    2
    """
    return 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def heavy(values: Array, middle: float) -> bool:
    """Whether excess kurtosis is above 10, or the middle half of the numbers is one value.

    Args:
        values: the numbers.
        middle: how far apart their quartiles are.
    """
    away = values - values.mean()
    squares = away * away
    variance = float(squares.mean())
    if variance == 0:
        return False
    return not middle or float((squares * squares).mean()) / variance**2 - 3 > HEAVY


def summary(column: pl.Series) -> Mapping[str, Any]:
    """Returns counts, moments, quantiles, a histogram and suspicious extremes as plain JSON.

    `rows`, `missing`, `distinct`, `low`, `high`, `mean`, `sd`, `quantiles` by share, `histogram` with `edges`
    and `counts` (at most 40 bins, over the middle 99 % where a few values lie far out, then with `below` and
    `above`), and `codes`: isolated extremes that many rows share, which may be codes for missing.
    """
    values = finite(column)
    facts: dict[str, Any] = {"rows": len(column), "missing": len(column) - len(values)}
    if not len(values):
        return {**facts, "distinct": 0}
    ordered = np.sort(values)
    low, high = float(ordered[0]), float(ordered[-1])
    # Squares and ranges of larger numbers are no numbers any more.
    values, ordered = values.clip(-1e150, 1e150), ordered.clip(-1e150, 1e150)
    at = quantiles(ordered, QUANTILES)
    return {
        **facts,
        "distinct": counted(ordered),
        "low": low,
        "high": high,
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "quantiles": {f"{share:g}": one for share, one in zip(QUANTILES, at, strict=True)},
        "histogram": _histogram(ordered),
        "codes": _codes(values, ordered),
    }


def histogram(values: Array) -> dict[str, Any]:
    """Counts in at most 40 bins of equal width.

    Args:
        values: finite numbers, at least one.
    """
    return _histogram(np.sort(values))


def _histogram(ordered: Array) -> dict[str, Any]:
    low, high = float(ordered[0]), float(ordered[-1])
    inner_low, inner_high = quantiles(ordered, (0.005, 0.995))
    if inner_high > inner_low and high - low > 5 * (inner_high - inner_low):
        low, high = inner_low, inner_high
    whole = max(abs(low), abs(high)) < 2**50 and bool((ordered == np.round(ordered)).all())
    if whole and high - low < BINS:
        edges = np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    else:
        room = max(0.5, abs(low) * 1e-6)
        edges = np.linspace(low, high, BINS + 1) if high > low else np.array([low - room, low + room])
    before = ordered.searchsorted(edges)
    before[-1] = ordered.searchsorted(edges[-1], side="right")  # the last bin holds its upper edge
    below, above = int(before[0]), len(ordered) - int(before[-1])
    return {"edges": edges.tolist(), "counts": np.diff(before).tolist(), "below": below, "above": above}


def codes(values: Array) -> list[dict[str, Any]]:
    """Extremes that stand apart from all other values and are shared by at least 0.5 % of the rows.

    Such as -999 or 9999 in a column of ages: often a disguised missing value. Only reported, never changed.

    >>> [code["value"] for code in codes(np.array([-999.0] * 5 + list(range(95))))]
    [-999.0]
    """
    return _codes(values, np.sort(values))


def _codes(values: Array, ordered: Array) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for extreme in {float(ordered[0]), float(ordered[-1])}:
        lowest = extreme == ordered[0]
        at = int(ordered.searchsorted(extreme, side="right" if lowest else "left"))
        rest = ordered[at:] if lowest else ordered[:at]
        share = 1 - len(rest) / len(values)
        if share < 0.005 or len(values) - len(rest) < 5 or len(rest) < 5:
            continue
        low, high = float(rest[0]), float(rest[-1])
        gap = max(low - extreme, extreme - high)
        # Several values must be left: 0 beside 1 is not a code.
        if gap > 0.5 * (high - low) > 0 and len(np.unique(values[values != extreme][:1000])) >= 5:
            found.append({"value": extreme, "share": share})
    return sorted(found, key=lambda code: -code["share"])
