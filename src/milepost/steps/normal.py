"""What is normal, and how large signals are in the past when nothing is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost import metrics
from milepost.data.schema import Schema
from milepost.errors import InputError
from milepost.monitors.base import LEAST_ROWS, Reference, Signal, Window, monitors
from milepost.report.sentences import count, plural
from milepost.statistics.alarm import Thresholds, thresholds
from milepost.steps.final import Findings as Final
from milepost.steps.jury import production_shares
from milepost.steps.material import material
from milepost.steps.prepare import Findings as Prepared
from milepost.steps.seen import Seen
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Work

Array = np.ndarray[Any, Any]
MOST = 100_000
"""Rows of the past that are looked at, the latest ones."""
DRAWN, FOLLOWED = 20, 24
"""Windows of the past that are drawn at random, or that follow one another in time."""
FEWEST = 45
"""Rows of the past without which there is no window, and rows that it is held against."""
APART = 4
"""Windows apart that the past must hold for its order in time to be kept."""


@dataclass(frozen=True)
class Past:
    """Thresholds, and how they were found.

    Args:
        thresholds: from which size on each signal is an alarm.
        how: "time" or "random".
        says: how they were found, in a sentence.
    """

    thresholds: Thresholds
    how: str
    says: str


def reference(work: Work) -> tuple[Reference, Array | None]:
    """The development rows with their out-of-fold predictions, and the moment of each where it is known.

    Where it is, the rows stand in its order. Moments are in days; numbers that order rows are as they are.
    """
    data = material(work)
    seen = Seen.of(work, data)
    task, metric = data.task, metrics.get(work.found("tune", Tuned).metric)
    time = work.brief.data.time
    timed = bool(time) and time in seen.frame.columns and seen.frame[time].null_count() == 0
    order = seen.frame[time].arg_sort().to_numpy() if timed else np.arange(len(seen.truth))
    order = order[-MOST:]
    truth = seen.truth[order]
    shares, weight = production_shares(work), None
    if task.labels and shares is not None:
        here = np.bincount(np.asarray(truth, np.int64), minlength=len(shares)) / len(truth)
        weight = (np.array(shares) / np.maximum(here, 1e-12))[np.asarray(truth, np.int64)]
    naive = float(metric(truth, task.repeat(task.naive(truth), len(truth))))
    limit, final = work.brief.constraints.latency_ms, work.found("final", Final)
    made = Reference(
        task=task,
        metric=metric,
        schema=Schema.of(work.found("prepare", Prepared).schema),
        frame=seen.frame[order],
        truth=truth,
        prediction=seen.prediction[order],
        weight=weight,
        naive=naive,
        limits={} if limit is None else {"latency_ms": float(limit)},
        seed=work.seed,
        threads=work.threads,
        promised=final.score,
        doubt=(final.score_high - final.score_low) / 3.92,
        units=None if data.groups is None else np.asarray(data.groups)[seen.rows][order],
    )
    if not timed:
        return made, None
    stamp = made.frame[time]
    days = stamp.cast(pl.Datetime("us")).dt.epoch("us") / 86_400e6 if stamp.dtype.is_temporal() else stamp
    return made, days.cast(pl.Float64).to_numpy()


def signals(window: Window, normal: Reference) -> list[Signal]:
    """What all monitors see in a window."""
    return [signal for monitor in monitors.values() for signal in monitor.watch(window, normal)]


def past(work: Work, normal: Reference, size: int, timed: bool, rate: float) -> Past:
    """Finds thresholds from windows of the past of the size that production's have.

    In order of time each window is compared with the rows before it, as production is with the training
    period: seasons and slow drift of the past are normal then. Else windows are drawn at random, without the
    copies and the rest of groups on the other side, since new rows have none there.

    Args:
        work: the running step.
        normal: the rows of the past.
        size: rows of a window.
        timed: whether they stand in order of time.
        rate: false alarms a window that are accepted.

    Raises:
        InputError: the past holds too few rows.
    """
    total = len(normal.truth)
    if total < FEWEST:
        raise InputError(
            f"only {plural(total, 'row')} of the past were judged, too few to hold requests against.",
            expected=f"At least {FEWEST} development rows that were answered out of fold.",
            todo="Collect more rows, or raise `seconds` in [budget], and run the road again.",
        )
    size = max(LEAST_ROWS, min(size, total // 2))
    begin = max(total // 3, LEAST_ROWS)
    apart = (total - begin) // size
    if timed and apart >= APART:
        starts = np.unique(np.linspace(begin, total - size, min(FOLLOWED, max(apart, 20))).astype(int))
        pairs = [(np.arange(s), np.arange(s, s + size)) for s in starts]
        apart = min(apart, len(pairs))
        found = _found(work, normal, pairs)
        made = thresholds(found[0], found[1], rate, apart)
        says = f"each of {len(pairs)} windows of {count(size)} rows of the training period"
        says += f" ({apart} of them apart) was compared with the rows before it"
        return Past(made, "time", says)
    rng = np.random.default_rng(work.seed)
    units = np.arange(total) if normal.units is None else normal.units
    pairs = [drawn(units, size, rng) for _ in range(max(DRAWN, int(np.ceil(1 / rate))))]
    found = _found(work, normal, pairs)
    says = f"{len(pairs)} windows of {count(size)} rows were drawn at random from the training period"
    why = "holds too few windows for its order to be kept" if timed else "has no order in time that is known"
    says += f", which {why}: what seasons do is not in it"
    return Past(thresholds(found[0], found[1], rate), "random", says)


def drawn(units: Array, size: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draws a window, and the rows that it is held against, of other units; single rows where few are left.

    Args:
        units: what each row belongs to (rows,).
        size: rows of the window.
        rng: draws.
    """
    _, place = np.unique(units, return_inverse=True)
    total = len(place)
    order = np.lexsort((rng.permutation(total), rng.permutation(place.max() + 1)[place]))
    window = np.sort(order[:size])
    before = np.flatnonzero(~np.isin(place, place[window]))
    if len(before) >= FEWEST - LEAST_ROWS:
        return before, window
    mixed = rng.permutation(total)
    return np.sort(mixed[size:]), np.sort(mixed[:size])


def _found(
    work: Work, normal: Reference, pairs: Sequence[tuple[Array, Array]]
) -> tuple[list[dict[str, float]], dict[str, float]]:
    """Sizes of every signal in every window of the past, and the least that matters of each."""
    sizes: list[dict[str, float]] = []
    least: dict[str, float] = {}
    for number, (before, rows) in enumerate(pairs):
        work.say("looking back at windows without a known fault", number / len(pairs))
        part = normal.part(before)
        window = Window(
            str(number),
            normal.frame[rows],
            normal.prediction[rows],
            normal.truth[rows],
            np.arange(len(rows)),
            past=True,
        )
        made = [signal for signal in signals(window, part) if not signal.limited]
        sizes.append({signal.name: signal.size for signal in made})
        least |= {signal.name: signal.least for signal in made}
    return sizes, least
