"""Many commits brought to disk by one sync."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path


class Sync:
    """Brings commits to disk for all threads that wait for it, with as few syncs as will do.

    A disk takes as long for the sync of one commit as for that of fifty. Whoever comes while none runs does
    it; whoever comes meanwhile is served by the next one, all at once.

    Args:
        bring: brings to disk whatever was written before it was called.
    """

    def __init__(self, bring: Callable[[], None]) -> None:
        self._bring = bring
        self._changed = threading.Condition()
        self._asked = self._done = 0
        self._busy = False

    def wait(self) -> None:
        """Returns once all that this thread has written is on disk; what `bring` raises goes on."""
        with self._changed:
            self._asked += 1
            mine = self._asked
            while self._done < mine:
                if self._busy:
                    self._changed.wait()
                else:
                    self._sync()

    def _sync(self) -> None:
        self._busy, upto = True, self._asked
        self._changed.release()
        try:
            self._bring()
        finally:
            self._changed.acquire()
            self._busy = False
            self._changed.notify_all()
        self._done = max(self._done, upto)


def file(path: Path) -> None:
    """Brings a file to disk; where it is not there, there is nothing to bring.

    Raises:
        OSError: the disk refused.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
