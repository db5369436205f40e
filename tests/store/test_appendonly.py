"""Rows that a database itself protects."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from milepost.errors import EnvironmentProblem
from milepost.store.appendonly import protect


@pytest.mark.parametrize("change", ["UPDATE kept SET a = 2", "DELETE FROM kept"])
def test_a_protected_table_takes_rows_and_no_changes(desk: Any, change: str) -> None:
    with desk.rows.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (a INTEGER)")
        protect(connection, "kept")
        connection.exec_driver_sql("INSERT INTO kept VALUES (1)")
    with (
        pytest.raises(EnvironmentProblem, match="kept are append-only"),
        desk.rows.writing() as connection,
    ):
        connection.execute(sa.text(change))
    with desk.rows.reading() as connection:
        assert connection.execute(sa.text("SELECT a FROM kept")).scalars().all() == [1]
