"""How rows and target move over time: slices, and whether their order can be read off the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from milepost.modalities.base import Array

SLICES = 40
LEAST = 20
"""Rows below which a slice's level is left out."""
UNITS = ("1h", "6h", "1d", "1w", "1mo", "1q", "1y", "10y")
_SECONDS = (3600.0, 21600.0, 86400.0, 604800.0, 2629800.0, 7889400.0, 31557600.0, 315576000.0)


@dataclass(frozen=True)
class Slices:
    """Rows and the target's level by slice of time.

    Args:
        times: beginnings: ISO moments, or numbers.
        rows: rows of each slice.
        level: mean of the target (the share of the positive class), None with few rows.
        low: lower end of its 95 % interval.
        high: upper end.
        unit: length of a slice: "1d", "1mo" ..., or "" for numbers.
        p: p-value of "the target's level does not depend on the slice".
    """

    times: tuple[str | float, ...]
    rows: tuple[int, ...]
    level: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    unit: str
    p: float


def slices(time: pl.Series, target: Array) -> Slices:
    """Counts rows and averages the target by slice of time, at most some 40 slices.

    Args:
        time: dates, moments or numbers (n,); rows without a time are left out.
        target: 0/1 or numbers (n,).
    """
    frame = pl.DataFrame({"t": time, "y": target.astype(np.float64)}).drop_nulls()
    unit = ""
    if time.dtype.is_temporal():
        unit = _unit(frame["t"])
        frame = frame.with_columns(pl.col("t").cast(pl.Datetime("us")).dt.truncate(unit))
    elif frame["t"].n_unique() > SLICES:
        low, high = (float(frame["t"].cast(pl.Float64).quantile(q) or 0.0) for q in (0.0, 1.0))
        width = (high - low) / SLICES or 1.0
        number = ((pl.col("t").cast(pl.Float64) - low) / width).floor().clip(0, SLICES - 1)
        frame = frame.with_columns(t=low + width * number)
    groups = (
        frame.group_by("t").agg(rows=pl.len(), level=pl.col("y").mean(), sd=pl.col("y").std(ddof=1)).sort("t")
    )
    groups = groups.with_columns(
        half=1.96 * pl.col("sd").fill_null(0.0) / pl.col("rows").cast(pl.Float64).sqrt()
    ).with_columns(enough=pl.col("rows") >= LEAST)
    level, half = pl.col("level"), pl.col("half")
    middle, low_end, high_end = (
        tuple(groups.select(pl.when("enough").then(e)).to_series().to_list())
        for e in (level, level - half, level + half)
    )
    times = tuple(t.isoformat() if isinstance(t, datetime) else float(t) for t in groups["t"])
    return Slices(times, tuple(groups["rows"]), middle, low_end, high_end, unit, _p_value(frame))


def _unit(moments: pl.Series) -> str:
    first, last = moments.cast(pl.Datetime("us")).min(), moments.cast(pl.Datetime("us")).max()
    span = (
        (last - first) if isinstance(first, datetime) and isinstance(last, datetime) else timedelta(seconds=1)
    )
    fine = [u for u, s in zip(UNITS, _SECONDS, strict=True) if span.total_seconds() / s <= SLICES]
    return fine[0] if fine else UNITS[-1]


def _p_value(frame: pl.DataFrame) -> float:
    """One-way analysis of variance of the target over slices with enough rows."""
    from scipy.stats import f

    groups = frame.group_by("t").agg(n=pl.len(), s=pl.col("y").sum(), q=(pl.col("y") ** 2).sum())
    groups = groups.filter(pl.col("n") >= LEAST)
    k, n = groups.height, int(groups["n"].sum() or 0)
    if k < 2 or n - k < 1:
        return 1.0
    total, squares = float(groups["s"].sum()), float(groups["q"].sum())
    between = float((groups["s"] ** 2 / groups["n"]).sum()) - total**2 / n
    within = squares - float((groups["s"] ** 2 / groups["n"]).sum())
    if within <= 0:
        return 0.0 if between > 0 else 1.0
    return float(f.sf(between / (k - 1) / (within / (n - k)), k - 1, n - k))
