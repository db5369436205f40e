"""Duplicate rows: exact ones, those whose labels contradict each other, and near ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from milepost.data.canonical import canonical, digests
from milepost.data.near import Groups, Ids, near_groups

__all__ = ["Conflicts", "Groups", "canonical", "conflicting", "digests", "exact_groups", "near_groups"]


@dataclass(frozen=True)
class Conflicts:
    """Rows of equal inputs and different labels.

    Args:
        rows: how many rows have a twin with another label.
        groups: how many sets of equal inputs have more than one label.
        share: `rows` as a share of the labelled rows.
        error: what no function of these inputs can avoid on these rows: the share of rows wrong (classes) or
            of the variance unexplained (numbers). Inputs that occur once add nothing to it, so it bounds the
            Bayes error from below.
    """

    rows: int
    groups: int
    share: float
    error: float


def exact_groups(frame: pl.DataFrame, columns: Sequence[str] | None = None) -> Ids:
    """Returns a group number for each row, equal where the canonical rows are equal; shape (rows,).

    >>> exact_groups(pl.DataFrame({"a": ["x", "y", "X "]})).tolist()
    [0, 1, 0]
    """
    seen = digests(frame, columns).to_numpy()
    _, first, ids = np.unique(seen, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return np.asarray(order[ids], np.int64)


def conflicting(
    frame: pl.DataFrame, columns: Sequence[str], target: str, *, numbers: bool = False
) -> Conflicts:
    """Counts the rows whose inputs occur with different labels, and the error that this makes inevitable.

    Args:
        frame: the rows; those without a label are left out.
        columns: the inputs.
        target: the label.
        numbers: the label is a number to be estimated, not a class.

    >>> conflicting(pl.DataFrame({"a": [1, 1, 1, 2], "y": ["p", "p", "n", "n"]}), ["a"], "y")
    Conflicts(rows=3, groups=1, share=0.75, error=0.25)
    """
    known = frame.filter(pl.col(target).is_not_null())
    if not known.height:
        return Conflicts(0, 0, 0.0, 0.0)
    label = pl.col("y").cast(pl.Float64) if numbers else pl.col("y")
    rows = pl.DataFrame({"group": exact_groups(known, columns), "y": known[target]}).with_columns(label)
    grouped = rows.group_by("group").agg(
        size=pl.len(),
        labels=pl.col("y").n_unique(),
        most=pl.col("y").unique_counts().max(),
        spread=((pl.col("y") - pl.col("y").mean()) ** 2).sum() if numbers else pl.lit(0.0),
    )
    mixed = grouped.filter(pl.col("labels") > 1)
    count = int(mixed["size"].sum())
    if numbers:
        whole = float(((rows["y"] - rows["y"].mean()) ** 2).sum())
        error = float(mixed["spread"].sum()) / whole if whole else 0.0
    else:
        error = float((mixed["size"] - mixed["most"]).sum()) / known.height
    return Conflicts(count, mixed.height, count / known.height, error)
