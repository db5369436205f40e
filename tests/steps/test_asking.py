"""What is to be labelled next stands at the head of the queue, with its reason, and is never sealed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import sqlalchemy as sa

from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.steps.asking import ask_next
from milepost.steps.labelled import QUEUE, keys
from milepost.store import labels as t
from milepost.store.people import Person
from milepost.store.rows import Rows
from milepost.store.stock import NewItem

LISTED = pl.DataFrame(
    {
        "x": [1.0, 2.0, 3.0],
        "reason": ["a close call", "drawn at random", "unlike the rows learnt from"],
        "weight": [1.0, 5.0, 1.0],
        "may_test": [False, True, False],
    }
)


def test_listed_rows_go_to_the_head_of_the_queue(tmp_path: Path) -> None:
    with Rows(tmp_path / "rows.db") as rows:
        assert ask_next(rows, LISTED, ["y"], "Ann") == 0, "nobody labels here"
        labels = Labels(rows, QUEUE)
        labels.start(LabelSet.start("labels", "choice", ["yes", "no"]), "Ann")
        known = keys(LISTED.select("x"), ["y"])
        labels.add_items([NewItem({"x": 9.0}, "other"), NewItem({"x": 3.0}, known[2])], "Ann")
        assert ask_next(rows, LISTED, ["y"], "Ann") == 2
        ann = labels.people.add(Person(0, "Ann", ("owner",)), "Ann").id
        assert {item.content["x"] for item in labels.queue.next(ann, 3)} == {1.0, 2.0, 3.0}
        with rows.reading() as connection:
            query = sa.select(t.items.c.key, t.items.c.reason, t.items.c.sealed)
            found = {key: (reason, sealed) for key, reason, sealed in connection.execute(query)}
        assert [found[key] for key in known] == [("hard", False), ("random", False), ("hard", False)]
        assert ask_next(rows, LISTED, ["y"], "Ann") == 0, "asked for once"
