"""Requests divided into windows, of time or of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from milepost.brief.durations import seconds
from milepost.data.traffic import Traffic
from milepost.errors import UsageError
from milepost.modalities.base import Array

WISH = 500
"""Rows a window should have where nobody says."""
MOST = 40
"""Windows there should be at most where nobody says."""
CLOCK, PRECISE = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"
ROWS = re.compile(r"\s*(\d+)\s*rows?\s*")


@dataclass(frozen=True)
class Span:
    """One window of requests.

    Args:
        name: its beginning as text: a moment, or the number of its first row.
        rows: the numbers of its rows.
    """

    name: str
    rows: Array


def spans(made: Traffic, window: str = "") -> tuple[tuple[Span, ...], str]:
    """Divides requests into windows, and says how.

    Args:
        made: the requests.
        window: a duration such as "1d" where they have times, or a number such as "500 rows"; "" chooses so
            that a window has some 500 rows and there are at most 40.

    Returns:
        The windows in order of time, and their length in words.

    Raises:
        UsageError: a length that is none, or a duration where the requests have no time.
    """
    total = made.frame.height
    counted = ROWS.fullmatch(window)
    if counted and int(counted[1]):
        return _by_rows(total, int(counted[1]), made.time), f"{int(counted[1]):,} rows"
    if window and made.time is None:
        raise UsageError(
            f"--window {window} is a length of time, and the requests have none.",
            expected='A column that says when they were asked, or a number such as "500 rows".',
            todo="Name the column with --time.",
        )
    if made.time is None or made.time.null_count() == total:
        size = max(1, min(total, max(WISH, -(-total // MOST))))
        return _by_rows(total, size, None), f"{size:,} rows"
    length = seconds(window) if window else _fitting(made.time)
    if length <= 0:
        raise UsageError(f"--window {window} has no length.", expected="A duration such as 1d or 6h.")
    stamp = made.time.dt.epoch("us")
    start = int(stamp.drop_nulls().to_numpy().min())
    day = 86_400_000_000
    start -= start % (day if length >= 86_400 else 3_600_000_000)
    number = ((stamp - start) // int(length * 1e6)).fill_null(-1).to_numpy()
    found = []
    for n in np.unique(number[number >= 0]):
        begin = pl.Series([start + int(n) * int(length * 1e6)]).cast(pl.Datetime("us"))[0]
        shown = begin.strftime("%Y-%m-%d" if length >= 86_400 else CLOCK if length >= 60 else PRECISE)
        found.append(Span(shown, np.flatnonzero(number == n)))
    return tuple(found), spelled(length)


UNITS = ((86_400.0 * 7, "week"), (86_400.0, "day"), (3600.0, "hour"), (60.0, "minute"))


def spelled(length: float) -> str:
    """A length of time in words.

    >>> spelled(86400.0), spelled(86400.0 * 30), spelled(90.0)
    ('1 day', '30 days', '90 seconds')
    """
    for size, name in UNITS:
        if length >= size and length % size == 0:
            count = int(length / size)
            return f"{count:,} {name}" + ("" if count == 1 else "s")
    return f"{length:g} seconds"


def _by_rows(total: int, size: int, time: pl.Series | None) -> tuple[Span, ...]:
    starts = range(0, max(1, total - total % size if total >= size else total), size)
    names = _firsts(starts, time)
    return tuple(
        Span(name, np.arange(start, min(start + size, total)))
        for name, start in zip(names, starts, strict=True)
    )


def _firsts(starts: Sequence[int], time: pl.Series | None) -> list[str]:
    """The moment of each first row, as precise as it takes to tell them apart; else the number of the row."""
    numbers = [f"row {start}" for start in starts]
    if time is None:
        return numbers
    firsts = time[list(starts)]
    for detail in (CLOCK, PRECISE):
        names = firsts.dt.strftime(detail).to_list()
        if len(set(names)) == len(names):
            return [name or number for name, number in zip(names, numbers, strict=True)]
    return [f"{name}, {number}" if name else number for name, number in zip(names, numbers, strict=True)]


def _fitting(time: pl.Series) -> float:
    """The shortest round length at which windows have some 500 rows and are at most 40."""
    first, last = time.min(), time.max()
    whole = max((last - first).total_seconds(), 1.0)  # type: ignore[operator, union-attr]
    lengths = (3600.0, 6 * 3600.0, 86_400.0, 7 * 86_400.0, 30 * 86_400.0, 90 * 86_400.0, 365 * 86_400.0)
    for length in lengths:
        count = max(1.0, whole / length)
        if len(time) / count >= WISH and count <= MOST:
            return length
    return next((length for length in lengths if length >= whole), lengths[-1])


def wrongs(made: Traffic, windows: Sequence[Span]) -> list[list[str]] | None:
    """Why requests were refused, a list a window, which begins with its first row; None where not known."""
    if made.errors is None or made.time is None:
        return None
    firsts = [made.time[span.rows].min() for span in windows]
    starts = pl.Series(firsts[1:], dtype=pl.Datetime("us")).fill_null(strategy="forward")
    place = starts.search_sorted(made.errors["time"], side="right").to_numpy() if len(starts) else None
    found: list[list[str]] = [[] for _ in windows]
    for i, reason in enumerate(made.errors["error"]):
        found[0 if place is None else int(place[i])].append(reason)
    return found
