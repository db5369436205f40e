"""Locks between processes that free themselves when their process dies."""

from __future__ import annotations

import os
import platform
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from milepost.digest import digest
from milepost.errors import EnvironmentProblem

_held: set[str] = set()
_guard = threading.Lock()


@contextmanager
def file(path: Path) -> Iterator[None]:
    """Holds a lock on a file for as long as the block runs; the file names its holder.

    The lock belongs to the process (POSIX record lock): a forked worker does not inherit it, and a killed
    process loses it.

    Raises:
        EnvironmentProblem: another process, or another thread of this one, holds it.
    """
    import fcntl

    name = str(path.absolute())
    with _guard:
        if name in _held:
            raise _taken(f"pid {os.getpid()} (this very process)")
        _held.add(name)
    try:
        descriptor = _opened(path)
        try:
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                holder = os.read(descriptor, 200).decode(errors="replace").strip()
                raise _taken(holder or "an unknown process") from problem
            _name(descriptor, _self())
            yield
            _name(descriptor, "")
        finally:
            os.close(descriptor)
    finally:
        with _guard:
            _held.discard(name)


def _name(descriptor: int, holder: str) -> None:
    """Names the holder in the lock's file, for others to read; a full disk does not take the lock away."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, holder.encode())


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as problem:
        raise EnvironmentProblem(
            f"the lock '{path}' cannot be written ({problem.strerror}).",
            expected="A run writes to its project.",
            todo="Check the rights and the space there, or copy the project to where you may write.",
        ) from problem


@contextmanager
def advisory(engine: sa.Engine, name: str) -> Iterator[None]:
    """Holds a PostgreSQL advisory lock on a connection of its own; the server frees it when that breaks.

    Raises:
        EnvironmentProblem: another connection holds it.
    """
    number = int(digest(name)[:8], 16) >> 1
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        setting = sa.text("SELECT set_config('application_name', :who, false)")
        connection.execute(setting, {"who": f"milepost {_self()}"[:63]})
        if not connection.scalar(sa.text("SELECT pg_try_advisory_lock(7016353, :n)"), {"n": number}):
            query = (
                "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE "
                "l.locktype = 'advisory' AND l.granted AND l.classid = 7016353 AND l.objid = :n "
                "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            holder = connection.scalar(sa.text(query), {"n": number})
            raise _taken(str(holder or "another process"))
        try:
            yield
        finally:
            with suppress(sa.exc.SQLAlchemyError):  # a server ends a closed session a moment later
                connection.execute(sa.text("SELECT pg_advisory_unlock(7016353, :n)"), {"n": number})
    finally:
        connection.invalidate()  # no lock outlives its session
        connection.close()


def elsewhere(url: str, name: str) -> AbstractContextManager[None]:
    """A file lock in the temporary folder, for databases that have no lock of their own."""
    return file(Path(tempfile.gettempdir()) / f"milepost-{digest(url, name)[:16]}.lock")


def _self() -> str:
    return f"pid {os.getpid()} on {platform.node()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _taken(holder: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"another run is at work on this project: {holder}.",
        expected="One run at a time may write to a project.",
        todo="Wait until it has ended, or end it.",
    )
