"""The append-only log of a project, in SQLite or another SQL database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from milepost.digest import Json, plain
from milepost.errors import Corrupt, EnvironmentProblem
from milepost.store import engine, lock, merging, sync, tables
from milepost.store.sync import Sync
from milepost.store.turns import Queued

_DAMAGED = ("not a database", "malformed", "already exists", "no such table", "no such column")
"""What SQLite says of files that something else wrote to."""
_entries = tables.entries.c
_IN = _entries.stream == sa.bindparam("stream")
_OF = sa.and_(_IN, _entries.key == sa.bindparam("key"))
_SINCE = _entries.id > sa.bindparam("after")
_INSERT = tables.entries.insert()
_LAST = sa.select(tables.entries).where(_OF).order_by(_entries.id.desc()).limit(1)
_STREAM = sa.select(tables.entries).where(_IN, _SINCE).order_by(_entries.id)
_KEY = sa.select(tables.entries).where(_OF, _SINCE).order_by(_entries.id)
"""Statements put together once: that takes longer than they do."""


@dataclass(frozen=True)
class Entry:
    """One row of the log.

    Args:
        id: rises with every row of the log.
        stream: the name of the list the row belongs to.
        key: what the row is about, within its stream.
        at: when it was appended, in UTC.
        body: its content.
    """

    id: int
    stream: str
    key: str
    at: datetime
    body: dict[str, Json]


class Rows:
    """An append-only log: named streams of keyed JSON rows, each row one durable transaction.

    A row that `append` has returned from survives a killed process and a power cut; one that it has not
    returned from is there whole or not at all. SQLite and PostgreSQL themselves refuse changes to rows.

    Args:
        where: a path for SQLite (made where it is missing), or a SQLAlchemy URL such as
            `postgresql://host/base`.

    Raises:
        EnvironmentProblem: the database cannot be opened, or a newer milepost wrote it.

    >>> import tempfile
    >>> rows = Rows(Path(tempfile.mkdtemp()) / "rows.db")
    >>> rows.append("notes", "greeting", {"text": "hello"})
    1
    >>> rows.last("notes", "greeting").body
    {'text': 'hello'}
    >>> rows.close()
    """

    def __init__(self, where: str | Path) -> None:
        self.url = str(where) if "://" in str(where) else str(Path(where).absolute())
        self._engine = engine.made(engine.address(self.url))
        file = self._engine.url.database if self.lite else None
        self._turns = Queued(Path(f"{file}.turn") if file and file != ":memory:" else None)
        self._sync = Sync(partial(self._bring, Path(f"{file}-wal")))
        self._merging = merging.Merging(self._engine, Path(f"{file}-wal"), self._turns)
        try:
            with self.writing() as connection:
                tables.migrate(connection)
        except EnvironmentProblem:
            self.close()
            raise

    @property
    def lite(self) -> bool:
        """Whether they lie in SQLite."""
        return self.dialect == "sqlite"

    @property
    def dialect(self) -> str:
        """The name of the database's dialect."""
        return self._engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that reads, for the other modules of this room.

        Raises:
            EnvironmentProblem: the database failed.
        """
        try:
            with self._engine.connect() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as problem:
            raise self._problem(problem) from problem

    @contextmanager
    def writing(self, durable: bool = True) -> Iterator[sa.Connection]:
        """A transaction that writes, whole when the block ends, or undone if it raises.

        With SQLite, which has one writer at a time, threads and processes take turns.

        Args:
            durable: whether it is on disk when the block ends. Else it outlives the process, but a power cut
                only after `synced`.

        Raises:
            EnvironmentProblem: the database failed.
        """
        alone: AbstractContextManager[None] = self._turns() if self.lite else nullcontext()
        try:
            with alone, self._engine.connect() as connection:
                connection.execution_options(milepost_sync=engine.WHOLE if durable else "NORMAL")
                with connection.begin():
                    if durable and self.dialect == "postgresql":
                        connection.exec_driver_sql("SET LOCAL synchronous_commit TO DEFAULT")
                    yield connection
        except (sa.exc.SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as problem:
            raise self._problem(problem) from problem
        if self.lite:
            self._merging.look()

    def line(self) -> AbstractContextManager[None]:
        """Lets the threads of this process change queues of labels in the order in which they came.

        They would else wait inside the database, each with a connection and in no fair order. SQLite's
        writers stand in line in any case.
        """
        return nullcontext() if self.lite else self._turns()

    def synced(self) -> None:
        """Returns once all that this thread has written is on disk; threads that wait share one sync.

        Raises:
            EnvironmentProblem: the disk refused.
        """
        try:
            self._sync.wait()
        except (OSError, sa.exc.SQLAlchemyError) as problem:
            raise self._problem(problem) from problem

    def _bring(self, log: Path) -> None:
        """Commits lie in the write-ahead log until SQLite has synced and merged it, PostgreSQL synced it."""
        if self.lite:
            sync.file(log)
        elif self.dialect == "postgresql":
            with self.writing() as connection:  # its commit waits for the disk, and all before it are there
                connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'milepost', '')")

    def append(self, stream: str, key: str, body: Mapping[str, Json]) -> int:
        """Appends one row and returns its id once it is safely on disk.

        Raises:
            EnvironmentProblem: the row could not be written.
            TypeError: the body has no plain JSON form.
        """
        with self.writing() as connection:
            return insert(connection, stream, key, body)

    def last(self, stream: str, key: str) -> Entry | None:
        """The newest row of a key, or None."""
        found = self._select(_LAST, {"stream": stream, "key": key})
        return found[0] if found else None

    def select(self, stream: str, key: str | None = None, after: int = 0) -> list[Entry]:
        """The rows of a stream (and key) with an id above `after`, oldest first."""
        if key is None:
            return self._select(_STREAM, {"stream": stream, "after": after})
        return self._select(_KEY, {"stream": stream, "key": key, "after": after})

    def since(self, stream: str, at: datetime) -> list[Entry]:
        """The rows of a stream that were appended after a time, oldest first."""
        query = sa.select(tables.entries).where(_IN, _entries.at > sa.bindparam("at")).order_by(_entries.id)
        text = at.astimezone(UTC).isoformat(timespec="microseconds")
        return self._select(query, {"stream": stream, "at": text})

    def count(self, stream: str) -> int:
        """How many rows a stream has."""
        with self.reading() as connection:
            query = sa.select(sa.func.count()).select_from(tables.entries).where(_IN)
            return int(connection.scalar(query, {"stream": stream}) or 0)

    def page(self, stream: str, start: int, size: int, by: str = "", down: bool = True) -> list[Entry]:
        """Some rows of a stream, put in order by the database.

        Args:
            stream: its name.
            start: how many come before.
            size: how many at most.
            by: "key", a field of their bodies that holds text, or "" for the order in which they came.
            down: whether the largest come first; of equal ones the newest does.
        """
        if self.dialect == "postgresql":
            field: sa.ColumnElement[Any] = sa.cast(_entries.body, sa.JSON)[by].as_string()
        else:
            field = sa.func.json_extract(_entries.body, f"$.{by}")
        order = {"": _entries.id, "key": _entries.key}.get(by, field)
        query = sa.select(tables.entries).where(_IN)
        query = query.order_by(order.desc() if down else order.asc(), _entries.id.desc())
        return self._select(query.offset(start).limit(size), {"stream": stream})

    def streams(self) -> tuple[str, ...]:
        """The names of all streams that have rows, sorted."""
        with self.reading() as connection:
            return tuple(sorted(connection.scalars(sa.select(_entries.stream).distinct())))

    def lock(self, name: str = "run") -> AbstractContextManager[None]:
        """Holds a named lock, so that two processes do not do the same work on one project.

        The lock frees itself when its process dies.

        Raises:
            EnvironmentProblem: another process holds it; its number is named.
        """
        if self.dialect == "postgresql":
            return lock.advisory(self._engine, name)
        database = self._engine.url.database
        if self.lite and database and database != ":memory:":
            return lock.file(Path(f"{database}.{name}.lock"))
        return lock.elsewhere(self.url, name)

    def close(self) -> None:
        """Lets go of the database."""
        self._merging.close()
        self._engine.dispose()
        self._turns.close()

    def __enter__(self) -> Rows:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _select(self, query: sa.Select[Any], values: Mapping[str, str | int]) -> list[Entry]:
        with self.reading() as connection:
            found = connection.execute(query, values).all()
        return [
            Entry(id_, stream, key, datetime.fromisoformat(at), json.loads(body))
            for id_, stream, key, at, body in found
        ]

    def _problem(self, problem: Exception) -> EnvironmentProblem:
        reason = str(getattr(problem, "orig", None) or problem).strip().split("\n")[0]
        shown = self._engine.url.render_as_string(hide_password=True)
        if any(word in reason for word in _DAMAGED):
            return Corrupt(
                f"the project's database '{shown}' is damaged ({reason}).",
                todo="Restore it from a backup; without one, move it away: the road then begins anew.",
            )
        return EnvironmentProblem(
            f"the project's database '{shown}' failed ({reason}).",
            todo="Check that it is there, that it may be written, and that the disk is not full.",
        )


def insert(connection: sa.Connection, stream: str, key: str, body: Mapping[str, Json]) -> int:
    """Appends one row within a transaction of another module of this room, and returns its id.

    Raises:
        TypeError: the body has no plain JSON form.
    """
    text = json.dumps(plain(body), ensure_ascii=False, allow_nan=False)
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    row = {"stream": stream, "key": key, "at": at, "body": text}
    inserted = connection.execute(_INSERT, row).inserted_primary_key
    assert inserted is not None
    return int(inserted[0])
