"""Checks and shapes that the statistical functions share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Numbers = npt.ArrayLike


def vector(values: Numbers, name: str = "values", least: int = 1) -> Floats:
    """Returns values as one row of finite floats.

    Raises:
        InputError: there are fewer than `least` values, more than one axis, or a value is not finite.

    >>> vector([1, 2])
    array([1., 2.])
    """
    array: Floats = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise InputError(f"{name} has {array.ndim} axes.", expected="One axis was expected.")
    if len(array) < least:
        raise InputError(
            f"{name} holds {len(array)} value(s).",
            expected=f"At least {least} are needed.",
            todo="Give more rows.",
        )
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise InputError(
            f"{name} holds {bad} value(s) that are not finite.",
            expected="Every value must be a number.",
            todo="Remove or impute those rows first.",
        )
    return array


def alike(first: npt.NDArray[Any], second: npt.NDArray[Any], names: str) -> None:
    """Raises InputError unless both arrays have the same number of rows."""
    if len(first) != len(second):
        raise InputError(
            f"{names} have {len(first)} and {len(second)} rows.", expected="They must describe the same rows."
        )


def codes(groups: Numbers | None, rows: int) -> Integers | None:
    """Returns each row's group as a number from 0, or None when every row stands for itself.

    Raises:
        InputError: the groups do not match the rows, or all rows form one group.

    >>> codes(["b", "a", "b"], 3)
    array([1, 0, 1])
    """
    if groups is None:
        return None
    names = np.asarray(groups)
    if names.shape != (rows,):
        raise InputError(
            f"groups has shape {names.shape} for {rows} rows.", expected="One group a row is needed."
        )
    found, numbers = np.unique(names, return_inverse=True)
    if len(found) < 2:
        raise InputError(
            "All rows belong to one group.",
            expected="At least two independent groups are needed to see how much they differ.",
            todo="Declare another group column or none.",
        )
    return None if len(found) == rows else numbers.astype(np.int64)


def members(numbers: Integers) -> list[Integers]:
    """Returns the rows of each group, by group number.

    >>> members(np.array([1, 0, 1]))
    [array([1]), array([0, 2])]
    """
    order = np.argsort(numbers, kind="stable").astype(np.int64)
    return list(np.split(order, np.cumsum(np.bincount(numbers))[:-1]))


def widening(folds: int | None) -> float:
    """Returns how much wider a paired standard error is because K folds share their training rows.

    A row's loss depends on the other rows through the fitted models, so that rows scored out of fold
    are not independent. The factor is sqrt(1 + K/(K-1)), the correction of Nadeau & Bengio (2003) for
    J = K and n_test/n_train = 1/(K-1); it is 1 for one holdout (None).

    >>> widening(None), widening(5)
    (1.0, 1.5)
    """
    if folds is None:
        return 1.0
    if folds < 2:
        raise InputError(f"{folds} fold(s) were given.", expected="Two or more, or None for one holdout.")
    return math.sqrt(1 + folds / (folds - 1))


def scatter(values: Numbers) -> float:
    """The standard deviation (n - 1) of those values that are known; nan where fewer than two are.

    >>> scatter([1.0, float("nan"), 3.0]) == 2**0.5, scatter([1.0, float("nan")])
    (True, nan)
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    return float(known.std(ddof=1)) if len(known) > 1 else float("nan")
