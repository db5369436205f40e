"""Syncs: shared by those who wait, and never shared with who came too late for it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from milepost.store import sync
from milepost.store.sync import Sync


def test_who_waits_while_one_runs_shares_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go, count = threading.Event(), threading.Event(), 0
    written: set[int] = set()
    seen: list[set[int]] = []

    def slow(descriptor: int) -> None:
        nonlocal count
        count += 1
        seen.append(set(written))
        begun.set()
        assert go.wait(20)

    monkeypatch.setattr(sync.os, "fsync", slow)
    (tmp_path / "log").touch()
    shared = Sync(lambda: sync.file(tmp_path / "log"))

    def write(number: int) -> None:
        written.add(number)
        shared.wait()
        assert any(number in state for state in seen), "returned before its own write was synced"

    threads = [threading.Thread(target=write, args=(i,)) for i in range(20)]
    threads[0].start()
    assert begun.wait(20)
    for thread in threads[1:]:
        thread.start()
    while len(written) < 20:
        time.sleep(0.01)
    time.sleep(0.1)
    go.set()
    for thread in threads:
        thread.join(20)
    assert count <= 3
    assert all(not thread.is_alive() for thread in threads)


def test_a_failing_disk_is_told_to_who_asked_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log").touch()
    shared = Sync(lambda: sync.file(tmp_path / "log"))

    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as context:
        context.setattr(os, "fsync", broken)
        for _ in range(2):
            with pytest.raises(OSError, match="Input/output"):
                shared.wait()
    shared.wait()


def test_where_there_is_no_file_there_is_nothing_to_do(tmp_path: Path) -> None:
    Sync(lambda: sync.file(tmp_path / "none")).wait()
