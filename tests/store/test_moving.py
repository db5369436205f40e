"""Copies of all rows while others write, and the way from SQLite to PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from milepost.errors import EnvironmentProblem, UsageError
from milepost.store import labels as t
from milepost.store import moving
from milepost.store.audit import Audit
from milepost.store.picking import Worker
from milepost.store.rows import Rows


def test_a_copy_holds_all_that_was_there_when_it_began(desk: Any, tmp_path: Path) -> None:
    """Somebody labels on meanwhile; the copy is what stood at one moment, and its books balance."""
    desk.add(*(f"{i:03}" for i in range(2000)))
    acknowledged: list[int] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set() and len(acknowledged) < 1900:
            acknowledged.append(desk.label(1).decision)

    thread = threading.Thread(target=work)
    thread.start()
    while len(acknowledged) < 5:
        stop.wait(0.01)
    before = list(acknowledged)
    moving.snapshot(desk.rows, tmp_path / "copy.db")
    stop.set()
    thread.join()
    with Rows(tmp_path / "copy.db") as rows:
        copy = type(desk)(rows)
        assert copy.audit.problems() == []
        with rows.reading() as connection:
            kept = set(connection.scalars(sa.select(t.decisions.c.id)))
        assert set(before) <= kept <= set(acknowledged)
        copy.time = desk.time
        assert copy.next(2), "the copy can be worked on"
    with pytest.raises(EnvironmentProblem, match="is there already"):
        moving.snapshot(desk.rows, tmp_path / "copy.db")


def test_rows_move_to_another_database_and_nobody_writes_to_the_old_one(server: str, tmp_path: Path) -> None:
    with moving.located(tmp_path) as old:
        old.append("notes", "a", {"x": 1})
        last = old.append("notes", "b", {"x": "é"})
        Audit(old, "q")
        moved = moving.move(tmp_path, server)
        assert moved == 3
        with pytest.raises(EnvironmentProblem, match="has moved to another database"):
            old.append("notes", "c", {})
    with moving.located(tmp_path) as rows:
        assert rows.dialect == "postgresql"
        assert [entry.body["x"] for entry in rows.select("notes")] == [1, "é"]
        assert rows.append("notes", "c", {}) > last
    assert (tmp_path / moving.FILE).stat().st_mode & 0o77 == 0
    with pytest.raises(UsageError, match="another database already"):
        moving.move(tmp_path, server)


def test_a_database_that_is_not_empty_is_refused_and_nothing_is_lost(server: str, tmp_path: Path) -> None:
    with Rows(server) as other:
        other.append("notes", "theirs", {})
    with moving.located(tmp_path) as rows:
        rows.append("notes", "ours", {})
    with pytest.raises(EnvironmentProblem, match="holds rows of a project"):
        moving.move(tmp_path, server)
    with moving.located(tmp_path) as rows:
        assert rows.lite
        rows.append("notes", "more", {})
        assert [entry.key for entry in rows.select("notes")] == ["ours", "more"]


def test_the_copy_can_be_moved_on(desk: Any, server: str, tmp_path: Path) -> None:
    """A backup of SQLite goes on in PostgreSQL: numbers go on where they ended."""
    if not desk.rows.lite:
        pytest.skip("one way round will do")
    desk.add("a", "b", "c")
    desk.label(1)
    (tmp_path / "new").mkdir()
    moving.snapshot(desk.rows, tmp_path / "new" / moving.LITE)
    moving.move(tmp_path / "new", server)
    with moving.located(tmp_path / "new") as rows:
        again = type(desk)(rows)
        again.time, again.acts = desk.time, desk.acts
        assert [given.content["text"] for given in again.given(Worker(1))] == ["b"]
        again.label(1)
        again.add("d")
        assert again.next(2, 5) == ["c", "d"]
        assert again.audit.problems() == []
