"""Fields that say nearly the same, so that one of them can stand in for another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost.data.schema import Field
from milepost.modalities.base import text
from milepost.modalities.feeds import WIDE

Array = np.ndarray[Any, Any]
ALIKE = 0.9
"""Rank correlation from which two numbers say nearly the same."""


def alike(frame: pl.DataFrame, fields: Sequence[Field]) -> list[list[str]]:
    """Returns the names of fields in groups that say nearly the same: correlated ranks, or levels renamed.

    Each field joins the first group whose first field it resembles.

    Args:
        frame: raw rows.
        fields: the fields; texts, media, places and columns that mostly miss resemble nothing.
    """
    groups: list[list[str]] = []
    shown, numbers = np.empty((len(fields), len(frame))), list[int]()
    levels: dict[bytes, int] = {}
    for field in fields:
        kind, values = _code(frame, field)
        match = None
        if kind == "number":
            near = np.abs(shown[: len(numbers)] @ values) > ALIKE
            match = numbers[int(near.argmax())] if near.any() else None
        elif kind == "category":
            match = levels.setdefault(values.tobytes(), len(groups))
        if match is not None and match < len(groups):
            groups[match].append(field.name)
            continue
        if kind == "number":
            shown[len(numbers)] = values
            numbers.append(len(groups))
        groups.append([field.name])
    return groups


def _code(frame: pl.DataFrame, field: Field) -> tuple[str, Array]:
    """How a field is compared: "number" with ranks, "category" with codes, or "" where it is not."""
    from scipy.stats import rankdata

    if len(field.columns) > 1 or field.columns[0].wire in WIDE:
        return "", np.zeros(0)
    column = frame[field.columns[0].name]
    if field.columns[0].wire == "string":
        codes = _met(text(column).fill_null("").rank("dense").to_numpy())
        return ("category" if codes.max(initial=0) else ""), codes
    values = column.to_physical().cast(pl.Float64).to_numpy()  # what is null becomes NaN
    if np.isnan(values).mean() > 0.5:
        return "", values
    ranks = rankdata(np.where(np.isnan(values), np.nanmedian(values), values))
    away = ranks - ranks.mean()
    return "number", away / max(float(np.linalg.norm(away)), 1e-12)


def _met(codes: Array) -> Array:
    """Codes in the order in which they are met, so that two columns with other names have the same."""
    _, first, own = np.unique(codes, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first)), np.int64)[own]
