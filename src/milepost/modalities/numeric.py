"""Plain facts of numbers, shared by the kinds of columns that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from milepost.modalities.base import Array

BINS = 40
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def finite(column: pl.Series) -> Array:
    """Returns the finite numbers of a column as float64, in order.

    >>> finite(pl.Series([1, None, 3])).tolist()
    [1.0, 3.0]
    """
    values = column.cast(pl.Float64).to_numpy()  # what is null becomes NaN
    return np.asarray(values[np.isfinite(values)])


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
    low, high = float(values.min()), float(values.max())
    # Squares and ranges of larger numbers are no numbers any more.
    values = values.clip(-1e150, 1e150)
    quantiles = np.quantile(values, QUANTILES)
    return {
        **facts,
        "distinct": int(pl.Series(values).n_unique()),
        "low": low,
        "high": high,
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "quantiles": {f"{share:g}": float(at) for share, at in zip(QUANTILES, quantiles, strict=True)},
        "histogram": histogram(values),
        "codes": codes(values),
    }


def histogram(values: Array) -> dict[str, Any]:
    """Counts in at most 40 bins of equal width.

    Args:
        values: finite numbers, at least one.
    """
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = (float(v) for v in np.quantile(values, [0.005, 0.995]))
    if inner_high > inner_low and high - low > 5 * (inner_high - inner_low):
        low, high = inner_low, inner_high
    whole = max(abs(low), abs(high)) < 2**50 and bool((values == np.round(values)).all())
    if whole and high - low < BINS:
        edges = np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    else:
        room = max(0.5, abs(low) * 1e-6)
        edges = np.linspace(low, high, BINS + 1) if high > low else np.array([low - room, low + room])
    counts, _ = np.histogram(values, edges)
    below, above = int((values < edges[0]).sum()), int((values > edges[-1]).sum())
    return {"edges": edges.tolist(), "counts": counts.tolist(), "below": below, "above": above}


def codes(values: Array) -> list[dict[str, Any]]:
    """Extremes that stand apart from all other values and are shared by at least 0.5 % of the rows.

    Such as -999 or 9999 in a column of ages: often a disguised missing value. Only reported, never changed.

    >>> [code["value"] for code in codes(np.array([-999.0] * 5 + list(range(95))))]
    [-999.0]
    """
    found: list[dict[str, Any]] = []
    for extreme in {float(values.min()), float(values.max())}:
        rest = values[values != extreme]
        share = 1 - len(rest) / len(values)
        if share < 0.005 or len(values) - len(rest) < 5 or len(rest) < 5:
            continue
        low, high = float(rest.min()), float(rest.max())
        gap = max(low - extreme, extreme - high)
        # Several values must be left: 0 beside 1 is not a code.
        if gap > 0.5 * (high - low) > 0 and len(np.unique(rest[:1000])) >= 5:
            found.append({"value": extreme, "share": share})
    return sorted(found, key=lambda code: -code["share"])
