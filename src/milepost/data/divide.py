"""The columns by which rows are divided: the time that orders them, the group that keeps them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost.errors import InputError, did_you_mean

Array = np.ndarray[Any, Any]


def divides(frame: pl.DataFrame, column: str, what: str, targets: Sequence[str] = ()) -> None:
    """Makes sure that a column can divide rows.

    Args:
        frame: the rows.
        column: the column.
        what: "time" or "group".
        targets: the target columns.

    Raises:
        InputError: it is not there, is a target, holds nothing, or is a time but neither dates nor numbers.
    """
    if column not in frame.columns:
        raise InputError(f"there is no column '{column}'.", todo=did_you_mean(column, frame.columns))
    if column in targets:
        raise InputError(
            f"the {what} column '{column}' is also what is predicted.",
            expected="Production knows the column when the question is asked, but not the answer.",
            todo=f"Name another {what} column, or none.",
        )
    values = frame[column]
    if values.null_count() == len(values):
        raise InputError(
            f"the {what} column '{column}' holds no value at all.",
            todo=f"Name another {what} column, or none.",
        )
    if what == "time" and not (values.dtype.is_temporal() or values.dtype.is_numeric()):
        shown = str(values.drop_nulls()[0])[:60]
        raise InputError(
            f"the time column '{column}' holds {_spoken(values)}, such as {shown!r}.",
            expected="Dates, moments or numbers, which have an order in time.",
            todo="Write the times as 2024-05-31 or 2024-05-31 14:30, or name another column.",
        )


def times(frame: pl.DataFrame, column: str) -> Array:
    """The place in time of each row, int64 (rows,); rows without a time count as the oldest, at 0.

    >>> times(pl.DataFrame({"t": [20, None, 10]}), "t").tolist()
    [2, 0, 1]
    """
    return frame[column].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()


def groups(frame: pl.DataFrame, column: str) -> Array:
    """The group of each row, int64 (rows,); a row without one is a group of its own.

    >>> groups(pl.DataFrame({"g": ["b", None, "a", None, "b"]}), "g").tolist()
    [2, 3, 1, 4, 2]
    """
    codes = frame[column].rank("dense").cast(pl.Int64)
    alone = codes.is_null()
    own = alone.cast(pl.Int64).cum_sum() + (codes.max() or 0)
    return pl.select(pl.when(alone).then(own).otherwise(codes)).to_series().to_numpy()


def _spoken(values: pl.Series) -> str:
    return "truth values" if values.dtype == pl.Boolean else "text"
