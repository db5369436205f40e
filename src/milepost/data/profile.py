"""What the columns of a table look like: summaries, repeats, associations, disguised gaps, example rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.facts import distinct
from milepost.data.schema import Schema
from milepost.modalities.base import Array, modalities, text
from milepost.statistics.association import Pair, pairs
from milepost.statistics.redundant import Redundant, redundant

ROWS = 20_000
"""Rows that associations are measured on."""
WIDE = 80
"""Columns that associations are measured among, at most."""
REPEATS_ROWS = 50_000
WORDS = ("unknown", "none", "n/a", "na", "null", "missing", "not available", "-", "--", ".", "?", "other?")
SHARE = 0.005
"""Share of the rows from which a code for missing is worth a mention."""


@dataclass(frozen=True)
class Hint:
    """A value that may stand for "missing".

    Args:
        column: the column.
        value: the value, as text.
        share: its share of the rows.
        says: why it looks so, one sentence.
    """

    column: str
    value: str
    share: float
    says: str


@dataclass(frozen=True)
class Profile:
    """What the columns look like.

    Args:
        rows: rows of the table.
        columns: name -> what its modality tells: rows, missing, distinct, histogram, quantiles or top values.
        repeats: columns that repeat an earlier one, or hold one value.
        pairs: the columns that go together most closely.
        hints: values that may stand for "missing".
        sampled: rows that associations were measured on.
    """

    rows: int
    columns: Mapping[str, Mapping[str, Any]]
    repeats: tuple[Redundant, ...]
    pairs: tuple[Pair, ...]
    hints: tuple[Hint, ...]
    sampled: int


def profile(frame: pl.DataFrame, schema: Schema, seed: int = 0, most: int = 20) -> Profile:
    """Profiles the columns of a schema; a million rows of 20 columns take some seconds.

    Summaries read all rows; repeats are looked for on 50,000 rows and proven on all; associations are of
    20,000 rows and at most 80 columns.

    Args:
        frame: the rows.
        schema: the columns; the target is summarised, and left out of repeats and associations.
        seed: of the samples.
        most: how many pairs to tell.
    """
    facts: dict[str, Mapping[str, Any]] = {}
    hints: list[Hint] = []
    for column in schema.columns:
        series = frame[column.name]
        facts[column.name] = modalities[column.modality].summarize(series)
        hints += disguised(series, facts[column.name])
    inputs = [column.name for column in schema.inputs]
    few = frame.select(inputs).sample(min(REPEATS_ROWS, frame.height), seed=seed) if inputs else frame.clear()
    sample = {name: values(few[name]) for name in inputs}
    repeats = tuple(r for r in redundant(sample, seed=seed) if proven(frame, r))
    narrow = {name: column[:ROWS] for name, column in list(sample.items())[:WIDE]}
    gone = {r.name for r in repeats if r.why in ("constant", "duplicate", "affine")}
    found = pairs({name: column for name, column in narrow.items() if name not in gone}, most)
    near = tuple(pair for pair in found if abs(pair.value) >= 0.1)
    return Profile(frame.height, facts, repeats, near, tuple(hints), min(ROWS, frame.height))


def values(column: pl.Series) -> Array:
    """A column as an array: numbers and moments as floats, all else as text with None."""
    if column.dtype.is_temporal():
        column = column.cast(pl.Datetime("us")).dt.epoch("s")
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).to_numpy()  # what is null becomes NaN
    return text(column).to_numpy().astype(object)


def proven(frame: pl.DataFrame, found: Redundant) -> bool:
    """Whether copies and scaled copies in a sample are so on all rows; other relations are only told."""
    if found.why not in ("duplicate", "affine"):
        return True
    one, other = pl.col(found.name), pl.col(found.of)
    if found.why == "duplicate":
        same = frame.select(one.eq_missing(other).all()).item()
        return bool(same)
    gaps = frame.select((one.is_null() == other.is_null()).all()).item()
    tight = frame.select(pl.corr(one.cast(pl.Float64), other.cast(pl.Float64))).item()
    return bool(gaps) and tight is not None and abs(float(tight)) > 1 - 1e-9


def disguised(column: pl.Series, facts: Mapping[str, Any]) -> list[Hint]:
    """Values that may stand for "missing": isolated extremes of numbers, words, a first day shared by many.

    >>> disguised(pl.Series("bmi", [0.0] * 8 + [20.0 + n / 10 for n in range(92)]), {})[0].value
    '0'
    """
    name, rows = column.name, max(1, len(column))
    if column.dtype == pl.String:
        top = {str(t["value"]): int(t["count"]) for t in facts.get("top", ())}
        said = [(word, n / rows) for word, n in top.items() if word.strip().lower() in WORDS]
        return [
            Hint(name, word, share, f"'{name}' says '{word}' in {100 * share:.1f} % of the rows.")
            for word, share in said
            if share >= SHARE
        ]
    if column.dtype.is_temporal():
        return _first_day(column, rows)
    if not column.dtype.is_numeric():
        return []
    known = 1 - column.null_count() / rows
    found = {float(c["value"]): float(c["share"]) * known for c in facts.get("codes", ())}
    found |= {value: share * known for value, share in _apart(column) if value not in found}
    found = {value: share for value, share in found.items() if share >= SHARE}
    return [
        Hint(
            name,
            f"{value:g}",
            share,
            f"'{name}' is {value:g} in {100 * share:.1f} % of the rows, far from the others.",
        )
        for value, share in found.items()
    ]


def _apart(column: pl.Series) -> list[tuple[float, float]]:
    """A lowest value at 0 or below that many rows share, and the rest lies far above."""
    known = column.drop_nulls() if column.null_count() else column
    if known.len() < 20 or (low := known.min()) is None or float(low) > 0:  # type: ignore[arg-type]
        return []
    if distinct(known) <= 20:
        return []
    rest = known.filter(known != low)
    share = 1 - rest.len() / known.len()
    if not SHARE <= share <= 0.6:
        return []
    near, first, third = rest.min(), rest.quantile(0.25), rest.quantile(0.75)
    if near is None or first is None or third is None:
        return []
    gap = float(near) - float(low)  # type: ignore[arg-type]
    return [(float(low), share)] if gap > float(third) - float(first) > 0 else []  # type: ignore[arg-type]


def _first_day(column: pl.Series, rows: int) -> list[Hint]:
    """A first or last day that many rows share, and that lies apart from all others."""
    days = column.drop_nulls().cast(pl.Date)
    if days.n_unique() < 10:
        return []
    counts = days.value_counts().sort(days.name)
    found = []
    numbers = counts[days.name].to_physical().to_numpy().astype(np.float64)
    inner = float(np.quantile(numbers, 0.95) - np.quantile(numbers, 0.05))
    for at, beside in ((0, 1), (-1, -2)):
        share = int(counts["count"][at]) / rows
        if share >= SHARE and abs(numbers[at] - numbers[beside]) > max(365.0, inner):
            day = str(counts[days.name][at])
            says = f"'{column.name}' is {day} in {100 * share:.1f} % of the rows, far from all other days."
            found.append(Hint(column.name, day, share, says))
    return found


def examples(frame: pl.DataFrame, columns: Sequence[str], most: int = 10, seed: int = 0) -> pl.DataFrame:
    """Returns some rows drawn at random, in their order, as text for people to read."""
    drawn = np.sort(np.random.default_rng(seed).permutation(frame.height)[:most])
    few = frame.select(columns)[drawn]
    return few.select(_readable(few[name]) for name in columns)


def _readable(column: pl.Series) -> pl.Expr:
    """A column as text, without needless digits."""
    if column.dtype.is_float():
        return pl.col(column.name).round_sig_figs(6).cast(pl.String)
    if isinstance(column.dtype, pl.Datetime):
        return pl.col(column.name).dt.strftime("%Y-%m-%d %H:%M:%S")
    return pl.col(column.name).cast(pl.String)
