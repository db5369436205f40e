"""Health: missing values, categories never seen, absent columns, errors, answers that took long."""

from __future__ import annotations

import math
from collections import Counter
from typing import ClassVar

import numpy as np
import polars as pl

from milepost.modalities.base import text
from milepost.monitors.base import Monitor, Reference, Signal, Window, floats, monitors
from milepost.report.sentences import percent
from milepost.statistics.effect import rate_excess

MATTERS = 0.05
"""The least rise of a rate that matters."""
REFUSED = 0.01
"""The share of refused requests that is an alarm."""


class Health(Monitor):
    """Rates that should not rise, as far as they rose beyond chance."""

    name: ClassVar[str] = "health"

    def watch(self, window: Window, reference: Reference) -> list[Signal]:
        """A signal a column for missing values, one for unseen categories; one for errors and latency."""
        found: list[Signal] = []
        n, m = reference.frame.height, window.frame.height
        for column in reference.watched:
            name = column.name
            before = _missing(reference.frame[name], column.modality)
            absent = name not in window.frame.columns
            now = 1.0 if absent else _missing(window.frame[name], column.modality)
            size = rate_excess(before, now, n, m)
            told = "did not come at all" if absent else f"is missing in {percent(now)} of the rows"
            says = f"'{name}' {told}, {percent(before)} is normal"
            found.append(Signal(f"missing {name}", name, size, MATTERS, before, now, says))
            if column.modality == "category" and not absent:
                found.append(self._unseen(name, window, reference))
        return [*found, *self._errors(window), *self._latency(window, reference)]

    def _unseen(self, name: str, window: Window, reference: Reference) -> Signal:
        known = reference.shares(name)["value"]
        words = window.frame[name].drop_nulls()
        strange = text(words).filter(~text(words).is_in(known.implode()))
        now = len(strange) / max(1, len(window.frame))
        some = ", ".join(strange.unique(maintain_order=True).head(3))
        says = f"'{name}' holds categories never seen in {percent(now)} of the rows" + (
            f" ({some})" if some else ""
        )
        size = rate_excess(0.0, now, reference.frame.height, window.frame.height)
        return Signal(f"unseen {name}", name, size, MATTERS, 0.0, now, says)

    def _errors(self, window: Window) -> list[Signal]:
        """The share of requests that were refused or failed, beyond chance; there should be none."""
        if window.errors is None:
            return []
        wrong = len(window.errors)
        total = wrong + window.frame.height
        now = wrong / max(1, total)
        common = Counter(window.errors).most_common(1)
        says = f"{percent(now)} of the requests were refused"
        says += f", most often ({common[0][1]} times) for '{common[0][0]}'" if common else ""
        size = max(0.0, now - math.sqrt(REFUSED * (1 - REFUSED) / max(1, total)))
        return [Signal("errors", "", size, REFUSED, 0.0, now, says, limited=True)]

    def _latency(self, window: Window, reference: Reference) -> list[Signal]:
        """The median time of an answer, against the limit of the brief where one is set."""
        if window.ms is None or not np.isfinite(window.ms).any():
            return []
        times = window.ms[np.isfinite(window.ms)]
        middle, slow = (float(np.quantile(times, q)) for q in (0.5, 0.99))
        limit = reference.limits.get("latency_ms", float("inf"))
        size = max(0.0, middle / limit - 1.0)
        says = f"an answer took {middle:.2g} ms (median), {slow:.2g} ms (99 of 100)"
        says += f"; at most {limit:g} ms were allowed" if np.isfinite(limit) else ""
        return [
            Signal(
                "latency", "", size, 1e-9, limit if np.isfinite(limit) else float("nan"), middle, says,
                high=slow, limited=True,
            )
        ]  # fmt: skip


def _missing(series: pl.Series, modality: str) -> float:
    """The share of values that are missing, or that are no numbers where numbers are expected."""
    if not len(series):
        return 0.0
    if modality in ("number", "place"):
        return float(np.isnan(floats(series)).mean())
    return series.null_count() / len(series)


monitors.add(Health.name, Health())
