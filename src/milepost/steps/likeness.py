"""Is the production sample like the development rows: as a whole, by column, and which rows give it away?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.profile import examples, values
from milepost.data.schema import Column, Schema
from milepost.modalities.base import text
from milepost.statistics.distances import ColumnShift, column_shift, flag_shifts
from milepost.statistics.shift import Setting, TwoSample, c2st
from milepost.statistics.univariate import Array

MOST = 20_000
"""Rows of each sample that the classifier reads."""
SHOWN = 12
"""Columns that are told of at most."""
BESIDE = 5
BINS = 30
LEAST = 20


@dataclass(frozen=True)
class Moved:
    """How one column differs in production.

    Args:
        name: the column.
        distance: "ks" or "total variation".
        value: its size, 0 to 1.
        chance: what chance does, 99 times of 100.
        missing: share missing here and there.
        flagged: beyond chance and large enough to matter, false discoveries held.
        importance: what the classifier owes to it, in AUC.
        says: one sentence.
        shape: `edges`, `one` and `other` of a histogram, or `names`, `one` and `other` of shares.
    """

    name: str
    distance: str
    value: float
    chance: float
    missing: tuple[float, float]
    flagged: bool
    importance: float
    says: str
    shape: Mapping[str, Any]


@dataclass(frozen=True)
class Likeness:
    """How the production sample compares.

    Args:
        rows: rows of the sample.
        compared: rows of each side that the classifier read.
        auc: how well it tells them apart; .5 cannot.
        se: standard error of it.
        p: p-value of "both come from one source".
        effect: "negligible", "slight", "marked" or "strong".
        different: significant and more than negligible.
        columns: the columns, those that differ most first.
        absent: inputs that the sample does not have.
        sides: names of the columns of the example rows, the most telling first.
    """

    rows: int
    compared: int
    auc: float
    se: float
    p: float
    effect: str
    different: bool
    columns: tuple[Moved, ...]
    absent: tuple[str, ...]
    sides: tuple[str, ...]


@dataclass(frozen=True)
class Encoded:
    """Two samples as numbers: categories as codes, moments as hour and weekday; nan is missing."""

    names: tuple[str, ...]
    one: Array
    other: Array


def encoded(one: pl.DataFrame, other: pl.DataFrame, schema: Schema, moments: bool = True) -> Encoded:
    """Returns the inputs of two samples as numbers of one code.

    Moments enter as hour and weekday only: the date itself always tells later rows apart.
    """
    names: list[str] = []
    sides: tuple[list[Array], list[Array]] = ([], [])
    there = set(one.columns) & set(other.columns)  # made anew each time they are asked for
    for column in schema.inputs:
        if column.name not in there:
            continue
        if column.modality == "moment":
            parts = [_calendar(frame[column.name]) for frame in (one, other)] if moments else [[], []]
            pairs = list(zip(*parts, strict=True))
        else:
            pairs = [alike(one[column.name], other[column.name], column)]
        for pair in pairs:
            names.append(column.name)
            for side, numbers in zip(sides, pair, strict=True):
                side.append(numbers)
    tables = [np.column_stack(s) if s else np.empty((0, 0)) for s in sides]
    return Encoded(tuple(names), tables[0], tables[1])


def alike(one: pl.Series, other: pl.Series, column: Column) -> tuple[Array, Array]:
    """One column of two samples as numbers; categories are numbered from the most frequent on.

    Equally frequent ones stand in the order of their letters: numbered by first occurrence, a category that
    occurs once would tell which sample it is from.
    """
    if column.modality != "category":
        # What is null becomes NaN.
        numbers = [s.cast(pl.Float64, strict=False).to_numpy() for s in (one, other)]
        return numbers[0], numbers[1]
    words = pl.concat([text(one).alias("w"), text(other).alias("w")])
    counted = words.drop_nulls().value_counts(name="times")
    order = counted.sort(["times", "w"], descending=[True, False])["w"]
    codes = words.replace_strict(order, np.arange(len(order), dtype=np.float64), default=float("nan"))
    whole = codes.fill_null(float("nan")).to_numpy()
    return whole[: len(one)], whole[len(one) :]


def _calendar(column: pl.Series) -> list[Array]:
    moments = column.cast(pl.Datetime("us"), strict=False)
    parts = (moments.dt.hour(), moments.dt.weekday())
    return [part.cast(pl.Float64).fill_null(float("nan")).to_numpy() for part in parts]


def compare(
    rows: pl.DataFrame, production: pl.DataFrame, schema: Schema, seed: int, threads: int = 1
) -> tuple[Likeness, pl.DataFrame] | None:
    """Compares development rows with a production sample; None where it has fewer than 20 rows or no input.

    Returns:
        The comparison, and example rows side by side: those that look most like production from there, and
        least like it from here, with the column `sample`.
    """
    made = encoded(rows, production, schema)
    if not made.names or min(rows.height, production.height) < LEAST:
        return None
    how = Setting(seed=seed, most=MOST, threads=threads)
    found = c2st(made.one, made.other, setting=how)
    weight: dict[str, float] = {}
    for name, drop in zip(made.names, found.importance, strict=True):
        weight[name] = weight.get(name, 0.0) + max(0.0, float(drop))
    known = [c for c in schema.inputs if c.name in weight and c.modality != "moment"]
    shifts = {c.name: _shift(rows[c.name], production[c.name], c, seed) for c in known}
    flagged = flag_shifts(shifts)
    order = sorted(shifts, key=lambda n: (n not in flagged, -weight[n], -shifts[n].value))[:SHOWN]
    columns = tuple(_moved(rows, production, schema[n], (shifts[n], n in flagged, weight[n])) for n in order)
    telling = sorted(weight, key=lambda n: -weight[n])[:6]
    absent = tuple(c.name for c in schema.inputs if c.name not in production.columns)
    told = Likeness(
        rows=production.height,
        compared=int((found.second == 0).sum()),
        auc=found.auc,
        se=found.se,
        p=found.p,
        effect=found.effect,
        different=found.different,
        columns=columns,
        absent=absent,
        sides=tuple(telling),
    )
    return told, _beside(rows, production, found, telling)


def _shift(one: pl.Series, other: pl.Series, column: Column, seed: int) -> ColumnShift:
    if column.modality == "category":
        return column_shift(values(text(one)), values(text(other)), "category", seed=seed)
    first, second = alike(one, other, column)
    return column_shift(first, second, "number", seed=seed)


def _moved(
    rows: pl.DataFrame, production: pl.DataFrame, column: Column, found: tuple[ColumnShift, bool, float]
) -> Moved:
    shift, flagged, weight = found
    one, other = rows[column.name], production[column.name]
    shape = _shares(one, other) if column.modality == "category" else _bins(*alike(one, other, column))
    return Moved(
        column.name,
        shift.distance,
        float(shift.value),
        float(shift.chance),
        shift.missing,
        flagged,
        float(weight),
        shift.says,
        shape,
    )


def _bins(one: Array, other: Array) -> dict[str, Any]:
    """Both samples counted in bins over the middle 99 % of both."""
    first, second = one[np.isfinite(one)], other[np.isfinite(other)]
    if not len(first) or not len(second):
        return {}
    both = np.concatenate([first, second])
    low, high = (float(q) for q in np.quantile(both, [0.005, 0.995]))
    distinct = np.unique(both)
    if len(distinct) <= BINS and bool((distinct == np.round(distinct)).all()):
        edges = (
            np.arange(distinct[0], distinct[-1] + 2) - 0.5 if distinct[-1] - distinct[0] < 2 * BINS else None
        )
    else:
        edges = None
    if edges is None:
        edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    counts = [np.histogram(side, edges)[0].tolist() for side in (first, second)]
    return {"edges": edges.tolist(), "one": counts[0], "other": counts[1]}


def _shares(one: pl.Series, other: pl.Series) -> dict[str, Any]:
    """Shares of the categories that differ most."""
    sides = []
    for name, side in (("one", one), ("other", other)):
        counted = text(side).fill_null("(missing)").alias("w").value_counts()
        sides.append(counted.select("w", (pl.col("count") / len(side)).alias(name)))
    both = sides[0].join(sides[1], on="w", how="full", coalesce=True).fill_null(0.0)
    top = both.sort((pl.col("one") - pl.col("other")).abs(), descending=True).head(SHOWN)
    return {"names": top["w"].to_list(), "one": top["one"].to_list(), "other": top["other"].to_list()}


def _beside(rows: pl.DataFrame, production: pl.DataFrame, found: TwoSample, names: list[str]) -> pl.DataFrame:
    """Rows of both samples that the classifier is surest of."""
    parts = []
    for side, frame, sign, label in ((0, rows, 1, "development"), (1, production, -1, "production")):
        at = np.flatnonzero(found.second == side)
        chosen = at[np.argsort(sign * found.probabilities[at], kind="stable")[:BESIDE]]
        few = examples(frame[found.rows[chosen]], names, BESIDE)
        parts.append(few.with_columns(sample=pl.lit(label)).select("sample", *names))
    return pl.concat(parts)
