"""Looks: sorted, filtered and paged by the server; ten thousand stay fluid."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from milepost.web.views.looks import COLUMNS


def test_the_table_holds_every_look(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    found, looks = visitor.json("/looks.json?size=250"), visitor.site.project.looks()
    assert found["looks"] == len(looks) == len(found["rows"])
    assert [row["name"] for row in found["rows"]] == [look["name"] for look in looks]
    assert found["optimism"]["looks"] <= len(looks)
    assert [column["name"] for column in found["columns"]] == list(COLUMNS)


def test_it_is_sorted_and_filtered(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    losses = [row["loss"] for row in visitor.json("/looks.json?sort=loss&size=250")["rows"]]
    known = [loss for loss in losses if loss is not None]
    assert known == sorted(known)
    assert losses[: len(known)] == known
    linear = visitor.json("/looks.json?text=LINEAR&size=250")["rows"]
    assert linear
    assert all("linear" in row["name"] for row in linear)
    assert visitor.json("/looks.json?state=complete&text=linear")["rows"]
    lines = visitor.get("/looks.csv?text=linear").text.splitlines()
    assert len(lines) == 1 + len(linear)


def test_ten_thousand_looks_stay_fluid_and_new_ones_are_seen(owner: Any) -> None:
    rows = owner.site.project.ledger.rows
    before = owner.json("/looks.json")["looks"]
    look = {
        "step": "tune",
        "loss": 0.5,
        "state": "complete",
        "learner": "x",
        "params": {"a": 1},
        "folds": [1, 2],
    }
    with rows._engine.begin() as connection:
        from milepost.store import tables

        made = [
            {
                "stream": "look",
                "key": f"x-{i}",
                "at": "2026-01-01T00:00:00+00:00",
                "body": '{"step": "tune", "loss": %f}' % (i / 7 % 1),
            }
            for i in range(10_000)
        ]
        connection.execute(tables.entries.insert(), made)
    assert owner.json("/looks.json")["looks"] == before + 10_000
    spent = []
    for page in range(1, 11):
        start = time.perf_counter()
        found = owner.get(f"/looks?sort=loss&down=1&page={page}")
        spent.append(time.perf_counter() - start)
        assert found.status_code == 200
        assert len(found.content) < 100_000, "a page does not grow with the table"
    assert sorted(spent)[5] < 0.5
    rows.append("look", "latest", look)
    assert owner.json("/looks.json?sort=number&down=1")["rows"][0]["name"] == "latest"
