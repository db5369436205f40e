"""Refuses targets there is nothing to learn from, each with the better way."""

from __future__ import annotations

import polars as pl

from milepost.errors import InputError
from milepost.modalities.base import text

LEAST = 10
"""Labelled rows below which no task is bound."""
MOST = 1e150
"""The largest target whose square is still a number."""


def distinct(column: pl.Series) -> int:
    """Returns the number of distinct values that are not missing."""
    return int(column.drop_nulls().n_unique())


def whole(column: pl.Series) -> bool:
    """Whether a column holds whole numbers only, whatever its type.

    >>> whole(pl.Series([1.0, None, 3.0])), whole(pl.Series([0.5]))
    (True, False)
    """
    if column.dtype.is_integer():
        return True
    return column.dtype.is_float() and bool((column.drop_nulls() % 1 == 0).all())


def wordy(column: pl.Series) -> bool:
    """Whether a column holds text or categories."""
    return column.dtype == pl.String or isinstance(column.dtype, pl.Categorical | pl.Enum)


def single(target: pl.DataFrame, task: str) -> pl.Series:
    """Returns the one target column.

    Raises:
        InputError: there is none, or more than one.
    """
    if target.width != 1:
        names = ", ".join(f"'{name}'" for name in target.columns) or "none"
        raise InputError(
            f"the target columns are {names}.",
            expected=f"A {task} task has one target column.",
            todo='Name one column, or the task "vector" for several numbers.',
        )
    return target.to_series()


def learnable(column: pl.Series) -> None:
    """Raises where a target column cannot be learnt, whatever the task.

    Raises:
        InputError: too few rows, missing values, one value only, or an identifier.
    """
    name, rows, values = column.name, len(column), distinct(column)
    if rows < LEAST:
        raise InputError(
            f"'{name}' has {rows} labelled rows.",
            expected=f"At least {LEAST} are needed to learn and to check anything.",
            todo="Label more rows, or write the rule down by hand.",
        )
    if column.null_count():
        raise InputError(
            f"'{name}' is missing in {column.null_count():,} rows.",
            todo="Leave out the rows without a target.",
        )
    if values == 1:
        raise InputError(
            f"'{name}' holds {text(column)[0]!r} in all {rows:,} rows, so there is nothing to learn.",
            todo="Plain statistics will do; or collect rows with another answer.",
        )
    if values == rows and wordy(column):
        raise InputError(
            f"'{name}' has another text in each of its {rows:,} rows: this looks like an identifier.",
            todo="Choose another column.",
        )
    if values == rows and counter(column):
        raise InputError(
            f"'{name}' rises or falls with the row number and never repeats: this looks like an identifier.",
            todo="Choose another column; if it is a quantity that the rows were sorted by, shuffle the rows.",
        )


def counter(column: pl.Series) -> bool:
    """Whether a column holds whole numbers that strictly rise or strictly fall with the row number.

    >>> counter(pl.Series([10, 11, 15])), counter(pl.Series([3, 1, 2]))
    (True, False)
    """
    if not whole(column) or len(column) < 2:
        return False
    steps = column.cast(pl.Int64, strict=False).diff().drop_nulls()
    if len(steps) < len(column) - 1:  # beyond 64 bits nobody counts
        return False
    return bool((steps > 0).all()) or bool((steps < 0).all())


def numbers(column: pl.Series) -> pl.Series:
    """Returns a target column as doubles.

    Raises:
        InputError: a value is missing, infinite or no number.
    """
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        raise InputError(
            f"'{column.name}' holds {_kind(column)}, such as {str(column[0])!r}."
            if len(column)
            else f"'{column.name}' holds {_kind(column)}.",
            expected="A target of this task holds numbers.",
            todo="Turn it into a number first, for example a duration in minutes, or choose another task.",
        )
    values = column.cast(pl.Float64)
    bad = len(values) - int(values.is_finite().fill_null(False).sum())
    if bad:
        raise InputError(
            f"'{column.name}' is missing or infinite in {bad:,} rows.",
            todo="Leave out the rows without a target.",
        )
    if len(values):
        _squarable(values)
    return values


def _squarable(values: pl.Series) -> None:
    """Raises where squares of the numbers, or of their differences, are beyond what a computer can hold."""
    largest = float(values.abs().max())  # type: ignore[arg-type]
    width = float(values.max()) - float(values.min())  # type: ignore[arg-type]
    if largest > MOST or 0 < width < 1 / MOST:
        shown = f"up to {largest:.3g}" if largest > MOST else f"that differ by {width:.3g} at most"
        raise InputError(
            f"'{values.name}' holds numbers {shown}: their squares are beyond what a computer can hold.",
            todo="Give it another unit, so that its values are neither so large nor so close.",
        )


def _kind(column: pl.Series) -> str:
    if column.dtype.is_temporal():
        return "moments or durations"
    return "text" if wordy(column) else f"values of type {column.dtype}"
