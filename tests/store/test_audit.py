"""The audit: it finds what does not add up, whatever it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from milepost.store.audit import Audit
from milepost.store.decisions import Decisions
from milepost.store.journal import Act
from milepost.store.leases import Leases
from milepost.store.picking import Worker
from milepost.store.relabelling import Relabelling
from milepost.store.rows import Rows
from milepost.store.stock import NewItem, Stock


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE label_items SET free = 1 WHERE key = 'a'", "wants 1, says 1 free and 1 done"),
        ("UPDATE label_items SET done = 0 WHERE key = 'a'", "says 0 free and 0 done"),
        ("UPDATE label_tallies SET count = 7 WHERE what = 'items'", "items is kept as 7 and counts 2"),
        ("DELETE FROM label_tallies WHERE what = 'submitted'", "submitted is kept as 0 and counts 1"),
        ("UPDATE label_marks SET decision = 99 WHERE state = 'submitted'", "without a decision"),
        ("UPDATE label_marks SET state = 'submitted' WHERE state = 'leased'", "without a decision"),
        ("DELETE FROM label_marks WHERE state = 'submitted'", "has 1 free and 0 done"),
    ],
)
def test_what_does_not_add_up_is_found(tmp_path: Path, change: str, said: str) -> None:
    """One item is answered and one leased; then somebody meddles."""
    with Rows(tmp_path / "rows.db") as rows:
        Relabelling(rows, "q").migrate(1, {})
        Stock(rows, "q").add([NewItem({}, key=key) for key in "ab"], lambda key: 1)
        given = Leases(rows, "q").next(Worker(1), 2, 60)
        Decisions(rows, "q").decide(Act(1, given[0].id, "submitted", "c", "cat"), 60)
        assert Audit(rows, "q").problems() == []
        with rows.writing() as connection:
            connection.execute(sa.text(change))
        assert said in "\n".join(Audit(rows, "q").problems())
