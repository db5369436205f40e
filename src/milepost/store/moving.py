"""Where a project's rows lie, a copy of them as they stand at one moment, and the way to another database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from milepost.errors import EnvironmentProblem, UsageError
from milepost.store import labels, tables
from milepost.store.rows import Rows

FILE, LITE = "database", "rows.db"
"""In a project's store: the file that holds the URL of another database, and SQLite's own."""
_TABLES = (tables.entries, *labels.TABLES)
_PART = 1000


def located(store: Path) -> Rows:
    """The rows of a project.

    Args:
        store: the folder in which the project keeps what is its own.

    Raises:
        EnvironmentProblem: the database cannot be opened.
    """
    try:
        url = (store / FILE).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):  # of the latter the database speaks
        url = ""
    return Rows(url or store / LITE)


def snapshot(rows: Rows, path: Path) -> None:
    """Copies rows as they stand at one moment into a new SQLite file, while others go on writing.

    Args:
        rows: the rows, in whatever database.
        path: the file; it must not be there yet.

    Raises:
        EnvironmentProblem: a database failed, or the file is there.
    """
    if path.exists():
        raise EnvironmentProblem(f"'{path}' is there already.", expected="A copy never replaces anything.")
    if not rows.lite:
        with Rows(path) as made:
            _carry(rows, made)
        return
    import sqlite3

    target = sqlite3.connect(path)
    try:
        with rows.reading() as connection:
            source: Any = connection.connection.driver_connection
            source.backup(target)
    except sqlite3.Error as problem:
        raise EnvironmentProblem(
            f"the copy '{path}' could not be written ({problem}).", todo="Check the space on that disk."
        ) from problem
    finally:
        target.close()


def move(store: Path, url: str) -> int:
    """Brings a project's rows from SQLite to another, empty database, which is the project's from then on.

    A process that still has the old file open can write no row to it any more.

    Args:
        store: the folder in which the project keeps what is its own.
        url: of the database, such as `postgresql://host/base`.

    Returns:
        How many rows it were.

    Raises:
        UsageError: the rows lie elsewhere already.
        EnvironmentProblem: the other database cannot be opened, or is not empty.
    """
    with located(store) as rows:
        if not rows.lite:
            raise UsageError("the project's rows lie in another database already.")
        with Rows(url) as target, rows.lock(), rows.writing() as source:
            moved = _carry(rows, target)
            for table in _TABLES:
                source.exec_driver_sql(
                    f"CREATE TRIGGER {table.name}_moved BEFORE INSERT ON {table.name} "
                    "BEGIN SELECT RAISE(ABORT, 'the project has moved to another database'); END"
                )
            temporary = store / f"{FILE}.new"
            temporary.write_text(url + "\n", encoding="utf-8")
            temporary.chmod(0o600)  # it may hold a password
            os.replace(temporary, store / FILE)
    return moved


def _carry(source: Rows, target: Rows) -> int:
    """Copies every row into an empty database in one transaction; returns how many."""
    count = 0
    with source.reading() as reading, target.writing() as writing:
        if not source.lite:
            reading.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table in _TABLES:
            if writing.execute(sa.select(table).limit(1)).first() is not None:
                raise EnvironmentProblem(
                    "the other database holds rows of a project.",
                    expected="An empty one: a database belongs to one project.",
                    todo="Make a new one, with createdb.",
                )
        for table in _TABLES:
            found = reading.execution_options(yield_per=_PART).execute(sa.select(table)).mappings()
            for part in found.partitions():
                writing.execute(table.insert(), [dict(row) for row in part])
                count += len(part)
            if not target.lite and "id" in table.c and table.c.id.autoincrement is not False:
                writing.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), greatest(max(id), 1)) "
                    f"FROM {table.name}"
                )
    return count
