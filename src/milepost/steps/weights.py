"""How much each row counts: the brief's weight column."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from milepost.brief import Brief
from milepost.errors import InputError
from milepost.report.sentences import count

Array = np.ndarray[Any, Any]


def weights(frame: pl.DataFrame, brief: Brief) -> Array | None:
    """The weight of each row, float64 (rows,) with mean 1; None where no column has the role "weight".

    Raises:
        InputError: a weight is no number, missing or negative, or all are 0.

    >>> brief = Brief.of({"columns": {"w": {"role": "weight"}}})
    >>> weights(pl.DataFrame({"w": [1, 3]}), brief).tolist()
    [0.5, 1.5]
    """
    name = next((name for name, column in brief.columns.items() if column.role == "weight"), None)
    if name is None:
        return None
    column = frame[name]
    if not column.dtype.is_numeric():
        known = column.drop_nulls()
        shown = f", such as {str(known[0])[:60]!r}" if len(known) else ""
        raise InputError(
            f"the weight column '{name}' holds no numbers{shown}.",
            expected="Weights are numbers of at least 0: how much a row counts.",
            todo="Mend the column, or give it another role.",
        )
    values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)
    for wrong, what in ((~np.isfinite(values), "missing"), (values < 0, "negative")):
        if wrong.any():
            raise InputError(
                f"the weight column '{name}' is {what} in {count(int(wrong.sum()))} labelled rows.",
                expected="Weights are numbers of at least 0: how much a row counts.",
                todo="Mend these rows, or leave them out.",
            )
    if not len(values) or not values.max() > 0:
        raise InputError(f"all weights in '{name}' are 0.", todo="Give some row a weight.")
    scaled = values / values.max()
    return np.asarray(scaled / scaled.mean())
