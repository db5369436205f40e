"""Drift: how far each column, and the answers, lie from what is normal, as an effect size."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from milepost.data.content import KINDS
from milepost.data.schema import Column
from milepost.monitors.base import (
    Array,
    Monitor,
    Reference,
    Signal,
    Window,
    calendar,
    floats,
    monitors,
    shares,
)
from milepost.report.sentences import number, percent
from milepost.statistics.distances import PRACTICAL
from milepost.statistics.effect import ks_excess, share_excess

ANSWERS = "the answers"
SLACK = 0.02
"""Probabilities that lie no farther apart count as equal: the model that was refitted on all rows says .001
where those of the folds said .004, without any change in what is asked."""
NAMED = 3
"""Categories whose shares moved most, which are named."""


class Drift(Monitor):
    """The gap between cumulative shares for numbers, the share that moved for categories, less chance."""

    name: ClassVar[str] = "drift"

    def watch(self, window: Window, reference: Reference) -> list[Signal]:
        """One signal a column that the window has, and one for the answers."""
        found = [
            self._column(column, window, reference)
            for column in reference.watched
            if column.name in window.frame.columns and column.modality not in KINDS
        ]
        return [*found, *self._answers(window, reference)]

    def _column(self, column: Column, window: Window, reference: Reference) -> Signal:
        name, series = column.name, window.frame[column.name]
        if column.modality == "category":
            size, says = _shares(reference.shares(name), series, reference.frame.height)
            return Signal(f"drift {name}", name, size, PRACTICAL, 0.0, size, f"'{name}': {says}")
        if column.modality == "moment":
            parts = zip(calendar(reference.frame[name]), calendar(series), ("hour", "weekday"), strict=True)
            sizes = {part: ks_excess(np.sort(_known(a)), _known(b)) for a, b, part in parts}
            worst = max(sizes, key=lambda part: sizes[part])
            size = sizes[worst]
            says = f"the {worst}s of '{name}' moved for {percent(size)} of the rows"
            return Signal(f"drift {name}", name, size, PRACTICAL, 0.0, size, says)
        return _numbers(name, reference.values(name), _known(floats(series)))

    def _answers(self, window: Window, reference: Reference) -> list[Signal]:
        before, now = (np.asarray(p, np.float64) for p in (reference.prediction, window.prediction))
        if before.ndim == 1:
            before, now = before[:, None], now[:, None]
        columns = range(before.shape[1])
        slack = SLACK if reference.task.labels else 0.0
        sizes = [ks_excess(np.sort(before[:, j]), now[:, j], slack) for j in columns]
        worst = int(np.argmax(sizes))
        means = float(before[:, worst].mean()), float(now[:, worst].mean())
        says = f"the answers moved for {percent(sizes[worst])} of the rows, their mean from "
        says += f"{number(means[0])} to {number(means[1])}"
        return [Signal("drift of the answers", "", sizes[worst], PRACTICAL, *means, says)]


def _numbers(name: str, before: Array, now: Array) -> Signal:
    size = ks_excess(before, now)
    middles = [float(np.median(v)) if len(v) else float("nan") for v in (before, now)]
    says = f"'{name}' moved for {percent(size)} of the rows, its median from {number(middles[0])} to "
    return Signal(
        f"drift {name}", name, size, PRACTICAL, middles[0], middles[1], f"{says}{number(middles[1])}"
    )


def _shares(before: pl.DataFrame, series: pl.Series, rows: int) -> tuple[float, str]:
    """Size of the change of shares, and the categories that moved most."""
    now = shares(series)
    both = before.join(now, on="value", how="full", coalesce=True, suffix="_now").fill_null(0.0)
    p, q = both["share"].to_numpy(), both["share_now"].to_numpy()
    size = share_excess(p, q, rows, max(1, len(series)))
    order = np.argsort(-np.abs(p - q), kind="stable")[:NAMED]
    told = [f"{both['value'][int(i)] or 'missing'} {percent(p[i])} to {percent(q[i])}" for i in order]
    return size, f"{percent(size)} of the rows have another category ({', '.join(told)})"


def _known(values: Array) -> Array:
    return values[~np.isnan(values)]


monitors.add(Drift.name, Drift())
