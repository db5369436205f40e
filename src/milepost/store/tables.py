"""The tables of a project's rows, declared once, and the steps that bring an older database up to date."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from milepost.errors import EnvironmentProblem
from milepost.store import aided, labels
from milepost.store.appendonly import protect

_metadata = sa.MetaData()

entries = sa.Table(
    "entries",
    _metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("stream", sa.String(200), nullable=False),
    sa.Column("key", sa.String(500), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("entries_stream_key", "stream", "key", "id"),
    sqlite_autoincrement=True,
)
"""The append-only log: `at` is ISO 8601 in UTC, `body` is JSON text."""

schema = sa.Table("schema_version", _metadata, sa.Column("version", sa.Integer, nullable=False))
"""One row: how many of the steps below the database has seen."""

_LOCK = 7_016_353_001


def _create(connection: sa.Connection) -> None:
    entries.create(connection)


def _protect(connection: sa.Connection) -> None:
    protect(connection, "entries")


STEPS: tuple[Callable[[sa.Connection], None], ...] = (_create, _protect, labels.create, aided.create)
"""Step n brings version n to version n + 1; an empty database has version 0. Never change one, only add."""


def migrate(connection: sa.Connection) -> int:
    """Brings the database to this version's tables, inside the caller's transaction.

    Returns:
        The version it had before.

    Raises:
        EnvironmentProblem: the database was written by a newer milepost.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    schema.create(connection, checkfirst=True)
    version = connection.scalar(sa.select(schema.c.version))
    if version is None:
        version = 0
        connection.execute(schema.insert().values(version=0))
    if version > len(STEPS):
        raise EnvironmentProblem(
            f"the project's database has version {version}; this milepost knows versions up to {len(STEPS)}.",
            expected="A database is not opened by an older milepost than the one that wrote it.",
            todo="Upgrade milepost: pip install --upgrade milepost.",
        )
    for step in STEPS[version:]:
        step(connection)
    if version < len(STEPS):
        connection.execute(schema.update().values(version=len(STEPS)))
    return version
