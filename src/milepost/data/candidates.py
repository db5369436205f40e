"""Numbers worth making of two columns each, by what the columns are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl

from milepost.data.recipe import Recipe
from milepost.data.schema import Column, Field
from milepost.modalities.made import GROUPED, title

NUMBERS, GROUPED_NUMBERS, GROUPS = 8, 6, 6
"""At most so many numbers are paired with one another, so many with categories, and with so many of these."""
FEW_LEVELS, MANY_LEVELS = 3, 200
"""Levels of a category whose groups have means worth reading."""
SHARED = 0.3
"""Share of the wider of two ranges (5 to 95 %) that both must share for a difference to mean much."""
FAMILIES = {
    "pairs": "ratios, products, differences and turned axes of two numbers; days between two moments",
    "groups": "means of a number within a category, and the distance from them",
}
"""What is proposed together and judged by one test."""


def candidates(frame: pl.DataFrame, recipe: Recipe, ranked: Sequence[str]) -> dict[str, tuple[Field, ...]]:
    """Returns fields worth a try, a family together; empty families are left out.

    Columns that are to be monotone stay alone, as what is made of two need not grow with one.

    Args:
        frame: rows.
        recipe: the columns and their facts.
        ranked: the columns' names, those that a model used most first.
    """
    numbers, moments, groups = _kinds(recipe, ranked)
    pairs = [field for a, b in combinations(numbers[:NUMBERS], 2) for field in _pairs(frame, a, b)]
    pairs += [_field("difference", a, b) for a, b in combinations(moments, 2)]
    grouped = [
        _field(kind, number, group)
        for number in numbers[:GROUPED_NUMBERS]
        for group in groups[:GROUPS]
        for kind in GROUPED
    ]
    found = {"pairs": tuple(pairs), "groups": tuple(grouped)}
    return {name: fields for name, fields in found.items() if fields}


def crowded(recipe: Recipe) -> bool:
    """Whether there are more columns than are paired, so that it matters which come first."""
    numbers, _, groups = _kinds(recipe, [column.name for column in recipe.schema.inputs])
    return len(numbers) > (GROUPED_NUMBERS if groups else NUMBERS) or len(groups) > GROUPS


def _kinds(recipe: Recipe, ranked: Sequence[str]) -> tuple[list[Column], list[Column], list[Column]]:
    """The numbers, moments and categories among some columns of which something may be made, in order."""
    columns = {column.name: column for column in recipe.schema.inputs}
    order = [columns[name] for name in ranked if name in columns and not columns[name].monotone]
    numbers = [c for c in order if c.modality in ("number", "place") and c.wire in ("float", "double")]
    moments = [c for c in order if c.modality == "moment"]
    groups = [
        c
        for c in order
        if c.modality == "category" and FEW_LEVELS <= recipe.facts[c.name].distinct <= MANY_LEVELS
    ]
    return numbers, moments, groups


def _pairs(frame: pl.DataFrame, a: Column, b: Column) -> list[Field]:
    """What is worth making of two numbers."""
    found = [_field(kind, a, b) for kind in ("turned down", "turned up", "product")]
    if _one_sided(frame[b.name]):
        found.append(_field("ratio", a, b))
    elif _one_sided(frame[a.name]):
        found.append(_field("ratio", b, a))
    if _alike(frame[a.name], frame[b.name]):
        found.append(_field("difference", a, b))
    return found


def _field(kind: str, a: Column, b: Column) -> Field:
    return Field(title(kind, (a.name, b.name)), kind, (a, b))


def _one_sided(column: pl.Series) -> bool:
    """Whether no two values lie on different sides of 0, so that a ratio to them does not jump."""
    values = _known(column)
    return bool(len(values) and (values.min() >= 0 or values.max() <= 0) and values.any())


def _alike(a: pl.Series, b: pl.Series) -> bool:
    """Whether two numbers seem to be of one unit: their ranges have much in common."""
    one, other = _known(a), _known(b)
    if not len(one) or not len(other):
        return False
    ends = np.array([np.quantile(one, [0.05, 0.95]), np.quantile(other, [0.05, 0.95])])
    common = ends[:, 1].min() - ends[:, 0].max()
    return bool(common > SHARED * (ends[:, 1] - ends[:, 0]).max())


def _known(column: pl.Series) -> np.ndarray:
    values = column.cast(pl.Float64).drop_nulls().to_numpy()
    return np.asarray(values[np.isfinite(values)])
