"""Carries a project's rows from SQLite into another database, and closes the file they came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from milepost.errors import EnvironmentProblem, UsageError
from milepost.store import labels
from milepost.store.rows import Rows
from milepost.store.tables import entries

BATCH = 5_000
TABLES = (entries, *labels.TABLES)
Say = Callable[[str, float], object]
MOVED = "the project has moved to another database"


def move(source: Rows, goal: Rows, say: Say, then: Callable[[], object]) -> Mapping[str, int]:
    """Copies every row with its number, and lets the source refuse whatever is written to it afterwards.

    Nobody else writes to the source meanwhile, and a process that still has it open is told where it stands:
    nothing that was acknowledged is left behind.

    Args:
        source: rows in SQLite.
        goal: rows in a database that holds no project.
        say: told a table and the share of its rows that is copied.
        then: called once all is copied, before the source is closed; what it raises leaves the source open.

    Returns:
        The number of rows by table.

    Raises:
        UsageError: the source is no SQLite file or was moved before, or the goal holds a project already.
        EnvironmentProblem: a database failed; then the project stays where it is.
    """
    if not source.lite:
        raise UsageError("the project's rows are in a database server already.")
    with source.writing() as out:
        if out.scalar(sa.text("SELECT count(*) FROM sqlite_master WHERE name = 'entries_moved_insert'")):
            raise UsageError(f"{MOVED} before.", todo="See [store] in milepost.toml.")
        with goal.writing() as into:
            if any(into.scalar(sa.select(sa.literal(1)).select_from(table).limit(1)) for table in TABLES):
                raise UsageError(
                    "that database holds a project already.",
                    expected="A project has a database, or a schema, of its own.",
                    todo="Make an empty one, and name that.",
                )
            counts = {table.name: _copy(out, into, table, say) for table in TABLES}
        then()
        for table in TABLES:
            _close(out, table.name)
    return counts


def _copy(out: sa.Connection, into: sa.Connection, table: sa.Table, say: Say) -> int:
    """Copies a table in the order of its key, and lets its numbers go on after the last one."""
    there = out.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    rows = out.execute(sa.select(table).order_by(*table.primary_key.columns))
    done = 0
    while batch := rows.mappings().fetchmany(BATCH):
        into.execute(table.insert(), [dict(row) for row in batch])
        done += len(batch)
        say(table.name, done / there)
    here = into.scalar(sa.select(sa.func.count()).select_from(table))
    if not done == there == here:
        raise EnvironmentProblem(f"of {there} rows of '{table.name}' {here} arrived.")
    number = table.autoincrement_column
    if number is not None and into.dialect.name == "postgresql" and done:
        last = sa.select(sa.func.max(number)).scalar_subquery()
        into.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, number.name), last)))
    return done


def _close(out: sa.Connection, table: str) -> None:
    for verb in ("INSERT", "UPDATE", "DELETE"):
        out.exec_driver_sql(
            f"CREATE TRIGGER {table}_moved_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{MOVED}'); END"
        )
