"""How databases are set up: what waits for the disk, and connections that broke while nobody used them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from milepost.errors import EnvironmentProblem
from milepost.store import engine
from milepost.store.rows import Rows


def test_a_path_is_sqlite_and_its_folder_is_made(tmp_path: Path) -> None:
    found = engine.address(str(tmp_path / "a" / "rows.db"))
    assert (found.get_backend_name(), Path(str(found.database)).parent.is_dir()) == ("sqlite", True)
    assert engine.address("postgres://host/base").drivername == "postgresql+psycopg"
    with pytest.raises(EnvironmentProblem, match="cannot be understood"):
        engine.address("http//://")


def test_what_has_to_last_waits_for_the_disk(postgres: str) -> None:
    with Rows(postgres) as rows:
        for durable in (True, False, True):
            with rows.writing(durable=durable) as connection:
                said = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
                assert said == ("on" if durable else "off")


def test_once_it_is_synced_all_that_was_written_is_on_disk(postgres: str) -> None:
    with Rows(postgres) as rows:
        with rows.writing(durable=False) as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS scratch (x integer)")
        with rows.reading() as connection:
            written = connection.exec_driver_sql("SELECT pg_current_wal_insert_lsn()").scalar()
        rows.synced()
        with rows.reading() as connection:
            query = "SELECT pg_current_wal_flush_lsn() >= %s::pg_lsn"
            assert connection.exec_driver_sql(query, (written,)).scalar() is True
        with rows.writing() as connection:
            connection.exec_driver_sql("DROP TABLE scratch")


def test_a_connection_that_broke_while_idle_is_made_anew(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_FRESH", 0.0)
    with Rows(postgres) as rows, Rows(postgres) as other:
        with rows.reading() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with other.writing() as connection:
            connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with rows.reading() as connection:
            assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != pid
