"""Tables whose rows the database itself refuses to change."""

from __future__ import annotations

import sqlalchemy as sa


def protect(connection: sa.Connection, table: str) -> None:
    """Lets SQLite or PostgreSQL refuse every change of a table's rows, whoever asks.

    Args:
        connection: inside a migration.
        table: the name of a table in code; it is not escaped.
    """
    for statement in _statements(connection.dialect.name, table):
        connection.execute(sa.text(statement))


def _statements(dialect: str, table: str) -> tuple[str, ...]:
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} are append-only: {verb} is refused'); END"
            for verb in ("UPDATE", "DELETE")
        )
    if dialect == "postgresql":
        return (
            f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{table} are append-only: % is refused', TG_OP; END $$",
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
        )
    return ()
