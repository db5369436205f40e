"""Memory that was freed goes back to the system: glibc keeps what worker threads freed, arena by arena."""

from __future__ import annotations

import ctypes
import sys
import threading
import time

EVERY, SHARE = 0.5, 0.02
"""Seconds from one time to the next at least, and the share of time that it may take."""
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
_guard = threading.Lock()
_due = 0.0


def give_back(now: bool = False) -> bool:
    """Gives free pages back to the system unless that was done a moment ago; returns whether it did.

    Args:
        now: however short ago it was.
    """
    global _due
    start = time.monotonic()
    with _guard:
        if _trim is None or (start < _due and not now):
            return False
        _due = start + EVERY
    _trim(0)
    end = time.monotonic()
    _due = max(_due, end + (end - start) / SHARE)
    return True
