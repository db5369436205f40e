"""Rows move to a database server, all of them, and the file they came from takes no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.store.conftest import Desk

from milepost.errors import EnvironmentProblem, UsageError
from milepost.store.audit import Audit
from milepost.store.moving import TABLES, move
from milepost.store.picking import Worker
from milepost.store.rows import Rows


@pytest.fixture
def full(tmp_path: Path) -> Desk:
    """A queue in SQLite at which two people have worked."""
    desk = Desk(Rows(tmp_path / "rows.db"))
    desk.add(*(f"item {i}" for i in range(40)))
    for person in (1, 2):
        for _ in range(7):
            desk.label(person)
    desk.given(Worker(3), 2)
    desk.undo(2)
    desk.rows.append("notes", "nul \u0000"[:4], {"text": "a\u0000b ✓"})
    return desk


@pytest.fixture
def goal(server: str) -> Iterator[Rows]:
    """An empty database of a server."""
    with Rows(server) as rows:
        yield rows


def content(rows: Rows) -> dict[str, list[Any]]:
    with rows.reading() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for table in TABLES
        }


def nothing(*_: object) -> None:
    """Says nothing."""


def test_every_row_arrives_and_work_goes_on_there(full: Desk, goal: Rows) -> None:
    before, told = content(full.rows), []
    counts = move(full.rows, goal, lambda name, share: told.append((name, share)), nothing)
    assert content(goal) == before
    assert counts == {name: len(rows) for name, rows in before.items()}
    assert ("label_items", 1.0) in told
    there = Desk(goal)
    there.acts = 1000
    there.label(1)
    numbers = [row[0] for row in content(goal)["label_decisions"]]
    assert numbers[-1] > max(numbers[:-1]), "numbers go on"
    there.add("one more")
    assert Audit(goal, "q").problems() == []
    assert goal.last("notes", "nul ").body == {"text": "a\u0000b ✓"}


def test_the_file_takes_no_more(full: Desk, goal: Rows) -> None:
    held = full.given(Worker(5))
    before = content(full.rows)
    move(full.rows, goal, nothing, nothing)
    with pytest.raises(EnvironmentProblem, match="has moved to another database"):
        full.submit(5, held[0].id)
    with pytest.raises(EnvironmentProblem, match="has moved to another database"):
        full.rows.append("notes", "late", {})
    assert content(full.rows) == before, "it can still be read"
    with pytest.raises(UsageError, match="moved to another database before"):
        move(full.rows, goal, nothing, nothing)


def test_a_database_that_is_taken_and_a_brief_that_cannot_be_written_change_nothing(
    full: Desk, goal: Rows
) -> None:
    def refuse() -> None:
        raise EnvironmentProblem("no space.")

    with pytest.raises(EnvironmentProblem, match="no space"):
        move(full.rows, goal, nothing, refuse)
    full.label(1)
    with pytest.raises(UsageError, match="holds a project already"):
        move(full.rows, goal, nothing, nothing)
    full.label(1)
    with pytest.raises(UsageError, match="in a database server already"):
        move(goal, full.rows, nothing, nothing)
