"""How the project's database is reached: its address, and how each kind of it is set up."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from milepost.errors import EnvironmentProblem, MissingExtra
from milepost.store import merging

WHOLE = "FULL"
"""SQLite's setting under which a commit waits for the disk."""
_BUSY_MILLISECONDS = 30_000
_LOG_PAGES = 32_000
"""Pages of 4 KiB after which a writer merges the write-ahead log itself, had nobody done it before."""
_FRESH = 5.0
"""Seconds for which a connection to PostgreSQL that was just used is taken for alive."""


def address(text: str) -> sa.URL:
    """The address of a database that is given as a path or a URL; the folder of a file is made.

    Raises:
        EnvironmentProblem: it cannot be understood, or the folder not be made.
    """
    if "://" not in text:
        path = Path(text)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise EnvironmentProblem(
                f"the folder '{path.parent}' cannot be made ({problem.strerror}).",
                todo="Check the rights there, and that nothing else has its name.",
            ) from problem
        return sa.URL.create("sqlite", database=str(path))
    for short in ("postgres://", "postgresql://"):
        if text.startswith(short):
            text = "postgresql+psycopg://" + text[len(short) :]
    try:
        return sa.make_url(text)
    except sa.exc.ArgumentError as problem:
        raise EnvironmentProblem(
            "the database URL of the project cannot be understood.",
            expected="A path, or something like postgresql://host/base is expected.",
        ) from problem


def made(url: sa.URL) -> sa.Engine:
    """The connections to a database.

    Raises:
        MissingExtra: its driver is not installed.
    """
    try:
        engine = sa.create_engine(url)
    except ModuleNotFoundError as problem:
        raise MissingExtra(
            f"'{url.drivername}' databases need the Python package '{problem.name}'.",
            todo=f"Install it: pip install '{problem.name}'.",
        ) from problem
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_lite)
        sa.event.listen(engine, "begin", _begin)
        return engine
    if engine.dialect.name == "postgresql":
        sa.event.listen(engine, "connect", _prepare_postgres)
    sa.event.listen(engine, "checkout", _Alive(engine))
    return engine


class _Alive:
    """Asks a connection that was idle whether it is still there; each time would take longer than reading."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def __call__(self, connection: Any, record: Any, _proxy: object) -> None:
        now = time.monotonic()
        used = record.info.get("milepost_used", now)
        record.info["milepost_used"] = now
        if now - used < _FRESH:
            return
        try:
            alive = self._engine.dialect.do_ping(connection)
        except self._engine.dialect.loaded_dbapi.Error:
            alive = False
        if not alive:
            raise sa.exc.DisconnectionError("the connection was closed while it was idle")


def _prepare_postgres(connection: Any, _record: object) -> None:
    """Commits do not wait for the disk unless they say so; those that wait together share one sync."""
    connection.autocommit = True  # else the setting would go with the first transaction that is undone
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    connection.autocommit = False


def _prepare_lite(connection: Any, _record: object) -> None:
    """Durable and shareable: write-ahead log, a full sync at every commit, patience with other writers."""
    connection.isolation_level = None  # sqlite3 would begin transactions on its own terms
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute(f"PRAGMA synchronous = {WHOLE}")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    cursor.execute(f"PRAGMA journal_size_limit = {merging.LOG // 4}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    sync = connection.get_execution_options().get("milepost_sync")
    if sync:
        connection.exec_driver_sql(f"PRAGMA synchronous = {sync}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if sync else "BEGIN")
