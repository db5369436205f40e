"""Writers let in one after the other: threads in the order in which they came, then processes."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Turns:
    """A lock that is fair: who waits longest is next, so that a busy thread cannot starve the others.

    Args:
        idle: called when a turn ends and nobody waits.

    >>> with Turns():
    ...     pass
    """

    def __init__(self, idle: Callable[[], None] = lambda: None) -> None:
        self._idle = idle
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._busy = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            gate.acquire()  # opened by whoever leaves before
        except BaseException:  # Ctrl-C while waiting: the turn, if it came in that moment, is passed on
            with self._guard:
                if gate in self._waiting:
                    self._waiting.remove(gate)
                else:
                    self._pass()
            raise

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._pass()

    def _pass(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._busy = False
            self._idle()


_SLICE = 0.05
"""Seconds for which threads of one process hand the file on among themselves before others get it."""
_BREATH = 0.001
"""Seconds in which a process that was woken takes the file, before the next thread here asks for it."""


class Queued:
    """Turns among the threads of all processes that write to one SQLite database.

    SQLite lets writers try again after a sleep, and a busy one keeps others asleep for a second. Here they
    wait for a lock on a file beside the database, which the system hands on at once. It only spares time:
    where the file cannot be had, SQLite's own lock still holds.

    Args:
        path: the file to lock; made where it is missing. None: threads of this process only.
    """

    def __init__(self, path: Path | None) -> None:
        self._turns, self._path = Turns(idle=self._unlock), path
        self._file: int | None = None
        self._closing: weakref.finalize[..., Queued] | None = None
        self._since: float | None = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Lets the block run alone."""
        with self._turns:
            self._lock()
            try:
                yield
            finally:
                if self._since is not None and time.monotonic() - self._since > _SLICE:
                    self._unlock()
                    time.sleep(_BREATH)

    def close(self) -> None:
        """Lets go of the file."""
        with self._turns:
            self._unlock()
            if self._closing is not None:
                self._closing()
                self._file = self._closing = None

    def _lock(self) -> None:
        if self._path is None or self._since is not None:
            return
        with suppress(OSError, ImportError):
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
                self._closing = weakref.finalize(self, os.close, self._file)
            self._change("LOCK_EX")
            self._since = time.monotonic()

    def _unlock(self) -> None:
        if self._since is not None:
            self._since = None
            self._change("LOCK_UN")

    def _change(self, how: str) -> None:
        import fcntl

        assert self._file is not None
        fcntl.flock(self._file, getattr(fcntl, how))
