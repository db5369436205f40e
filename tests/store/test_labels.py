"""The tables of labels: the journal is append-only, and older databases get them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from milepost.errors import EnvironmentProblem
from milepost.store import labels, tables
from milepost.store.rows import Rows


@pytest.mark.parametrize("change", ["UPDATE label_decisions SET value = '1'", "DELETE FROM label_decisions"])
def test_the_journal_cannot_be_changed(desk: Any, change: str) -> None:
    desk.add("a")
    desk.label(1)
    with (
        pytest.raises(EnvironmentProblem, match="label_decisions are append-only"),
        desk.rows.writing() as connection,
    ):
        connection.execute(sa.text(change))
    assert [d.value for d in desk.readings.journal()] == ["cat"]


def test_an_older_project_gets_the_tables_and_keeps_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = tables.STEPS
    monkeypatch.setattr(tables, "STEPS", steps[: steps.index(labels.create)])
    with Rows(tmp_path / "rows.db") as rows:
        rows.append("a", "k", {"n": 1})
    monkeypatch.setattr(tables, "STEPS", steps)
    with Rows(tmp_path / "rows.db") as rows, rows.reading() as connection:
        names = set(sa.inspect(connection).get_table_names())
        assert {"label_items", "label_marks", "label_decisions", "label_people"} <= names
        assert rows.select("a")[0].body == {"n": 1}


def test_states_are_told_apart() -> None:
    assert not {*labels.HELD} & {*labels.COUNTED, *labels.AGAIN, labels.LAPSED}
    assert not {*labels.COUNTED} & {*labels.AGAIN}
