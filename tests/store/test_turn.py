"""A change of a queue: all of it or nothing, and counts that go with it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from milepost.errors import EnvironmentProblem
from milepost.store import labels as t
from milepost.store.picking import Worker
from milepost.store.turn import inserting


def test_a_change_that_fails_leaves_nothing(desk: Any) -> None:
    desk.add("a")
    item = desk.given(Worker(1))[0].id
    before = desk.readings.counts()

    def broken() -> None:
        with desk.leases.turn() as turn:
            turn.set_mark(turn.mark(item, 1), t.SUBMITTED, was=t.LEASED)
            turn.change(turn.item(item), done=1)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        broken()
    assert desk.readings.counts() == before
    assert desk.item("a").done == 0


def test_counts_are_added_up(desk: Any) -> None:
    desk.add("a")
    with desk.leases.turn() as turn:
        turn.counts[5, "x"] += 2
        turn.counts[5, "zero"] += 0
    with desk.leases.turn() as turn:
        turn.counts[5, "x"] -= 1
    assert desk.readings.counts()[5] == {"x": 1}
    with desk.leases.turn() as turn:
        turn.counts[5, "x"] -= 1
    assert 5 not in desk.readings.counts()


def test_an_item_of_another_queue_is_not_seen(desk: Any) -> None:
    other = type(desk)(desk.rows, "other")
    desk.add("a")
    with other.leases.turn() as turn:
        assert turn.item(desk.item("a").id) is None


def test_a_moment_is_told_in_utc(desk: Any) -> None:
    with desk.leases.turn() as turn:
        assert turn.at == "2001-09-09T01:46:40.000+00:00"


def test_other_databases_are_refused() -> None:
    with pytest.raises(EnvironmentProblem, match="'oracle'.*SQLite or PostgreSQL"):
        inserting("oracle", t.tallies, ("queue",))


def test_a_queue_is_made_once(desk: Any) -> None:
    again = type(desk)(desk.rows)
    assert again.queue == desk.queue
    with desk.rows.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.queues)) == 1
