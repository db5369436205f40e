"""`frame` asks who labels, and labelling begins with the answers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.labelling import pool

from milepost import Project
from milepost.cli.main import run
from milepost.errors import InputError
from milepost.labels.plan import Terms


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    """A project whose rows have no label."""
    table, _ = pool(120)
    table.write_csv(tmp_path / "rows.csv")
    return Project.new(tmp_path / "p", tmp_path / "rows.csv", "y", labels="yes,no", budget="3s")


def test_the_road_asks_and_the_plan_begins_with_the_answers(bare: Project) -> None:
    status = bare.run()
    assert [q["name"] for q in status.waiting] == [
        f"frame.labels.{name}" for name in ("who", "expert", "price", "seconds")
    ]
    for name, value in (("who", "crowd"), ("expert", "yes"), ("price", "0.25"), ("seconds", "8")):
        assert run(["answer", str(bare.folder), f"frame.labels.{name}", value]) == 0
    assert bare.labels.terms() == Terms("crowd", True, 0.25, 8.0)
    assert bare.run().waiting == ()
    started = bare.labels.start()
    assert started.rules.gold == 0, "no row came with a label, of which a test could be made"
    assert started.plan.money == pytest.approx(started.plan.labels * 0.25)
    assert started.plan.hours == pytest.approx(started.plan.labels * 8 / 3600)
    assert bare.run().waiting == (), "who labels is asked once"


def test_yes_takes_the_price_of_the_brief(bare: Project) -> None:
    bare.brief.changed({"value.label_cost": 0.5}).write(bare.folder)
    project = Project(bare.folder)
    project.run(yes=True)
    assert project.labels.terms() == Terms("we", False, 0.5, 5.0)


def test_what_is_no_number_is_told_with_what_to_do(bare: Project) -> None:
    bare.run()
    bare.answer("frame.labels.price", "much")
    with pytest.raises(InputError, match=r"frame.labels.price is 'much'.*Answer it again"):
        bare.labels.terms()


def test_nobody_is_asked_where_rows_have_labels(tmp_path: Path) -> None:
    table, truth = pool(120)
    project = Project.new(tmp_path / "p", table.with_columns(y=pl.Series(truth)), "y")
    status = project.run(until="frame")
    assert all("labels" not in q["name"] for q in status.waiting)
