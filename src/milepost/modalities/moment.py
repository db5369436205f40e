"""Moments: dates and times, as calendar parts and elapsed days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.graphs.calendar import DAY, Calendar
from milepost.modalities.base import RARE, Array, Facts, Fitted, Modality, Vectorizer, View, feed, modalities
from milepost.modalities.holidays import Near
from milepost.modalities.number import squash
from milepost.modalities.numeric import BINS

MISSING = int(np.iinfo(np.int64).min)
PARTS = ("year", "month", "day", "weekday", "yearday", "hour", "minute")
TITLES = {
    "day": "day of month",
    "weekday": "day of week",
    "yearday": "day of year",
    "minute": "minute of day",
}
CYCLES: Mapping[str, tuple[float, int]] = {"yearday": (365.25, 2), "weekday": (7.0, 3), "minute": (1440.0, 3)}
"""Period and number of harmonics; three harmonics tell all seven days of the week apart."""
AWAY = ("days since a holiday", "days until a holiday")
FEASTS: Mapping[str, tuple[int, float]] = {
    "is a holiday": (0, 0),
    "day after a holiday": (0, 1),
    "day before a holiday": (1, 1),
}
"""What linear models and networks see of holidays: which of the two distances is how long."""


def prepare(builder: Builder, raw: str, center: int) -> tuple[str, str]:
    """Adds the test for missing and puts `center` in place of missing moments; returns (missing, seconds)."""
    missing = builder.node("Equal", raw, builder.const(np.array([[MISSING]])))
    return missing, builder.node("Where", missing, builder.const(np.array([[center]])), raw)


def elapsed(builder: Builder, seconds: str, center: int) -> str:
    """Adds days since `center`, as float: centred as integers, divided in double."""
    away = builder.cast(builder.node("Sub", seconds, builder.const(np.array([[center]]))), "double")
    return builder.cast(builder.node("Div", away, builder.const(np.array([[float(DAY)]]))), "float")


@dataclass(frozen=True, eq=False)
class MomentTrees(Fitted):
    """Elapsed days, calendar parts and how far holidays are, NaN where missing.

    Args:
        features: elapsed days first, then a name a part, then distances from holidays.
        parts: the parts that varied in training rows.
        center: the training median, seconds since 1970.
        near: public holidays, where they are known.
    """

    features: tuple[str, ...]
    parts: tuple[str, ...]
    center: int
    near: Near | None = None

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        missing, seconds = prepare(builder, raw[0], self.center)
        calendar = Calendar(builder, seconds)
        columns = [elapsed(builder, seconds, self.center)]
        if self.parts:
            parts = [getattr(calendar, part) for part in self.parts]
            joined = parts[0] if len(parts) == 1 else builder.node("Concat", *parts, axis=1)
            columns.append(builder.cast(joined, "float"))
        if self.near:
            columns.append(self.near.emit(builder, calendar.days))
        joined = columns[0] if len(columns) == 1 else builder.node("Concat", *columns, axis=1)
        return builder.node("Where", missing, builder.const(np.array([[np.nan]], np.float32)), joined)


@dataclass(frozen=True, eq=False)
class MomentDense(Fitted):
    """Scaled elapsed days, sines and cosines of calendar cycles, holidays, and whether it is missing.

    Args:
        features: elapsed days, sines and cosines, whether a holiday is near, then `... is missing` where
            enough training rows were.
        cycles: the cycles that varied in training rows.
        center: the training median, seconds since 1970; missing moments take it.
        scale: the interquartile range in days, else the standard deviation, else 1.
        gaps: whether enough training rows had missing values.
        near: public holidays, where they are known; an unknown day counts as none.
    """

    features: tuple[str, ...]
    cycles: tuple[str, ...]
    center: int
    scale: float
    gaps: bool
    near: Near | None = None

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        missing, seconds = prepare(builder, raw[0], self.center)
        calendar = Calendar(builder, seconds)
        columns = [squash(builder, elapsed(builder, seconds, self.center), [self.scale])]
        for cycle in self.cycles:
            period, harmonics = CYCLES[cycle]
            turns = 2 * np.pi / period * np.arange(1, harmonics + 1)
            part = builder.cast(getattr(calendar, cycle), "float")
            angle = builder.node("Mul", part, builder.const(turns[None, :].astype(np.float32)))
            columns += [builder.node("Sin", angle), builder.node("Cos", angle)]
        if self.near:
            columns.append(self._feasts(builder, self.near.emit(builder, calendar.days), missing))
        if self.gaps:
            columns.append(builder.cast(missing, "float"))
        return columns[0] if len(columns) == 1 else builder.node("Concat", *columns, axis=1)

    def _feasts(self, builder: Builder, away: str, missing: str) -> str:
        """Adds whether each of `FEASTS` holds: float (rows, 3)."""
        side, days = zip(*FEASTS.values(), strict=True)
        asked = builder.node("Gather", away, builder.const(np.array(side)), axis=1)
        equal = builder.node("Equal", asked, builder.const(np.array([days], np.float32)))
        return builder.cast(builder.node("And", equal, builder.node("Not", missing)), "float")


@dataclass(frozen=True)
class MomentVectorizer(Vectorizer):
    """Learns the median moment, the spread, and which calendar parts vary in training rows.

    Args:
        name: the column.
        view: what it is made for.
        holidays: public holidays in days since 1970, where the brief names a country.
    """

    name: str
    view: View
    holidays: tuple[int, ...] = ()

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:  # noqa: ARG002
        seconds = feed(columns[self.name], "int64")[:, 0]
        known = seconds[seconds != MISSING]
        gaps = len(seconds) - len(known) >= RARE
        center = int(np.sort(known)[len(known) // 2]) if len(known) else 0
        varying = _varying(known)
        feasts = Near.of(self.holidays) if self.holidays else None
        near = feasts if feasts and feasts.varies(known) else None
        if self.view == "trees":
            titles = ["elapsed days", *(TITLES.get(part, part) for part in varying), *(AWAY if near else ())]
            return MomentTrees(tuple(f"{self.name} {title}" for title in titles), varying, center, near)
        days = (known - center) / DAY if len(known) else np.zeros(1)
        low, high = np.quantile(days, [0.25, 0.75])
        scale = float(high - low) or float(days.std()) or 1.0
        cycles = tuple(
            cycle for cycle in CYCLES if cycle in varying or (cycle == "minute" and "hour" in varying)
        )
        features = [f"{self.name} elapsed days"]
        for cycle in cycles:
            harmonics = range(1, CYCLES[cycle][1] + 1)
            title = TITLES.get(cycle, cycle)
            features += [f"{self.name} {title} {wave}{h}" for wave in ("sin", "cos") for h in harmonics]
        features += [f"{self.name} {feast}" for feast in FEASTS] if near else []
        features += [f"{self.name} is missing"] if gaps else []
        return MomentDense(tuple(features), cycles, center, scale, gaps, near)


def _varying(seconds: Array) -> tuple[str, ...]:
    """The calendar parts that differ among moments; no minute of day where every moment is on the hour."""
    dates = (pl.Series(seconds) * 1000).cast(pl.Datetime("ms")).dt
    parts = {
        "year": dates.year(),
        "month": dates.month(),
        "day": dates.day(),
        "weekday": dates.weekday(),
        "yearday": dates.ordinal_day(),
        "hour": dates.hour(),
        "minute": dates.minute(),
    }
    varying = {part for part, values in parts.items() if values.min() != values.max()}
    return tuple(part for part in PARTS if part in varying)


class Moment(Modality):
    """Dates and times."""

    name = "moment"
    becomes = "calendar parts and elapsed time"

    def recognize(self, facts: Facts) -> tuple[float, str]:
        if facts.dtype in ("date", "datetime"):
            return 0.95, f"it holds {'dates' if facts.dtype == 'date' else 'dates with times'}."
        if facts.dtype == "int":
            return 0.05, "it may hold seconds since 1970, if the brief says so."
        return 0.0, f"it holds {facts.dtype}, not dates."

    def wire(self, facts: Facts) -> str:  # noqa: ARG002
        return "int64"

    def summarize(self, column: pl.Series) -> Mapping[str, Any]:
        """Returns counts, first and last moment, and a histogram whose edges are seconds since 1970."""
        seconds = feed(column, "int64")[:, 0]
        known = seconds[seconds != MISSING]
        facts: dict[str, Any] = {"rows": len(seconds), "missing": len(seconds) - len(known)}
        if not len(known):
            return {**facts, "distinct": 0}
        low, high = int(known.min()), int(known.max())
        counts, edges = np.histogram(known, BINS, (low, high) if high > low else (low - 0.5, low + 0.5))
        return {
            **facts,
            "distinct": int(pl.Series(known).n_unique()),
            "low": str(_moment(low)),
            "high": str(_moment(high)),
            "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
        }

    def vectorizer(self, view: View, facts: Mapping[str, Facts]) -> Vectorizer:
        (one,) = facts.values()
        return MomentVectorizer(one.name, view, tuple(one.holidays))

    def examples(self, column: pl.Series) -> list[Any]:
        """Returns missing, a leap day, ends of years and centuries, before 1970 and far ahead."""
        days = [date(2024, 2, 29), date(1999, 12, 31), date(2000, 1, 1), date(1900, 3, 1), date(2100, 2, 28)]
        if column.dtype == pl.Date:
            return [None, *days, date(1969, 12, 31), date(2999, 6, 15)]
        late = [datetime(day.year, day.month, day.day, 23, 59, 59) for day in days]
        return [None, *late, datetime(1969, 12, 31, 23, 59, 58), datetime(2999, 6, 15, 12, 30)]


def _moment(second: int) -> Any:
    return pl.Series([second * 1000]).cast(pl.Datetime("ms")).item()


modalities.add("moment", Moment())
