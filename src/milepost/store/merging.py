"""Merges SQLite's write-ahead log into its database beside those who write, who need not wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

LOG = 16 * 2**20
"""Bytes of log from which it is merged."""
_PAUSE = 0.5
"""Seconds between two merges at least: where somebody reads an old state, the log cannot be emptied yet."""
_REST = 2 * 2**20
"""Bytes that may be merged while others wait."""
_PASSES = 8
"""Merges beside those who write, before the rest is merged however much it is."""


class Merging:
    """Watches a write-ahead log and merges it when it has grown.

    SQLite would let the writer whose commit makes the log long enough merge it, while all others wait. Here
    a thread of its own merges it while they go on, and again what was added meanwhile, until the rest is
    small; that is merged in a turn, so that the log begins anew.

    Args:
        engine: the database.
        path: its write-ahead log.
        turn: a turn among writers.
    """

    def __init__(
        self, engine: sa.Engine, path: Path, turn: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._engine, self._path, self._turn = engine, path, turn
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = 0.0

    def look(self) -> None:
        """Begins a merge where the log has grown and none runs; to be called after a commit."""
        try:
            small = self._path.stat().st_size < LOG
        except OSError:
            return
        if small or time.monotonic() - self._ended < _PAUSE or not self._guard.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                self._thread = threading.Thread(target=self._merge, name="merging", daemon=True)
                self._thread.start()
        finally:
            self._guard.release()

    def close(self) -> None:
        """Waits for a merge that runs."""
        with self._guard:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _merge(self) -> None:
        # a merge that cannot be now is tried again after a later commit; SQLite's own limit stays behind it
        with suppress(OSError, sa.exc.SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
            for _ in range(_PASSES):
                before = self._path.stat().st_size
                self._passive()
                if self._path.stat().st_size - before < _REST:
                    break
            with self._turn():
                self._passive()
        with self._guard:
            self._thread, self._ended = None, time.monotonic()

    def _passive(self) -> None:
        raw: Any = self._engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        finally:
            raw.close()
