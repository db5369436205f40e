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
    first: dict[str, list[int]] = {"number": [], "category": []}
    shown = {kind: np.empty((len(fields), len(frame))) for kind in first}
    for field in fields:
        kind, values = _code(frame, field)
        own = first.get(kind, [])
        match = _match(kind, values, shown[kind][: len(own)]) if own else None
        if match is not None:
            groups[own[match]].append(field.name)
            continue
        if kind:
            shown[kind][len(own)] = values
            own.append(len(groups))
        groups.append([field.name])
    return groups


def _code(frame: pl.DataFrame, field: Field) -> tuple[str, Array]:
    """How a field is compared: "number" with ranks, "category" with codes, or "" where it is not."""
    from scipy.stats import rankdata

    if len(field.columns) > 1 or field.columns[0].wire in WIDE:
        return "", np.zeros(0)
    column = frame[field.columns[0].name]
    if field.columns[0].wire == "string":
        return "category", text(column).fill_null("").rank("dense").to_numpy()
    values = column.to_physical().cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if np.isnan(values).mean() > 0.5:
        return "", values
    ranks = rankdata(np.where(np.isnan(values), np.nanmedian(values), values))
    away = ranks - ranks.mean()
    return "number", away / max(float(np.linalg.norm(away)), 1e-12)


def _match(kind: str, values: Array, known: Array) -> int | None:
    """The first of the known fields of a kind (fields, rows) that says nearly the same, or None."""
    if kind == "number":
        near = np.abs(known @ values) > ALIKE
        return int(near.argmax()) if near.any() else None
    return next((at for at, other in enumerate(known) if _renamed(values, other)), None)


def _renamed(a: Array, b: Array) -> bool:
    """Whether two columns of codes are one with other names."""
    levels = len(np.unique(a))
    if levels < 2 or levels != len(np.unique(b)):
        return False
    return len(np.unique(a.astype(np.int64) * (int(b.max()) + 1) + b)) == levels
