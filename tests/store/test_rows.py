"""The append-only log: order, durability, protection, other processes, PostgreSQL."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from milepost.errors import EnvironmentProblem, MissingExtra
from milepost.store.rows import Rows


def test_append_last_select_streams(where: str) -> None:
    with Rows(where) as rows:
        assert rows.last("a", "x") is None
        before = datetime.now(UTC)
        ids = [rows.append("a", key, {"n": i, "ö": [1, None]}) for i, key in enumerate("xyx")]
        rows.append("b", "x", {})
        assert ids == sorted(set(ids))
        assert [e.body["n"] for e in rows.select("a")] == [0, 1, 2]
        assert [e.body["n"] for e in rows.select("a", "x")] == [0, 2]
        assert [e.id for e in rows.select("a", after=ids[0])] == ids[1:]
        last = rows.last("a", "x")
        assert last is not None
        assert (last.id, last.stream, last.key) == (ids[2], "a", "x")
        assert last.body == {"n": 2, "ö": [1, None]}
        assert before <= last.at <= datetime.now(UTC)
        assert rows.streams() == ("a", "b")
    with Rows(where) as again:
        assert len(again.select("a")) == 3


def test_pages_are_put_in_order_and_cut_by_the_database(where: str) -> None:
    with Rows(where) as rows:
        began = datetime.now(UTC)
        for number in range(7):
            rows.append("a", f"k{number % 2}", {"by": "xyz"[number % 3], "n": number})
        rows.append("b", "k0", {"by": "x", "n": 9})
        assert (rows.count("a"), rows.count("b"), rows.count("c")) == (7, 1, 0)
        pages = {
            ("", True, 0): [6, 5, 4], ("", True, 6): [0], ("", False, 0): [0, 1, 2],
            ("by", False, 2): [0, 4, 1],
            ("by", True, 0): [5, 2, 4], ("key", True, 0): [5, 3, 1], ("key", False, 0): [6, 4, 2],
        }  # fmt: skip
        for asked, told in pages.items():
            by, down, start = asked
            assert [entry.body["n"] for entry in rows.page("a", start, 3, by, down)] == told, asked
        assert len(rows.since("a", began)) == 7
        third = rows.select("a")[2].at
        assert [entry.body["n"] for entry in rows.since("a", third)] == [3, 4, 5, 6]
        assert rows.since("a", datetime.now(UTC)) == []


@pytest.mark.parametrize("change", ["UPDATE entries SET body = '{}'", "DELETE FROM entries"])
def test_rows_cannot_be_changed(where: str, change: str) -> None:
    with Rows(where) as rows:
        rows.append("a", "x", {"n": 1})
        engine = sa.create_engine(rows._engine.url)
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
            connection.exec_driver_sql(change)
        engine.dispose()
        assert [e.body for e in rows.select("a")] == [{"n": 1}]


def test_threads_lose_nothing(where: str) -> None:
    with Rows(where) as rows:
        threads = [
            threading.Thread(target=lambda t=t: [rows.append("s", str(t), {"i": i}) for i in range(10)])
            for t in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(rows.select("s")) == 40
        assert [e.body["i"] for e in rows.select("s", "2")] == list(range(10))


def test_sqlite_is_durable_and_shareable(tmp_path: Path) -> None:
    with Rows(tmp_path / "rows.db") as rows, rows._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() >= 10_000


_WRITER = """
import sys
from milepost.store.rows import Rows
rows = Rows(sys.argv[1])
for i in range(100_000):
    print(rows.append("s", "k", {"i": i, "pad": "x" * 5000}), flush=True)
"""


def test_kill_never_leaves_half_a_row(where: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", _WRITER, where], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    said = [int(child.stdout.readline()) for _ in range(30)]
    child.send_signal(signal.SIGKILL)
    said += [int(line) for line in child.stdout.read().split()]
    child.wait()
    child.stdout.close()
    with Rows(where) as rows:
        found = rows.select("s")
        assert {e.id for e in found} >= set(said)
        assert len(found) <= len(said) + 1
        assert all(len(e.body["pad"]) == 5000 for e in found)
        assert rows.append("s", "k", {}) > max(said)


_HOLDER = """
import sys, time
from milepost.store.rows import Rows
with Rows(sys.argv[1]).lock():
    print("held", flush=True)
    time.sleep(60)
"""


def test_lock_names_its_holder_and_frees_itself(where: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", _HOLDER, where], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    with Rows(where) as rows:
        with pytest.raises(EnvironmentProblem, match=f"pid {child.pid} "), rows.lock():
            pass
        with rows.lock("another"):
            pass
        child.kill()
        child.wait()
        child.stdout.close()
        for _ in range(50):
            try:
                with rows.lock():
                    break
            except EnvironmentProblem:
                threading.Event().wait(0.05)
        else:
            pytest.fail("the lock of a dead process was not freed")


def test_lock_is_not_entered_twice_and_can_be_taken_again(where: str) -> None:
    with Rows(where) as rows:
        with rows.lock():
            with pytest.raises(EnvironmentProblem, match="at work"), rows.lock():
                pass
            rows.append("a", "x", {})
        for _ in range(20):  # freed when the block ends, not when the server gets to it
            with rows.lock():
                pass


def test_problems_are_told(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is no database, and it is long enough to be seen as none" * 20)
    with pytest.raises(EnvironmentProblem, match="not a database"):
        Rows(tmp_path / "no.db")
    with pytest.raises(EnvironmentProblem, match="cannot be made"):
        Rows(tmp_path / "no.db" / "under" / "rows.db")
    with pytest.raises(EnvironmentProblem, match="cannot be understood"):
        Rows("://")
    with pytest.raises(MissingExtra, match="cx_Oracle"):
        Rows("oracle+cx_oracle://host/base")


def test_any_path_will_do(tmp_path: Path) -> None:
    path = tmp_path / "why? #1 100%" / "rows.db"
    with Rows(path) as rows:
        rows.append("a", "x", {})
    assert path.exists()
    with Rows(rows.url) as rows:
        assert rows.streams() == ("a",)


def test_a_body_must_be_json(tmp_path: Path) -> None:
    with Rows(tmp_path / "rows.db") as rows:
        with pytest.raises(TypeError, match="no plain JSON form"):
            rows.append("a", "x", {"f": object()})
        rows.append("a", "x", {"nan": float("nan"), "t": (1, 2)})
        assert rows.select("a")[0].body == {"nan": None, "t": [1, 2]}
    with sqlite3.connect(tmp_path / "rows.db") as raw:
        assert raw.execute("select count(*) from entries").fetchone() == (1,)
