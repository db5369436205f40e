"""What a change of one column costs in the metric, and the rows that show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from milepost.data.content import KINDS
from milepost.data.profile import examples
from milepost.errors import InputError
from milepost.modalities.base import text
from milepost.monitors.base import Reference, Window, floats

Array = np.ndarray[Any, Any]
BINS, CATEGORIES, HEAVIEST = 12, 40, 20.0
SHOWN = 5


@dataclass(frozen=True)
class Cost:
    """What a change of one column costs.

    Args:
        loss: how much of the metric it costs, larger is worse; below 0 it makes the task easier.
        unseen: share of the window's rows with values never seen, or missing though they never were; of
            texts, images and sounds those that look newer than every normal one.
        odd: how unusual each row of the window is (n,).
    """

    loss: float
    unseen: float
    odd: Array


def cost(window: Window, normal: Reference, column: str) -> Cost:
    """Estimates what the change of a column costs in the metric.

    The normal rows, whose truth is known, are weighted so that this one column is distributed as in the
    window; the score then says what the change does, if the relation is the old one. Where values were never
    seen no weight can tell, and the worst is assumed: there the model is worth what knowing nothing is.

    Args:
        window: the requests.
        normal: what is normal.
        column: an input column.
    """
    if column not in window.frame.columns:
        return Cost(normal.gain, 1.0, np.zeros(window.frame.height))
    kind = next(c.modality for c in normal.watched if c.name == column)
    if kind in KINDS:
        return _content(window, normal, column, kind)
    here, there = _codes(normal.frame[column], window.frame[column], kind)
    return _weighed(normal, here, there)


def _content(window: Window, normal: Reference, column: str, kind: str) -> Cost:
    """The same for a column of texts, images or sounds, by how much a row looks like a new one."""
    found, before, now = normal.told_apart(window, column, kind)
    part = normal.part(before)
    if not len(before) or not len(now):
        return Cost(0.0, 0.0, np.zeros(window.frame.height))
    here, there = _codes(pl.Series(found.before), pl.Series(found.now), "number")
    # A row surer to be new than every normal one is unlike all that was seen; one surer to be old is not.
    there = np.where((there < 0) & (found.now < np.median(found.before)), 1, there)
    odd = np.zeros(window.frame.height)
    odd[now] = found.now
    return replace(_weighed(part, here, there), odd=odd)


def _weighed(normal: Reference, here: Array, there: Array) -> Cost:
    """What it costs where codes are distributed as in the window, and how unusual each code is."""
    size = int(max(here.max(initial=0), there.max(initial=0))) + 1
    p = np.bincount(here[here >= 0], minlength=size) / max(1, len(here))
    q = np.bincount(there[there >= 0], minlength=size) / max(1, len(there))
    known = p > 0
    unseen = 1.0 - float(q[known].sum())
    ratio = np.where(known, q / np.where(known, p, 1.0), np.inf)
    odd = np.where(there >= 0, ratio[there], np.inf)
    weight = np.minimum(ratio[here], HEAVIEST)
    weight = weight if normal.weight is None else weight * normal.weight
    loss = 0.0
    if weight.sum() > 0:
        try:
            moved = float(normal.metric(normal.truth, normal.prediction, weight))
        except InputError:
            moved = float("nan")
        loss = normal.metric.gain(normal.own, moved) if np.isfinite(moved) else 0.0
    return Cost(float((1 - unseen) * loss + unseen * normal.gain), unseen, odd)


def _codes(one: pl.Series, other: pl.Series, kind: str) -> tuple[Array, Array]:
    """Both columns as bins: 0 is missing, -1 lies beyond all that was seen."""
    if kind == "category":
        before, now = text(one).fill_null(""), text(other).fill_null("")
        top = before.value_counts(name="n").sort(["n", before.name], descending=[True, False])
        names = top[before.name].head(CATEGORIES)
        places = np.arange(1, len(names) + 1)
        seen = now.is_in(top[before.name].implode()).to_numpy()
        made = [
            s.replace_strict(names, places, default=CATEGORIES + 1, return_dtype=pl.Int64).to_numpy()
            for s in (before, now)
        ]
        return made[0], np.where(seen, made[1], -1)
    first, later = floats(_plain(one)), floats(_plain(other))
    held = first[~np.isnan(first)]
    if not len(held):
        return np.zeros(len(first), np.int64), np.where(np.isnan(later), 0, -1)
    edges = np.unique(np.quantile(held, np.linspace(0, 1, BINS + 1)[1:-1]))
    codes = [
        np.where(np.isnan(v), 0, 1 + np.searchsorted(edges, v, side="right")).astype(np.int64)
        for v in (first, later)
    ]
    beyond = (later < held.min()) | (later > held.max())
    return codes[0], np.where(beyond, -1, codes[1])


def _plain(series: pl.Series) -> pl.Series:
    return series.cast(pl.Datetime("us"), strict=False).dt.hour() if series.dtype.is_temporal() else series


def shown(window: Window, found: Cost, column: str, beside: list[str]) -> tuple[tuple[str, ...], ...]:
    """The rows of a window that are most unusual by a column: a head, then their values as text."""
    names = [n for n in dict.fromkeys([column, *beside]) if n in window.frame.columns]
    if not names or column not in window.frame.columns:
        return ()
    rows = np.sort(np.argsort(-found.odd, kind="stable")[:SHOWN])
    few = examples(window.frame[rows], names, SHOWN)
    said = np.asarray(window.prediction, dtype=np.float64)[rows]
    wide = said if said.ndim == 1 else said.max(axis=1)
    body = [
        (*(str(v) if v is not None else "missing" for v in row), f"{p:.4g}")
        for row, p in zip(few.rows(), wide, strict=True)
    ]
    return ((*names, "answer"), *body)
