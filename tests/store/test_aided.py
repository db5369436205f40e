"""What stood beside an answer is kept with it, and cannot be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from milepost.errors import EnvironmentProblem
from milepost.store import tables
from milepost.store.aided import BULK, Aid, create
from milepost.store.picking import Worker
from milepost.store.rows import Rows


def test_what_was_noted_cannot_be_changed(desk: Any) -> None:
    desk.add("a")
    item = desk.given(Worker(1))[0].id
    desk.decisions.decide(replace(desk.act(1, item, "submitted", "cat"), aid=Aid(BULK, "b1")), 60)
    change = "UPDATE label_aids SET name = 'x'"
    with (
        pytest.raises(EnvironmentProblem, match="append-only"),
        desk.rows.writing() as connection,
    ):
        connection.execute(sa.text(change))


def test_a_database_without_the_table_gets_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = tables.STEPS
    monkeypatch.setattr(tables, "STEPS", steps[: steps.index(create)])
    Rows(tmp_path / "rows.db").close()
    monkeypatch.setattr(tables, "STEPS", steps)
    with Rows(tmp_path / "rows.db") as rows, rows.reading() as connection:
        assert "label_aids" in sa.inspect(connection).get_table_names()
