"""Memory that was freed goes back to the system, and not all the time."""

import ctypes
import sys
import threading
from pathlib import Path

import pytest

from milepost.engines import heap
from milepost.engines.local import Local

glibc = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")
PIECES, BYTES = 600, 100_000


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def leave_holes() -> bytearray:
    """Frees many pieces below one that stays, so that the allocator cannot shrink its arena by itself."""
    pieces = [bytearray(BYTES) for _ in range(PIECES)]
    return pieces[-1]


@pytest.mark.skipif(not glibc, reason="the allocator is not glibc's")
def test_what_was_freed_goes_back() -> None:
    kept = leave_holes()
    before = resident()
    assert heap.give_back(now=True)
    assert before - resident() > 0.8 * PIECES * BYTES
    assert len(kept) == BYTES


@pytest.mark.skipif(not glibc, reason="the allocator is not glibc's")
def test_what_jobs_freed_goes_back(monkeypatch) -> None:
    monkeypatch.setattr(heap, "_due", 0.0)
    start = resident()
    found = list(Local(2).map(lambda _: leave_holes(), [1]))
    assert resident() - start < 0.2 * PIECES * BYTES
    assert len(found) == 1


@pytest.mark.skipif(not glibc, reason="the allocator is not glibc's")
def test_it_is_not_done_again_at_once(monkeypatch) -> None:
    monkeypatch.setattr(heap, "EVERY", 60.0)
    assert heap.give_back(now=True)
    done = []
    threads = [threading.Thread(target=lambda: done.append(heap.give_back())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [False] * 4
    assert heap.give_back(now=True)


def test_other_systems_do_so_by_themselves(monkeypatch) -> None:
    monkeypatch.setattr(heap, "_trim", None)
    assert not heap.give_back(now=True)
