"""Values of a table at a graph's doors, part by part: what fits into one tensor goes in together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import Any, TypeVar

import numpy as np
import polars as pl

from milepost.graphs.session import run
from milepost.modalities import doors, media
from milepost.modalities.base import Array, feed, text
from milepost.modalities.doors import BLANKS, CHUNK, WIDE, alike, decode, decoder, form

__all__ = [
    "BLANKS",
    "CHUNK",
    "NARROW",
    "WIDE",
    "alike",
    "answers",
    "beside",
    "decode",
    "decoder",
    "form",
    "parts",
]

T = TypeVar("T")
R = TypeVar("R")
NARROW = 65_536
"""Rows that go in together, at most, where no door is wide."""
SORTED = 8_192
"""Rows of texts that are put in order of their length together."""


def parts(frame: pl.DataFrame, wires: Mapping[str, str]) -> Iterator[tuple[Array, dict[str, Array]]]:
    """Yields the places of rows and their tensors by column, until all rows were there.

    Media are read and decoded as they are needed; those of one size share a tensor. Texts come shortest
    first, so that short ones are not padded to the length of long ones.

    Args:
        frame: raw values; media are references.
        wires: the type of each column's door.
    """
    narrow = [name for name, wire in wires.items() if wire not in WIDE]
    if len(narrow) == len(wires):
        for start in range(0, len(frame), NARROW):
            chunk = frame[start : start + NARROW]
            places = np.arange(start, start + len(chunk))
            yield places, {name: feed(chunk[name], wire) for name, wire in wires.items()}
        return
    for start in range(0, len(frame), SORTED):
        chunk = frame[start : start + SORTED]
        columns = {name: _column(chunk[name], wire) for name, wire in wires.items() if wire in WIDE}
        for places, tensors in doors.together(columns):
            rows = chunk[places]
            yield start + places, {name: feed(rows[name], wires[name]) for name in narrow} | tensors


def answers(
    opened: Any,
    frame: pl.DataFrame,
    wires: Mapping[str, str],
    ready: Mapping[str, Array] | None = None,
    threads: int = 1,
) -> dict[str, Array]:
    """Runs a graph on all rows of a table, part by part; outputs by name, in the order of the rows.

    Args:
        opened: a session.
        frame: raw values; media are references.
        wires: the type of each column's door.
        ready: tensors of columns that were made before, of all rows; none of a wide door.
        threads: parts that run side by side.
    """
    given = ready or {}
    found: dict[str, Array] = {}

    def some(part: tuple[Array, dict[str, Array]]) -> tuple[Array, dict[str, Array]]:
        here = {name: values[part[0]] for name, values in given.items()}
        return part[0], run(opened, {**here, **part[1]})

    asked = parts(frame, {name: wire for name, wire in wires.items() if name not in given})
    for places, outputs in beside(some, asked, threads):
        for name, output in outputs.items():
            if name not in found:
                found[name] = np.empty((len(frame), *output.shape[1:]), output.dtype)
            found[name][places] = output
    return found


def beside(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Yields what becomes of items, in their order; so many are worked on side by side, few are in memory.

    >>> list(beside(abs, [-1, 2, -3], 2))
    [1, 2, 3]
    """
    if threads <= 1:
        yield from map(work, items)
        return
    queue = iter(items)
    first = list(islice(queue, 2))
    if len(first) < 2:  # a thread for one alone would only take time to start
        yield from map(work, first)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[R]] = deque()
        for item in chain(first, queue):
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _column(series: pl.Series, wire: str) -> doors.Column:
    if wire == "bytes":
        return doors.Column(wire, text(series).fill_null("").to_list(), doors.encode)
    return doors.Column(wire, series.to_list(), _loading(wire))


def _loading(wire: str) -> Callable[[Any], Array]:
    return lambda value: decode(value and media.load(value), wire)
