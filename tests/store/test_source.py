"""Reading users' databases."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import polars as pl
import pytest

from milepost.errors import InputError
from milepost.store import source
from milepost.store.source import read_sql, refuse_writes, split


@pytest.fixture
def base(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders (id integer, price real, kind text)")
        rows = [(i, i / 2, "a" if i % 2 else None) for i in range(10)]
        connection.executemany("insert into orders values (?, ?, ?)", rows)
        connection.execute("create view cheap as select * from orders where price < 2")
    return f"sqlite:///{path}"


def test_table_query_and_fragment(base: str) -> None:
    frame = read_sql(f"{base}?table=orders")
    assert frame.shape == (10, 3)
    assert frame.dtypes == [pl.Int64, pl.Float64, pl.String]
    assert read_sql(f"{base}#orders").equals(frame)
    assert read_sql(f"{base}?query=SELECT id FROM orders WHERE price > 3")["id"].to_list() == [7, 8, 9]
    assert read_sql(f"{base}?query=SELECT+id+FROM+orders+WHERE+kind='a';").height == 5
    assert read_sql(f"{base}#WITH x AS (SELECT id FROM orders) SELECT id FROM x").height == 10
    assert read_sql(f"{base}?table=cheap").height == 4
    assert read_sql(f"{base}?query=SELECT id FROM orders WHERE id > 99").columns == ["id"]


def test_batches_are_joined(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_sql(f"{base}?table=orders")
    monkeypatch.setattr(source, "_BATCH", 3)
    assert read_sql(f"{base}?table=orders").equals(whole)
    mixed = read_sql(f"{base}?query=SELECT id, CASE WHEN id = 9 THEN 'nine' ELSE id END AS x FROM orders")
    assert mixed["x"].to_list() == [*(str(i) for i in range(9)), "nine"]


def test_the_tables_are_listed(base: str) -> None:
    with pytest.raises(InputError, match=r"names no table.*'orders', 'cheap'"):
        read_sql(base)
    with pytest.raises(InputError, match="Did you mean 'orders'"):
        read_sql(f"{base}?table=order")


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE orders",
        "SELECT 1; DELETE FROM orders",
        "WITH x AS (DELETE FROM orders RETURNING id) SELECT * FROM x",
        "SELECT * INTO copy FROM orders",
        "  update orders set id = 1",
        "/* SELECT */ DELETE FROM orders",
    ],
)
def test_only_reading_is_allowed(base: str, query: str) -> None:
    with pytest.raises(InputError, match="does not only read"):
        read_sql(f"{base}?query={query}")
    assert read_sql(f"{base}?table=orders").height == 10


def test_words_in_quotes_do_not_matter() -> None:
    refuse_writes("SELECT a AS \"update\" FROM t WHERE b = 'drop; table' -- delete")


def test_errors_are_clear_and_hide_passwords(base: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such column"):
        read_sql(f"{base}?query=SELECT wrong FROM orders")
    with pytest.raises(InputError, match=r"no database file.*Did you mean 'shop\.db'"):
        read_sql(f"sqlite:///{tmp_path}/shap.db?table=orders")
    assert not (tmp_path / "shap.db").exists()
    with pytest.raises(InputError, match="more than one column named 'id'"):
        read_sql(f"{base}?query=SELECT id, id FROM orders")
    with pytest.raises(InputError, match="a table and a query"):
        split("sqlite:///a.db?table=x&query=SELECT 1")
    url, table, query = split("postgres://me:secret@host/base?table=sales.orders&sslmode=require")
    assert (table, query) == ("sales.orders", None)
    assert source.hide(url) == "postgresql+psycopg://me:***@host/base?sslmode=require"
