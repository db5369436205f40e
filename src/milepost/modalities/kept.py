"""Answers of frozen stages, kept by value: each image, sound or text goes through a network once."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import polars as pl

from milepost.digest import digest_bytes
from milepost.graphs.session import run, session
from milepost.modalities import media
from milepost.modalities.base import Array, Frozen
from milepost.modalities.distinct import distinct
from milepost.modalities.feeds import parts

FEW = 16
"""Texts that go through a network together, of about one length, so that padding costs little."""
TRIED = 128
"""Values by which the time for all of them is foretold."""
PART = 256
"""New answers that are written together: a process that is stopped loses fewer."""
Watch = Callable[[str, float], None]


def _silent(*_: object) -> None:
    """Watches without a word."""


class Kept:
    """What frozen stages answered, in memory and, where a folder is named, on disk.

    Args:
        folder: where answers are kept for the next process; None keeps them in memory only.
        threads: values that go through a stage side by side.
        watch: told what is under way and the share done.
    """

    def __init__(self, folder: Path | None = None, threads: int = 2, watch: Watch = _silent) -> None:
        self.folder, self.threads, self.watch = folder, threads, watch
        self._places: dict[str, dict[str, int]] = {}
        self._rows: dict[str, list[Array]] = {}
        self._pace: dict[str, float] = {}
        self._guard = threading.Lock()

    def answers(self, frozen: Frozen, column: pl.Series, wire: str) -> Array:
        """The stage's answers to all rows, float32 (rows, width); what is not known yet is computed.

        Args:
            frozen: the stage.
            column: raw values; media are references.
            wire: the type of the column's door.
        """
        codes, values = distinct(column)
        names = [_name(value) for value in values]
        with self._guard:
            known = self._new(frozen, values, names, wire)
            rows = self._rows[frozen.name]
            found = np.empty((len(codes), frozen.width), np.float32)
            for at, code in enumerate(codes.tolist()):
                found[at] = rows[known[names[code]]]
        return found

    def look(self, frozen: Frozen, column: pl.Series, wire: str) -> None:
        """Computes what is not known yet, so that answers to parts of the column are at hand."""
        _, values = distinct(column)
        names = [_name(value) for value in values]
        with self._guard:
            self._new(frozen, values, names, wire)

    def _new(self, frozen: Frozen, values: pl.Series, names: list[str], wire: str) -> dict[str, int]:
        """Computes what is not known yet; returns the places of all that is."""
        new = self._unknown(frozen, names)
        if len(new):
            self._compute(frozen, values.gather(new), [names[place] for place in new], wire)
        return self._known(frozen)

    def _unknown(self, frozen: Frozen, names: list[str]) -> Array:
        """The places of names whose answers are not known."""
        known = self._known(frozen)
        return np.array([place for place, name in enumerate(names) if name not in known], np.int64)

    def forecast(self, frozen: Frozen, column: pl.Series, wire: str) -> float:
        """The seconds that answers to a column would still take, by a trial whose answers are kept.

        Args:
            frozen: the stage.
            column: raw values; media are references.
            wire: the type of the column's door.
        """
        _, values = distinct(column)
        names = [_name(value) for value in values]
        with self._guard:
            new = self._unknown(frozen, names)
            if len(new) <= TRIED:
                return 0.0
            some = np.random.default_rng(0).permutation(new)[:TRIED]
            self._compute(frozen, values.gather(some), [names[place] for place in some], wire)
            return self._pace[frozen.name] * (len(new) - TRIED)

    def _compute(self, frozen: Frozen, values: pl.Series, names: list[str], wire: str) -> None:
        opened = session(frozen.model(wire), arena=False)
        step = FEW if wire == "bytes" else PART // self.threads
        if wire == "bytes":
            order = values.cast(pl.String).str.len_bytes().fill_null(0).arg_sort().to_numpy()
            values, names = values.gather(order), [names[place] for place in order]

        def some(start: int) -> Array:
            chunk = values.slice(start, step)
            found = np.empty((len(chunk), frozen.width), frozen.dtype)
            for places, tensors in parts(chunk.to_frame("raw"), {"raw": wire}):
                (found[places],) = run(opened, tensors).values()
            return found

        starts, begin = range(0, len(values), step), time.monotonic()
        with ThreadPoolExecutor(self.threads) as pool:
            waiting: list[Array] = []
            begun = 0
            for start, found in zip(starts, pool.map(some, starts), strict=True):
                waiting.append(found)
                done = start + len(found)
                if done - begun >= PART or done == len(values):
                    self._add(frozen, names[begun:done], np.concatenate(waiting))
                    waiting, begun = [], done
                    self.watch(f"{done:,} of {len(values):,} through {frozen.name}", done / len(values))
        self._pace[frozen.name] = (time.monotonic() - begin) / len(values)

    def _add(self, frozen: Frozen, names: list[str], rows: Array) -> None:
        places, kept = self._places[frozen.name], self._rows[frozen.name]
        for name, row in zip(names, rows, strict=True):
            places[name] = len(kept)
            kept.append(row)
        if self.folder is None:
            return
        home = self._home(frozen)
        home.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=home, suffix=".tmp")
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, names=np.array(names), rows=rows)
        os.replace(temporary, home / f"{digest_bytes(''.join(names).encode())[:24]}.npz")

    def _known(self, frozen: Frozen) -> dict[str, int]:
        """Places of the values known so far; what lies on disk is read the first time."""
        if frozen.name in self._places:
            return self._places[frozen.name]
        places, rows = self._places.setdefault(frozen.name, {}), self._rows.setdefault(frozen.name, [])
        home = self._home(frozen)
        for path in sorted(home.glob("*.npz")) if home is not None and home.is_dir() else ():
            # What cannot be read, or is of another width, is computed again.
            with suppress(OSError, EOFError, ValueError, KeyError, BadZipFile), np.load(path) as part:
                if part["rows"].shape != (len(part["names"]), frozen.width):
                    continue
                for name, row in zip(part["names"].tolist(), part["rows"], strict=True):
                    places[name] = len(rows)
                    rows.append(row)
        return places

    def _home(self, frozen: Frozen) -> Path:
        folder = self.folder or Path(os.devnull)
        return folder / re.sub(r"[^A-Za-z0-9.]+", "-", frozen.name)


def _name(value: str | None) -> str:
    """What a value is kept under: its digest."""
    if value is None:
        return ""
    return media.digest_of(value) or digest_bytes(value.encode("utf-8", "replace"))


kept = Kept()
"""The one of this process; a project gives it its folder."""


def keep_in(folder: Path | None, threads: int = 2, watch: Watch = _silent) -> None:
    """Keeps answers in a folder from now on."""
    global kept
    if kept.folder == folder:
        kept.threads, kept.watch = threads, watch
        return
    kept = Kept(folder, threads, watch)


@contextmanager
def aside() -> Iterator[None]:
    """For a while answers are neither looked up nor kept for later: values were made to ask about."""
    global kept
    former, kept = kept, Kept(None, kept.threads)
    try:
        yield
    finally:
        kept = former


def forecast(frozen: Frozen, column: pl.Series, wire: str) -> float:
    """The wall-clock seconds that the stage's answers to a column would still take, by a trial."""
    return kept.forecast(frozen, column, wire)


def look(frozen: Frozen, column: pl.Series, wire: str) -> None:
    """Computes what is not known yet of a stage's answers to a column."""
    kept.look(frozen, column, wire)


def answers(frozen: Frozen, column: pl.Series, wire: str) -> Array:
    """The stage's answers to all rows, float32 (rows, width), from what this process keeps."""
    return kept.answers(frozen, column, wire)
