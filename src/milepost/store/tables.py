"""The tables of a project's rows, declared once, and the steps that bring an older database up to date."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from milepost.errors import EnvironmentProblem

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
_SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER entries_no_{verb.lower()} BEFORE {verb} ON entries "
    f"BEGIN SELECT RAISE(ABORT, 'entries are append-only: {verb} is refused'); END"
    for verb in ("UPDATE", "DELETE")
)
_POSTGRES_TRIGGERS = (
    "CREATE OR REPLACE FUNCTION entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION 'entries are append-only: % is refused', TG_OP; END $$",
    "CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION entries_append_only()",
)


def _create(connection: sa.Connection) -> None:
    entries.create(connection)


def _protect(connection: sa.Connection) -> None:
    triggers = {"sqlite": _SQLITE_TRIGGERS, "postgresql": _POSTGRES_TRIGGERS}
    for trigger in triggers.get(connection.dialect.name, ()):
        connection.execute(sa.text(trigger))


STEPS: tuple[Callable[[sa.Connection], None], ...] = (_create, _protect)
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
