"""Schema versions: old ones are brought up, newer ones refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from milepost.errors import EnvironmentProblem
from milepost.store import tables
from milepost.store.rows import Rows


def test_an_older_database_is_migrated_and_keeps_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.db"
    steps = tables.STEPS
    monkeypatch.setattr(tables, "STEPS", steps[:1])
    with Rows(path) as rows:
        rows.append("a", "k", {"n": 1})
    with sqlite3.connect(path) as raw:
        assert raw.execute("select version from schema_version").fetchall() == [(1,)]

    def wider(connection: sa.Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE entries ADD COLUMN extra TEXT")

    monkeypatch.setattr(tables, "STEPS", (*steps, wider))
    with Rows(path) as rows:
        assert rows.select("a")[0].body == {"n": 1}
        assert rows.append("a", "k", {"n": 2}) == 2
    with sqlite3.connect(path) as raw:
        assert raw.execute("select version from schema_version").fetchall() == [(len(steps) + 1,)]
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            raw.execute("delete from entries")


def test_a_newer_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    Rows(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("update schema_version set version = 99")
    with pytest.raises(EnvironmentProblem, match=r"version 99.*Upgrade milepost"):
        Rows(path)
    with sqlite3.connect(path) as raw:
        assert raw.execute("select version from schema_version").fetchall() == [(99,)]


def test_a_failing_step_leaves_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.db"
    Rows(path).close()

    def broken(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (a)")
        connection.exec_driver_sql("SELECT nonsense FROM nowhere")

    steps = tables.STEPS
    monkeypatch.setattr(tables, "STEPS", (*steps, broken))
    with pytest.raises(EnvironmentProblem, match="nowhere"):
        Rows(path)
    with sqlite3.connect(path) as raw:
        assert raw.execute("select version from schema_version").fetchall() == [(len(steps),)]
        assert not raw.execute("select * from sqlite_master where name = 'half'").fetchall()
