"""Every window of requests held against what is normal; alarms gathered, and ranked by what they cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.data.traffic import Traffic
from milepost.data.windows import Span, wrongs
from milepost.monitors.base import LEAST_ROWS, Reference, Signal, Window
from milepost.steps.blame import cost, shown
from milepost.steps.normal import Past, signals
from milepost.steps.outcomes import Truths
from milepost.steps.work import Work

Array = np.ndarray[Any, Any]
BLAMED = 12
"""Alarms whose cost is estimated, the largest ones."""
BESIDE = 4
"""Columns shown beside the one that drifted."""
Band = tuple[float, float | None, float | None]
"""A score with the ends of its interval, None where too few rows of a class are known for one."""


@dataclass(frozen=True)
class Looked:
    """One window.

    Args:
        name: its beginning.
        rows: requests in it.
        labelled: requests whose outcome has arrived.
        judged: whether it holds enough rows to be judged.
        shares: size of each signal as a share of its threshold; 1 and more is an alarm.
        estimated: the score expected without labels, low and high end; None where it is not defined.
        real: the score on outcomes, low and high end; None where fewer than 30 are known.
        ms: median and 99th percentile of milliseconds an answer took; None where not known.
        alarms: names of the signals that raise an alarm.
        split: where the real score lost what matters, what new inputs and what a changed relation explain of
            that, and the latter's standard error; else None.
    """

    name: str
    rows: int
    labelled: int
    judged: bool
    shares: Mapping[str, float]
    estimated: Band | None
    real: Band | None
    ms: tuple[float, float] | None
    alarms: tuple[str, ...]
    split: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Alarm:
    """One signal that was too large in some windows.

    Args:
        name: the signal.
        column: the column it is about, or "".
        windows: how many windows.
        first, last: the first and the last of them.
        worst: the one where it was largest.
        size: its size there.
        threshold: from which on it is an alarm.
        cost: what it costs in the metric, as estimated; None where that cannot be said of it alone.
        unseen: share of rows with values never seen.
        says: one sentence.
        examples: unusual rows, the head first.
    """

    name: str
    column: str
    windows: int
    first: str
    last: str
    worst: str
    size: float
    threshold: float
    cost: float | None
    unseen: float
    says: str
    examples: tuple[tuple[str, ...], ...]


class Watch:
    """Looks at every window.

    Args:
        work: the running step.
        normal: what is normal.
        past: thresholds.
        made: the requests.
        said: what was answered.
        truths: outcomes, or None.
    """

    def __init__(
        self,
        work: Work,
        normal: Reference,
        past: Past,
        made: Traffic,
        said: Array,
        truths: Truths | None,
    ) -> None:
        self.work, self.normal, self.past = work, normal, past
        self.made, self.said, self.truths = made, said, truths
        self.hits: dict[str, list[tuple[Span, Signal, float]]] = {}

    def run(self, windows: Sequence[Span], least: int) -> tuple[tuple[Looked, ...], tuple[Alarm, ...]]:
        """What was seen in each window, and the alarms, the costliest first.

        Args:
            windows: the windows.
            least: rows a window must have to be judged.
        """
        looked, wrong = [], wrongs(self.made, windows)
        for number, span in enumerate(windows):
            self.work.say(f"looking at the window of {span.name}", number / len(windows))
            errors = None if wrong is None else wrong[number]
            looked.append(self._look(span, len(span.rows) >= max(least, LEAST_ROWS), errors))
        worst = sorted(self.hits, key=lambda name: -max(share for _, _, share in self.hits[name]))
        alarms = [self._alarm(name, blamed=i < BLAMED) for i, name in enumerate(worst)]
        return tuple(looked), tuple(sorted(alarms, key=_order))

    def window(self, span: Span) -> Window:
        """The requests of a window with what is known of them."""
        truth = known = None
        if self.truths is not None:
            inside = np.isin(self.truths.rows, span.rows)
            truth = self.truths.truth[inside]
            known = np.searchsorted(span.rows, self.truths.rows[inside])
        ms = None if self.made.ms is None else self.made.ms[span.rows]
        return Window(span.name, self.made.frame[span.rows], self.said[span.rows], truth, known, ms)

    def _look(self, span: Span, judged: bool, errors: Sequence[str] | None) -> Looked:
        window = replace(self.window(span), errors=errors)
        found = {s.name: s for s in signals(window, self.normal)} if judged else {}
        shares, alarms = {}, []
        for name, signal in found.items():
            limit = signal.least if signal.limited else self.past.thresholds.limit(name, signal.least)
            share = signal.size / limit if limit > 0 else 0.0
            if not math.isfinite(share):
                continue
            shares[name] = min(share, 99.0)
            if share >= 1:
                alarms.append(name)
                self.hits.setdefault(name, []).append((span, signal, share))
        times = None if window.ms is None else window.ms[np.isfinite(window.ms)]
        slow = (
            (float(np.median(times)), float(np.quantile(times, 0.99)))
            if times is not None and len(times)
            else None
        )
        return Looked(
            name=span.name,
            rows=len(span.rows),
            labelled=0 if window.truth is None else len(window.truth),
            judged=judged,
            shares=shares,
            estimated=_band(found.get("estimated")),
            real=_band(found.get("real")),
            ms=slow,
            alarms=tuple(alarms),
            split=_parts(found.get("real")),
        )

    def _alarm(self, name: str, blamed: bool) -> Alarm:
        """One alarm over all its windows, with its cost where it was largest."""
        hits = self.hits[name]
        span, signal, share = max(hits, key=lambda hit: hit[2])
        spent: float | None = None
        unseen = 0.0
        examples: tuple[tuple[str, ...], ...] = ()
        if name in ("estimated", "real"):
            spent = self.normal.metric.gain(signal.before, signal.now)
        elif signal.column and blamed:
            window = self.window(span)
            found = cost(window, self.normal, signal.column)
            beside = [c.name for c in self.normal.watched if c.name != signal.column][:BESIDE]
            spent, unseen = found.loss, found.unseen
            examples = shown(window, found, signal.column, beside)
        return Alarm(
            name=name,
            column=signal.column,
            windows=len(hits),
            first=hits[0][0].name,
            last=hits[-1][0].name,
            worst=span.name,
            size=signal.size,
            threshold=signal.size / share,
            cost=spent,
            unseen=unseen,
            says=signal.says,
            examples=examples,
        )


def _order(alarm: Alarm) -> tuple[bool, float, float]:
    """Real losses first, then by cost, then by size over threshold."""
    spent = -math.inf if alarm.cost is None else alarm.cost
    return alarm.name != "real", -spent, -alarm.size / alarm.threshold


def _parts(signal: Signal | None) -> tuple[float, float, float] | None:
    parts = None if signal is None else signal.parts
    return parts if parts is not None and all(map(math.isfinite, parts)) else None


def _band(signal: Signal | None) -> Band | None:
    if signal is None or not math.isfinite(signal.now):
        return None
    low, high = (end if math.isfinite(end) else None for end in (signal.low, signal.high))
    return signal.now, low, high
