"""Reads a user's database: one table or one SELECT, named in the database URL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from milepost.errors import InputError, MissingExtra, did_you_mean

_BATCH = 50_000
_PLAIN = {bool, int, float, Decimal, str, bytes, date, datetime, time, timedelta}
_WRITES = re.compile(r"\b(insert|update|delete|drop|alter|create|truncate|merge|into)\b", re.IGNORECASE)
_QUIET = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)


def read_sql(url: str) -> pl.DataFrame:
    """Reads a table or the rows of a SELECT from a database, in batches.

    Args:
        url: a SQLAlchemy URL with `table=` or `query=` among its parameters, or a table's name (or a SELECT)
            after `#`, as `sqlite:///shop.db?table=orders` or `postgresql://host/base#orders`. A table may
            carry its schema: `sales.orders`.

    Returns:
        The rows in the types that the database's driver yields.

    Raises:
        InputError: neither is given (the tables are listed), the table is not there, the query does not only
            read, or the database cannot be opened.
        MissingExtra: the database's driver is not installed.
    """
    import sqlalchemy as sa

    bare, table, query = split(url)
    _refuse_missing_file(bare)
    try:
        engine = sa.create_engine(bare)
    except ModuleNotFoundError as problem:
        package = "'psycopg[binary]'" if problem.name == "psycopg" else problem.name
        raise MissingExtra(
            f"reading '{hide(bare)}' needs the Python package '{problem.name}'.",
            todo=f"Install it: pip install {package}.",
        ) from problem
    try:
        with engine.connect() as connection:
            connection = _readonly(connection)
            if query is not None:
                refuse_writes(query)
                statement: Any = sa.text(query.strip().rstrip(";"))
            else:
                statement = sa.select(_table(connection, table, hide(bare)))
            return _collect(connection, statement)
    except sa.exc.SQLAlchemyError as problem:
        reason = str(getattr(problem, "orig", None) or problem).strip().split("\n")[0]
        raise InputError(
            f"the database '{hide(bare)}' did not answer the query ({reason}).",
            todo="Check address, password and query.",
        ) from problem
    finally:
        engine.dispose()


def split(url: str) -> tuple[Any, str | None, str | None]:
    """Splits a source URL into the SQLAlchemy URL, the table and the query; at most one of the two is set."""
    import sqlalchemy as sa

    address, _, fragment = url.partition("#")
    if address.startswith("postgres://"):
        address = "postgresql://" + address[len("postgres://") :]
    if address.startswith("postgresql://"):
        address = "postgresql+psycopg://" + address[len("postgresql://") :]
    try:
        parsed = sa.make_url(address)
    except sa.exc.ArgumentError as problem:
        raise InputError(
            "the database URL cannot be understood.",
            expected="Something like sqlite:///shop.db?table=orders is expected.",
        ) from problem
    table, query = (_one(parsed.query.get(name)) for name in ("table", "query"))
    parsed = parsed.difference_update_query(["table", "query"])
    if fragment and table is None and query is None:
        fragment = fragment.strip()
        table, query = (None, fragment) if re.match(r"(select|with)\s", fragment, re.I) else (fragment, None)
    if table is not None and query is not None:
        raise InputError("the database URL gives a table and a query.", todo="Give one of them.")
    return parsed, table, query


def hide(url: Any) -> str:
    """The URL without its password."""
    return str(url.render_as_string(hide_password=True))


def refuse_writes(query: str) -> None:
    """Raises an InputError unless a query is one statement that only reads.

    >>> refuse_writes("SELECT a FROM t WHERE b = 'drop'")
    """
    bare = _QUIET.sub(" '' ", query).strip().rstrip(";").strip()
    write = _WRITES.search(bare)
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE) or ";" in bare or write:
        why = f" (it holds '{write.group(0)}')" if write else ""
        raise InputError(
            f"the query '{query.strip()[:120]}' does not only read{why}.",
            expected="One SELECT statement is expected.",
        )


def _readonly(connection: Any) -> Any:
    """Asks the database itself to refuse writing, where it can."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    if connection.dialect.name == "postgresql":
        return connection.execution_options(postgresql_readonly=True)
    return connection


def _one(value: str | tuple[str, ...] | None) -> str | None:
    return value[-1] if isinstance(value, tuple) else value


def _refuse_missing_file(url: Any) -> None:
    """SQLite would make an empty file; a user who mistypes wants to know."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return
    from pathlib import Path

    path = Path(url.database)
    if not path.is_file():
        kinds = (".db", ".sqlite", ".sqlite3", ".db3")
        there = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
        siblings = [p.name for p in there if p.suffix.lower() in kinds]
        raise InputError(f"there is no database file '{path}'.", todo=did_you_mean(path.name, siblings))


def _table(connection: Any, name: str | None, where: str) -> Any:
    import sqlalchemy as sa

    look = sa.inspect(connection)
    schema, _, bare = (name or "").rpartition(".")
    there = look.get_table_names(schema or None) + look.get_view_names(schema or None)
    if name is None or bare not in there:
        what = f"'{where}' names no table." if name is None else f"'{where}' has no table '{name}'."
        tables = ", ".join(f"'{table}'" for table in there[:20]) or "none"
        hint = did_you_mean(bare, there) if bare else ""
        raise InputError(
            what,
            expected=f"Its tables: {tables}.",
            todo=hint if hint.startswith("Did") else "Add ?table=NAME or ?query=SELECT ... to the URL.",
        )
    return sa.Table(bare, sa.MetaData(), autoload_with=connection, schema=schema or None)


def _collect(connection: Any, statement: Any) -> pl.DataFrame:
    result = connection.execution_options(stream_results=True).execute(statement)
    names = list(result.keys())
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InputError(
            f"the query yields more than one column named '{twice[0]}'.", todo="Name them apart with AS."
        )
    frames = [_frame(names, batch) for batch in _batches(result)]
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    return _stack(frames)


def _batches(result: Any) -> Iterator[list[Any]]:
    while batch := result.fetchmany(_BATCH):
        yield batch


def _frame(names: list[str], batch: list[Any]) -> pl.DataFrame:
    columns = {}
    for name, values in zip(names, zip(*batch, strict=True), strict=True):
        kinds = {type(value) for value in values if value is not None}
        if kinds & {list, dict, tuple}:
            values = tuple(None if value is None else json.dumps(value, default=str) for value in values)
        elif not kinds <= _PLAIN or (len(kinds) > 1 and not kinds <= {int, float, bool, Decimal}):
            values = tuple(None if value is None else str(value) for value in values)
        columns[name] = pl.Series(name, values, strict=False)
    return pl.DataFrame(columns)


def _stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Joins batches; where a batch saw other types than the rest, the column becomes text."""
    for name in frames[0].columns:
        kinds = {frame.schema[name] for frame in frames} - {pl.Null()}
        if len(kinds) > 1 and not all(kind.is_numeric() for kind in kinds):
            frames = [frame.with_columns(pl.col(name).cast(pl.String)) for frame in frames]
    return pl.concat(frames, how="vertical_relaxed")
