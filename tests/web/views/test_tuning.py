"""Tuning as a picture: axes and lines of the trials, whatever their settings are called."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.conftest import EVIL

from milepost.web.views.tuning import AXES, axis, course, parallel


def trial(number: int, found: float | None, **settings: Any) -> dict[str, Any]:
    import json

    told = json.dumps(settings)[1:-1]
    return {"number": number, "name": f"t{number}", "step": "tune", "learner": "trees", "loss": found,
            "state": "done", "settings": told}  # fmt: skip


def test_the_page_has_a_line_for_every_look_with_a_loss(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    found = visitor.json("/tuning.json?learner=")
    assert len(found["trials"]) + found["without"] <= found["looks"]
    assert len(found["trials"]) == len(found["names"]) > 1
    assert [axis["name"] for axis in found["axes"]] == ["look", "step", "learner", "loss"]
    assert found["optimism"]["looks"] > 0
    for learner, count in found["learners"].items():
        mine = visitor.json(f"/tuning.json?learner={learner}")
        assert len(mine["trials"]) + mine["without"] == count
        assert all(len(line) == len(mine["axes"]) for line in mine["trials"])
    table = list(csv.reader(io.StringIO(visitor.get("/tuning.csv?learner=").text)))
    assert len(table) == len(found["trials"]) + 1
    assert visitor.json("/tuning.json?learner=nobody")["trials"] == []
    assert "No trial of this learner" in visitor.get("/tuning?learner=nobody").text


def test_settings_become_axes_and_a_setting_called_loss_stays_itself() -> None:
    rows = [trial(1, 0.5, rate=0.001, loss="log", same=1),
            trial(2, 0.4, rate=0.01, loss="brier", same=1, deep=True),
            trial(3, 0.3, rate=1.0, loss="log", same=1, deep=[1, 2])]  # fmt: skip
    axes, lines = parallel(rows, "trees")
    assert [each["name"] for each in axes] == ["look", "rate", "loss", "deep", "loss"]
    assert [each["kind"] for each in axes] == ["number", "log", "text", "text", "number"]
    assert lines == [
        [1, 0.001, "log", None, 0.5],
        [2, 0.01, "brier", "yes", 0.4],
        [3, 1.0, "log", "[1, 2]", 0.3],
    ]
    many = [trial(at, 0.1, **{f"s{k}": at * k for k in range(30)}) for at in range(4)]
    assert len(parallel(many, "trees")[0]) == AXES + 2
    assert parallel([], "trees")[1] == []


def test_axes_of_numbers_and_texts() -> None:
    assert axis("x", [1, 2, 1000])["kind"] == "log"
    assert axis("x", [0.001, 0.5, 0.9])["kind"] == "number", "they do not crowd at the low end"
    assert axis("x", [0, 1, 1000])["kind"] == "number"
    assert axis("x", [None, None])["values"] == []
    assert axis("x", [1, "a"])["values"] == ["1", "a"]


def test_the_best_so_far_never_rises_and_is_thinned() -> None:
    rows = [trial(at, 1 / at + (at % 7) * 0.1) for at in range(1, 5001)]
    (chart,) = course(rows)
    values = chart.spec["data"]["values"]
    assert len(values) < 1500
    best = [row["best"] for row in values]
    assert best == sorted(best, reverse=True)
    assert best[-1] == pytest.approx(min(row["loss"] for row in rows), rel=1e-5)
    assert course(rows[:1]) == ()


def test_names_that_are_scripts_are_text(owner: Any) -> None:
    body = {"step": "tune", "learner": EVIL, "state": "done", "params": {EVIL: EVIL}, "loss": 0.5}
    for at in range(3):
        owner.site.project.ledger.rows.append(
            "look", f"{EVIL}{at}", {**body, "params": {EVIL: f"{EVIL}{at}"}}
        )
    page = owner.get("/tuning", params={"learner": EVIL})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "'=" not in owner.get("/tuning.csv", params={"learner": EVIL}).text
