"""The write-ahead log is merged while others write, and stays short."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from milepost.store import merging
from milepost.store.rows import Rows


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log is merged from 200 kB on."""
    monkeypatch.setattr(merging, "LOG", 200_000)
    monkeypatch.setattr(merging, "_PAUSE", 0.0)


def test_a_log_does_not_grow_with_what_is_written(tmp_path: Path, eager: None) -> None:
    path = tmp_path / "rows.db"
    with Rows(path) as rows:
        for i in range(600):
            rows.append("s", "k", {"i": i, "pad": "x" * 5000})
            if i % 50 == 49:
                rows._merging.close()
                rows.append("s", "k", {"i": -1})
                assert (tmp_path / "rows.db-wal").stat().st_size < 900_000
        assert path.stat().st_size > 3_000_000
        assert [e.body["i"] for e in rows.select("s") if e.body["i"] >= 0] == list(range(600))


def test_who_reads_an_old_state_keeps_it_and_stops_nobody(tmp_path: Path, eager: None) -> None:
    with Rows(tmp_path / "rows.db") as rows:
        rows.append("s", "k", {"n": 0})
        reader = sqlite3.connect(tmp_path / "rows.db")
        reader.execute("BEGIN")
        count = "SELECT count(*) FROM entries"
        assert reader.execute(count).fetchone() == (1,)
        for i in range(200):
            rows.append("s", "k", {"i": i, "pad": "x" * 5000})
        assert reader.execute(count).fetchone() == (1,)
        reader.close()
        assert len(rows.select("s")) == 201


def test_threads_write_while_it_is_merged(tmp_path: Path, eager: None) -> None:
    with Rows(tmp_path / "rows.db") as rows:

        def write(number: int) -> None:
            for i in range(60):
                rows.append("s", str(number), {"i": i, "pad": "x" * 5000})

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(rows.select("s")) == 240
    with Rows(tmp_path / "rows.db") as rows:
        assert len(rows.select("s")) == 240
