"""Loss and score of groups of rows, with intervals and a least size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from milepost.statistics.quick import quick_interval


@dataclass(frozen=True)
class Slice:
    """One group of rows.

    Args:
        name: the group.
        rows: its rows.
        score: the metric on them.
        low, high: 95 % interval.
        differs: the interval excludes the score of all rows.
    """

    name: str
    rows: int
    score: float
    low: float
    high: float
    differs: bool


def slices(
    names: npt.NDArray[np.object_],
    truth: npt.NDArray[np.float64],
    prediction: npt.NDArray[np.float64],
    metric: Callable[..., float],
    units: npt.NDArray[np.int64] | None = None,
    least: int = 50,
) -> tuple[Slice, ...]:
    """Returns the metric on each group of at least `least` rows, largest group first.

    Groups on which the metric is not defined, such as an AUC of one class, are left out.

    Args:
        names: the group of each row.
        truth: truth of each row.
        prediction: prediction of each row.
        metric: called as metric(truth, prediction).
        units: the unit of independence of each row, for the bootstrap.
        least: smallest group that is shown.
    """
    whole = metric(truth, prediction)
    found = []
    for name, count in sorted(
        zip(*np.unique(names.astype(str), return_counts=True), strict=True), key=lambda c: -c[1]
    ):
        if count < least:
            break
        inside = names.astype(str) == name
        score = metric(truth[inside], prediction[inside])
        if not np.isfinite(score):
            continue
        group = None if units is None else units[inside]
        if group is not None and len(np.unique(group)) < 10:
            group = None
        around = quick_interval(metric, [truth[inside], prediction[inside]], group)
        differs = bool(around.high < whole or around.low > whole)
        found.append(Slice(str(name), int(count), float(score), around.low, around.high, differs))
    return tuple(found)
